// Where the texts that positions count in have gone: the text that the run runs, and
// the one that its diagnostics are about. DOM-free.

import { ChangeSet } from "@codemirror/state";
import type { Client } from "../collab/client";
import type { ServerMessage } from "../collab/wire.gen";
import type { Base } from "./diagnostics";
import type { Run } from "./runs";

/** How the text has changed since the watch began. */
export interface Watch {
  readonly since: ChangeSet;
  end(): void;
}

export class Bases {
  /** What the run runs, while that is known. */
  private ran: Base | null = null;
  /** What its diagnostics are about: for a member who joined after it began, a later text. */
  private said: Base | null = null;
  private readonly watches = new Set<{ since: ChangeSet }>();

  constructor(private readonly client: Client) {}

  /** What the positions of the run's diagnostics count in, if that is known. */
  get diagnosed(): Base | null {
    return this.said;
  }

  /** Where a line and column of the run's text, in characters from 1, is now. */
  place(line: number, column: number): number | null {
    if (!this.ran || line < 1 || line > this.ran.text.lines) return null;
    const l = this.ran.text.line(line);
    const units = [...l.text].slice(0, Math.max(0, column - 1)).join("").length;
    return this.ran.since.mapPos(l.from + units, 1);
  }

  /** Watches how the text changes from here on, until end is called. */
  watch(): Watch {
    const watch = { since: ChangeSet.empty(this.client.text.length), end: () => void this.watches.delete(watch) };
    this.watches.add(watch);
    return watch;
  }

  /** Takes a change of the text by any member. */
  edited(changes: ChangeSet): void {
    for (const w of this.watches) w.since = w.since.compose(changes);
    const { ran, said } = this;
    this.ran = after(ran, changes);
    this.said = said === ran ? this.ran : after(said, changes);
  }

  /** The client has taken a message; run is the one that was known before. */
  took(m: ServerMessage, run: Run | null): void {
    if (m.type === "welcome") {
      const known = run?.id === m.run?.run && run?.diagnostics.length;
      if (!known) this.said = this.at(m.run?.diagnostics?.version);
      if (m.run?.version !== run?.version) this.ran = this.at(m.run?.version);
    } else if (m.type === "run") {
      this.ran = this.at(m.version);
      this.said = null;
    } else if (m.type === "diagnostics") {
      this.said = run?.id === m.run && run.version === m.version && this.ran ? this.ran : this.at(m.version);
    }
  }

  /** The session's text, if that is what it has at a version. */
  private at(version: number | undefined): Base | null {
    return version === this.client.version ? { text: this.client.shared, since: this.client.unacknowledged() } : null;
  }
}

const after = (base: Base | null, changes: ChangeSet): Base | null => base && { ...base, since: base.since.compose(changes) };
