// A client of a session, as collab/client is in Go: the files that its user sees,
// what of them is under way, what waits, the settings, and the run that was asked
// for. It knows no socket, clock or view. Its owner (exchange.ts) moves messages
// between it and a session:
//
//   - when a connection is there, send hello();
//   - give every message that comes to receive();
//   - after that, and after every edit, choice and request, send what next() gives
//     until it gives null;
//   - when the connection is lost, call disconnect().
//
// The files are always base ∘ outstanding ∘ buffer. The outstanding change is one change
// of a text or one operation on a file, the buffer a list of these, into the last of which
// edits of the same file compose. The outstanding change is mapped but never gains an edit,
// since the session may have it already. Entries of others are mapped one at a time, as the
// session does it, and only over changes of their file.
//
// One file is open at a time: that of the text and the selection that the user sees. It is
// the main file at first, and again when another member deletes it.
//
// What happens when, is in the tables of states.ts. Undo of edits is not here: CodeMirror's
// history keeps the user's own changes and maps them over those of others. Undo of
// operations on files is.

import { type ChangeDesc, ChangeSet, type Text, Text as T } from "@codemirror/state";
import { type Change, type Files, Refused, type SessionFile, applyTo, checkOp, defaultPath, drop, filesOf, inTheWay, mainFile, put, textOf, unitsOf } from "./files";
import {
  type ChangesJSON,
  type ClientMessage,
  type EntryMsg,
  type ErrorMsg,
  type File,
  type FileOp,
  type Limits,
  type Range,
  type RunMsg, type RunOptions,
  type ServerMessage,
  type Settings,
  type Welcome,
  protocolVersion,
} from "./wire.gen";
import { Choices } from "./choices";
import { follow, mapRanges, sameRanges } from "./selection";
import { bytesOf, split } from "./split";
import { type Link, type LinkEvent, type Pending, type PendingEvent, type Request, type RequestEvent, linkTable, messageTable, pendingTable, requestTable } from "./states";

/** What a message did to the files that the user sees. */
export interface Update {
  /** From the files before to the files after, one after the other. */
  changes: Change[];
  /** The log did not reach: changes is a guess at what happened. */
  resync: boolean;
  /** What cannot get into the session, and the client took back. */
  lost: Taken[];
}

/** What the user did to one file and the session does not take: it refused it, or another member has deleted the file meanwhile. */
export interface Taken {
  code: string;
  file: number;
  /** As the user saw it. */
  path: string;
  /** The operation that was refused; absent for edits. */
  op?: FileOp;
  /** The edits of the file, if there were any. */
  changes?: ChangeSet;
  /** The whole text as its user had it; absent if no text was lost. */
  text?: string;
}

/** Client and session do not agree on where they are. The cure is to send hello() again. */
export class OutOfStep extends Error {
  override name = "OutOfStep";
}

/** Another member, with the open file and selections in it, as the user sees it. */
export interface Other {
  client: string;
  name: string;
  file: number;
  cursor: Range[];
}

/** A change that is not acknowledged. restores is set for the creation that takes back a deletion which is outstanding: it gets the text when that is acknowledged. */
type Own = Change & { readonly restores?: boolean };
type Outstanding = Own & { readonly seq: number };

/** What takes back an operation of the user. unknown is set while it creates a file again whose deletion is not acknowledged: the text is not known yet. */
interface Step {
  file: number;
  op: FileOp;
  unknown?: boolean;
}

/** What a client knew that has something unacknowledged, as JSON: with its key, another client can go on where it was. */
export interface Saved {
  epoch: string;
  version: number;
  /** Of the last push made. */
  seq: number;
  /** Whether the first of pending was sent, under seq. */
  sent: boolean;
  /** All files of the session at version. */
  base: File[];
  /** What is not acknowledged, in order. */
  pending: SavedChange[];
}

interface SavedChange {
  file: number;
  changes?: ChangesJSON;
  op?: FileOp;
  restores?: boolean;
}

/** How many operations on files can be undone. */
const maxUndo = 200;

const creation = (path: string, text: Text): FileOp => ({ do: "create", path, ...(text.length && { text: text.toString() }) });
const isOp = (c: Change, what: FileOp["do"]) => c.op?.do === what;

export class Client {
  /** From the first welcome; empty before. */
  id = "";
  name: string;
  epoch = "";
  version = 0;
  /** What the user sees. Two files have colliding paths where one was created or renamed and the session has not answered yet. */
  files: Files = new Map([[mainFile, { id: mainFile, path: defaultPath, text: T.empty }]]);
  /** The open file. */
  opened = mainFile;
  /** In the open file. */
  cursor: Range[] = [];
  others: ReadonlyMap<string, Other> = new Map();
  /** The session's settings, as last received. */
  settings: Settings = {};
  /** Id of the run under way, as last received; empty while there is none. */
  running = "";
  /** What the session accepts, as stated by the last welcome. */
  limits: Limits | null = null;

