// What a formatter makes of a text, over what is typed while it works.

import { ChangeSet, Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import { formatOver, lineChanges } from "../src/ui/format";
import { random, seeds } from "./random";

const text = (s: string) => Text.of(s.split("\n"));

/** Formats before to after, while edits are made at the places of before that the marks stand at. */
function formatWhile(before: string, after: string, ...typed: [at: string, insert: string][]): { text: string; whole: boolean } {
  const since = ChangeSet.of(typed.map(([at, insert]) => ({ from: before.indexOf(at) + at.length, insert: text(insert) })), before.length);
  const { changes, whole } = formatOver(before, after, since);
  return { text: changes.apply(since.apply(text(before))).toString(), whole };
}

test("formatting is the smallest set of line edits", () => {
  const rnd = random(7);
  const int = (n: number) => Math.floor(rnd() * n);
  for (let i = 0; i < 5000; i++) {
    const lines = () => Array.from({ length: int(7) }, () => "abc"[int(3)]!).join("\n");
    const [a, b] = [lines(), lines()];
    const doc = Text.of(a.split("\n"));
    expect(ChangeSet.of(lineChanges(a, b), doc.length).apply(doc).toString(), JSON.stringify([a, b])).toBe(b);
  }
  expect(lineChanges("a\nb\nc\n", "a\nB\nc\n")).toHaveLength(1);
});


describe("what is typed while the formatter works stays", () => {
  const before = "fn main() {\n    // note: \n}\nfn  ugly( ){let x=1;}\n";
  const after = "fn main() {\n    // note:\n}\nfn ugly() {\n    let x = 1;\n}\n";

  test("elsewhere: all is formatted", () => {
    expect(formatWhile(before, after, ["// note: ", "abc"])).toEqual({ text: after.replace("note:", "note:abc"), whole: true });
    expect(formatWhile(before, after, ["", "// first\n"], ["x=1;}\n", "// last\n"])).toEqual({ text: `// first\n${after}// last\n`, whole: true });
  });
  test("in a line that is formatted", () => {
    expect(formatWhile("let  x=1;\n", "let x = 1;\n", ["x", "yz"])).toEqual({ text: "let xyz = 1;\n", whole: true });
    expect(formatWhile("a( b,c )\n", "a(b, c)\n", ["b", "b"])).toEqual({ text: "a(bb, c)\n", whole: true });
  });
  test("in a line that is joined to another: that one is left, or it would become a comment", () => {
    expect(formatWhile("foo(\n  a)\nb  c\n", "foo(a)\nb c\n", ["foo(", " // why"])).toEqual({ text: "foo( // why\n  a)\nb c\n", whole: false });
  });
  test("among words that move: all of those are left", () => {
    const unsorted = "use b::B;\nuse c::C;\nuse a::A;\nx  y\n";
    const sorted = "use a::A;\nuse b::B;\nuse c::C;\nx y\n";
    expect(formatWhile(unsorted, sorted, ["use a::A", "A"])).toEqual({ text: "use b::B;\nuse c::C;\nuse a::AA;\nx y\n", whole: false });
    expect(formatWhile(unsorted, sorted, ["x ", "z"])).toEqual({ text: sorted.replace("x y", "x zy"), whole: true });
  });
  test("what was deleted meanwhile is not brought back", () => {
    const since = ChangeSet.of({ from: before.indexOf("fn  ugly"), to: before.length }, before.length);
    const { changes } = formatOver(before, after, since);
    expect(changes.apply(since.apply(text(before))).toString()).not.toContain("x");
  });

  test("without a meanwhile, what comes is what the formatter said; with one, every typed character is there once", () => {
    for (const seed of seeds(2000)) {
      const rnd = random(seed);
      const int = (n: number) => Math.floor(rnd() * n);
      const words = ["fn", "a", "bc", " ", "  ", "\n", "(", ")", "{", "}", ";", ",", "🦀", "é"];
      const some = () => Array.from({ length: int(25) }, () => words[int(words.length)]!).join("");
      const [a, b] = [some(), some()];
      expect(formatWhile(a, b), `SEED=${seed}`).toEqual({ text: b, whole: true });
      const at = int([...a].length + 1);
      const since = ChangeSet.of({ from: [...a].slice(0, at).join("").length, insert: "@" }, a.length);
      const { changes } = formatOver(a, b, since);
      const got = changes.apply(since.apply(text(a))).toString();
      expect([...got].filter((c) => c === "@"), `SEED=${seed}`).toHaveLength(1);
      expect(got, `SEED=${seed}`).not.toMatch(/[\ud800-\udfff]/u);
    }
  });
});
