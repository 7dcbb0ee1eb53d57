import type { EditorView } from "@codemirror/view";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import type { Session } from "../collab/session";
import { readSource } from "../ui/open";
import { Replace } from "../ui/Replace";
import { putAll, readAll } from "./import";
import { type Incoming, droppedFiles } from "./incoming";

/** Marks what is dragged from this page. */
export const ours = "application/x-corust-file";

/** Takes files that are chosen or dropped anywhere on the page. whyNot gives a clause while files cannot be changed. */
export function useOpening(session: Session, editor: RefObject<EditorView | null>, whyNot: () => string): { open(list: Incoming[]): void; dialog: ReactNode } {
  const [asked, setAsked] = useState<{ name: string; text: string } | null>(null); // a file that would replace what others edit
  const replaceAll = (text: string) => {
    const view = editor.current;
    view?.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: view.state.toText(text) }, userEvent: "input.open" });
  };
  const open = async (list: Incoming[]) => {
    const why = whyNot();
    if (why) return session.notice(`Not opened: ${why}.`);
    const [first] = list;
    if (!first) return session.notice("Not opened: there are no files in that, or only hidden ones.");
    // Files beside each other, or in folders, come in beside those that there are.
    if (list.length > 1 || first.inFolder) {
      const { files, why } = await readAll(list, session.maxText);
      putAll(session, files);
      if (why.length) session.notice(why.length === 1 ? why[0]! : `${why[0]} ${why.length - 1} more ${why.length === 2 ? "file was" : "files were"} not opened.`);
      return;
    }
    const read = await readSource(first.file, session.maxText);
    if ("why" in read) return session.notice(read.why);
    if (session.snapshot().people.some((p) => !p.me)) setAsked({ name: first.file.name, text: read.text });
    else replaceAll(read.text);
  };
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    const over = (e: DragEvent) => {
      const types = e.dataTransfer?.types ?? [];
      if (!types.includes("Files") && !types.includes(ours)) return;
      e.preventDefault(); // else the browser leaves the page for the file
      e.stopPropagation();
      e.dataTransfer!.dropEffect = types.includes(ours) ? "none" : "copy";
    };
    const drop = (e: DragEvent) => {
      const data = e.dataTransfer;
      if (!data?.types.includes("Files") && !data?.types.includes(ours)) return;
      e.preventDefault();
      e.stopPropagation(); // the editor would insert whatever it is
      if (!data.types.includes(ours)) void droppedFiles(data).then((list) => latest.current(list));
    };
    addEventListener("dragover", over, true);
    addEventListener("drop", drop, true);
    return () => {
      removeEventListener("dragover", over, true);
      removeEventListener("drop", drop, true);
    };
  }, []);
  const dialog = asked && <Replace name={asked.name} others={session.snapshot().people.filter((p) => !p.me).length} replace={() => replaceAll(asked.text)} close={() => setAsked(null)} />;
  return { open: (list) => void open(list), dialog };
}