  private base: Files = this.files; // the session's files at version
  private seq = 0; // of the last push made
  private out: Outstanding | null = null;
  private buffer: readonly Own[] = [];
  private undo: readonly Step[] = [];
  private redo: readonly Step[] = [];
  private link: Link = "offline";
  private pending: Pending = "clean";
  private request: Request = "none";
  private asked: RunMsg = {};
  private readonly choices = new Choices();
  private cursorNew = false;

  /** The key is the instance's own secret, person that of all instances of one person. */
  constructor(
    private readonly key: string,
    name = "",
    private readonly person = "",
  ) {
    this.name = name;
  }

  /** Whether everything typed is acknowledged, and so in the log. */
  get synced(): boolean {
    return this.pending === "clean";
  }

  /** Whether everything typed has been sent on this connection: what is sent next comes after it. */
  get told(): boolean {
    return this.live && (this.pending === "clean" || this.pending === "sent");
  }

  /** Where the client is in each table of states.ts. */
  get states(): { link: Link; pending: Pending; request: Request } {
    return { link: this.link, pending: this.pending, request: this.request };
  }

  /** Whether the client has been welcomed on this connection. */
  get live(): boolean {
    return this.link === "live";
  }

  /** The settings as the user is to see them: as last received, with unanswered choices in place. */
  get chosen(): Settings {
    return this.choices.over(this.settings);
  }

  /** Seq of the push that is sent and not acknowledged; 0 if there is none. */
  get outstanding(): number {
    return this.out?.seq ?? 0;
  }

  /** What a client needs to go on where this one is, or null if everything is acknowledged. */
  save(): Saved | null {
    if (this.synced) return null;
    const { epoch, version, seq } = this;
    const pending = [...(this.out ? [this.out] : []), ...this.buffer].map(
      ({ file, changes, op, restores }): SavedChange => ({ file, ...(changes && { changes: changes.toJSON() as ChangesJSON }), ...(op && { op }), ...(restores && { restores }) }),
    );
    const base = Array.from(this.base.values(), ({ id, path, text }): File => ({ ...(id && { id }), path, text: text.toString() }));
    return { epoch, version, seq, sent: this.out !== null, base, pending };
  }

  /** A client with the key of one that is gone, where that one was. It throws if what was saved is not consistent. */
  static restore(saved: Saved, key: string, name = "", person = ""): Client {
    const client = new Client(key, name, person);
    const [first, ...rest] = saved.pending.map(({ file, changes, op, restores }): Own => (changes ? { file, changes: decode(changes) } : { file, op: op!, ...(restores && { restores }) }));
    if (!first) throw new OutOfStep("nothing is unacknowledged");
    Object.assign(client, { epoch: saved.epoch, version: saved.version, seq: saved.seq });
    client.base = filesOf(saved.base);
    if (!client.base.has(mainFile)) throw new OutOfStep("no main file");
    client.out = saved.sent ? { ...first, seq: saved.seq } : null;
    client.buffer = saved.sent ? rest : [first, ...rest];
    client.pending = !saved.sent ? "typed" : rest.length ? "unsent+typed" : "unsent";
    client.files = client.base;
    for (const file of new Set(saved.pending.map((own) => own.file))) {
      const f = client.led(file);
      client.files = f ? put(client.files, f) : drop(client.files, file);
    }
    return client;
  }

  /** Starts a connection, or asks for synchronisation on one that is there. */
  hello(): ClientMessage {
    this.connect("hello");
    this.push("lose");
    return {
      type: "hello",
      protocol: protocolVersion,
      key: this.key,
      ...(this.person && { person: this.person }),
      ...(this.name && { name: this.name }),
      ...(this.epoch && { epoch: this.epoch, version: this.version }),
      ...(this.seq && { seq: this.seq }),
    };
  }

  /** The open file as the user sees it. */
  get text(): Text {
    return this.files.get(this.opened)!.text;
  }

  /** The session's files at version. */
  get shared(): Files {
    return this.base;
  }

  /** Everything of a file's text that is not acknowledged, as one change of the session's text. */
  unacknowledged(file: number): ChangeSet {
    let all = ChangeSet.empty(this.base.get(file)?.text.length ?? 0);
    for (const own of this.pendingOf(file)) if (own.changes) all = all.compose(own.changes);
    return all;
  }

