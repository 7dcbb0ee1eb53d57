// The golden frames of collab/wire, which Go reads and writes, too.

import { readFileSync } from "node:fs";
import { ChangeSet, Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { Client } from "../src/collab/client";
import { type ChangesJSON, type ClientMessage, type ServerMessage, protocolVersion, verdicts } from "../src/collab/wire.gen";
import { Runs } from "../src/run/runs";
import { describe as describeRun } from "../src/ui/verdict";
import { why } from "../src/ui/words";

const lines = readFileSync(new URL("../../wire/testdata/frames.txt", import.meta.url), "utf8").split("\n");
const frames = (side: ">" | "<") => lines.filter((l) => l.startsWith(`${side} `)).map((l) => l.slice(2));
const ofServer = frames("<").map((data) => ({ data, m: JSON.parse(data) as ServerMessage }));
const ofClient = frames(">").map((data) => ({ data, m: JSON.parse(data) as ClientMessage }));

test("all are written again byte for byte", () => {
  for (const { data, m } of [...ofServer, ...ofClient]) expect(JSON.stringify(m)).toBe(data);
  expect(ofServer.length).toBeGreaterThan(20);
});

test("changes are those of CodeMirror", () => {
  for (const { m } of [...ofServer, ...ofClient]) {
    if ((m.type !== "entry" && m.type !== "push") || m.op) continue;
    expect(ChangeSet.fromJSON(m.changes as unknown[]).toJSON()).toEqual(m.changes);
  }
});

/** A client at version 12 of a text of 12 units, in which its user has typed. */
function client(): Client {
  const c = new Client("0123456789abcdef0123456789abcdef", "Ada", "fedcba9876543210fedcba9876543210");
  c.hello();
  c.receive({ type: "welcome", protocol: protocolVersion, client: "k.1", epoch: "e1", version: 12, acked_seq: 4, files: [{ path: "main.rs", text: "fn main() {}" }], members: [{ client: "p.1" }] });
  return c;
}

test("what the client writes is golden", () => {
  const golden = new Set(frames(">"));
  const fresh = new Client("0123456789abcdef0123456789abcdef");
  expect(golden).toContain(JSON.stringify(fresh.hello()));
  const c = client();
  expect(golden).toContain(JSON.stringify(c.hello()));
  c.receive({ type: "welcome", protocol: protocolVersion, client: "k.1", epoch: "e1", version: 12, acked_seq: 4, entries: [], members: [] });
  c.edit(ChangeSet.fromJSON([3, [0, "x<"], 9]));
  expect(golden).toContain(JSON.stringify(c.next()));
});

test("the client and the run take every message of a session", () => {
  for (const { data, m } of ofServer) {
    const c = client();
    const runs = new Runs();
    runs.receive({ type: "run", run: "e1-16-1", by: "p.1", version: 16 });
    if (m.type === "welcome" && m.entries) continue; // of another version
    if (m.type === "welcome") c.hello();
    if (m.type === "ack" || m.type === "entry") continue; // likewise
    expect(() => c.receive(m), data).not.toThrow();
    expect(() => runs.receive(m), data).not.toThrow();
    if (m.type === "welcome") expect([...c.files.values()].map((f) => ({ ...(f.id && { id: f.id }), path: f.path, text: f.text.toString() }))).toEqual(m.files);
    if (m.type === "end") {
      expect(runs.current!.verdict).toBe(m.verdict);
      expect(describeRun(runs.current!, () => "you").text).not.toBe("");
    }
    if (m.type === "stage") expect(runs.current).toMatchObject({ stage: m.stage, position: m.position ?? 0 });
  }
});

test("every verdict has words of its own", () => {
  const run = (verdict: (typeof verdicts)[number]) => {
    const runs = new Runs();
    runs.receive({ type: "run", run: "r", by: "c", version: 1 });
    runs.receive({ type: "end", run: "r", verdict });
    return describeRun(runs.current!, () => "you").text;
  };
  const said = verdicts.filter((v) => v !== "refused" && v !== "failed").map(run);
  expect(new Set(said).size).toBe(said.length);
});

test("a limit that was met is explained with its amount", () => {
  const hit = (limit: string, amount: number, unit: "bytes" | "ns" | "count", refused?: number) => ({ limit, amount, unit, ...(refused && { refused }) });
  expect(why("timeout", { stage: "run", hits: [hit("run_time", 10e9, "ns")] })).toBe("the program was stopped at its time limit of 10 s");
  expect(why("timeout", { stage: "compile", hits: [hit("compile_time", 1500e6, "ns"), hit("processes", 128, "count", 3)] })).toBe("the compiler was stopped at its time limit of 1.5 s; before, it was refused 3 processes or threads beyond the limit of 128");
  expect(why("timeout", { stage: "run", hits: [hit("input_time", 300e9, "ns")] })).toBe("the program was stopped after it had waited 5 min for input");
  expect(why("memory", { stage: "run", hits: [hit("memory", 512 << 20, "bytes")] })).toBe("the program was stopped at the memory limit of 512 MiB");
  expect(why("output", { stage: "run", hits: [hit("output", 64000, "bytes")] })).toBe("the program was stopped at the output limit of 64,000 bytes");
  expect(why("disk", { stage: "run", hits: [hit("work", 160 << 20, "bytes"), hit("tmp", 64 << 20, "bytes")] })).toBe("the program failed with its disk full (/work has 160 MiB, /tmp has 64 MiB)");
  expect(why("disk", { stage: "run", signal: "SIGXFSZ", hits: [hit("work", 160 << 20, "bytes")] })).toBe("the program was ended by SIGXFSZ: a file grew beyond the size limit of 160 MiB");
  expect(why("compile-error", { missing_crates: { names: ["plian"], no_set: true } })).toBe("crate plian: no set of crates has been built here");
  expect(why("compile-error", { missing_crates: { names: ["a", "b"], nearest: ["c"] } })).toBe("crates a, b: not in the set of crates; the nearest there is c");
  expect(why("refused", { reason: "invalid", message: "no toolchain" })).toBe("no toolchain");
  expect(why("refused", { reason: "share" })).toContain("too many runs from this address");
  expect(why("signal", { stage: "compile", signal: "SIGSEGV" })).toBe("the compiler was ended by SIGSEGV");
  expect(why("ok", { message: "ran" })).toBe("");
  // A record of a version of corust that told sentences.
  expect(why("memory", { message: "the program was stopped at the memory limit of 512MiB" })).toBe("the program was stopped at the memory limit of 512MiB");
});

test("texts and changes of the frames fit the types", () => {
  const changes: ChangesJSON = [3, [0, "x"], [1]];
  expect(ChangeSet.fromJSON(changes).apply(Text.of(["abcd"])).toString()).toBe("abcx");
});
