import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { undo, redo } from "@codemirror/commands";
import { EditorView } from "@codemirror/view";
import type { Session } from "./collab/session";
import { cleanName, readSetting, samePerson, writeSetting } from "./collab/person";
import type { PastRun } from "./collab/wire";
import { createEditor, setReadOnly, setVim } from "./editor/editor";
import { countOf } from "./run/diagnostics";
import { sessionURL } from "./run/past";
import { runOf } from "./run/runs";
import { Keys } from "./ui/Keys";
import { Menus, choices, labelOf } from "./ui/Menus";
import { More } from "./ui/More";
import { Output } from "./ui/Output";
import { Past, timeOf } from "./ui/Past";
import { Notices } from "./ui/Notices";
import { People } from "./ui/People";
import { RunLine } from "./ui/RunLine";
import { Share } from "./ui/Share";
import { StatusNotice, StatusPill, isFinal } from "./ui/Status";
import { Stdin } from "./ui/Stdin";
import { download } from "./ui/download";
import { formatted, replaceText } from "./ui/format";
import { mod } from "./ui/platform";

const vimKey = "corust.vim";

/** Where parts of the page are that the document has from the start. */
export interface Places {
  /**
   * The editor's. It is outside of what React renders: React listens to every event
   * in there, and for each key it would ask the browser where things are, and draw
   * a frame more.
   */
  editor: HTMLElement;
  output: HTMLElement;
}