  /** The pending changes of a file, in order. */
  private *pendingOf(file: number): Generator<Own> {
    if (this.out?.file === file) yield this.out;
    for (const own of this.buffer) if (own.file === file) yield own;
  }

  /** The connection is gone; editing goes on. A run that was asked for is not asked for again. */
  disconnect(): void {
    this.connect("disconnect");
    this.push("lose");
    this.runs("lose");
    this.others = new Map();
  }

  /** Opens a file, with an empty selection. It gives false if the user does not see the file. */
  open(file: number): boolean {
    if (!this.files.has(file)) return false;
    if (file === this.opened) return true;
    this.opened = file;
    this.cursor = [];
    this.cursorNew = true;
    return true;
  }

  /** Opens the main file if the user no longer sees the open one. */
  private reopen(): void {
    if (!this.files.has(this.opened)) this.open(mainFile);
  }

  /** Whether the session accepts a change of a file's length: files that are too long together may only shrink. */
  fits(length: number, file = this.opened): boolean {
    if (!this.limits) return true;
    const all = unitsOf(this.files);
    const next = all + length - (this.files.get(file)?.text.length ?? 0);
    return next <= this.limits.text || next <= all;
  }

  /**
   * Takes a change of a file's text that the user makes. It throws Refused, and nothing has
   * changed, if the session would refuse it. With text, which it leads to, the change
   * has happened in an editor already, and the session's answer decides.
   */
  edit(changes: ChangeSet, text?: Text, file = this.opened): void {
    const f = this.files.get(file);
    if (!f) throw new Refused("no-file", `file ${file}`);
    if (changes.length !== f.text.length) throw new RangeError(`edit of ${changes.length} units in a text of ${f.text.length}`);
    if (!text && !this.fits(changes.newLength, file)) throw new Refused("too-large", `text of ${changes.newLength} units, limit ${this.limits!.text}`);
    if (changes.empty) return;
    this.files = put(this.files, { ...f, text: text ?? changes.apply(f.text) });
    const last = this.buffer[this.buffer.length - 1];
    if (last?.changes && last.file === file) this.buffer = [...this.buffer.slice(0, -1), { file, changes: last.changes.compose(changes) }];
    else this.buffer = [...this.buffer, { file, changes }];
    this.push("edit");
    if (file === this.opened) this.cursor = follow(this.cursor, changes);
    this.mapOthers(file, changes);
  }

  /** Creates a file with a new id, see newFileId. It throws Refused if the session would refuse it, as rename and delete do. */
  create(file: number, path: string, text = ""): void {
    this.operate(file, { do: "create", path, ...(text && { text }) });
  }

  /** Gives a file another path. */
  rename(file: number, path: string): void {
    if (this.files.get(file)?.path !== path) this.operate(file, { do: "rename", path });
  }

  /** Deletes a file other than the main one. */
  delete(file: number): void {
    this.operate(file, { do: "delete" });
  }

  private operate(file: number, op: FileOp): void {
    this.undo = [...this.undo, this.perform(file, op)].slice(-maxUndo);
    this.redo = [];
  }

  /** Does an operation of the user, and gives what takes it back. */
  private perform(file: number, op: FileOp): Step {
    checkOp(this.files, file, op);
    const path = this.files.get(file)?.path ?? "";
    if (op.do === "create" && this.limits) {
      if (this.files.size >= this.limits.files) throw new Refused("too-large", `A session has at most ${this.limits.files} files.`);
      if (op.text && unitsOf(this.files) + op.text.length > this.limits.text) throw new Refused("too-large", `The files would be longer than ${this.limits.text} characters together.`);
    }
    const own: Change = { file, op };
    this.files = applyTo(this.files, own);
    this.buffer = [...this.buffer, own];
    this.push("edit");
    this.reopen();
    if (op.do === "create") return { file, op: { do: "delete" } };
    if (op.do === "rename") return { file, op: { do: "rename", path } };
    return { file, op: { do: "create", path }, unknown: true };
  }

  /**
   * Takes back the user's last operation on a file, and gives the file, or -1 if there is
   * nothing to undo or another file has taken the path. A deleted file gets the text that
   * it had when it was deleted. What another member has done since holds: the creation of a
   * file that another has changed is not undone, nor is the renaming of a file that another
   * has renamed or deleted.
   */
  undoFiles(): number {
    return this.back("undo", "redo");
  }

  /** Takes back the last undoFiles. */
  redoFiles(): number {
    return this.back("redo", "undo");
  }

