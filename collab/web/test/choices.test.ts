import { expect, test } from "vitest";
import { type Choices, chosen, formatOf, menuOf, titleOf } from "../src/run/choices";

const value = (name: string, reason?: string) => ({ name, title: name.toUpperCase(), available: reason === undefined, ...(reason !== undefined && { reason }) });
const action = (name: string, more = {}) => ({ ...value(name), about: "", program: false, mode: true, edits: false, view: false, ...more });

const server: Choices = {
  actions: [action("run", { program: true }), action("check"), action("clippy", { available: false, reason: "the toolchain has no clippy" }), action("fmt", { edits: true })],
  modes: [value("debug"), value("release")],
  editions: [value("2018"), value("2021"), value("2024", "the toolchain knows editions up to 2021")],
  crate_types: [],
  asm_syntaxes: [],
  defaults: { action: "check", mode: "debug", edition: "2021" },
};

test("a session that has chosen nothing has the server's defaults", () => {
  expect(chosen(server, {})).toEqual({ action: "check", mode: "debug", edition: "2021" });
});

test("what a session has chosen holds", () => {
  expect(chosen(server, { action: "run", mode: "release", edition: "2018" })).toEqual({ action: "run", mode: "release", edition: "2018" });
});

test("what the server cannot do counts as not chosen", () => {
  expect(chosen(server, { action: "clippy", mode: "profiling", edition: "2024" })).toEqual({ action: "check", mode: "debug", edition: "2021" });
  expect(chosen(server, { action: "fmt" }).action).toBe("check");
});

test("a default that is in no menu gives way to the first action that can be done", () => {
  const defaults = { ...server.defaults, action: "fmt" };
  expect(chosen({ ...server, defaults }, {}).action).toBe("run");
});

test("an action that edits the text is a button and in no menu", () => {
  expect(menuOf(server).map((a) => a.name)).toEqual(["run", "check", "clippy"]);
  expect(formatOf(server)?.name).toBe("fmt");
});

test("an action is called what the server calls it, and one of another server by its name", () => {
  expect(titleOf(server, "clippy")).toBe("CLIPPY");
  expect(titleOf(server, "miri")).toBe("miri");
});
