import { ChangeSet, Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import { Client } from "../src/collab/client";
import { type Bound, bytesOf, split } from "../src/collab/split";
import { type ClientMessage, protocolVersion } from "../src/collab/wire.gen";
import { random, seeds } from "./random";

const alphabet = ["a", "b", "\n", "é", "日", "🦀", "\u0001", '"', "\\"];

function pieces(changes: ChangeSet, bound: Bound): ChangeSet[] {
  const out: ChangeSet[] = [];
  for (let rest: ChangeSet | null = changes; rest; ) {
    const [first, more]: [ChangeSet, ChangeSet | null] = split(rest, bound);
    expect(first.empty).toBe(rest.empty);
    expect(out.push(first)).toBeLessThan(10_000);
    rest = more;
  }
  return out;
}

const sizeOf = (c: ChangeSet) => bytesOf(JSON.stringify(c.toJSON()));

describe("a change that is split", () => {
  test("does together what the whole does, each piece within the bound", () => {
    for (const seed of seeds(300, "SPLITS")) {
      const rnd = random(seed);
      const int = (n: number) => Math.floor(rnd() * n);
      const word = (n: number) => Array.from({ length: int(n) }, () => alphabet[int(alphabet.length)]).join("");
      let text = Text.of(Array.from({ length: 40 }, () => (int(8) ? "x" : "\n")).join("").split("\n"));
      const start = text;
      let changes = ChangeSet.empty(text.length);
      for (let k = 1 + int(3); k > 0; k--) {
        const specs = [];
        for (let at = 0; at < text.length - 3; at += 1 + int(20)) specs.push({ from: at, to: at + int(3), insert: word(60) });
        // Positions of the crab's halves are avoided: the texts it is cut from have none.
        if (text.toString().includes("🦀")) break;
        const c = ChangeSet.of(specs, text.length);
        changes = changes.compose(c);
        text = c.apply(text);
      }
      const bound = { parts: 3 + int(8), bytes: 64 + int(200), text: Math.max(text.length, start.length) + int(4) };
      let now = start;
      for (const p of pieces(changes, bound)) {
        const parts = (p.toJSON() as unknown[]).length;
        expect(parts, `seed ${seed}`).toBeLessThanOrEqual(bound.parts);
        expect(sizeOf(p), `seed ${seed}`).toBeLessThanOrEqual(bound.bytes);
        expect(p.newLength, `seed ${seed}`).toBeLessThanOrEqual(bound.text);
        now = p.apply(now);
      }
      expect(now.toString(), `seed ${seed}`).toBe(text.toString());
    }
  });

  test("is left whole within the bound", () => {
    const c = ChangeSet.of({ from: 0, insert: "x" }, 0);
    expect(split(c, { parts: 10, bytes: 1000, text: 10 })).toEqual([c, null]);
  });
});

test("a replacement at 20,000 places is pushed within the limits", () => {
  const limits = { text: 262_144, files: 64, parts: 32_768, ranges: 64, name: 64, message: 2 << 20, members: 256, stdin: 1 << 20 };
  const client = new Client("k");
  client.hello();
  let shared = Text.of(Array.from({ length: 20_000 }, () => "x"));
  client.receive({ type: "welcome", protocol: protocolVersion, client: "c", epoch: "e", version: 0, acked_seq: 0, files: [{ path: "main.rs", text: shared.toString() }], members: [], limits });
  client.edit(ChangeSet.of(Array.from({ length: 20_000 }, (_, i) => ({ from: 2 * i, to: 2 * i + 1, insert: "y" })), shared.length));
  let version = 0;
  for (let m: ClientMessage | null = client.next(); m; m = client.next()) {
    if (m.type !== "push") throw new Error(`a ${m.type} before all is pushed`);
    expect(m.changes!.length).toBeLessThanOrEqual(limits.parts);
    expect(bytesOf(JSON.stringify(m))).toBeLessThanOrEqual(limits.message);
    shared = ChangeSet.fromJSON(m.changes as unknown[]).apply(shared);
    client.receive({ type: "ack", version: ++version, seq: m.seq });
  }
  expect(shared.toString()).toBe(client.text.toString());
  expect(client.synced).toBe(true);
  expect(version).toBeGreaterThan(2);
});
