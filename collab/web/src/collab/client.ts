// The editor's side of a session, as client.Client is in Go: the text as its
// user sees it, what of it is under way, and what waits. It knows no socket,
// clock or view. Whoever holds it moves messages between it and a session:
//
//   - when a connection is there, send hello();
//   - give every message that comes to receive();
//   - after that, and after every edit, send what next() gives until it gives
//     nothing;
//   - when the connection is lost, call disconnect().
//
// The text is always base ∘ outstanding ∘ buffer. Typing composes into the
// buffer; the outstanding change is mapped but never gains an edit, since the
// session may have it already. Foreign entries are mapped one at a time, as
// the session does it: mapping over several composed ones diverges.
//
// Undo is not here: CodeMirror's history keeps the user's own changes and maps
// them over those of others.

import { type ChangeDesc, ChangeSet, type Text, Text as T } from "@codemirror/state";
import {
  type ChangesJSON,
  type ClientMessage,
  type EntryMsg,
  type Limits,
  type Range,
  type ServerMessage,
  type Settings,
  type Welcome,
  protocolVersion,
} from "./wire";
import { split } from "./split";

/** What a message did to the text that the user sees. */
export interface Update {
  changes: ChangeSet;
  /** The log did not reach: changes is a guess at what happened. */
  resync: boolean;
  /** What the session refused for good and the client took back. */
  lost?: ChangeSet;
}

/** Something got lost on the way. The cure is to send hello() again. */
export class OutOfStep extends Error {
  override name = "OutOfStep";
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
  readonly sent: boolean; // on this connection
}

type Link = "offline" | "joining" | "live";

export class Client {
  /** Told by the first welcome; empty before. */
  id = "";
  name: string;
  epoch = "";
  version = 0;
  /** What the user sees. */
  text: Text = T.empty;
  cursor: Range[] = [];
  others: ReadonlyMap<string, Other> = new Map();
  /** The session's settings, as last told. */
  settings: Settings = {};
  /** What the session accepts, as stated by the last welcome. */
  limits: Limits | null = null;

