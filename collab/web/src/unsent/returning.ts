// Unsent text of a page that is gone. Its client is taken up where it was, under its key:
// the session's answer to hello has the last push that arrived, so that what is put back
// is what did not.

import { Client, OutOfStep } from "../collab/client";
import { Connection } from "../collab/connection";
import { type ServerMessage, type Welcome, protocolVersion } from "../collab/wire.gen";
import type { UnsentText } from "./store";

/**
 * What has become of unsent text. arrived: the session has all of it. open: it can be put
 * back. unknown: the session cannot tell how much of it arrived, so that it can only be
 * copied. taken-back: the session does not take it, such as edits of a deleted file.
 */
export type Fate = "arrived" | "open" | "unknown" | "taken-back";

/** Whether the answer to hello tells exactly which of the saved pushes have arrived. */
export function exact(kept: UnsentText, welcome: Welcome): boolean {
  const { epoch, seq, sent } = kept.saved;
  if (welcome.epoch !== epoch || kept.protocol !== protocolVersion) return false;
  const before = sent ? seq - 1 : seq; // the last push that was acknowledged
  if (welcome.acked_seq !== before && welcome.acked_seq !== seq) return false; // it forgot the client, or has pushes that were made later
  return before > 0 || welcome.acked_seq > 0 || !welcome.files?.length;
}

/** How often client and session may fail to agree on where they are. */
const most = 5;

export class Returning {
  private readonly client: Client | null;
  private readonly connection: Connection;
  private lost = false;
  private ended: ((fate: Fate) => void) | null = null;
  private sending = false;
  private failures = 0;

  constructor(
    url: string,
    readonly kept: UnsentText,
    person: { name: string; key: string },
    make?: (url: string) => WebSocket,
  ) {
    this.client = restored(kept, person);
    this.connection = new Connection(url, { open: () => this.hello(), message: (data) => this.message(data), closed: (e) => this.closed(e.kind === "final") }, make);
  }

  /** Asks the session what has arrived. */
  ask(): Promise<Fate> {
    return this.until(false);
  }

  /** Sends what has not arrived; with "arrived", all of it has. */
  putBack(): Promise<Fate> {
    return this.until(true);
  }

  private until(sending: boolean): Promise<Fate> {
    if (!this.client) return Promise.resolve("unknown");
    this.sending = sending;
    return new Promise((resolve) => {
      this.ended = (fate) => {
        this.ended = null;
        this.connection.stop();
        this.client!.disconnect();
        resolve(fate);
      };
      this.connection.start();
    });
  }

  private hello(): void {
    this.connection.send(JSON.stringify(this.client!.hello()));
  }

  private closed(final: boolean): void {
    this.client!.disconnect();
    if (final) this.ended?.("unknown");
  }

  private message(data: string): void {
    const client = this.client!;
    let m: ServerMessage;
    try {
      m = JSON.parse(data) as ServerMessage;
    } catch {
      return this.connection.drop();
    }
    // A push of a later seq is one that this client has made since.
    if (m.type === "welcome" && !client.live && client.outstanding <= this.kept.saved.seq && !exact(this.kept, m)) return this.ended?.("unknown");
    try {
      this.lost = client.receive(m).lost.length > 0 || this.lost;
    } catch (err) {
      if (!(err instanceof OutOfStep)) throw err;
      return ++this.failures > most ? this.ended?.("unknown") : this.hello();
    }
    if (!client.live) return;
    if (client.synced) return this.ended?.(this.lost ? "taken-back" : "arrived");
    if (!this.sending) return this.ended?.(this.lost ? "taken-back" : "open");
    for (let next = client.next(); next; next = client.next()) this.connection.send(JSON.stringify(next));
  }
}

/** The client of a record; null if another version of the page wrote it. */
function restored(kept: UnsentText, person: { name: string; key: string }): Client | null {
  try {
    return Client.restore(kept.saved, kept.key, person.name, person.key);
  } catch {
    return null;
  }
}
