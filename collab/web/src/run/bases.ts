// Where the files that positions count in have gone: those that the run runs, and
// those that its diagnostics are about. DOM-free.

import { ChangeSet } from "@codemirror/state";
import type { Client } from "../collab/client";
import type { Change, Files } from "../collab/files";
import type { ServerMessage } from "../collab/wire.gen";
import type { Base } from "./diagnostics";
import type { Run } from "./runs";

/** How the text of a file has changed since the watch began. */
export interface Watch {
  readonly since: ChangeSet;
  end(): void;
}

/** The files at a version, and how each has changed since: those that were deleted are not there. */
type FileBases = ReadonlyMap<number, Base & { readonly path: string }>;

export class Bases {
  /** What the run runs, while that is known. */
  private ran: FileBases | null = null;
  /** What its diagnostics are about: for a member who joined after it began, later files. */
  private said: FileBases | null = null;
  /** Whether they are those of a compilation ahead, and not of the run. */
  private ahead = false;
  private readonly watches = new Set<{ since: ChangeSet; file: number }>();

  constructor(private readonly client: Client) {}

  /** What the positions of the run's diagnostics of a file count in, if that is known. */
  diagnosed(file: number): Base | null {
    return this.said?.get(file) ?? null;
  }

  /** Where a line and column of a file that ran, in characters from 1, is now. */
  place(line: number, column: number, path: string): { file: number; pos: number } | null {
    for (const [file, base] of this.ran ?? []) {
      if (base.path !== path) continue;
      if (line < 1 || line > base.text.lines) return null;
      const l = base.text.line(line);
      const units = [...l.text].slice(0, Math.max(0, column - 1)).join("").length;
      return { file, pos: base.since.mapPos(l.from + units, 1) };
    }
    return null;
  }

  /** Watches how the text of a file changes from here on, until end is called. */
  watch(file: number): Watch {
    const watch = { file, since: ChangeSet.empty(this.client.files.get(file)!.text.length), end: () => void this.watches.delete(watch) };
    this.watches.add(watch);
    return watch;
  }

  /** Takes a change of a file by any member. */
  changed(change: Change): void {
    const { file, changes } = change;
    if (changes) for (const w of this.watches) if (w.file === file && w.since.newLength === changes.length) w.since = w.since.compose(changes);
    const { ran, said } = this;
    this.ran = after(ran, change);
    this.said = said === ran ? this.ran : after(said, change);
  }

  /** The client has taken a message; run is the one that was known before. */
  took(m: ServerMessage, run: Run | null): void {
    if (m.type === "welcome") {
      const known = run?.id === m.run?.run && run?.diagnostics.length;
      if (m.ahead) this.said = this.at(m.ahead.version);
      else if (!known) this.said = this.at(m.run?.diagnostics?.version);
      else if (this.ahead) this.said = null;
      this.ahead = m.ahead !== undefined;
      if (m.run?.version !== run?.version) this.ran = this.at(m.run?.version);
    } else if (m.type === "run") {
      this.ran = this.at(m.version);
      this.said = null;
      this.ahead = false;
    } else if (m.type === "ahead") {
      this.said = this.at(m.version);
      this.ahead = true;
    } else if (m.type === "diagnostics") {
      this.said = run?.id === m.run && run.version === m.version && this.ran ? this.ran : this.at(m.version);
    }
  }

  /** The session's files, if that is what it has at a version. */
  private at(version: number | undefined): FileBases | null {
    if (version !== this.client.version) return null;
    const files: Files = this.client.shared;
    return new Map([...files.values()].map((f) => [f.id, { path: f.path, text: f.text, since: this.client.unacknowledged(f.id) }]));
  }
}

function after(bases: FileBases | null, { file, changes, op }: Change): FileBases | null {
  const base = bases?.get(file);
  if (!bases || !base || op?.do === "rename") return bases;
  const next = new Map(bases);
  if (changes && base.since.newLength === changes.length) next.set(file, { ...base, since: base.since.compose(changes) });
  else next.delete(file);
  return next;
}
