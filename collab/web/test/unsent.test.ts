import { ChangeSet } from "@codemirror/state";
import { describe, expect, test, vi } from "vitest";
import { Client } from "../src/collab/client";
import { type Lost, mostLost } from "../src/collab/session";
import { protocolVersion } from "../src/collab/wire.gen";
import { Keeper, keepEvery } from "../src/unsent/keep";
import { type Fate, Returning } from "../src/unsent/returning";
import { type LostText, type Store, type UnsentText, beyond, isOf, owning } from "../src/unsent/store";
import { random, seeds } from "./random";
import { FakeSession, Link, Site } from "./session";

const me = { name: "Ada", key: "person" };

/** A socket to a FakeSession: every message arrives at once. */
class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { reason: string }) => void) | null = null;
  readyState = 1;
  bufferedAmount = 0;
  private link: Link;
  constructor(session: FakeSession) {
    this.link = new Link(session);
    queueMicrotask(() => this.onopen?.());
  }
  send(data: string): void {
    this.link.up.push(data);
    queueMicrotask(() => {
      this.link.deliverUp();
      for (let m = this.link.down.shift(); m; m = this.link.down.shift()) this.onmessage?.({ data: m });
    });
  }
  close(): void {
    this.link.close();
  }
}

const back = (session: FakeSession, kept: UnsentText) => new Returning("ws://x", kept, me, () => new FakeSocket(session) as unknown as WebSocket);

function keptOf(client: Client, key: string): UnsentText | null {
  const saved = client.save();
  return saved && { key, session: "v", at: 0, protocol: protocolVersion, saved, files: [{ path: "main.rs", text: client.text.toString() }] };
}

const type = (site: Site, at: number, text: string) => site.edit(ChangeSet.of({ from: Math.min(at, site.client.text.length), insert: text }, site.client.text.length));

function run(site: Site): void {
  if (!site.link) site.connect();
  for (let i = 0; i < 20; i++) {
    while (site.link!.up.length) site.link!.deliverUp();
    while (site.link!.down.length) site.receive();
  }
}

/** What a page had typed when it ended, in a session of which one push arrived and its acknowledgement did not. */
function ended(): { session: FakeSession; kept: UnsentText } {
  const session = new FakeSession();
  const site = new Site(new Client("k"), session);
  run(site);
  type(site, 0, "sent ");
  const kept = keptOf(site.client, "k")!;
  site.link!.deliverUp();
  site.disconnect();
  return { session, kept };
}

describe("unsent text", () => {
  test("that arrived is known to have arrived", async () => {
    const { session, kept } = ended();
    expect(await back(session, kept).ask()).toBe("arrived");
    expect(session.text.toString()).toBe("sent fn main() {}\n");
  });

  test("that did not arrive is put back once, over what others did meanwhile", async () => {
    const session = new FakeSession();
    const [site, other] = [new Site(new Client("k"), session), new Site(new Client("o"), session)];
    run(site);
    run(other);
    site.disconnect();
    type(site, 11, "/* unsent */");
    const kept = keptOf(site.client, "k")!;
    type(other, 0, "// first\n");
    run(other);
    for (const cut of [false, true]) {
      if (cut) session.cut(0);
      const returning = back(session, kept);
      expect(await returning.ask()).toBe(cut ? "unknown" : "open");
      if (cut) continue;
      expect(session.text.toString()).toBe("// first\nfn main() {}\n");
      expect(await returning.putBack()).toBe("arrived");
      expect(session.text.toString()).toBe("// first\nfn main() {/* unsent */}\n");
    }
    expect(await back(session, kept).ask()).toBe("unknown"); // as a second page that has the record would find
  });

  test("can only be copied if the session has forgotten its client, has later pushes of it, or is another history", async () => {
    for (const change of [
      (s: FakeSession) => (s.acked.set("id of k", { seq: 0, version: 0 }), s.cut(0)),
      (s: FakeSession) => s.acked.set("id of k", { seq: 2, version: 2 }),
      (s: FakeSession) => (s.epoch = "e2"),
    ]) {
      const { session, kept } = ended();
      change(session);
      const returning = back(session, kept);
      const before = session.text.toString();
      expect(await returning.ask()).toBe("unknown");
      expect(session.text.toString()).toBe(before);
    }
  });

  test("of another version of the page can only be copied", async () => {
    const { session, kept } = ended();
    expect(await back(session, { ...kept, protocol: protocolVersion + 1 }).ask()).toBe("unknown");
    expect(await back(session, { ...kept, saved: { ...kept.saved, base: [] } }).ask()).toBe("unknown");
  });

  // A page is killed at any moment, with a record that is as old as may be.
  test("is never applied twice", async () => {
    const met = new Map<Fate, number>();
    for (const seed of seeds(100)) {
      const rnd = random(seed);
      const session = new FakeSession();
      const site = new Site(new Client("k"), session);
      const other = new Site(new Client("o"), session);
      run(site);
      run(other);
      let kept: UnsentText | null = null;
      let marks = 0;
      for (let step = 0; step < 30; step++) {
        const p = rnd();
        if (p < 0.3) type(site, Math.floor(rnd() * 40), `<${marks++}>`);
        else if (p < 0.4) type(other, Math.floor(rnd() * 40), "-");
        else if (p < 0.5) run(other);
        else if (p < 0.65) site.link?.deliverUp();
        else if (p < 0.8 && site.link?.down.length) site.receive();
        else if (p < 0.85) site.disconnect();
        else if (p < 0.9 && !site.link) site.connect();
        else if (rnd() < 0.7) kept = keptOf(site.client, "k");
      }
      if (rnd() < 0.5) kept = keptOf(site.client, "k");
      if (rnd() < 0.1) session.cut(0);
      site.link?.close();
      if (!kept) continue;
      let returning = back(session, kept);
      let fate = await returning.ask();
      met.set(fate, (met.get(fate) ?? 0) + 1);
      if (fate === "open") {
        fate = await returning.putBack();
        expect(fate, `seed ${seed}`).toBe("arrived");
        // The page that put it back ends before it removes the record.
        returning = back(session, kept);
        expect(["arrived", "unknown"], `seed ${seed}`).toContain(await returning.ask());
      }
      const text = session.text.toString();
      for (let i = 0; i < marks; i++) {
        const times = text.split(`<${i}>`).length - 1;
        expect(times, `seed ${seed}: <${i}> in ${text}`).toBeLessThanOrEqual(1);
        // Text of others may have come between.
        const there = [...`<${i}>`].every((c) => text.includes(c));
        if (fate === "arrived" && kept.files[0]!.text.includes(`<${i}>`)) expect(there, `seed ${seed}: <${i}> in ${text}`).toBe(true);
      }
    }
    if (!process.env["SEED"]) for (const fate of ["arrived", "open", "unknown"] as const) expect(met.get(fate), fate).toBeGreaterThan(0);
  });
});

