import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { undo, redo } from "@codemirror/commands";
import { forceLinting } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";
import type { Session, Status } from "./collab/session";
import { readSetting, writeSetting } from "./collab/person";
import type { Action, Edition, Mode } from "./collab/wire";
import { createEditor, setReadOnly, setVim } from "./editor/editor";
import { markMessages } from "./editor/marks";
import { Dialog } from "./ui/Dialog";
import { Output } from "./ui/Output";
import { People } from "./ui/People";
import { Share } from "./ui/Share";
import { formatted, replaceText } from "./ui/format";
import { describe, figures } from "./ui/verdict";

const vimKey = "corust.vim";
const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
const mod = isMac ? "⌘" : "Ctrl";

export function App({ session, nonce }: { session: Session; nonce: string }) {
  const snap = useSyncExternalStore(session.subscribe, session.snapshot);
  const { readOnly, view: viewToken } = session.boot;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const [action, setAction] = useState<Action>("run");
  const [mode, setMode] = useState<Mode>("debug");
  const [edition, setEdition] = useState<Edition>("2024");
  const [vim, setVimOn] = useState(readSetting(vimKey) === "on");
  const [dialog, setDialog] = useState<"" | "share" | "keys">("");
  const [busy, setBusy] = useState(false);
  const { run } = snap;
  const running = run !== null && !run.ended;
  const canRun = !readOnly && session.boot.canRun && snap.status === "live" && !running;

  const act = {
    run: () => {
      if (canRun) session.run({ action, mode, edition });
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
      const token = location.pathname.split("/").pop()!;
      const after = await formatted(new URL(`../api/v1/sessions/${token}/format`, location.href).href, before, edition);
      if (!replaceText(view, before, after)) session.notice("The text has changed while it was being formatted. Try again.");
    } catch (err) {
      session.notice(`Not formatted: ${err instanceof Error ? err.message : String(err)}`);
    } finally {
      setBusy(false);
    }
  }

  useEffect(() => {
    const view = createEditor(host.current!, session, { run: () => latest.current.run(), format: () => latest.current.format() }, nonce);
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
      if (!session.client.synced) e.preventDefault();
    };
    addEventListener("keydown", key);
    addEventListener("beforeunload", leave);
    return () => {
      removeEventListener("keydown", key);
      removeEventListener("beforeunload", leave);
      view.destroy();
    };
  }, [session, nonce]);

  // Editing goes on without a connection, but not before the text has come.
  const editable = !readOnly && snap.loaded && !isFinal(snap.status);
  useEffect(() => {
    if (editor.current) setReadOnly(editor.current, !editable);
  }, [editable]);

  // The menus follow what anybody last ran.
  useEffect(() => {
    if (run?.options.mode) setMode(run.options.mode);
    if (run?.options.edition) setEdition(run.options.edition);
  }, [run?.id]);

  const compiled = run !== null && (run.ended || run.stage === "run");
  const counts = useMemo(() => ({ errors: 0, warnings: 0 }), [run?.id]);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!editor.current) return;
    Object.assign(counts, markMessages(editor.current, session, compiled ? run : null));
    forceLinting(editor.current);
    redraw((n) => n + 1);
  }, [run?.id, compiled, run?.ended]);

  const nameOf = (client: string) => {
    const p = snap.people.find((p) => p.client === client);
    return p ? (p.me ? "you" : p.name) : "somebody";
  };
  const jump = (line: number, column: number) => {
    const view = editor.current;
    if (!view) return;
    const doc = view.state.doc;
    const pos = session.place(line, column) ?? doc.line(Math.min(Math.max(1, line), doc.lines)).from;
    view.dispatch({ selection: { anchor: Math.min(pos, doc.length) }, effects: EditorView.scrollIntoView(Math.min(pos, doc.length), { y: "center" }) });
    view.focus();
  };

  const base = new URL("..", location.href).href;
  const label = { run: "Run", test: "Test", check: "Check", clippy: "Clippy", fmt: "Format" }[action];

  return (
    <div className="app">
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
          <select aria-label="What to do" value={action} disabled={readOnly} onChange={(e) => setAction(e.target.value as Action)}>
            <option value="run">Run</option>
            <option value="test">Test</option>
            <option value="check">Check</option>
            <option value="clippy">Clippy</option>
          </select>
          <select aria-label="Mode" value={mode} disabled={readOnly} onChange={(e) => setMode(e.target.value as Mode)}>
            <option value="debug">Debug</option>
            <option value="release">Release</option>
          </select>
          <select aria-label="Edition" value={edition} disabled={readOnly} onChange={(e) => setEdition(e.target.value as Edition)}>
            {["2015", "2018", "2021", "2024"].map((v) => (
              <option key={v}>{v}</option>
            ))}
          </select>
          <button type="button" className="wide-only" onClick={act.format} disabled={readOnly || busy || snap.status !== "live"} title={`Format (${mod}+S)`}>
            Format
          </button>
        </div>
        <div className="right">
          <StatusPill status={snap.status} saved={snap.saved} readOnly={readOnly} retry={() => session.retryNow()} />
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
            download={() => download(session.doc)}
            undo={() => editor.current && undo(editor.current)}
            redo={() => editor.current && redo(editor.current)}
            format={act.format}
            keys={() => setDialog("keys")}
          />
        </div>
      </header>

      {snap.notice && (
        <div className="notice" role="alert">
          <span>{snap.notice}</span>
          <button type="button" className="icon" aria-label="Dismiss" onClick={() => session.dismiss()}>
            ✕
          </button>
        </div>
      )}

      <main>
        <section className="editor" aria-label="Editor" ref={host} />
        <section className="output" aria-label="Output">
          <div className="output-head">
            <RunLine run={run} nameOf={nameOf} counts={counts} />
          </div>
          {run ? (
            <Output run={run} nameOf={nameOf} jump={jump} />
          ) : (
            <div className="empty">
              <p>
                {readOnly ? "Nothing has been run yet." : session.boot.canRun ? <>Press <kbd>{mod}</kbd> <kbd>Enter</kbd> to run.</> : "This server has nothing to run Rust with."}
              </p>
              <p className="hint">Everyone in the session sees the same output.</p>
            </div>
          )}
          {running && !readOnly && !run.inputClosed && <Stdin send={(t, eof) => session.input(t, eof)} />}
        </section>
      </main>

      {dialog === "share" && (
        <Share edit={readOnly ? null : location.href} view={new URL(`v/${viewToken}`, base).href} close={() => setDialog("")} />
      )}
      {dialog === "keys" && <Keys close={() => setDialog("")} />}
    </div>
  );
}