  private back(from: "undo" | "redo", to: "undo" | "redo"): number {
    const step = this[from][this[from].length - 1];
    if (!step) return -1;
    let inverse: Step;
    try {
      inverse = this.takeStep(step);
    } catch (err) {
      if (err instanceof Refused) return -1;
      throw err;
    }
    this[from] = this[from].slice(0, -1);
    this[to] = [...this[to], inverse].slice(-maxUndo);
    return step.file;
  }

  /**
   * A deletion that was not sent is taken out of the buffer; one that is under way is
   * followed by a creation, which waits for its acknowledgement.
   */
  private takeStep({ file, op, unknown }: Step): Step {
    if (!unknown) return this.perform(file, op);
    if (inTheWay(this.files, file, op.path!)) throw new Refused("exists", op.path!);
    const at = this.buffer.findLastIndex((own) => own.file === file && isOp(own, "delete"));
    if (at >= 0) {
      this.buffer = this.buffer.filter((_, i) => i !== at);
      this.emptied();
    } else if (this.out && this.out.file === file && isOp(this.out, "delete")) {
      this.buffer = [...this.buffer, { file, op, restores: true }];
      this.push("edit");
    } else throw new Refused("no-file", `file ${file}`);
    this.show(file);
    return { file, op: { do: "delete" } };
  }

  /** Something was taken out of the buffer. */
  private emptied(): void {
    if (!this.buffer.length) this.push("empty");
  }

  /** Notes the text of a file whose deletion by the user is acknowledged, for what creates it again. */
  private deleted({ id, text }: SessionFile): void {
    if (!this.buffer.some((own) => own.file === id && isOp(own, "delete"))) {
      const fill = (s: Step): Step => (s.file === id && s.unknown ? { file: id, op: creation(s.op.path!, text) } : s);
      this.undo = this.undo.map(fill);
      this.redo = this.redo.map(fill);
    }
    this.buffer = this.buffer.map((own) => (own.file === id && own.restores ? { file: id, op: creation(own.op!.path!, text) } : own));
  }

  /** Drops the steps about a file that what another member did has overtaken. An edit overtakes only the undoing of a creation. */
  private forget(file: number, edited: boolean): void {
    const keep = (s: Step) => s.file !== file || (edited && s.op.do !== "delete");
    if (!this.undo.every(keep)) this.undo = this.undo.filter(keep);
    if (!this.redo.every(keep)) this.redo = this.redo.filter(keep);
  }

  /** Sets the user's selection. */
  select(cursor: Range[]): void {
    if (sameRanges(cursor, this.cursor) && !this.cursorNew) return;
    this.cursor = cursor;
    this.cursorNew = true;
  }

  /**
   * Asks for a change of the session's settings; what holds is what the session
   * answers. What is under way when a connection ends is sent again on the next,
   * unless another member has changed the same setting meanwhile.
   */
  set(name: string, value: string): void {
    this.choices.choose(name, value, this.settings[name] ?? "");
  }

  /**
   * Asks for a run of the files as the user sees them: the request is sent after
   * everything that was typed before. With stdin, in base64, that is all that the
   * program reads. It gives false, and does nothing, without a connection, while a run
   * is under way and while an earlier request is unanswered.
   */
  run(options: RunOptions, stdin = ""): boolean {
    if (!this.live || this.running || this.request !== "none") return false;
    this.asked = { options, ...(stdin && { stdin }) };
    this.runs("ask");
    return true;
  }

  /**
   * The next message to send, or null: a push when none is under way; settings; a
   * run when everything typed is sent; the selection when it is new and nothing is
   * pending.
   */
  next(): ClientMessage | null {
    if (!this.live) return null;
    switch (this.pending) {
      case "typed": {
        const [first, rest] = this.cut(this.buffer[0]!);
        this.out = { ...first, seq: ++this.seq };
        this.buffer = [...rest, ...this.buffer.slice(1)];
        this.push(this.buffer.length ? "send-part" : "send");
        return this.outgoing(this.out);
      }
      case "unsent":
      case "unsent+typed":
        this.push("send");
        return this.outgoing(this.out!);
    }
    const settings = this.choices.next();
    if (settings) return { type: "settings", settings };
    if (this.request === "asked" && this.told) {
      this.runs("send");
      return { type: "run", ...this.asked };
    }
    if (this.cursorNew && this.synced) {
      this.cursorNew = false;
      return { type: "cursor", epoch: this.epoch, version: this.version, ...(this.opened && { file: this.opened }), cursor: this.ranges() };
    }
    return null;
  }

