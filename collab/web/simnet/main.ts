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
import { Client, type Taken } from "../src/collab/client";
import { Exchange, type Surface, keepWithin, remote } from "../src/collab/exchange";
import { type Change, type Files, Refused } from "../src/collab/files";
import type { File, FileOp, Range, Settings } from "../src/collab/wire.gen";

type Request =
  | { do: "reset" }
  | { do: "add"; client: number; key: string }
  | { do: "hello" | "closed" | "undo" | "redo" | "undo-files" | "redo-files" | "look"; client: number }
  | { do: "incoming"; client: number; data: string }
  | { do: "edit"; client: number; changes: unknown[]; now: number }
  | { do: "open"; client: number; file: number }
  | { do: "operate"; client: number; file: number; op: FileOp }
  | { do: "select"; client: number; cursor: Range[] }
  | { do: "set"; client: number; name: string; value: string }
  | { do: "run"; client: number }
  | { do: "compose"; client: number; on: boolean };

interface Answer {
  /** Whether there was something to undo, or to ask for, and the client took the edit or operation. */
  done?: boolean;
  sent?: string[];
  changes?: unknown[];
  /** What cannot get into the session, and the client took back. */
  lost?: unknown[];
  open?: number;
  id?: string;
  epoch?: string;
  version?: number;
  live?: boolean;
  synced?: boolean;
  look?: { files: File[]; cursor: Range[]; settings: Settings; chosen: Settings; running: string; others: { client: string; name: string; file: number; cursor: Range[] }[] };
}

/** A page without a browser: an editor's state for each file, as src/collab/session.ts has them. */
class Page {
  readonly client: Client;
  readonly exchange: Exchange;
  private readonly states = new Map<number, EditorState>();
  private open = 0; // the file that the editor shows
  private composes = false;
  private ends = false; // the connection: what has come is shown
  private sent: string[] = [];
  private changes: Change[] = [];
  private lost: Taken[] = [];

  constructor(key: string) {
    this.client = new Client(key);
    const surface: Surface = {
      composing: () => (this.composes ? this.state.doc.lineAt(this.state.selection.main.head) : null),
      show: (changes) => {
        for (const c of changes) this.show(c, surface.composing());
      },
      early: () => false,
      took: (_, update) => void this.lost.push(...update.lost),
      flushed: () => {},
    };
    const line = {
      send: (data: string) => void this.sent.push(data),
      drop: () => {
        throw new Error("the client cannot read what the session sent");
      },
    };
    this.exchange = new Exchange(this.client, line, surface);
    this.states.set(0, this.make(""));
  }

  private make(doc: string): EditorState {
    return EditorState.create({
      doc,
      extensions: [history(), EditorState.allowMultipleSelections.of(true), keepWithin((length) => this.client.fits(length), () => {})],
    });
  }

  private get state(): EditorState {
    return this.states.get(this.open)!;
  }

  /** Shows what others did, or what the client took back. */
  private show(c: Change, line: { from: number; to: number } | null): void {
    this.changes.push(c);
    const { file, changes, op } = c;
    if (changes) {
      if (file === this.open && line && !this.ends && changes.touchesRange(line.from, line.to)) throw new Error("the line that an input method composes in changes");
      const tr = this.states.get(file)!.update(remote(changes));
      this.states.set(file, tr.state);
      if (file === this.open) this.exchange.edited([tr], tr.state);
    } else if (op.do === "create") this.states.set(file, this.make(op.text ?? ""));
    else if (op.do === "delete") {
      this.states.delete(file);
      if (file === this.open) this.open = 0;
    }
  }

  /** Reports what an operation of the user did to the files, apart from those in which text was typed. */
  private follow(before: Files): void {
    for (const f of before.values())
      if (!this.client.files.has(f.id)) {
        this.changes.push({ file: f.id, op: { do: "delete" } });
        this.states.delete(f.id);
      }
    for (const f of this.client.files.values()) {
      const text = f.text.toString();
      if (!before.has(f.id)) {
        this.changes.push({ file: f.id, op: { do: "create", path: f.path, text } });
        this.states.set(f.id, this.make(text));
      } else if (before.get(f.id)!.path !== f.path) this.changes.push({ file: f.id, op: { do: "rename", path: f.path } });
    }
    this.open = this.client.opened;
  }

  private operate(operation: (client: Client) => boolean): boolean {
    const before = this.client.files;
    let done = false;
    try {
      this.exchange.operate((client) => void (done = operation(client)));
    } catch (err) {
      if (!(err instanceof Refused)) throw err;
    }
    this.follow(before);
    return done;
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
      case "edit": {
        // The history groups edits by their time, which is simulated.
        const before = this.state.doc;
        this.dispatch({ changes: ChangeSet.fromJSON(r.changes), userEvent: "input", annotations: Transaction.time.of(r.now) });
        return this.state.doc !== before;
      }
      case "open":
        this.exchange.open(r.file);
        this.open = this.client.opened;
        return true;
      case "operate": {
        const { do: what, path = "", text } = r.op;
        return this.operate((client) => {
          if (what === "create") client.create(r.file, path, text);
          else if (what === "rename") client.rename(r.file, path);
          else client.delete(r.file);
          return true;
        });
      }
      case "undo-files":
      case "redo-files":
        return this.operate((client) => (r.do === "undo-files" ? client.undoFiles() : client.redoFiles()) >= 0);
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
    this.lost = [];
    this.changes = [];
    if (this.open !== client.opened) throw new Error(`file ${this.open} is shown, the client has ${client.opened} open`);
    for (const f of client.files.values()) {
      const doc = this.states.get(f.id)?.doc;
      if (!doc?.eq(f.text)) throw new Error(`the screen shows ${JSON.stringify(doc?.toString())} of ${f.path}, the client has ${JSON.stringify(f.text.toString())}`);
    }
    if (this.states.size !== client.files.size) throw new Error(`the screen has ${this.states.size} files, the client ${client.files.size}`);
    const files = () => [...client.files.values()].map((f) => ({ id: f.id, path: f.path, text: f.text.toString() }));
    return {
      ...(sent.length && { sent }),
      ...(changes.length && { changes: changes.map((c) => ({ file: c.file, ...(c.op ? { op: c.op } : { changes: c.changes.toJSON() }) })) }),
      ...(lost.length && { lost: lost.map((l) => ({ ...l, ...(l.changes && { changes: l.changes.toJSON() }) })) }),
      id: client.id,
      epoch: client.epoch,
      version: client.version,
      live: client.live,
      synced: client.synced,
      open: client.opened,
      ...(look && { look: { files: files(), cursor: client.cursor, settings: client.settings, chosen: client.chosen, running: client.running, others: [...client.others.values()] } }),
    };
  }

  private dispatch(spec: TransactionSpec): void {
    this.update(this.state.update(spec));
  }

  /** Takes a transaction of the user. */
  private update(tr: Transaction): void {
    this.states.set(this.open, tr.state);
    if (tr.docChanged) this.changes.push({ file: this.open, changes: tr.changes });
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
  return { ...page.answer(r.do === "look"), done };
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