/** A page, its store, and the moments at which it may write. */
function keeping() {
  vi.useFakeTimers();
  const session = new FakeSession();
  const site = new Site(new Client("k"), session);
  const records = new Map<string, UnsentText | LostText>();
  const done: string[] = []; // by the store, in order
  const room = { left: true };
  const store: Store = {
    put: async (kept) => {
      done.push(`put ${kept.key}`);
      if (!room.left) throw new Error("no room");
      records.set(kept.key, kept);
    },
    get: async (key) => records.get(key),
    remove: async (key) => (done.push(`remove ${key}`), void records.delete(key)),
    keysOf: async () => [...records.keys()],
  };
  let tell = () => {};
  const snap = { lost: [] as readonly Lost[] };
  const boot = { view: "v" };
  const source = { key: "k", client: site.client, boot, subscribe: (f: () => void) => ((tell = f), () => {}), snapshot: () => snap, saved: () => site.client.synced };
  const keeper = new Keeper(source, store, async () => {}, () => 7);
  return { session, site, boot, records, room, snap, keeper, done, writes: () => done.filter((d) => d.startsWith("put ")).length, tell: () => tell() };
}

describe("what is kept", () => {
  test("is nothing while the session acknowledges in time", () => {
    const k = keeping();
    run(k.site);
    for (let i = 0; i < 20; i++) {
      type(k.site, 0, "x");
      k.tell();
      vi.advanceTimersByTime(keepEvery / 2);
      run(k.site);
      type(k.site, 0, "y"); // there is always something under way
      vi.advanceTimersByTime(keepEvery / 2);
    }
    expect(k.writes()).toBe(0);
    vi.useRealTimers();
  });

  test("is what the session does not acknowledge, until it does, and is written only when it changes", () => {
    const k = keeping();
    run(k.site);
    k.site.disconnect();
    type(k.site, 0, "a");
    k.tell();
    vi.advanceTimersByTime(keepEvery);
    expect(k.records.get("k")).toMatchObject({ session: "v", at: 7, files: [{ path: "main.rs", text: "afn main() {}\n" }] });
    vi.advanceTimersByTime(10 * keepEvery);
    expect(k.writes()).toBe(1);
    type(k.site, 1, "b");
    vi.advanceTimersByTime(keepEvery);
    expect(k.records.get("k")!.files[0]!.text).toBe("abfn main() {}\n");
    run(k.site);
    k.tell();
    expect(k.records.size).toBe(0);
    vi.useRealTimers();
  });

  test("is written at once by a page that may be about to end", () => {
    const k = keeping();
    run(k.site);
    type(k.site, 0, "a");
    k.keeper.keepNow();
    expect(k.records.size).toBe(1);
    vi.useRealTimers();
  });
});