function isFinal(s: Status): boolean {
  return s === "gone" || s === "replaced" || s === "too-old" || s === "forbidden";
}

const statusText: Record<Status, [text: string, title: string]> = {
  connecting: ["Connecting…", "The session is being loaded."],
  live: ["Saved", "Everything that you typed is in the server's log."],
  reconnecting: ["Reconnecting…", "The connection is lost. You can go on writing; it will be sent when the connection is back."],
  offline: ["Offline", "This machine has no network. You can go on writing; it will be sent when the network is back."],
  full: ["Full", "The session, or the server, takes no more people at the moment. It is tried again."],
  gone: ["Session deleted", "This session does not exist any more. Download the file to keep it."],
  replaced: ["Open elsewhere", "This editor has been taken over by another connection. Reload to come back."],
  "too-old": ["Page too old", "The server has been updated. Reload the page."],
  forbidden: ["No access", "The server does not let this page in."],
};

function StatusPill({ status, saved, readOnly, retry }: { status: Status; saved: boolean; readOnly: boolean; retry(): void }) {
  let [text, title] = statusText[status];
  let tone = status === "live" ? "good" : isFinal(status) ? "bad" : "warn";
  if (status === "live" && !saved) [text, title, tone] = ["Saving…", "Not everything that you typed is in the server's log yet.", "busy"];
  if (status === "live" && readOnly) [text, title] = ["Read-only", "You are watching. Whoever has the other link can edit."];
  const unsent = !saved && (status === "reconnecting" || status === "offline" || status === "full");
  return (
    <span className={`status ${tone}`} title={title} role="status">
      <span className="dot" aria-hidden="true" />
      {text}
      {unsent && <span className="unsent"> · unsent edits</span>}
      {(status === "reconnecting" || status === "offline" || status === "full") && (
        <button type="button" className="link-button" onClick={retry}>
          Retry
        </button>
      )}
      {(status === "too-old" || status === "replaced") && (
        <button type="button" className="link-button" onClick={() => location.reload()}>
          Reload
        </button>
      )}
    </span>
  );
}