export function App({ session, places, nonce }: { session: Session; places: Places; nonce: string }) {
  const snap = useSyncExternalStore(session.subscribe, session.snapshot);
  const { readOnly, view: viewToken } = session.boot;
  const editor = useRef<EditorView | null>(null);
  const { action, mode, edition } = choices(snap.settings);
  const [vim, setVimOn] = useState(readSetting(vimKey) === "on");
  const [dialog, setDialog] = useState<"" | "share" | "keys" | "past">("");
  const [past, setPast] = useState<PastRun | null>(null); // shown in place of the current run
  const [busy, setBusy] = useState(false);
  const { run } = snap;
  const running = run !== null && !run.ended;
  const canRun = !readOnly && session.boot.canRun && snap.status === "live" && !running;

  const act = {
    run: () => {
      if (canRun || (!readOnly && snap.status !== "live")) session.run({ action, mode, edition });
    },
    format: () => {
      if (!readOnly && editor.current && !busy) void format(editor.current);
    },
  };
  const latest = useRef(act);
  latest.current = act;

  async function format(view: EditorView) {
    const before = view.state.doc.toString();
    setBusy(true);
    try {
      const after = await formatted(`${sessionURL(location)}/format`, before, edition);
      if (!replaceText(view, before, after, "input.format")) session.notice("The text has changed while it was being formatted. Try again.");
    } catch (err) {
      session.notice(`Not formatted: ${err instanceof Error ? err.message : String(err)}.`);
    } finally {
      setBusy(false);
    }
  }

  useEffect(() => {
    const view = createEditor(places.editor, session, { run: () => latest.current.run(), format: () => latest.current.format() }, nonce);
    editor.current = view;
    if (readSetting(vimKey) === "on") void setVim(view, true);
    const key = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.defaultPrevented) return;
      if (e.key === "Enter") latest.current.run();
      else if (e.key === "s") latest.current.format();
      else return;
      e.preventDefault();
    };
    const leave = (e: BeforeUnloadEvent) => {
      if (!session.client.synced || session.snapshot().lost.length) e.preventDefault();
    };
    addEventListener("keydown", key);
    addEventListener("beforeunload", leave);
    return () => {
      removeEventListener("keydown", key);
      removeEventListener("beforeunload", leave);
      view.destroy();
    };
  }, [session, places, nonce]);

  // Editing goes on without a connection, but not before the text has come.
  const editable = !readOnly && snap.loaded && !isFinal(snap.status);
  useEffect(() => {
    if (editor.current) setReadOnly(editor.current, !editable);
  }, [editable]);

  // A run that begins takes the place of a past one that is shown.
  useEffect(() => setPast(null), [run?.id]);

  const restore = ({ source }: PastRun) => {
    const view = editor.current;
    if (!view || !editable) return;
    if (source === undefined) return session.notice("The text of that run was not kept.");
    replaceText(view, view.state.doc.toString(), source, "input.restore");
  };

  const nameOf = (client: string, name?: string) => {
    const p = snap.people.find((p) => p.client === client);
    // Who has gone may be this person before a reload.
    if (p?.me || (!p && samePerson(client, snap.me.client))) return "you";
    return p?.name ?? (cleanName(name ?? "") || "somebody");
  };
  const jump = (line: number, column: number) => {
    const view = editor.current;
    if (!view) return;
    const doc = view.state.doc;
    const pos = (past ? null : session.place(line, column)) ?? doc.line(Math.min(Math.max(1, line), doc.lines)).from;
    view.dispatch({ selection: { anchor: Math.min(pos, doc.length) }, effects: EditorView.scrollIntoView(Math.min(pos, doc.length), { y: "center" }) });
    view.focus();
  };

  const base = new URL("..", location.href).href;
  const label = labelOf(action);
  const shown = useMemo(() => (past ? runOf(past) : run), [past, run]);
  const counts = useMemo(() => countOf(shown?.diagnostics ?? []), [shown?.diagnostics]);

  return (
    <>
      <header>
        <h1>
          <img src={icon()} alt="" width="22" height="22" /> corust
        </h1>
        <div className="controls" role="toolbar" aria-label="Run">
          {running ? (
            <button type="button" className="stop" onClick={() => session.stopRun()} disabled={readOnly || snap.status !== "live"}>
              <span aria-hidden="true">■</span> Stop
            </button>
          ) : (
            <button type="button" className="run" onClick={act.run} disabled={!canRun} title={`${label} (${mod}+Enter)`}>
              <span aria-hidden="true">▶</span> {label}
            </button>
          )}
          <Menus settings={snap.settings} disabled={readOnly || snap.status !== "live"} choose={(c) => session.choose(c)} />
          <button type="button" className="wide-only" onClick={act.format} disabled={readOnly || busy || snap.status !== "live"} title={`Format (${mod}+S)`}>
            Format
          </button>
        </div>
        <div className="right">
          <StatusPill session={session} status={snap.status} />
          <People people={snap.people} following={snap.following} follow={(c) => session.follow(c)} rename={(n) => session.rename(n)} />
          <button type="button" onClick={() => setDialog("share")}>
            Share
          </button>
          <More
            readOnly={!editable}
            vim={vim}
            setVim={(on) => {
              setVimOn(on);
              writeSetting(vimKey, on ? "on" : "off");
              if (editor.current) void setVim(editor.current, on);
            }}
            open={(text) => editor.current && replaceAll(editor.current, text)}
            download={() => download(session.doc, "main.rs")}
            undo={() => editor.current && undo(editor.current)}
            redo={() => editor.current && redo(editor.current)}
            format={act.format}
            past={() => setDialog("past")}
            keys={() => setDialog("keys")}
          />
        </div>
      </header>

      <StatusNotice status={snap.status} />
      <Notices session={session} snap={snap} />

      {createPortal(
        <>
          {past && (
            <div className="shown-past" role="status">
              The run of {timeOf(past.started)}
              <button type="button" onClick={() => setPast(null)}>
                Back to the last run
              </button>
            </div>
          )}
          <div className="output-head">
            <RunLine run={shown} nameOf={nameOf} counts={counts} />
          </div>
          {shown ? (
            <Output run={shown} nameOf={nameOf} jump={jump} />
          ) : (
            <div className="empty">
              <p>
                {readOnly ? "Nothing has been run yet." : session.boot.canRun ? <>Press <kbd>{mod}</kbd> <kbd>Enter</kbd> to run.</> : "This server has nothing to run Rust with."}
              </p>
              <p className="hint">Everyone in the session sees the same output.</p>
            </div>
          )}
          {running && !past && !readOnly && !run.inputClosed && <Stdin disabled={snap.status !== "live"} send={(t, eof) => session.input(t, eof)} />}
        </>,
        places.output,
      )}

      {dialog === "share" && (
        <Share edit={readOnly ? null : location.href} view={new URL(`v/${viewToken}`, base).href} close={() => setDialog("")} />
      )}
      {dialog === "past" && (
        <Past
          url={sessionURL(location)}
          turn={`${run?.id ?? ""} ${run?.ended}`}
          canRestore={editable}
          nameOf={nameOf}
          show={setPast}
          restore={restore}
          close={() => setDialog("")}
        />
      )}
      {dialog === "keys" && <Keys close={() => setDialog("")} />}
    </>
  );
}

function replaceAll(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: view.state.toText(text) }, userEvent: "input.open" });
}

function icon(): string {
  return document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? "";
}
