import { ChangeSet, Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import { Client, difference } from "../src/collab/client";
import { mapRanges } from "../src/collab/selection";
import { random, seeds } from "./random";
import { FakeSession, Site } from "./session";
import { protocolVersion } from "../src/collab/wire.gen";

const insert = (client: Client, at: number, text: string) => ChangeSet.of({ from: at, insert: text }, client.text.length);
const remove = (client: Client, from: number, to: number) => ChangeSet.of({ from, to }, client.text.length);

function settle(sites: Site[]): void {
  for (let quiet = false; !quiet; ) {
    quiet = true;
    for (const s of sites) {
      if (!s.link) s.connect();
      while (s.link!.up.length) s.link!.deliverUp();
    }
    for (const s of sites)
      while (s.link!.down.length) {
        s.receive();
        quiet = false;
      }
    if (sites.some((s) => s.link!.up.length)) quiet = false;
  }
}

function expectEqual(session: FakeSession, sites: Site[], what: string): void {
  for (const s of sites) {
    expect(s.client.text.toString(), what).toBe(session.text.toString());
    expect(s.shown.toString(), what).toBe(session.text.toString());
    expect(s.client.synced, what).toBe(true);
  }
}

describe("the client", () => {
  // Composing over several log entries would give "CB" here and "BC" there.
  test("maps over one entry at a time", () => {
    const session = new FakeSession();
    session.text = Text.of(["x"]);
    const c = new Site(new Client("c"), session);
    const p = new Site(new Client("p"), session);
    settle([c, p]);
    c.edit(insert(c.client, 0, "C"));
    p.edit(remove(p.client, 0, 1));
    p.link!.deliverUp();
    c.receive();
    p.receive(); // its ack
    p.edit(insert(p.client, 0, "B"));
    p.link!.deliverUp();
    c.receive();
    settle([c, p]);
    expectEqual(session, [c, p], "the five steps");
  });

  // @codemirror/state would map these forever.
  test("foresees nothing of an entry that waits behind one that changes the length", () => {
    const session = new FakeSession();
    session.text = Text.of(["xy"]);
    const c = new Site(new Client("c"), session);
    settle([c]);
    c.edit(remove(c.client, 0, 2));
    const entry = { type: "entry" as const, version: 9, client: "p", seq: 0, changes: [1] };
    expect(c.client.foresee(entry)).toBeNull();
    expect(c.client.foresee({ ...entry, changes: [2] })).not.toBeNull();
  });

  test("keeps what was sent apart from what is typed later", () => {
    const session = new FakeSession();
    const c = new Site(new Client("c"), session);
    settle([c]);
    c.edit(insert(c.client, 0, "a"));
    c.edit(insert(c.client, 1, "b"));
    expect(c.link!.up).toHaveLength(1);
    c.link!.deliverUp(); // "a" is in the log; the ack is lost
    c.disconnect();
    c.edit(insert(c.client, 2, "c"));
    settle([c]);
    expectEqual(session, [c], "after the reconnect");
    expect(session.text.toString().startsWith("abcfn")).toBe(true);
    expect(session.version).toBe(2);
  });

  test("keeps unsent text when the log does not reach or the epoch is another", () => {
    for (const change of [(s: FakeSession) => s.cut(0), (s: FakeSession) => ((s.epoch = "e2"), s.cut(0))]) {
      const session = new FakeSession();
      const a = new Site(new Client("a"), session);
      const b = new Site(new Client("b"), session);
      settle([a, b]);
      a.disconnect();
      a.edit(insert(a.client, 3, "UNSENT"));
      b.edit(insert(b.client, 0, "// "));
      settle([b]);
      change(session);
      settle([a, b]);
      if (session.epoch === "e1") expectEqual(session, [a, b], "resync");
      expect(session.text.toString()).toBe("// fn UNSENTmain() {}\n");
    }
  });

  test("takes back what is refused for good, and goes on", () => {
    const session = new FakeSession();
    const c = new Site(new Client("c"), session);
    settle([c]);
    c.edit(insert(c.client, 0, "huge"));
    c.edit(insert(c.client, 4, "more"));
    const u = c.client.receive({ type: "error", code: "too-large", message: "", seq: 1 });
    expect(u.lost).toBeDefined();
    expect(c.client.text.toString()).toBe(session.text.toString());
    expect(c.client.synced).toBe(true);
  });

  test("does not believe an entry out of turn", () => {
    const session = new FakeSession();
    const c = new Site(new Client("c"), session);
    settle([c]);
    const before = c.client.text.toString();
    expect(() => c.client.receive({ type: "entry", version: 5, client: "x", seq: 1, changes: [13] })).toThrow("after version 0");
    expect(() => c.client.receive({ type: "entry", version: 1, client: "x", seq: 1, changes: [[0, "x"], 99] })).toThrow();
    expect(c.client.text.toString()).toBe(before);
    expect(c.client.version).toBe(0);
  });

  test("moves others' selections through pending and foreign changes", () => {
    const c = new Client("c");
    c.hello();
    c.receive({ type: "welcome", protocol: protocolVersion, client: "c", epoch: "e", version: 0, acked_seq: 0, files: [{ path: "main.rs", text: "0123456789" }], members: [{ client: "o", name: "O", cursor: [[5, 5]] }] });
    c.edit(insert(c, 2, "xx"));
    expect(c.others.get("o")?.cursor).toEqual([[7, 7]]);
    c.receive({ type: "cursor", client: "o", version: 0, cursor: [[1, 9]] });
    expect(c.others.get("o")?.cursor).toEqual([[1, 11]]);
    c.receive({ type: "entry", version: 1, client: "o", seq: 1, changes: [[0, "😀"], 10], cursor: [[2, 2]] });
    expect(c.others.get("o")?.cursor).toEqual([[2, 2]]);
    expect(c.text.toString()).toBe("😀01xx23456789");
    c.receive({ type: "leave", client: "o" });
    expect(c.others.size).toBe(0);
  });

  test("converges over seeded schedules with disconnects and cut logs", () => {
    let resyncs = 0;
    for (const seed of seeds(20_000)) {
      const rnd = random(seed);
      const int = (n: number) => Math.floor(rnd() * n);
      const session = new FakeSession();
      // So small that what is typed offline takes several pushes.
      if (int(2)) session.limits = { text: 1000, files: 64, parts: 8, message: 200, ranges: 64, name: 64, members: 256, stdin: 1000 };
      const sites = Array.from({ length: 2 + int(3) }, (_, i) => new Site(new Client(`c${i}`), session));
      for (let step = 0; step < 60; step++) {
        const s = sites[int(sites.length)]!;
        switch (int(8)) {
          case 0:
            if (s.link) s.disconnect();
            else s.connect();
            break;
          case 1:
            if (rnd() < 0.1) {
              session.cut(int(3));
              resyncs++;
            }
            break;
          case 2:
          case 3:
            s.link?.deliverUp();
            break;
          case 4:
          case 5:
            s.receive();
            break;
          default: {
            if (s.client.epoch === "") break;
            const n = s.client.text.length;
            const from = int(n + 1);
            const to = Math.min(n, from + (rnd() < 0.4 ? int(4) : 0));
            const text = ["a", "é", "\n", "xy", ""][int(5)]!;
            s.edit(ChangeSet.of({ from, to, insert: Text.of(text.split("\n")) }, n));
          }
        }
      }
      settle(sites);
      expectEqual(session, sites, `SEED=${seed}`);
    }
    if (seeds(20_000).length > 1000) expect(resyncs).toBeGreaterThan(100);
  }, 120_000);
});

describe("difference", () => {
  test.each([
    ["", "a"], ["abc", "abc"], ["abab", "ab"], ["😀x", "😁x"], ["x😀", "x😁"], ["a\nb", "a\nc\nb"], ["😀", "😀😀"],
  ])("%j becomes %j", (a, b) => {
    const c = difference(Text.of(a.split("\n")), Text.of(b.split("\n")));
    expect(c.apply(Text.of(a.split("\n"))).toString()).toBe(b);
    // What it inserts and keeps never begins with half a character.
    c.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => expect(inserted.toString()).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/));
  });
});

test("a cursor stays in front of what is inserted at it, a range does not grow", () => {
  const c = ChangeSet.of([{ from: 2, insert: "AA" }, { from: 4, insert: "BB" }], 6);
  expect(mapRanges([[2, 2], [2, 4], [4, 2]], c)).toEqual([[2, 2], [4, 6], [6, 4]]);
});