test("a text is of a session by its id, or by the history that stays when links are renewed", () => {
  const k = keeping();
  run(k.site);
  k.site.disconnect();
  type(k.site, 0, "a");
  k.keeper.keepNow();
  const unsent = k.records.get("k")!;
  k.boot.view = "w";
  k.keeper.keepNow();
  expect(k.records.get("k")).toEqual({ ...unsent, session: "w" });
  const lost: LostText = { key: "l", session: "v", epoch: "e1", at: 0, why: "", files: [] };
  for (const kept of [unsent, lost]) {
    expect(isOf(kept, "v", "")).toBe(true);
    expect(isOf(kept, "w", "e1")).toBe(true);
    expect(isOf(kept, "w", "e2")).toBe(false);
    expect(isOf(kept, "w", "")).toBe(false);
  }
  expect(isOf({ key: "l", session: "v", at: 0, why: "", files: [] }, "w", "e1"), "one that an earlier page kept").toBe(false);
  vi.useRealTimers();
});

describe("what the session refused", () => {
  test("is kept from the moment that the page shows it until its user lets it go, and written once", () => {
    const k = keeping();
    run(k.site);
    const [first, second] = [1, 2].map((i) => ({ why: `Why ${i}.`, path: `${i}.rs`, text: `text ${i}` })) as [Lost, Lost];
    k.snap.lost = [first];
    k.tell();
    expect([...k.records.values()]).toEqual([{ key: "k.lost.1", session: "v", at: 7, why: "Why 1.", epoch: "e1", files: [{ path: "1.rs", text: "text 1" }] }]);
    k.snap.lost = [first, second];
    k.tell();
    k.tell();
    expect([k.writes(), k.records.size]).toEqual([2, 2]);
    k.snap.lost = [second];
    k.tell();
    expect([...k.records.keys()]).toEqual(["k.lost.2"]);
    k.snap.lost = [second, first]; // the same text, refused again
    k.tell();
    expect([...k.records.keys()]).toEqual(["k.lost.2", "k.lost.3"]);
    vi.useRealTimers();
  });

  test("lets the page go once the store has it", async () => {
    const k = keeping();
    run(k.site);
    expect(k.keeper.needed()).toBe(false);
    const [first, second] = ["a", "b"].map((text) => ({ why: "Why.", path: "main.rs", text })) as [Lost, Lost];
    k.snap.lost = [first];
    k.tell();
    expect(k.keeper.needed()).toBe(true); // it is being written
    await vi.advanceTimersByTimeAsync(0);
    expect(k.keeper.needed()).toBe(false);
    k.room.left = false;
    k.snap.lost = [first, second];
    k.tell();
    await vi.advanceTimersByTimeAsync(0);
    expect(k.keeper.needed()).toBe(true);
    k.snap.lost = [first];
    k.tell();
    expect(k.keeper.needed()).toBe(false);
    type(k.site, 0, "a");
    expect(k.keeper.needed()).toBe(true);
    run(k.site);
    expect(k.keeper.needed()).toBe(false);
    vi.useRealTimers();
  });

  test("is kept before the record of what was unsent goes", () => {
    const k = keeping();
    run(k.site);
    k.site.disconnect();
    type(k.site, 0, "a");
    k.keeper.keepNow();
    run(k.site);
    k.snap.lost = [{ why: "Why.", path: "main.rs", text: "a" }];
    k.tell();
    expect(k.done).toEqual(["put k", "put k.lost.1", "remove k"]);
    expect([...k.records.keys()]).toEqual(["k.lost.1"]);
    vi.useRealTimers();
  });

  test("is kept for each session up to a number, the newest first", () => {
    const lost = Array.from({ length: mostLost + 2 }, (_, i) => ({ key: `a${i}`, session: "a", at: i }));
    expect(beyond([...lost, { key: "b", session: "b", at: 0 }]).toSorted()).toEqual(["a0", "a1"]);
    expect(beyond(lost.slice(2))).toEqual([]);
  });
});

test("a record is another page's as long as that lives", async () => {
  const waiting: (() => unknown)[] = [];
  const locks = { request: (_: string, held: () => unknown) => (waiting.push(held), new Promise(() => {})) } as unknown as LockManager;
  let mine = false;
  void owning("k", locks).then((alone) => (mine = alone));
  await Promise.resolve();
  expect(mine).toBe(false);
  waiting[0]!();
  await Promise.resolve();
  expect(mine).toBe(true);
  expect(await owning("k", null), "without locks, that page may be open").toBe(false);
});