  private base: Text = T.empty; // the session's text at version
  private seq = 0; // of the last push made
  private out: Outstanding | null = null;
  private buffer: ChangeSet | null = null;
  private link: Link = "offline";
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
    return !this.out && !this.buffer;
  }

  /** Whether everything typed has been sent on this connection: what is sent next comes behind it. */
  get told(): boolean {
    return this.live && !this.buffer && (!this.out || this.out.sent);
  }

  /** Whether the client has been welcomed on this connection. */
  get live(): boolean {
    return this.link === "live";
  }

  hello(): ClientMessage {
    this.link = "joining";
    if (this.out) this.out = { ...this.out, sent: false };
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
  pending(): ChangeSet {
    const out = this.out?.changes ?? ChangeSet.empty(this.base.length);
    return this.buffer ? out.compose(this.buffer) : out;
  }

  /** The connection is gone; editing goes on. */
  disconnect(): void {
    this.link = "offline";
    this.others = new Map();
  }

  /** Takes a change of text that the user made; whoever has the text that it leads to gives it. */
  edit(changes: ChangeSet, text?: Text): void {
    if (changes.length !== this.text.length) throw new RangeError(`edit of ${changes.length} units in a text of ${this.text.length}`);
    if (changes.empty) return;
    this.text = text ?? changes.apply(this.text);
    this.buffer = this.buffer ? this.buffer.compose(changes) : changes;
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
   * The next message to send, or null: a push when none is under way, else the
   * selection when that has changed and nothing is pending.
   */
  next(): ClientMessage | null {
    if (this.link !== "live") return null;
    if (!this.out && this.buffer) {
      // Half of what the session accepts: entries that the push is mapped over, before
      // it is sent again under its seq, may cut it into more parts.
      const l = this.limits;
      const [first, rest] = l ? split(this.buffer, { parts: l.parts / 2, bytes: l.message / 2, text: l.text }) : [this.buffer, null];
      this.out = { seq: ++this.seq, changes: first, sent: false };
      this.buffer = rest;
    }
    if (this.out) {
      if (this.out.sent) return null;
      this.out = { ...this.out, sent: true };
      let cursor: Range[] | undefined;
      if (!this.buffer) {
        cursor = this.ranges();
        this.cursorNew = false;
      }
      return {
        type: "push",
        epoch: this.epoch,
        version: this.version,
        seq: this.out.seq,
        changes: this.out.changes.toJSON() as ChangesJSON,
        ...(cursor?.length && { cursor }),
      };
    }
    if (this.cursorNew) {
      this.cursorNew = false;
      return { type: "cursor", epoch: this.epoch, version: this.version, cursor: this.ranges() };
    }
    return null;
  }

  /** As many of the user's selected ranges as the session accepts. */
  private ranges(): Range[] {
    return this.limits ? this.cursor.slice(0, this.limits.ranges) : this.cursor;
  }

  /**
   * Takes a message of the session. When it throws OutOfStep, the state is
   * unchanged and hello() has to be sent again.
   */
  receive(m: ServerMessage): Update {
    const none: Update = { changes: ChangeSet.empty(this.text.length), resync: false };
    switch (m.type) {
      case "welcome":
        return this.welcome(m);
      case "entry":
        // One of the time before the welcome that is to come is passed over.
        return this.link === "live" ? this.entry(m) : none;
      case "ack":
        if (this.link === "live") this.ack(m.version, m.seq);
        return none;
      case "member":
        if (m.client !== this.id) this.setOther(m.client, m.name ?? "", this.hereFrom(m.cursor ?? []));
        return none;
      case "leave": {
        const others = new Map(this.others);
        others.delete(m.client);
        this.others = others;
        return none;
      }
      case "cursor": {
        const o = this.others.get(m.client);
        if (o && this.link === "live" && m.version === this.version) this.setOther(o.client, o.name, this.hereFrom(m.cursor ?? []));
        return none;
      }
      case "settings":
        if (this.link === "live") this.settings = m.settings;
        return none;
      case "error":
        return this.refused(m.code, m.seq ?? 0);
      default:
        return none;
    }
  }

  /** What an entry would do to the text that the user sees, about; null where it cannot be told. */
  foresee(m: EntryMsg): ChangeDesc | null {
    try {
      return decode(m.changes).desc.mapDesc(this.pending().desc);
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

  private entry(m: EntryMsg): Update {
    const none: Update = { changes: ChangeSet.empty(this.text.length), resync: false };
    if (m.version <= this.version) return none;
    if (m.version !== this.version + 1) throw new OutOfStep(`entry ${m.version} after version ${this.version}`);
    if (m.client === this.id && this.out && m.seq === this.out.seq) {
      this.ack(m.version, m.seq);
      return none;
    }
    const changes = this.remote(decode(m.changes));
    this.version = m.version;
    const o = this.others.get(m.client);
    if (o && m.cursor) this.setOther(o.client, o.name, this.hereFrom(m.cursor));
    return { changes, resync: false };
  }

  /** Takes the acknowledgement of the outstanding change, which is the entry that leads to v. */
  private ack(v: number, seq: number): void {
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

  private welcome(m: Welcome): Update {
    if (this.link !== "joining") return { changes: ChangeSet.empty(this.text.length), resync: false };
    const { id, epoch, version, text, cursor, others, base, seq, out, buffer } = this;
    let update: Update;
    try {
      if (m.protocol !== protocolVersion) throw new OutOfStep(`protocol ${m.protocol}, want ${protocolVersion}`);
      this.id = m.client; // some of the entries may be our own
      update = m.text === undefined ? this.catchUp(m) : this.resync(m, m.text);
    } catch (err) {
      Object.assign(this, { id, epoch, version, text, cursor, others, base, seq, out, buffer });
      throw err;
    }
    this.link = "live";
    if (this.out) this.out = { ...this.out, sent: false };
    this.cursorNew = this.cursor.length > 0;
    this.settings = m.settings ?? {};
    this.limits = m.limits ?? null;
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
   * and what is pending is mapped over that: nobody's typing is lost, though it
   * may land a few places off.
   */
  private resync(m: Welcome, whole: string): Update {
    const text = T.of(whole.split("\n"));
    if (this.out && m.ackedSeq >= this.out.seq) {
      this.base = apply(this.out.changes, this.base);
      this.out = null;
    }
    const changes = this.remote(difference(this.base, text));
    this.base = text;
    this.epoch = m.epoch;
    this.version = m.version;
    this.seq = Math.max(this.seq, m.ackedSeq);
    return { changes, resync: true };
  }

  /** Answers an error of the session. What cannot succeed is taken back. */
  private refused(code: string, seq: number): Update {
    const none: Update = { changes: ChangeSet.empty(this.text.length), resync: false };
    if (!this.out || seq !== this.out.seq) return none;
    if (code !== "malformed" && code !== "too-large") throw new OutOfStep(`push ${seq} refused: ${code}`);
    const lost = this.buffer ? this.out.changes.compose(this.buffer) : this.out.changes;
    const back = lost.invert(this.base);
    this.out = null;
    this.buffer = null;
    this.text = this.base;
    this.cursor = mapRanges(this.cursor, back);
    this.mapOthers(back);
    return { changes: back, resync: false, lost };
  }
}

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

/**
 * Moves selections through somebody else's change: a cursor stays in front of
 * what is inserted at it, a range does not grow at its ends.
 */
export function mapRanges(ranges: readonly Range[], changes: ChangeSet): Range[] {
  return ranges.map(([anchor, head]): Range => {
    if (anchor === head) {
      const p = changes.mapPos(head, -1);
      return [p, p];
    }
    const from = changes.mapPos(Math.min(anchor, head), 1);
    const to = Math.max(from, changes.mapPos(Math.max(anchor, head), -1));
    return anchor < head ? [from, to] : [to, from];
  });
}

/** Moves selections through a change of their owner, who types in front of the cursor. */
function follow(ranges: readonly Range[], changes: ChangeSet): Range[] {
  return ranges.map(([anchor, head]): Range => {
    if (anchor !== head) return mapRanges([[anchor, head]], changes)[0]!;
    const p = changes.mapPos(head, 1);
    return [p, p];
  });
}

function sameRanges(a: readonly Range[], b: readonly Range[]): boolean {
  return a.length === b.length && a.every((r, i) => r[0] === b[i]![0] && r[1] === b[i]![1]);
}

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