function RunLine({ run, nameOf, counts }: { run: ReturnType<Session["snapshot"]>["run"]; nameOf(c: string): string; counts: { errors: number; warnings: number } }) {
  if (!run) return <span className="verdict neutral">Output</span>;
  const { text, tone } = describe(run, nameOf);
  const found = [counts.errors && plural(counts.errors, "error"), counts.warnings && plural(counts.warnings, "warning")].filter(Boolean).join(", ");
  return (
    <>
      <span className={`verdict ${tone}`} role="status">
        {text}
        {run.ended && run.detail.message ? <span className="why"> {run.detail.message}</span> : null}
      </span>
      <span className="facts">
        {[found, `by ${nameOf(run.by)}`, figures(run)].filter(Boolean).join(" · ")}
      </span>
    </>
  );
}

const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;

function Stdin({ send }: { send(text: string, eof: boolean): void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="stdin"
      onSubmit={(e) => {
        e.preventDefault();
        send(`${text}\n`, false);
        setText("");
      }}
    >
      <input
        aria-label="Input for the program"
        placeholder="Input for the program"
        value={text}
        autoComplete="off"
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "d" && e.ctrlKey) {
            e.preventDefault();
            send(text, true);
            setText("");
          }
        }}
      />
      <button type="submit">Send</button>
      <button type="button" title="End of input (Ctrl+D)" onClick={() => send("", true)}>
        End
      </button>
    </form>
  );
}

interface MoreProps {
  readOnly: boolean;
  vim: boolean;
  setVim(on: boolean): void;
  open(text: string): void;
  download(): void;
  undo(): void;
  redo(): void;
  format(): void;
  keys(): void;
}

function More(p: MoreProps) {
  const file = useRef<HTMLInputElement>(null);
  const menu = useRef<HTMLDetailsElement>(null);
  const then = (f: () => void) => () => {
    menu.current?.removeAttribute("open");
    f();
  };
  useEffect(() => {
    const outside = (e: PointerEvent) => {
      if (!menu.current?.contains(e.target as Node)) menu.current?.removeAttribute("open");
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, []);
  return (
    <details
      className="more-menu"
      ref={menu}
      onKeyDown={(e) => {
        if (e.key !== "Escape") return;
        menu.current?.removeAttribute("open");
        menu.current?.querySelector("summary")?.focus();
      }}
    >
      <summary aria-label="More">⋯</summary>
      <div className="menu">
        <button type="button" className="narrow-only" disabled={p.readOnly} onClick={then(p.format)}>
          Format
        </button>
        <button type="button" disabled={p.readOnly} onClick={then(p.undo)}>
          Undo
        </button>
        <button type="button" disabled={p.readOnly} onClick={then(p.redo)}>
          Redo
        </button>
        <button type="button" disabled={p.readOnly} onClick={then(() => file.current?.click())}>
          Open a file…
        </button>
        <button type="button" onClick={then(p.download)}>
          Download main.rs
        </button>
        <label>
          <input type="checkbox" checked={p.vim} onChange={(e) => p.setVim(e.target.checked)} /> Vim keys
        </label>
        <button type="button" onClick={then(p.keys)}>
          Keyboard help
        </button>
      </div>
      <input
        ref={file}
        type="file"
        accept=".rs,text/plain"
        hidden
        aria-label="Open a file"
        onChange={(e) => {
          const f = e.target.files?.[0];
          if (f) void f.text().then(p.open);
          e.target.value = "";
        }}
      />
    </details>
  );
}

function Keys({ close }: { close(): void }) {
  const rows: [string, string][] = [
    [`${mod}+Enter`, "Run"],
    [`${mod}+S`, "Format"],
    [`${mod}+F`, "Search and replace"],
    [`${mod}+D`, "Select the next occurrence"],
    [`Alt+click, ${mod}+Alt+↑/↓`, "More cursors"],
    [`${mod}+/`, "Comment"],
    [`${mod}+Z`, "Undo what you did, and nothing of what others did"],
    [isMac ? "Shift+Alt+M" : "Ctrl+M", "Let Tab move the focus instead of indenting"],
    ["Escape, then Tab", "Leave the editor"],
  ];
  return (
    <Dialog title="Keyboard" close={close}>
      <dl className="keys">
        {rows.map(([k, what]) => (
          <div key={k}>
            <dt>
              <kbd>{k}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function replaceAll(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: view.state.toText(text) }, userEvent: "input.open" });
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const a = document.createElement("a");
  a.href = url;
  a.download = "main.rs";
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function icon(): string {
  return document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? "";
}
