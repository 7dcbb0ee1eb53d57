// What a page has typed and its session does not have, in the browser's own store: it
// outlives the page. IndexedDB, and not localStorage, because that holds 5 million
// characters for all sessions together and reaches the disk seconds later.

import type { Saved } from "../collab/client";
import { mostLost } from "../collab/session";

interface Text {
  /** Names the record. */
  key: string;
  /** Public id of the session: nothing of it is for another one. */
  session: string;
  /** When it was kept, in milliseconds. */
  at: number;
  /** The files whose text the session does not have, as the user saw them. */
  files: { path: string; text: string }[];
}

/** The unsent text of one page. Its key is the secret of the page's client. */
export interface UnsentText extends Text {
  protocol: number;
  saved: Saved;
}

/** A text that the session refused: it can only be copied. */
export interface LostText extends Text {
  /** Why it was refused, as a sentence. */
  why: string;
  /** The session's history. */
  epoch?: string;
}

export type Kept = UnsentText | LostText;

export interface Store {
  put(kept: Kept): Promise<void>;
  get(key: string): Promise<Kept | undefined>;
  remove(key: string): Promise<void>;
  /** The keys of the records of a session, by its id or history. Of all sessions, old records and lost texts beyond the newest mostLost are removed first. */
  keysOf(session: string, epoch: string): Promise<string[]>;
}

const name = "corust";
const table = "unsent";
/** For so long a text is kept, in milliseconds. */
const keptFor = 60 * 24 * 3600 * 1000;

/** The browser's store. Each call fails where the browser forbids it. */
export function browserStore(factory: IDBFactory = indexedDB): Store {
  let opened: Promise<IDBDatabase> | null = null;
  const open = () => (opened ??= opening(factory).catch((err) => ((opened = null), Promise.reject(err))));
  // Transactions of one page run in the order in which they were made.
  const run = async <T>(mode: IDBTransactionMode, what: (records: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const request = what((await open()).transaction(table, mode).objectStore(table));
    await new Promise<void>((resolve, reject) => {
      request.transaction!.oncomplete = () => resolve();
      request.transaction!.onabort = () => reject(request.transaction!.error ?? new Error("the browser's store has no room"));
    });
    return request.result;
  };
  return {
    put: async (kept) => void (await run("readwrite", (records) => records.put(kept))),
    get: (key) => run<Kept | undefined>("readonly", (records) => records.get(key)),
    remove: (key) => run("readwrite", (records) => records.delete(key)),
    keysOf: async (session, epoch) => {
      const keys: string[] = [];
      await run("readwrite", (records) => clear(records, Date.now() - keptFor, (kept) => isOf(kept, session, epoch) && keys.push(kept.key)));
      return keys;
    },
  };
}

/** Whether a text is of a session: by its id, or by the history that it keeps when its links are renewed. */
export function isOf(kept: Kept, session: string, epoch: string): boolean {
  const of = "saved" in kept ? kept.saved.epoch : kept.epoch;
  return kept.session === session || (epoch !== "" && of === epoch);
}

/** Removes what is too old or too much, and calls each with the rest. It does so for all sessions, since one may never be opened again. */
function clear(records: IDBObjectStore, before: number, each: (kept: Kept) => void): IDBRequest {
  const lost: Pick<LostText, "key" | "session" | "at">[] = [];
  const request = records.openCursor();
  request.onsuccess = () => {
    const cursor = request.result;
    if (!cursor) return beyond(lost).forEach((key) => records.delete(key));
    const { key, session, at, ...rest } = cursor.value as Kept;
    if (at < before) cursor.delete();
    else {
      if ("why" in rest) lost.push({ key, session, at });
      each(cursor.value as Kept);
    }
    cursor.continue();
  };
  return request;
}

/** The keys of all but the newest mostLost texts of each session. */
export function beyond(lost: readonly Pick<LostText, "key" | "session" | "at">[]): string[] {
  const counts = new Map<string, number>();
  return lost
    .toSorted((a, b) => b.at - a.at)
    .filter(({ session }) => counts.set(session, (counts.get(session) ?? 0) + 1).get(session)! > mostLost)
    .map(({ key }) => key);
}

function opening(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: "key" });
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close(); // a newer page wants it
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another page holds the browser's store"));
  });
}

/**
 * Waits until no other page has the lock of a record, and takes it until the page ends. With
 * true, the page that wrote the record is gone, and no other one is putting it back. It
 * returns false without locks, as over HTTP from another machine: that page may be open then,
 * and send the text itself.
 */
export function owning(key: string, locks: LockManager | null = globalThis.navigator?.locks ?? null): Promise<boolean> {
  if (!locks) return Promise.resolve(false);
  return new Promise((resolve) => {
    const held = () => (resolve(true), new Promise<void>(() => {}));
    void locks.request(`corust.unsent.${key}`, held).catch(() => resolve(false));
  });
}
