// What a page has typed and its session has not acknowledged, in the browser's own store:
// it outlives the page. IndexedDB, and not localStorage, because that holds 5 million
// characters for all sessions together and reaches the disk seconds later.

import type { Saved } from "../collab/client";

/** The unsent text of one page. */
export interface Kept {
  /** Secret of the page's client, which names the record. */
  key: string;
  /** Public id of the session: nothing of it is for another one. */
  session: string;
  /** When it was kept, in milliseconds. */
  at: number;
  protocol: number;
  saved: Saved;
  /** The files with unsent changes, as the user saw them. */
  files: { path: string; text: string }[];
}

export interface Store {
  put(kept: Kept): Promise<void>;
  /** The record of a page, if there is one. */
  get(key: string): Promise<Kept | undefined>;
  remove(key: string): Promise<void>;
  /** The keys of a session's records. Old records of all sessions are removed first. */
  keysOf(session: string): Promise<string[]>;
}

const name = "corust";
const table = "unsent";
const bySession = "session";
/** For so long unsent text is kept, in milliseconds. */
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
    keysOf: async (session) => {
      await run("readwrite", (records) => removeOld(records, Date.now() - keptFor));
      return (await run("readonly", (records) => records.index(bySession).getAllKeys(session))) as string[];
    },
  };
}

/** Removes the records of all sessions from before a time: a session may never be opened again. */
function removeOld(records: IDBObjectStore, before: number): IDBRequest {
  const request = records.openCursor();
  request.onsuccess = () => {
    const cursor = request.result;
    if (!cursor) return;
    if ((cursor.value as Kept).at < before) cursor.delete();
    cursor.continue();
  };
  return request;
}

function opening(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: "key" }).createIndex(bySession, "session");
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