  private outgoing({ seq, file, changes, op }: Outstanding): ClientMessage {
    let cursor: Range[] = [];
    if (!this.buffer.length && changes && file === this.opened) {
      cursor = this.ranges();
      this.cursorNew = false;
    }
    return {
      type: "push",
      epoch: this.epoch,
      version: this.version,
      seq,
      ...(file && { file }),
      ...(op ? { op } : { changes: changes!.toJSON() as ChangesJSON }),
      ...(cursor.length && { cursor }),
    };
  }

  /**
   * What of a change one push carries, and the rest. Half of what the session accepts:
   * entries that the push is mapped over, before it is sent again under its seq, may
   * cut it into more parts; the selection and the rest of the message need some bytes.
   * A creation whose text is too long is one of an empty file, and the text.
   */
  private cut(change: Own): [first: Own, rest: Own[]] {
    const l = this.limits;
    if (!l) return [change, []];
    const { file, changes, op } = change;
    const bytes = l.message / 2;
    if (!changes) {
      if (!op!.text || bytesOf(JSON.stringify(op!.text)) <= bytes) return [change, []];
      const text = ChangeSet.of({ from: 0, insert: textOf(op!.text) }, 0);
      return [{ file, op: { do: "create", path: op!.path! } }, [{ file, changes: text }]];
    }
    const others = unitsOf(this.base) - (this.base.get(file)?.text.length ?? 0);
    const [first, rest] = split(changes, { parts: l.parts / 2, bytes, text: l.text - others });
    return [{ file, changes: first }, rest ? [{ file, changes: rest }] : []];
  }

  // One event of each table.

  private connect(event: LinkEvent): void {
    this.link = linkTable[this.link][event] ?? this.link;
  }
  private push(event: PendingEvent): void {
    this.pending = pendingTable[this.pending][event] ?? this.pending;
  }
  private runs(event: RequestEvent): void {
    this.request = requestTable[this.request][event] ?? this.request;
  }

  /** As many of the user's selected ranges as the session accepts. */
  private ranges(): Range[] {
    return this.limits ? this.cursor.slice(0, this.limits.ranges) : this.cursor;
  }

  /**
   * Takes a message of the session. When it throws OutOfStep, the text is unchanged
   * and hello() has to be sent again.
   */
  receive(m: ServerMessage): Update {
    switch (messageTable[m.type]?.[this.link]) {
      case "synchronise":
        return this.welcome(m as Of<"welcome">);
      case "apply":
        return this.entry(m as Of<"entry">);
      case "acknowledge":
        this.ack(m as Of<"ack">);
        break;
      case "join": {
        const { client, name, file = mainFile, cursor } = m as Of<"member">;
        if (client !== this.id) this.setOther(client, name ?? "", file, cursor ?? []);
        break;
      }
      case "leave": {
        const others = new Map(this.others);
        others.delete((m as Of<"leave">).client);
        this.others = others;
        break;
      }
      case "select": {
        const { client, version, file = mainFile, cursor } = m as Of<"cursor">;
        const o = this.others.get(client);
        if (o && version === this.version) this.setOther(o.client, o.name, file, cursor ?? []);
        break;
      }
      case "settle": {
        const { by, settings } = m as Of<"settings">;
        this.settings = settings;
        if (by === this.id) this.choices.answered();
        break;
      }
      case "begin":
        this.running = (m as Of<"run">).run;
        this.runs("answer");
        break;
      case "end":
        if (this.running === (m as Of<"end">).run) this.running = "";
        break;
      case "refuse":
        return this.refused(m as Of<"error">);
    }
    return this.unchanged();
  }

  private unchanged(): Update {
    return { changes: [], resync: false, lost: [] };
  }

  /** Roughly how an entry would change the text of its file that the user sees; null if that is unknown, or if it does more. */
  foresee(m: EntryMsg): ChangeDesc | null {
    if (!m.changes) return null;
    try {
      const theirs = decode(m.changes).desc;
      const own = this.unacknowledged(m.file ?? mainFile).desc;
      // Entries that wait before this one may have changed the length, and mapDesc does not
      // always end for lengths that differ.
      return theirs.length === own.length ? theirs.mapDesc(own) : null;
    } catch {
      return null;
    }
  }

  /** Takes another member's selection, in a file of the base. */
  private setOther(client: string, name: string, file: number, cursor: Range[]): void {
    this.others = new Map(this.others).set(client, { client, name, file, cursor: this.hereFrom(file, cursor) });
  }

  /** Moves a selection from the base into what the user sees. */
  private hereFrom(file: number, cursor: Range[]): Range[] {
    const length = this.base.get(file)?.text.length ?? 0;
    cursor = cursor.map(([a, h]) => [clamp(a, length), clamp(h, length)]);
    for (const own of this.pendingOf(file)) if (own.changes) cursor = mapRanges(cursor, own.changes);
    return cursor;
  }

