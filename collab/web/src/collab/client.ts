// A client of a session, as collab/client is in Go: the text that its user sees,
// what of it is under way, what waits, the settings, and the run that was asked
// for. It knows no socket, clock or view. Its owner (exchange.ts) moves messages
// between it and a session:
//
//   - when a connection is there, send hello();
//   - give every message that comes to receive();
//   - after that, and after every edit, choice and request, send what next() gives
//     until it gives null;
//   - when the connection is lost, call disconnect().
//
// The text is always base ∘ outstanding ∘ buffer. Typing composes into the
// buffer; the outstanding change is mapped but never gains an edit, since the
// session may have it already. Foreign entries are mapped one at a time, as
// the session does it: mapping over several composed ones diverges.
//
// What happens when, is in the tables of states.ts. Undo is not here: CodeMirror's
// history keeps the user's own changes and maps them over those of others.

import { type ChangeDesc, ChangeSet, type Text, Text as T } from "@codemirror/state";
import {
  type ChangesJSON,
  type ClientMessage,
  type EntryMsg,
  type ErrorMsg,
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
import { split } from "./split";
import { type Link, type LinkEvent, type Pending, type PendingEvent, type Request, type RequestEvent, linkTable, messageTable, pendingTable, requestTable } from "./states";

/** What a message did to the text that the user sees. */
export interface Update {
  changes: ChangeSet;
  /** The log did not reach: changes is a guess at what happened. */
  resync: boolean;
  /** What the session refused for good and the client took back: the push and the edits on top of it. */
  lost?: ChangeSet;
}

/** Client and session do not agree on where they are. The cure is to send hello() again. */
export class OutOfStep extends Error {
  override name = "OutOfStep";
}

/** An edit would make the text longer than the session accepts. */
export class TooLarge extends Error {
  override name = "TooLarge";
}

/** Another member, with selections in the text that the user sees. */
export interface Other {
  client: string;
  name: string;
  cursor: Range[];
}

interface Outstanding {
  readonly seq: number;
  readonly changes: ChangeSet;
}

export class Client {
  /** From the first welcome; empty before. */
  id = "";
  name: string;
  epoch = "";
  version = 0;
  /** What the user sees. */
  text: Text = T.empty;
  cursor: Range[] = [];
  others: ReadonlyMap<string, Other> = new Map();
  /** The session's settings, as last received. */
  settings: Settings = {};
  /** Id of the run under way, as last received; empty while there is none. */
  running = "";
  /** What the session accepts, as stated by the last welcome. */
  limits: Limits | null = null;

  private base: Text = T.empty; // the session's text at version
  private seq = 0; // of the last push made
  private out: Outstanding | null = null;
  private buffer: ChangeSet | null = null;
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

  /** The session's text at version. */
  get shared(): Text {
    return this.base;
  }

  /** Everything that is not acknowledged, as one change of the session's text. */
  unacknowledged(): ChangeSet {
    const out = this.out?.changes ?? ChangeSet.empty(this.base.length);
    return this.buffer ? out.compose(this.buffer) : out;
  }

  /** The connection is gone; editing goes on. A run that was asked for is not asked for again. */
  disconnect(): void {
    this.connect("disconnect");
    this.push("lose");
    this.runs("lose");
    this.others = new Map();
  }

  /** Whether the session accepts a change of the text's length: one that is too long may only shrink. */
  fits(length: number): boolean {
    return !this.limits || length <= this.limits.text || length <= this.text.length;
  }

  /**
   * Takes a change of text that the user makes. It throws TooLarge, and nothing has
   * changed, if the session would refuse it. With text, which it leads to, the change
   * has happened in an editor already, and the session's answer decides.
   */
  edit(changes: ChangeSet, text?: Text): void {
    if (changes.length !== this.text.length) throw new RangeError(`edit of ${changes.length} units in a text of ${this.text.length}`);
    if (!text && !this.fits(changes.newLength)) throw new TooLarge(`text of ${changes.newLength} units, limit ${this.limits!.text}`);
    if (changes.empty) return;
    this.text = text ?? changes.apply(this.text);
    this.buffer = this.buffer ? this.buffer.compose(changes) : changes;
    this.push("edit");
    this.cursor = follow(this.cursor, changes);
    this.mapOthers(changes);
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
   * Asks for a run of the text as the user sees it: the request is sent after
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
        const [first, rest] = this.cut(this.buffer!);
        this.out = { seq: ++this.seq, changes: first };
        this.buffer = rest;
        this.push(rest ? "send-part" : "send");
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
      return { type: "cursor", epoch: this.epoch, version: this.version, cursor: this.ranges() };
    }
    return null;
  }

  private outgoing({ seq, changes }: Outstanding): ClientMessage {
    let cursor: Range[] = [];
    if (!this.buffer) {
      cursor = this.ranges();
      this.cursorNew = false;
    }
    return { type: "push", epoch: this.epoch, version: this.version, seq, changes: changes.toJSON() as ChangesJSON, ...(cursor.length && { cursor }) };
  }

  /**
   * What of a change one push carries, and the rest. Half of what the session accepts:
   * entries that the push is mapped over, before it is sent again under its seq, may
   * cut it into more parts; the selection and the rest of the message need some bytes.
   */
  private cut(changes: ChangeSet): [ChangeSet, ChangeSet | null] {
    const l = this.limits;
    return l ? split(changes, { parts: l.parts / 2, bytes: l.message / 2, text: l.text }) : [changes, null];
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
        const { client, name, cursor } = m as Of<"member">;
        if (client !== this.id) this.setOther(client, name ?? "", this.hereFrom(cursor ?? []));
        break;
      }
      case "leave": {
        const others = new Map(this.others);
        others.delete((m as Of<"leave">).client);
        this.others = others;
        break;
      }
      case "select": {
        const { client, version, cursor } = m as Of<"cursor">;
        const o = this.others.get(client);
        if (o && version === this.version) this.setOther(o.client, o.name, this.hereFrom(cursor ?? []));
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
    return { changes: ChangeSet.empty(this.text.length), resync: false };
  }

  /** Roughly how an entry would change the text that the user sees; null if that is unknown. */
  foresee(m: EntryMsg): ChangeDesc | null {
    try {
      return decode(m.changes).desc.mapDesc(this.unacknowledged().desc);
    } catch {
      return null;
    }
  }

  private setOther(client: string, name: string, cursor: Range[]): void {
    this.others = new Map(this.others).set(client, { client, name, cursor });
  }

  /** Moves a selection from the base into what the user sees. */
  private hereFrom(cursor: Range[]): Range[] {
    cursor = cursor.map(([a, h]) => [clamp(a, this.base.length), clamp(h, this.base.length)]);
    if (this.out) cursor = mapRanges(cursor, this.out.changes);
    if (this.buffer) cursor = mapRanges(cursor, this.buffer);
    return cursor;
  }

  private mapOthers(changes: ChangeSet): void {
    this.others = new Map([...this.others].map(([id, o]) => [id, { ...o, cursor: mapRanges(o.cursor, changes) }]));
  }

  /** Takes an entry of the log. One that came before is passed over. */
  private entry(m: EntryMsg): Update {
    if (m.version <= this.version) return this.unchanged();
    if (m.version !== this.version + 1) throw new OutOfStep(`entry ${m.version} after version ${this.version}`);
    if (m.file) throw new OutOfStep(`entry of file ${m.file}`);
    if (m.client === this.id && m.seq === this.out?.seq) {
      this.ack(m);
      return this.unchanged();
    }
    const changes = this.remote(decode(m.changes));
    this.version = m.version;
    const o = this.others.get(m.client);
    if (o && m.cursor) this.setOther(o.client, o.name, this.hereFrom(m.cursor));
    return { changes, resync: false };
  }

  /** Takes the acknowledgement of the outstanding change, which is the entry that leads to v. */
  private ack({ version: v, seq }: { version: number; seq: number }): void {
    if (v !== 0 && v <= this.version) return;
    if (!this.out || seq !== this.out.seq) {
      // Of a push that was sent twice: the first answer did it.
      if (seq < (this.out?.seq ?? this.seq + 1)) return;
      throw new OutOfStep(`acknowledgement of push ${seq}`);
    }
    if (v !== this.version + 1) throw new OutOfStep(`acknowledgement at ${v} after version ${this.version}`);
    this.base = this.buffer ? apply(this.out.changes, this.base) : this.text;
    this.version = v;
    this.out = null;
    this.push("acknowledge");
  }

  /** Applies a change of the base that is not the client's own; gives it as it applies to text. */
  private remote(r: ChangeSet): ChangeSet {
    const base = apply(r, this.base);
    let { out, buffer } = this;
    // Over what is pending, and what is pending over it: the log comes first.
    if (out) {
      const changes = out.changes.map(r);
      r = r.map(out.changes, true);
      out = { ...out, changes };
    }
    if (buffer) {
      const changes = buffer.map(r);
      r = r.map(buffer, true);
      buffer = changes;
    }
    this.text = out || buffer ? apply(r, this.text) : base;
    this.base = base;
    this.out = out;
    this.buffer = buffer;
    this.cursor = mapRanges(this.cursor, r);
    this.mapOthers(r);
    return r;
  }

  /** Brings the client to the session's version. */
  private welcome(m: Welcome): Update {
    const { id, epoch, version, text, cursor, others, base, seq, out, buffer, pending } = this;
    let update: Update;
    try {
      if (m.protocol !== protocolVersion) throw new OutOfStep(`protocol ${m.protocol}, want ${protocolVersion}`);
      this.id = m.client; // some of the entries may be the client's own
      update = m.text === undefined ? this.catchUp(m) : this.resync(m, m.text);
    } catch (err) {
      Object.assign(this, { id, epoch, version, text, cursor, others, base, seq, out, buffer, pending });
      throw err;
    }
    this.connect("welcome");
    this.runs("welcome");
    this.cursorNew = this.cursor.length > 0;
    if (m.limits) this.limits = m.limits;
    this.settings = m.settings ?? {};
    this.choices.welcomed(this.settings);
    this.running = m.run && !m.run.verdict ? m.run.run : "";
    this.others = new Map(
      m.members
        .filter((o) => o.client !== this.id)
        .map((o) => [o.client, { client: o.client, name: o.name ?? "", cursor: this.hereFrom(o.cursor ?? []) }]),
    );
    return update;
  }

  private catchUp(m: Welcome): Update {
    const entries = m.entries ?? [];
    if (m.epoch !== this.epoch || m.version !== this.version + entries.length)
      throw new OutOfStep(`welcome at ${m.version} with ${entries.length} entries after version ${this.version}`);
    let changes = ChangeSet.empty(this.text.length);
    for (const e of entries) changes = changes.compose(this.entry(e).changes);
    return { changes, resync: false };
  }

  /**
   * Takes a whole text. What happened in between is not known, so the
   * difference between the last text received and the new one stands for it,
   * and what is pending is mapped over that: no edit is lost, though it may land
   * a few places off.
   */
  private resync(m: Welcome, whole: string): Update {
    const text = T.of(whole.split("\n"));
    if (this.out && m.acked_seq >= this.out.seq) {
      this.base = apply(this.out.changes, this.base);
      this.out = null;
      this.push("acknowledge");
    }
    const changes = this.remote(difference(this.base, text));
    this.base = text;
    this.epoch = m.epoch;
    this.version = m.version;
    this.seq = Math.max(this.seq, m.acked_seq);
    return { changes, resync: true };
  }

  /** Answers an error of the session. What cannot succeed is taken back. */
  private refused({ code, seq = 0 }: ErrorMsg): Update {
    if (!seq) {
      this.choices.forget(); // it may be about them, or about the run
      this.runs("answer");
    }
    if (!this.out || seq !== this.out.seq) return this.unchanged();
    if (code !== "malformed" && code !== "too-large" && code !== "no-file") {
      if (!this.live) return this.unchanged(); // the hello under way is the cure
      throw new OutOfStep(`push ${seq} refused: ${code}`);
    }
    const lost = this.unacknowledged();
    const changes = lost.invert(this.base);
    this.out = null;
    this.buffer = null;
    this.push("refuse");
    this.text = this.base;
    this.cursor = mapRanges(this.cursor, changes);
    this.mapOthers(changes);
    return { changes, resync: false, lost };
  }
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
