// What a user can do with files, as dialogs and entries of a menu. All of it works with the
// keyboard alone.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { mainFile, newFileId } from "../collab/files";
import type { Session, Snapshot } from "../collab/session";
import { mod } from "../ui/platform";
import { attempt } from "./attempt";
import { NameFile } from "./NameFile";
import { Pick, findFiles, findText } from "./Pick";

/** What is open: the naming of a file, of a new one if it is -1, or a search. */
export type Tool = { name: number } | { pick: "file" | "text" } | null;

interface Props {
  session: Session;
  snap: Snapshot;
  tool: Tool;
  setTool(tool: Tool): void;
  go(file: number, pos: number): void;
}

export function FileTools({ session, snap, tool, setTool, go }: Props) {
  const several = snap.files.length > 1;
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (!several || !(e.ctrlKey || e.metaKey) || e.altKey || e.repeat) return;
      if (e.key === "p" && !e.shiftKey) setTool({ pick: "file" });
      else if (e.key.toLowerCase() === "f" && e.shiftKey) setTool({ pick: "text" });
      else return;
      e.preventDefault();
      e.stopPropagation();
    };
    addEventListener("keydown", key, true);
    return () => removeEventListener("keydown", key, true);
  }, [several, setTool]);
  if (!tool) return null;
  const { files } = session.client;
  const close = () => setTool(null);
  if ("pick" in tool) {
    const [title, placeholder, find] = tool.pick === "file" ? (["Go to file", "Part of a name", findFiles] as const) : (["Search in all files", "Text to find", findText] as const);
    return <Pick key={tool.pick} title={title} placeholder={placeholder} find={(query) => find(session.client.files, query)} go={(f) => go(f.file, f.pos)} close={close} />;
  }
  const old = files.get(tool.name);
  const done = (path: string) => {
    const id = old ? old.id : newFileId();
    const ok = attempt(session, () => session.operate((client) => (old ? client.rename(id, path) : client.create(id, path))));
    if (ok && !old) go(id, 0);
  };
  return <NameFile title={old ? `Rename ${old.path}` : "New file"} file={tool.name} files={files} name={old?.path ?? ""} done={done} close={close} />;
}

interface EntriesProps {
  snap: Snapshot;
  readOnly: boolean;
  /** Closes the menu before it does something. */
  then(f: () => void): () => void;
  setTool(tool: Tool): void;
  remove(file: number): void;
  undo(): void;
  openAll(files: FileList): void;
  zip(): void;
}

/** The entries of the menu. */
export function FileEntries({ snap, readOnly, then, setTool, remove, undo, openAll, zip }: EntriesProps): ReactNode {
  const folder = useRef<HTMLInputElement>(null);
  const several = snap.files.length > 1;
  const entry = (label: string, f: () => void, edits = true) => (
    <button type="button" disabled={edits && readOnly} onClick={then(f)}>
      {label}
    </button>
  );
  return (
    <>
      {entry("New file…", () => setTool({ name: -1 }))}
      {entry("Rename this file…", () => setTool({ name: snap.opened }))}
      {several && snap.opened !== mainFile && entry("Delete this file", () => remove(snap.opened))}
      {entry("Undo change of files", undo)}
      {several && entry(`Go to file… (${mod}+P)`, () => setTool({ pick: "file" }), false)}
      {several && entry(`Search in all files… (${mod}+Shift+F)`, () => setTool({ pick: "text" }), false)}
      {entry("Open a folder…", () => folder.current?.click())}
      {several && entry("Download all as zip", zip, false)}
      <input
        ref={(input) => {
          folder.current = input;
          input?.setAttribute("webkitdirectory", "");
        }}
        type="file"
        multiple
        hidden
        aria-label="Open a folder"
        onChange={(e) => {
          if (e.target.files?.length) openAll(e.target.files);
          e.target.value = "";
        }}
      />
    </>
  );
}

/** Deletes files, and offers to undo the last deletion until the user dismisses the notice. */
export function useDeletion(session: Session): { remove(file: number): void; notice: ReactNode } {
  const [path, setPath] = useState("");
  const remove = (file: number) => {
    const gone = session.client.files.get(file)?.path ?? "";
    if (attempt(session, () => session.operate((client) => client.delete(file)))) setPath(gone);
  };
  const notice = path && (
    <div className="notice" role="status">
      <span>{`${path} was deleted for everyone.`}</span>
      <button
        type="button"
        onClick={() => {
          setPath("");
          undoFiles(session);
        }}
      >
        Undo
      </button>
      <button type="button" className="icon" aria-label="Dismiss" onClick={() => setPath("")}>
        ✕
      </button>
    </div>
  );
  return { remove, notice };
}

/** Takes back the user's last operation on a file. */
export function undoFiles(session: Session): void {
  let file = -1;
  session.operate((client) => void (file = client.undoFiles()));
  if (file < 0) session.notice("There is no change of files of yours to undo, or another file has the name by now.");
  else session.open(file);
}