  private mapOthers(file: number, changes: ChangeSet): void {
    this.others = new Map([...this.others].map(([id, o]) => [id, o.file === file ? { ...o, cursor: mapRanges(o.cursor, changes) } : o]));
  }

  /** Takes an entry of the log. One that came before is passed over. */
  private entry(m: EntryMsg): Update {
    const update = this.unchanged();
    if (m.version <= this.version) return update;
    if (m.version !== this.version + 1) throw new OutOfStep(`entry ${m.version} after version ${this.version}`);
    if (m.client === this.id && m.seq === this.out?.seq) {
      this.ack(m);
      return update;
    }
    const file = m.file ?? mainFile;
    this.remote(update, m.op ? { file, op: m.op } : { file, changes: decode(m.changes ?? []) });
    this.version = m.version;
    const o = this.others.get(m.client);
    if (o && m.cursor) this.setOther(o.client, o.name, file, m.cursor);
    return update;
  }

  /** Takes the acknowledgement of the outstanding change, which is the entry that leads to v. */
  private ack({ version: v, seq }: { version: number; seq: number }): void {
    if (v !== 0 && v <= this.version) return;
    if (!this.out || seq !== this.out.seq) {
      // Of a push that was sent twice, or that another member's operation has overtaken.
      if (seq < (this.out?.seq ?? this.seq + 1)) return;
      throw new OutOfStep(`acknowledgement of push ${seq}`);
    }
    if (v !== this.version + 1) throw new OutOfStep(`acknowledgement at ${v} after version ${this.version}`);
    this.accept(this.out);
    this.version = v;
  }

  /** Applies the outstanding change, which is in the log, to the base. */
  private accept(out: Outstanding): void {
    const before = this.base.get(out.file);
    if (out.changes && !this.buffer.length && before) this.base = put(this.base, this.files.get(out.file)!);
    else this.base = inLog(this.base, out);
    if (before && isOp(out, "delete")) this.deleted(before);
    this.out = null;
    this.push("acknowledge");
  }

  /** Applies a change of the base that is not the client's own, and adds what it does to the files that the user sees. If it throws, nothing has changed. */
  private remote(update: Update, change: Change): void {
    if (change.op) return this.remoteOp(update, change.file, change.op);
    const { file } = change;
    const base = inLog(this.base, change);
    let { out, buffer } = this;
    // Over what is pending, and what is pending over it: the log comes first. It does not
    // reach beyond a deletion of the file, but for one that is taken back.
    let r = change.changes;
    let live = true;
    const over = (own: Own): Own => {
      if (own.file !== file) return own;
      if (isOp(own, "delete")) live = false;
      else if (own.restores) live = true;
      else if (own.changes && live) {
        const changes = own.changes.map(r);
        r = r.map(own.changes, true);
        return { file, changes };
      }
      return own;
    };
    if (out) out = { ...over(out), seq: out.seq };
    if (buffer.length) buffer = buffer.map(over);
    const pending = out?.file === file || buffer.some((own) => own.file === file);
    if (live) this.files = pending ? inLog(this.files, { file, changes: r }) : put(this.files, base.get(file)!);
    this.base = base;
    this.out = out;
    this.buffer = buffer;
    this.forget(file, true);
    if (!live) return;
    this.mapSelections(file, r);
    then(update, { file, changes: r });
  }

  /**
   * Takes another member's operation on a file. It overtakes those of the user's pending
   * changes that the session refuses for it: after a deletion, all up to the one that
   * creates the file again; after a renaming, the operations on the file.
   */
  private remoteOp(update: Update, file: number, op: FileOp): void {
    const before = this.base.get(file);
    const base = inLog(this.base, { file, op });
    const pending = [...this.pendingOf(file)];
    const again = pending.findIndex((own) => own.restores);
    let overtaken = pending;
    if (op.do === "rename") overtaken = pending.filter((own) => own.op);
    else if (op.do === "delete" && again >= 0) overtaken = pending.slice(0, again);
    const codes = { create: "exists", rename: "renamed", delete: "no-file" };
    this.takeBack(update, file, codes[op.do], (own) => overtaken.includes(own));
    if (op.do === "delete" && again >= 0) this.deleted(before!);
    this.base = base;
    this.forget(file, false);
    if (op.do === "delete") {
      const away = [...this.others].some(([, o]) => o.file === file);
      if (away) this.others = new Map([...this.others].map(([id, o]) => [id, o.file === file ? { ...o, file: mainFile, cursor: [] } : o]));
    }
    this.show(file, update);
  }

