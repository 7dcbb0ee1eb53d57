// The files of a session as tabs: only where there are several.

import type { KeyboardEvent } from "react";
import { baseName } from "../collab/files";
import type { Session, Snapshot } from "../collab/session";
import { type Counts, inWords } from "../run/diagnostics";
import { ours } from "./useOpening";
import "./files.css";

interface Props {
  session: Session;
  snap: Snapshot;
  /** Errors and warnings of the run that is shown. */
  counts: ReadonlyMap<number, Counts>;
  readOnly: boolean;
  create(): void;
  rename(file: number): void;
  remove(file: number): void;
  focusEditor(): void;
}

export function FileBar({ session, snap, counts, readOnly, create, rename, remove, focusEditor }: Props) {
  if (snap.files.length < 2) return null;
  const key = (e: KeyboardEvent<HTMLElement>, at: number) => {
    const last = snap.files.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[e.key];
    const { id } = snap.files[at]!;
    if (to !== undefined) {
      session.open(snap.files[to]!.id);
      (e.currentTarget.parentElement!.children[to] as HTMLElement).focus();
    } else if (e.key === "Enter") focusEditor();
    else if (e.key === "F2" && !readOnly) rename(id);
    else if (e.key === "Delete" && !readOnly) remove(id);
    else return;
    e.preventDefault();
  };
  return (
    <nav className="files" aria-label="Files">
      <div role="tablist" aria-label="Files">
        {snap.files.map(({ id, path }, i) => {
          const here = snap.people.filter((p) => !p.me && p.file === id);
          const count = counts.get(id);
          const open = id === snap.opened;
          return (
            <button
              key={id}
              type="button"
              role="tab"
              aria-selected={open}
              aria-controls="editor"
              tabIndex={open ? 0 : -1}
              title={path}
              ref={open ? intoView : undefined}
              onClick={() => {
                session.open(id);
                focusEditor();
              }}
              draggable
              onDragStart={(e) => dragOut(e.dataTransfer, path, session.client.files.get(id)!.text.toString())}
              onDoubleClick={() => !readOnly && rename(id)}
              onKeyDown={(e) => key(e, i)}
            >
              <span className="path" translate="no">{path}</span>
              <span className="unseen">{["", ...(count ? inWords(count) : []), ...here.map((p) => `${p.name} is here`)].join(", ")}</span>
              {count && <Count {...count} />}
              {here.slice(0, 4).map((p) => (
                <span key={p.client} className={`here person-${p.colour}`} />
              ))}
            </button>
          );
        })}
      </div>
      {!readOnly && (
        <button type="button" className="icon" aria-label="New file" title="New file" onClick={create}>
          +
        </button>
      )}
    </nav>
  );
}

/** Lets a file be dropped on the desktop, in browsers that can do that. */
function dragOut(data: DataTransfer, path: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  data.setData("DownloadURL", `text/plain:${baseName(path).replaceAll(":", "_")}:${url}`);
  data.setData(ours, path);
  data.effectAllowed = "copy";
  addEventListener("dragend", () => setTimeout(() => URL.revokeObjectURL(url), 60_000), { once: true });
}

const intoView = (tab: HTMLElement | null) => tab?.scrollIntoView({ block: "nearest", inline: "nearest" });

function Count({ errors, warnings }: Counts) {
  return (
    <span className={errors ? "count errors" : "count warnings"} aria-hidden="true">
      {errors || warnings}
    </span>
  );
}
