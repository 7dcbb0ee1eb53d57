// Keeps what is typed here and not acknowledged, until it is.

import type { Client } from "../collab/client";
import { protocolVersion } from "../collab/wire.gen";
import { type Kept, type Store, owning } from "./store";

/** How often the page looks whether there is something to keep. What a healthy connection acknowledges in this time is never written. */
export const keepEvery = 300;

/** What is kept of: a session as the page sees it. */
export interface Source {
  readonly key: string;
  readonly client: Client;
  readonly boot: { readonly view: string };
  subscribe(listener: () => void): () => void;
  saved(): boolean;
}

/** Keeps the unsent text of a page. keepNow writes what there is at once, for a page that may be about to end. */
export class Keeper {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private kept = false; // whether the store has a record, or soon will
  private waits = 0; // the push that was outstanding at the last look
  private written: readonly unknown[] = []; // what the record was made of
  private owned = false;

  constructor(
    private readonly source: Source,
    private readonly store: Store,
    private readonly own: (key: string) => Promise<unknown> = owning,
    private readonly now: () => number = Date.now,
  ) {
    source.subscribe(() => this.look());
  }

  /** Every change of saved, and every keepEvery while it is false. */
  private look(): void {
    if (this.source.client.synced) this.done();
    if (this.timer || this.source.saved()) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      const { client } = this.source;
      const { outstanding } = client;
      if (!client.synced && (!client.live || outstanding === this.waits)) this.keepNow();
      this.waits = outstanding;
      this.look();
    }, keepEvery);
  }

  keepNow(): void {
    const { client, key, boot } = this.source;
    const made = [client.version, client.outstanding, client.files];
    if (made.every((part, i) => part === this.written[i])) return;
    const saved = client.save();
    if (!saved) return;
    if (!this.owned) void this.own(key);
    this.owned = this.kept = true;
    this.written = made;
    const changed = new Set(saved.pending.map((own) => own.file));
    const files = [...client.files.values()].filter((f) => changed.has(f.id)).map((f) => ({ path: f.path, text: f.text.toString() }));
    const record: Kept = { key, session: boot.view, at: this.now(), protocol: protocolVersion, saved, files };
    // Where the browser has no store or no room, the text lives as long as the page.
    void this.store.put(record).catch(() => {});
  }

  /** Everything is acknowledged. */
  private done(): void {
    if (!this.kept) return;
    this.kept = false;
    this.written = [];
    void this.store.remove(this.source.key).catch(() => {});
  }
}

/** Keeps the unsent text of a session's page. */
export function keepUnsent(source: Source, store: Store): void {
  const keeper = new Keeper(source, store);
  // The last events that a page surely gets; a telephone ends pages that are not seen.
  addEventListener("pagehide", () => keeper.keepNow());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keeper.keepNow());
}