  /** Takes pending changes of a file out, and tells the user what is lost with them. The files that the user sees stay as they are. */
  private takeBack(update: Update, file: number, code: string, which: (own: Own) => boolean): void {
    const seen = this.files.get(file);
    const taken = [...this.pendingOf(file)].filter(which);
    if (!taken.length) return;
    let changes: ChangeSet | undefined;
    let op: FileOp | undefined;
    for (const own of taken) {
      op ??= own.op;
      if (own.changes) changes = changes ? changes.compose(own.changes) : own.changes;
    }
    if (this.out && taken.includes(this.out)) {
      this.out = null;
      this.push("refuse");
    }
    this.buffer = this.buffer.filter((own) => !taken.includes(own));
    this.emptied();
    const lost = { code, file, path: seen?.path ?? "", ...(op && { op }) };
    if (seen && (changes || op?.text)) update.lost.push({ ...lost, ...(changes && { changes }), text: seen.text.toString() });
    else if (op && code !== "no-file") update.lost.push(lost);
  }

  /** What the base and the pending changes of a file lead to. */
  private led(file: number): SessionFile | undefined {
    let f = this.base.get(file);
    let there = f !== undefined;
    for (const own of this.pendingOf(file)) {
      if (own.changes) f = f && { ...f, text: apply(own.changes, f.text) };
      else if (own.op!.do === "rename") f = f && { ...f, path: own.op!.path! };
      else if (own.op!.do === "delete") there = false;
      else {
        f = { id: file, path: own.op!.path!, text: own.restores && f ? f.text : textOf(own.op!.text ?? "") };
        there = true;
      }
    }
    return there ? f : undefined;
  }

  /** Brings what the user sees of a file to what the base and the pending changes lead to. */
  private show(file: number, update: Update = this.unchanged()): void {
    const seen = this.files.get(file);
    const f = this.led(file);
    if (f && !seen) then(update, { file, op: creation(f.path, f.text) });
    else if (!f && seen) then(update, { file, op: { do: "delete" } });
    else if (f && seen) {
      if (f.path !== seen.path) then(update, { file, op: { do: "rename", path: f.path } });
      const changes = difference(seen.text, f.text);
      then(update, { file, changes });
      if (!changes.empty) this.mapSelections(file, changes);
    }
    this.files = f ? put(this.files, f) : drop(this.files, file);
    this.reopen();
  }

  /** Moves the selections in a file through a change that is not the user's. */
  private mapSelections(file: number, changes: ChangeSet): void {
    if (file === this.opened) this.cursor = mapRanges(this.cursor, changes);
    this.mapOthers(file, changes);
  }

  /** Brings the client to the session's version. */
  private welcome(m: Welcome): Update {
    const { id, epoch, version, files, opened, cursor, cursorNew, others, base, seq, out, buffer, pending, undo, redo } = this;
    let update: Update;
    try {
      if (m.protocol !== protocolVersion) throw new OutOfStep(`protocol ${m.protocol}, want ${protocolVersion}`);
      this.id = m.client; // some of the entries may be the client's own
      update = m.files?.length ? this.resync(m, filesOf(m.files)) : this.catchUp(m);
    } catch (err) {
      Object.assign(this, { id, epoch, version, files, opened, cursor, cursorNew, others, base, seq, out, buffer, pending, undo, redo });
      throw err;
    }
    this.connect("welcome");
    this.runs("welcome");
    this.cursorNew = this.cursor.length > 0 || this.opened !== mainFile;
    if (m.limits) this.limits = m.limits;
    this.settings = m.settings ?? {};
    this.choices.welcomed(this.settings);
    this.running = m.run && !m.run.verdict ? m.run.run : "";
    this.others = new Map();
    for (const o of m.members) if (o.client !== this.id) this.setOther(o.client, o.name ?? "", o.file ?? mainFile, o.cursor ?? []);
    return update;
  }

  private catchUp(m: Welcome): Update {
    const entries = m.entries ?? [];
    if (m.epoch !== this.epoch || m.version !== this.version + entries.length)
      throw new OutOfStep(`welcome at ${m.version} with ${entries.length} entries after version ${this.version}`);
    const all = this.unchanged();
    for (const e of entries) {
      const update = this.entry(e);
      for (const c of update.changes) then(all, c);
      all.lost.push(...update.lost);
    }
    return all;
  }

