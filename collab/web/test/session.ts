// A session as small as it can be, for tests: the server's side of
// collab/authority/document.go and authority.go, and links that lose connections.

import { ChangeSet, Text } from "@codemirror/state";
import type { Client } from "../src/collab/client";
import { type ChangesJSON, type ClientMessage, type EntryMsg, type Limits, type ServerMessage, protocolVersion } from "../src/collab/wire.gen";

interface Entry {
  client: string;
  seq: number;
  changes: ChangeSet;
}

export class FakeSession {
  epoch = "e1";
  text = Text.of(["fn main() {}", ""]);
  version = 0;
  history: Entry[] = [];
  acked = new Map<string, { seq: number; version: number }>();
  links = new Set<Link>();
  limits: Limits | undefined;

  private get oldest(): number {
    return this.version - this.history.length;
  }

  /** Forgets history, so that a client that lags gets the whole text. */
  cut(keep: number): void {
    if (this.history.length > keep) this.history = this.history.slice(this.history.length - keep);
  }

  receive(link: Link, m: ClientMessage): void {
    if (m.type === "hello") {
      const reaches = m.epoch === this.epoch && (m.version ?? 0) >= this.oldest && (m.version ?? 0) <= this.version;
      link.client = `id of ${m.key}`;
      link.send({
        type: "welcome", protocol: protocolVersion, client: link.client, epoch: this.epoch, version: this.version, acked_seq: this.acked.get(link.client)?.seq ?? 0, members: [],
        ...(this.limits && { limits: this.limits }),
        ...(reaches ? { entries: this.since(m.version ?? 0) } : { files: [{ path: "main.rs", text: this.text.toString() }] }),
      });
      return;
    }
    if (m.type !== "push" || !link.client) return;
    const ack = this.acked.get(link.client);
    if (ack && m.seq <= ack.seq) return link.send({ type: "ack", version: m.seq === ack.seq ? ack.version : 0, seq: m.seq });
    if (m.epoch !== this.epoch) return link.send({ type: "error", code: "epoch", message: "another epoch", seq: m.seq });
    if (m.version < this.oldest || (ack && m.version < ack.version)) return link.send({ type: "error", code: "stale", message: "too old", seq: m.seq });
    let changes = ChangeSet.fromJSON(m.changes as unknown[]);
    for (const e of this.history.slice(m.version - this.oldest)) changes = changes.map(e.changes);
    this.text = changes.apply(this.text);
    this.version++;
    this.history.push({ client: link.client, seq: m.seq, changes });
    this.acked.set(link.client, { seq: m.seq, version: this.version });
    link.send({ type: "ack", version: this.version, seq: m.seq });
    for (const l of this.links) if (l !== link && l.client) l.send({ type: "entry", ...this.entry(this.version) });
  }

  private entry(version: number): EntryMsg {
    const e = this.history[version - this.oldest - 1]!;
    return { version, client: e.client, seq: e.seq, changes: e.changes.toJSON() as ChangesJSON };
  }
  private since(v: number): EntryMsg[] {
    return this.history.slice(v - this.oldest).map((_, i) => this.entry(v + i + 1));
  }
}

/** One connection: two queues that keep their order and can be cut. */
export class Link {
  client = "";
  up: string[] = [];
  down: string[] = [];
  constructor(private readonly session: FakeSession) {
    session.links.add(this);
  }
  send(m: ServerMessage): void {
    this.down.push(JSON.stringify(m));
  }
  close(): void {
    this.session.links.delete(this);
    this.up = [];
    this.down = [];
  }
  deliverUp(): void {
    const m = this.up.shift();
    if (m) this.session.receive(this, JSON.parse(m) as ClientMessage);
  }
}

/** An editor with a client that may be without a connection. */
export class Site {
  link: Link | null = null;
  /** What an editor would show; kept by updates alone. */
  shown: Text;
  constructor(
    readonly client: Client,
    private readonly session: FakeSession,
  ) {
    this.shown = client.text;
  }
  connect(): void {
    this.link = new Link(this.session);
    this.link.up.push(JSON.stringify(this.client.hello()));
  }
  disconnect(): void {
    this.link?.close();
    this.link = null;
    this.client.disconnect();
  }
  edit(changes: ChangeSet): void {
    this.client.edit(changes);
    this.shown = changes.apply(this.shown);
    this.flush();
  }
  receive(): void {
    const m = this.link?.down.shift();
    if (!m) return;
    try {
      for (const c of this.client.receive(JSON.parse(m) as ServerMessage).changes) this.shown = c.changes!.apply(this.shown);
    } catch {
      this.link?.up.push(JSON.stringify(this.client.hello()));
    }
    this.flush();
  }
  flush(): void {
    for (let m = this.client.next(); m; m = this.client.next()) this.link?.up.push(JSON.stringify(m));
  }
}
