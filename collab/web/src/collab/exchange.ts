// Carries messages between a client, the session and an editor: what client.ts
// leaves to its owner. It knows no socket, clock or view, so package simnet drives it
// as the page does.

import { Annotation, type ChangeSet, EditorState, type Extension, Transaction, type TransactionSpec } from "@codemirror/state";
import { type Client, OutOfStep, type Update } from "./client";
import { type Change, mainFile } from "./files";
import type { ClientMessage, Range, RunOptions, ServerMessage, Settings } from "./wire.gen";

/** Marks transactions that came from the session. */
export const fromSession = Annotation.define<true>();

/** What an exchange needs of a connection. */
export interface Line {
  send(data: string): void;
  /** Ends a connection that cannot be understood; another one comes. */
  drop(): void;
}

/** What an exchange needs of an editor and of the rest of the page. */
export interface Surface {
  /** The line of the open file in which an input method composes, or null. */
  composing(): { from: number; to: number } | null;
  /** Shows what others did to the files, one after the other; see remote. */
  show(changes: readonly Change[]): void;
  /** Takes a message out of turn if it has no positions in the text, and returns whether it did. */
  early(m: ServerMessage): boolean;
  /** The client has taken a message. With early, the surface has it already. */
  took(m: ServerMessage, update: Update, early: boolean): void;
  /** Everything that can be sent now has been sent. */
  flushed(): void;
}

/** A message that has come and waits; with early, the surface has it already. */
interface Held {
  readonly m: ServerMessage;
  early: boolean;
}

export class Exchange {
  private held: Held[] = []; // while an input method composes
  /** While the surface shows an update, which may take several steps: the last state of the open file. */
  private showing: { state: EditorState | null } | null = null;

  constructor(
    readonly client: Client,
    private readonly line: Line,
    private readonly surface: Surface,
  ) {}

  // What happens to the connection.

  /** A connection is there; or the session is to be asked where it is. */
  hello(): void {
    this.send({ ...this.client.hello(), ahead: true } as ClientMessage);
  }

  incoming(data: string): void {
    let m: ServerMessage;
    try {
      m = JSON.parse(data) as ServerMessage;
    } catch {
      return this.line.drop();
    }
    this.held.push({ m, early: false });
    this.drain(false);
  }

  closed(): void {
    this.drain(true);
    this.client.disconnect();
  }

  // What the user does.

  /** Takes a change of the editor's state, which is that of the open file, and returns whether its user changed the text. */
  edited(transactions: readonly Transaction[], state: EditorState): boolean {
    let mine = false;
    for (const tr of transactions) {
      if (!tr.docChanged || tr.annotation(fromSession)) continue;
      this.client.edit(tr.changes, tr.newDoc);
      mine = true;
    }
    if (transactions.some((tr) => tr.docChanged || tr.selection)) this.selected(state);
    return mine;
  }

  /** Takes the selection of the open file's state. */
  selected(state: EditorState): void {
    if (this.showing) {
      this.showing.state = state;
      return;
    }
    this.client.select(rangesOf(state));
    this.flush();
  }

  /** Opens a file that the user sees. */
  open(file: number): void {
    this.client.open(file);
    this.flush();
  }

  /** Does an operation on a file, which may throw Refused, and sends it. */
  operate(operation: (client: Client) => void): void {
    operation(this.client);
    this.flush();
  }

  choose(settings: Settings): void {
    for (const [name, value] of Object.entries(settings)) this.client.set(name, value);
    this.flush();
  }

  run(options: RunOptions, stdin = ""): boolean {
    const asked = this.client.run(options, stdin);
    this.flush();
    return asked;
  }

  /** The input method is done, perhaps: what waited for it is taken. */
  composed(): void {
    if (!this.surface.composing()) this.drain(false);
  }

  send(m: ClientMessage): void {
    this.line.send(JSON.stringify(m));
  }

  private flush(): void {
    for (let m = this.client.next(); m; m = this.client.next()) this.send(m);
    this.surface.flushed();
  }

  /**
   * Takes what has come, in order. While an input method composes, a change of the
   * line that it composes in would break the word: it waits, and so does what counts
   * in the text after it. What a run does and prints waits for nothing.
   */
  private drain(force: boolean): void {
    const list = this.held;
    this.held = [];
    let waiting = false;
    let welcome = false;
    for (const h of list) {
      const { m } = h;
      waiting ||= !force && this.mustWait(m);
      if (!waiting || (!welcome && !inOrder(m))) {
        this.take(h);
        continue;
      }
      welcome ||= m.type === "welcome"; // it may tell of a run
      if (!welcome && !h.early) h.early = this.surface.early(m);
      this.held.push(h);
    }
    this.flush();
  }

  /** Whether a message changes the line that an input method composes in. */
  private mustWait(m: ServerMessage): boolean {
    const line = this.surface.composing();
    if (!line) return false;
    if (m.type === "welcome") return Boolean(m.files?.length || m.entries?.length);
    if (m.type === "error") return Boolean(m.seq);
    if (m.type !== "entry" || m.client === this.client.id || (m.file ?? mainFile) !== this.client.opened) return false;
    if (m.op) return m.op.do === "delete";
    const changes = this.client.foresee(m);
    return !changes || Boolean(changes.touchesRange(line.from, line.to));
  }

  private take({ m, early }: Held): void {
    let update: Update;
    const { opened } = this.client;
    try {
      update = this.client.receive(m);
    } catch (err) {
      if (!(err instanceof OutOfStep)) throw err;
      return this.hello();
    }
    if (update.changes.length) this.show(update, opened);
    this.surface.took(m, update, early);
  }

  /**
   * Shows an update. The client has all of it already, so a selection between two of its
   * changes is of no version that the session knows: only the last one counts, and only if
   * the file that was open still is.
   */
  private show(update: Update, opened: number): void {
    const showing = { state: null as EditorState | null };
    this.showing = showing;
    try {
      this.surface.show(update.changes);
    } finally {
      this.showing = null;
    }
    if (showing.state && opened === this.client.opened) this.selected(showing.state);
  }
}

/** Whether a message counts in the text, or in the members, as those before it leave them. */
function inOrder(m: ServerMessage): boolean {
  return !["settings", "stage", "waiting", "output", "input", "product", "test", "end", "moved"].includes(m.type) && !(m.type === "error" && !m.seq);
}

/** What others did, as a transaction of an editor: it is not the user's to undo. */
export function remote(changes: ChangeSet): TransactionSpec {
  return {
    changes,
    annotations: [fromSession.of(true), Transaction.remote.of(true), Transaction.addToHistory.of(false)],
    filter: false,
  };
}

/** Keeps an editor's user from making the text too long; refused gets the length that it would have. */
export function keepWithin(fits: (length: number) => boolean, refused: (length: number) => void): Extension {
  return EditorState.transactionFilter.of((tr) => {
    if (!tr.docChanged || tr.annotation(fromSession) || fits(tr.newDoc.length)) return tr;
    refused(tr.newDoc.length);
    return [];
  });
}

/** Most ranges of a selection that others are shown. */
const shownRanges = 32;

function rangesOf(state: EditorState): Range[] {
  return state.selection.ranges.slice(0, shownRanges).map((r): Range => [r.anchor, r.head]);
}
