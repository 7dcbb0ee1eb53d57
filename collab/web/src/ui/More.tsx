import { type ReactNode, useEffect, useRef } from "react";

interface MoreProps {
  readOnly: boolean;
  canName: boolean;
  vim: boolean;
  setVim(on: boolean): void;
  open(files: FileList): void;
  download(): void;
  undo(): void;
  redo(): void;
  crates(): void;
  past(): void;
  sessions(): void;
  nameSession(): void;
  /** Null where the history cannot be read. */
  playback: (() => void) | null;
  keys(): void;
  /** The name of the open file. */
  name: string;
  /** Entries about files; each closes the menu with then. */
  files(then: (f: () => void) => () => void): ReactNode;
}

/** What is needed less often. */
export function More(p: MoreProps) {
  const file = useRef<HTMLInputElement>(null);
  const menu = useRef<HTMLDetailsElement>(null);
  const then = (f: () => void) => () => {
    menu.current?.removeAttribute("open");
    menu.current?.querySelector("summary")?.focus(); // a dialog gives the focus back to where it was
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
        <button type="button" onClick={then(p.sessions)}>
          New and recent sessions…
        </button>
        <button type="button" disabled={!p.canName} onClick={then(p.nameSession)}>
          Name this session…
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
          {`Download ${p.name}`}
        </button>
        {p.files(then)}
        <label>
          <input type="checkbox" checked={p.vim} onChange={(e) => p.setVim(e.target.checked)} /> Vim keys
        </label>
        <button type="button" onClick={then(p.crates)}>
          Crates…
        </button>
        <button type="button" onClick={then(p.past)}>
          Past runs
        </button>
        {p.playback && (
          <button type="button" onClick={then(p.playback)}>
            Playback…
          </button>
        )}
        <button type="button" onClick={then(p.keys)}>
          Keyboard help
        </button>
      </div>
      <input
        ref={file}
        type="file"
        accept=".rs,.txt,text/plain"
        hidden
        aria-label="Open a file"
        onChange={(e) => {
          if (e.target.files) p.open(e.target.files);
          e.target.value = "";
        }}
      />
    </details>
  );
}