  /**
   * Takes all files of the session. What happened in between is not known, so the
   * difference between the last files received and the new ones stands for it,
   * and what is pending is mapped over that: no edit is lost, though it may land
   * a few places off.
   */
  private resync(m: Welcome, files: Files): Update {
    if (!files.has(mainFile)) throw new OutOfStep("a welcome without the main file");
    if (this.out && m.acked_seq >= this.out.seq) this.accept(this.out);
    const update: Update = { ...this.unchanged(), resync: true };
    for (const c of differences(this.base, files)) this.remote(update, c);
    this.base = files;
    this.epoch = m.epoch;
    this.version = m.version;
    this.seq = Math.max(this.seq, m.acked_seq);
    return update;
  }

  /** Answers an error of the session. What cannot succeed is taken back, with what depends on it. */
  private refused({ code, seq = 0 }: ErrorMsg): Update {
    const update = this.unchanged();
    if (!seq) {
      this.choices.forget(); // it may be about them, or about the run
      this.runs("answer");
    }
    if (!this.out || seq !== this.out.seq) return update;
    if (!["malformed", "too-large", "no-file", "exists", "renamed", "read-only"].includes(code)) {
      if (!this.live) return update; // the hello under way is the cure
      throw new OutOfStep(`push ${seq} refused: ${code}`);
    }
    const { file, op } = this.out;
    const gone = op?.do === "create" || code === "no-file";
    this.takeBack(update, file, code, (own) => gone || Boolean(own.op) === Boolean(op));
    if (op || gone) this.forget(file, false);
    const f = this.base.get(file);
    const changes = update.lost[0]?.changes;
    if (f && changes && !gone) {
      const back = changes.invert(f.text);
      this.files = put(this.files, { ...this.files.get(file)!, text: f.text });
      this.mapSelections(file, back);
      update.changes.push({ file, changes: back });
    } else this.show(file, update);
    return update;
  }
}

/** Appends a change to an update; one of the text that the last one changed becomes a part of that. */
function then(update: Update, c: Change): void {
  const last = update.changes[update.changes.length - 1];
  if (c.changes && last?.changes && last.file === c.file) update.changes[update.changes.length - 1] = { file: c.file, changes: last.changes.compose(c.changes) };
  else if (c.op || !c.changes.empty) update.changes.push(c);
}

/** Applies a change that is in the log. Only the session checks paths. */
function inLog(files: Files, change: Change): Files {
  try {
    return applyTo(files, change);
  } catch (err) {
    throw new OutOfStep(String(err));
  }
}

/** A guess at what was done to files that became others. */
function differences(from: Files, to: Files): Change[] {
  const list: Change[] = [];
  for (const f of from.values()) {
    const now = to.get(f.id);
    if (!now) {
      list.push({ file: f.id, op: { do: "delete" } });
      continue;
    }
    if (now.path !== f.path) list.push({ file: f.id, op: { do: "rename", path: now.path } });
    const changes = difference(f.text, now.text);
    if (!changes.empty) list.push({ file: f.id, changes });
  }
  for (const f of to.values()) if (!from.has(f.id)) list.push({ file: f.id, op: creation(f.path, f.text) });
  return list;
}

/** The message of a type. */
type Of<T extends ServerMessage["type"]> = Extract<ServerMessage, { type: T }>;

function decode(json: ChangesJSON): ChangeSet {
  try {
    return ChangeSet.fromJSON(json as unknown[]);
  } catch (err) {
    throw new OutOfStep(`changes: ${String(err)}`);
  }
}

/** Applies with the length checked, which map and apply do not all do. */
function apply(changes: ChangeSet, text: Text): Text {
  if (changes.length !== text.length) throw new OutOfStep(`change of ${changes.length} units, text of ${text.length}`);
  return changes.apply(text);
}

const clamp = (p: number, max: number) => Math.min(Math.max(p, 0), max);

const isHigh = (unit: number) => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number) => (unit & 0xfc00) === 0xdc00;

/** One replacement that turns a into b, and cuts no surrogate pair. */
export function difference(a: Text, b: Text): ChangeSet {
  const x = a.toString();
  const y = b.toString();
  if (x === y) return ChangeSet.empty(a.length);
  const most = Math.min(x.length, y.length);
  let start = 0;
  while (start < most && x.charCodeAt(start) === y.charCodeAt(start)) start++;
  if (start > 0 && isHigh(x.charCodeAt(start - 1))) start--;
  let end = 0;
  while (end < most - start && x.charCodeAt(x.length - 1 - end) === y.charCodeAt(y.length - 1 - end)) end++;
  if (end > 0 && isLow(x.charCodeAt(x.length - end))) end--;
  return ChangeSet.of({ from: start, to: x.length - end, insert: T.of(y.slice(start, y.length - end).split("\n")) }, a.length);
}
