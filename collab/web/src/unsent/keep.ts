// Keeps what is typed here and not acknowledged, until it is, and what the session refused,
// until its user lets it go.

import type { Client } from "../collab/client";
import type { Lost } from "../collab/session";
import { protocolVersion } from "../collab/wire.gen";
import { type Store, type UnsentText, owning } from "./store";

/** How often the page looks whether there is something to keep. What a healthy connection acknowledges in this time is never written. */
export const keepEvery = 300;

/** What is kept of: a session as the page sees it. */
export interface Source {
  readonly key: string;
  readonly client: Client;
  readonly boot: { readonly view: string };
  subscribe(listener: () => void): () => void;
  snapshot(): { readonly lost: readonly Lost[] };
  saved(): boolean;
}

/** Keeps the unsent and the lost text of a page. keepNow writes what there is at once, for a page that may be about to end. */
export class Keeper {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private kept = false; // whether the store has a record, or soon will
  private waits = 0; // the push that was outstanding at the last look
  private written: readonly unknown[] = []; // what the record was made of
  private owned = false;
  private lost: readonly Lost[] = []; // as of the last look
  private readonly keys = new Map<Lost, string>(); // of their records
  private readonly stored = new Set<Lost>(); // whose records the store has
  private lostBefore = 0; // how many were ever kept

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
    this.keepLost();
    // A moment after the last answer, so that what that refused is kept before this record goes.
    if (this.source.saved()) this.done();
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
    const made = [boot.view, client.version, client.outstanding, client.files];
    if (made.every((part, i) => part === this.written[i])) return;
    const saved = client.save();
    if (!saved) return;
    if (!this.owned) void this.own(key);
    this.owned = this.kept = true;
    this.written = made;
    const changed = new Set(saved.pending.map((own) => own.file));
    const files = [...client.files.values()].filter((f) => changed.has(f.id)).map((f) => ({ path: f.path, text: f.text.toString() }));
    const record: UnsentText = { key, session: boot.view, at: this.now(), protocol: protocolVersion, saved, files };
    // Where the browser has no store or no room, the text lives as long as the page.
    void this.store.put(record).catch(() => {});
  }

  private keepLost(): void {
    const { client, key, boot } = this.source;
    const { lost } = this.source.snapshot();
    if (lost === this.lost) return;
    this.lost = lost;
    for (const [old, record] of this.keys) {
      if (lost.includes(old)) continue;
      this.keys.delete(old);
      this.stored.delete(old);
      void this.store.remove(record).catch(() => {});
    }
    for (const l of lost) {
      if (this.keys.has(l)) continue;
      const record = `${key}.lost.${++this.lostBefore}`;
      this.keys.set(l, record);
      void this.own(record);
      void this.store.put({ key: record, session: boot.view, at: this.now(), why: l.why, epoch: client.epoch, files: [{ path: l.path, text: l.text }] }).then(
        () => this.stored.add(l),
        () => {},
      );
    }
  }

  /** Whether text would be lost with the page, or not arrive: text that is not acknowledged, or a refused one that the store does not have. */
  needed(): boolean {
    return !this.source.client.synced || this.source.snapshot().lost.some((l) => !this.stored.has(l));
  }

  /** Everything is acknowledged or refused. */
  private done(): void {
    if (!this.kept) return;
    this.kept = false;
    this.written = [];
    void this.store.remove(this.source.key).catch(() => {});
  }
}

/** Keeps the text of a session's page that the session does not have. The browser asks before it leaves a page that is needed. */
export function keepUnsent(source: Source, store: Store): void {
  const keeper = new Keeper(source, store);
  addEventListener("beforeunload", (e) => keeper.needed() && e.preventDefault());
  // The last events that a page surely gets; a telephone ends pages that are not seen.
  addEventListener("pagehide", () => keeper.keepNow());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keeper.keepNow());
}
