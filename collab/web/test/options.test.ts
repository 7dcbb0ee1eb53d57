import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Choices } from "../src/run/choices";
import { choicesWith } from "../src/run/toolchains";
import type { RunOptions, Settings } from "../src/collab/wire.gen";
import vectors from "./asked.json";
import { asked, faultOf, otherOptions, words } from "../src/run/options";

const action = (name: string, more = {}) => ({ name, title: name, available: true, about: "", program: false, mode: true, edits: false, view: false, ...more });
const server: Choices = {
  actions: [action("run", { program: true }), action("check"), action("asm", { view: true }), action("mir", { view: true }), action("wasm", { view: true, available: false }), action("fmt", { edits: true })],
  modes: [{ name: "debug", title: "Debug", available: true }, { name: "release", title: "Release", available: true }],
  editions: [{ name: "2024", title: "2024", available: true }],
  crate_types: [],
  asm_syntaxes: [],
  defaults: { action: "run", mode: "release", edition: "2024" },
};

// The server reads settings as the page does, and has a test with the same file.
test("settings ask for the same run here and ahead of it", () => {
  const can = { available: true };
  const cannot = { available: false };
  const choices: Choices = {
    ...server,
    actions: [action("run", { program: true }), action("test", { program: true }), action("check"), action("miri", { program: true, ...cannot }), action("fmt", { edits: true }), action("asm", { view: true }), action("mir", { view: true })],
    editions: ["2021", "2024"].map((name) => ({ name, title: name, ...can })),
  };
  for (const { settings, want } of vectors as unknown as { settings: Settings; want: RunOptions | null }[]) {
    const got = asked(choices, settings);
    expect("options" in got ? got.options : null).toEqual(want);
  }
});

describe("words", () => {
  const cases = JSON.parse(readFileSync(new URL("../../../internal/shellwords/testdata/cases.json", import.meta.url), "utf8")) as { line: string; words: string[] | null }[];
  for (const c of cases) test(JSON.stringify(c.line), () => expect(words(c.line)).toEqual(c.words));
});

test("a session that has set nothing asks for the defaults", () => {
  expect(asked(server, {})).toEqual({ options: { action: "run", mode: "release", edition: "2024" }, input: "" });
  expect(otherOptions(server, {})).toEqual([]);
});

test("all settings reach the program and the compiler", () => {
  const settings = {
    mode: "debug", channel: "nightly", crate_type: "bin", flags: "-C opt-level=3", args: "-v 'a b'", env: "A=1\n\nB=x=y\n", backtrace: "short", views: "mir wasm nonsense asm",
    asm_syntax: "att", input: "one\ntwo\n",
  };
  expect(asked(server, settings)).toEqual({
    options: {
      action: "run", mode: "debug", edition: "2024", channel: "nightly", views: ["asm", "mir"], asm_syntax: "att", flags: ["-C", "opt-level=3"], crate_type: "bin", args: ["-v", "a b"],
      env: ["A=1", "B=x=y", "RUST_BACKTRACE=1"],
    },
    input: "one\ntwo\n",
  });
  expect(otherOptions(server, settings)).toHaveLength(9);
});

test("an action that runs no program gets nothing that is for one", () => {
  const settings = { args: "a", env: "A=1", backtrace: "full", input: "x", views: "asm mir", flags: "-O", crate_type: "lib" };
  expect(asked(server, settings, "asm")).toEqual({ options: { action: "asm", mode: "release", edition: "2024", views: ["mir"], flags: ["-O"], crate_type: "lib" }, input: "" });
  expect(asked(server, settings, "fmt")).toEqual({ options: { action: "fmt", mode: "release", edition: "2024" }, input: "" });
});

test("the environment decides over the menu of backtraces", () => {
  expect(asked(server, { env: "RUST_BACKTRACE=0", backtrace: "full" })).toMatchObject({ options: { env: ["RUST_BACKTRACE=0"] } });
});

test("what cannot be read is not run", () => {
  expect(asked(server, { args: "'a" })).toEqual({ why: "Arguments: a quote is not closed" });
  expect(asked(server, { env: "A=1\n=2" })).toEqual({ why: "Environment: “=2” is not NAME=value" });
  expect(asked(server, { flags: '"' })).toEqual({ why: "Compiler flags: a quote is not closed" });
  expect(faultOf("input", "'")).toBe("");
});

test("what can be done is what the session's toolchain can do", () => {
  const list = [
    { channel: "stable", version: "1.95.0", default: true, actions: [] },
    { channel: "nightly", version: "1.97.0", actions: [{ name: "run", available: true }, { name: "wasm", available: true }, { name: "check", available: false, reason: "no rustc" }] },
  ];
  const can = (c: Choices) => c.actions.filter((a) => a.available).map((a) => a.name);
  expect(choicesWith(server, list, "")).toBe(server);
  expect(choicesWith(server, list, "beta")).toBe(server);
  expect(choicesWith(server, [], "nightly")).toBe(server);
  const nightly = choicesWith(server, list, "nightly");
  expect(can(nightly)).toEqual(["run", "wasm"]);
  expect(nightly.actions.find((a) => a.name === "check")?.reason).toBe("no rustc");
});
