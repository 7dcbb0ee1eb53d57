// The page's clients for package simnet, which drives them over a pipe, in lock-step:
// a line of JSON comes, and is answered by one. Clients, exchanges and the editor's
// transactions are the ones that ship; only the view and the socket are not here.
//
// A request names a client by its number and an event of that client; see Request.
// Numbers are the caller's; "reset" forgets all clients. An answer has what the client
// sent, how the text on the screen has changed, and where the client is; after "look"
// also what its user sees.

import { history, redo, undo } from "@codemirror/commands";
import { ChangeSet, EditorSelection, EditorState, Transaction, type TransactionSpec } from "@codemirror/state";
import { readSync, writeSync } from "node:fs";
import { Client } from "../src/collab/client";
import { Exchange, type Surface, keepWithin, remote } from "../src/collab/exchange";
import type { Range, Settings } from "../src/collab/wire.gen";

type Request =
  | { do: "reset" }
  | { do: "add"; client: number; key: string }
  | { do: "hello" | "closed" | "undo" | "redo" | "look"; client: number }
  | { do: "incoming"; client: number; data: string }
  | { do: "edit"; client: number; changes: unknown[]; now: number }
  | { do: "select"; client: number; cursor: Range[] }
  | { do: "set"; client: number; name: string; value: string }
  | { do: "run"; client: number }
  | { do: "compose"; client: number; on: boolean };

interface Answer {
  /** Whether there was something to undo, or to ask for. */
  done?: boolean;
  sent?: string[];
  changes?: unknown;
  /** What the session refused for good, and the client took back. */
  lost?: unknown;
  id?: string;
  epoch?: string;
  version?: number;
  live?: boolean;
  synced?: boolean;
  look?: { text: string; cursor: Range[]; settings: Settings; chosen: Settings; running: string; others: { client: string; name: string; cursor: Range[] }[] };
}

/** A page without a browser. */
class Page {
  readonly client: Client;
  readonly exchange: Exchange;
  private state: EditorState;
  private composes = false;
  private ends = false; // the connection: what has come is shown
  private sent: string[] = [];
  private changes: ChangeSet;
  private lost: ChangeSet | null = null;

  constructor(key: string) {
    this.client = new Client(key);
    const surface: Surface = {
      composing: () => (this.composes ? this.state.doc.lineAt(this.state.selection.main.head) : null),
      show: (changes) => {
        const line = surface.composing();
        if (line && !this.ends && changes.touchesRange(line.from, line.to)) throw new Error("the line that an input method composes in changes");
        this.update(this.state.update(remote(changes)));
      },
      early: () => false,
      took: (_, update) => {
        if (update.lost) this.lost = update.lost; // one push, one refusal
      },
      flushed: () => {},
    };
    const line = {
      send: (data: string) => void this.sent.push(data),
      drop: () => {
        throw new Error("the client cannot read what the session sent");
      },
    };
    this.exchange = new Exchange(this.client, line, surface);
    this.state = EditorState.create({
      extensions: [history(), EditorState.allowMultipleSelections.of(true), keepWithin((length) => this.client.fits(length), () => {})],
    });
    this.changes = ChangeSet.empty(0);
  }

  do(r: Exclude<Request, { do: "reset" | "add" }>): boolean {
    switch (r.do) {
      case "hello":
        this.exchange.hello();
        return true;
      case "closed":
        this.ends = true;
        this.exchange.closed();
        this.ends = false;
        return true;
      case "incoming":
        this.exchange.incoming(r.data);
        return true;
      case "edit":
        // The history groups edits by their time, which is simulated.
        this.dispatch({ changes: ChangeSet.fromJSON(r.changes), userEvent: "input", annotations: Transaction.time.of(r.now) });
        return true;
      case "select":
        this.dispatch({ selection: EditorSelection.create(r.cursor.map(([anchor, head]) => EditorSelection.range(anchor, head))) });
        return true;
      case "undo":
      case "redo":
        return (r.do === "undo" ? undo : redo)({ state: this.state, dispatch: (tr) => this.update(tr) });
      case "set":
        this.exchange.choose({ [r.name]: r.value });
        return true;
      case "run":
        return this.exchange.run({});
      case "compose":
        this.composes = r.on;
        this.exchange.composed();
        return true;
      case "look":
        return true;
    }
  }

  answer(look: boolean): Answer {
    const { client, sent, changes, lost } = this;
    this.sent = [];
    this.lost = null;
    this.changes = ChangeSet.empty(changes.newLength);
    if (!this.state.doc.eq(client.text)) throw new Error(`the screen shows ${JSON.stringify(this.state.doc.toString())}, the client has ${JSON.stringify(client.text.toString())}`);
    return {
      ...(sent.length && { sent }),
      ...(!changes.empty && { changes: changes.toJSON() }),
      ...(lost && { lost: lost.toJSON() }),
      id: client.id,
      epoch: client.epoch,
      version: client.version,
      live: client.live,
      synced: client.synced,
      ...(look && { look: { text: client.text.toString(), cursor: client.cursor, settings: client.settings, chosen: client.chosen, running: client.running, others: [...client.others.values()] } }),
    };
  }

  private dispatch(spec: TransactionSpec): void {
    this.update(this.state.update(spec));
  }

  private update(tr: Transaction): void {
    this.state = tr.state;
    this.changes = this.changes.compose(tr.changes);
    this.exchange.edited([tr], tr.state);
  }
}

let pages = new Map<number, Page>();

function handle(r: Request): Answer {
  if (r.do === "reset") {
    pages = new Map();
    return {};
  }
  if (r.do === "add") {
    pages.set(r.client, new Page(r.key));
    return {};
  }
  const page = pages.get(r.client);
  if (!page) throw new Error(`no client ${r.client}`);
  const done = page.do(r);
  return { ...page.answer(r.do === "look"), ...((r.do === "undo" || r.do === "redo" || r.do === "run") && { done }) };
}

const input = Buffer.alloc(1 << 16);
let rest: Buffer = Buffer.alloc(0);
for (;;) {
  const n = readSync(0, input, 0, input.length, null);
  if (n === 0) break;
  rest = Buffer.concat([rest, input.subarray(0, n)]);
  for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
    const text = rest.toString("utf8", 0, end);
    rest = rest.subarray(end + 1);
    let answer: Answer | { error: string };
    try {
      answer = handle(JSON.parse(text) as Request);
    } catch (err) {
      answer = { error: err instanceof Error ? (err.stack ?? err.message) : String(err) };
    }
    const out = Buffer.from(`${JSON.stringify(answer)}\n`);
    for (let at = 0; at < out.length; ) at += writeSync(1, out, at);
  }
}
