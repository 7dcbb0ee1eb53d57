import { readFileSync, readdirSync } from "node:fs";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { examples } from "../src/start/examples";
import { firstLine, forget, most, pathOf, recent, visited } from "../src/start/recent";

const id = (n: number) => String(n).padStart(26, "0");
const visit = (n: number, token = id(1000 + n)) => visited({ id: id(n), token, name: "", line: `line ${n}`, at: n });

describe("recent sessions", () => {
  let stored: Record<string, string>;
  beforeEach(() => {
    stored = {};
    vi.stubGlobal("localStorage", { getItem: (k: string) => stored[k] ?? null, setItem: (k: string, v: string) => void (stored[k] = v) });
  });

  test("are the last visits, the newest first, each once", () => {
    for (let n = 0; n < most + 5; n++) visit(n);
    visit(20);
    expect(recent()).toHaveLength(most);
    expect(recent().slice(0, 3).map((r) => r.id)).toEqual([id(20), id(most + 4), id(most + 3)]);
  });

  test("keep the link that lets edit", () => {
    visit(1, id(1));
    expect(pathOf(recent()[0]!)).toBe(`v/${id(1)}`);
    visit(1);
    visit(1, id(1));
    expect(pathOf(recent()[0]!)).toBe(`s/${id(1001)}`);
  });

  test("can be forgotten", () => {
    for (const n of [1, 2, 3]) visit(n);
    forget(id(2));
    expect(recent().map((r) => r.id)).toEqual([id(3), id(1)]);
    forget();
    expect(recent()).toEqual([]);
  });

  test("are none where the store has something else", () => {
    for (const text of ["", "{", "null", "7", "{}", '[null, 1, "x", {}]', `[{"id":"../x","token":"${id(1)}","name":"","line":"","at":1}]`, `[{"id":"${id(1)}","token":"javascript:alert(1)","name":"","line":"","at":1}]`]) {
      stored["corust.recent"] = text;
      expect(recent(), text).toEqual([]);
    }
    vi.stubGlobal("localStorage", { getItem: () => { throw new Error("forbidden"); }, setItem: () => { throw new Error("forbidden"); } });
    visit(1);
    expect(recent()).toEqual([]);
  });
});

test("a first line tells what a text is", () => {
  for (const [text, want] of [
    ["", ""],
    ["\n\n  {\n}", ""],
    ["fn main() {}\n", "fn main() {}"],
    ["//! A guessing game: corust run\nuse x;", "A guessing game: corust run"],
    ["#!/usr/bin/env corust\n---\n[package]\nedition = \"2021\"\n---\n\n// Squares\n", "Squares"],
    ["#![allow(unused)]\n// corust: --mode debug\n/* notes */\n", "notes */"],
    [`// ${"x".repeat(200)}`, "x".repeat(80)],
  ] as const)
    expect(firstLine(text), text).toBe(want);
});

test("each example of the repository is offered", () => {
  const dir = new URL("../../../examples/", import.meta.url);
  const offered = new Set(examples.flatMap((e) => e.files.map((f) => f.content)));
  const names = [...readdirSync(dir).filter((n) => n.endsWith(".rs")), ...readdirSync(new URL("shapes/", dir)).map((n) => `shapes/${n}`)];
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect(offered.has(readFileSync(new URL(name, dir), "utf8")), name).toBe(true);
});
