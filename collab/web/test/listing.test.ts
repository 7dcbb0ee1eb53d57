import { describe, expect, test } from "vitest";
import type { Choices } from "../src/run/choices";
import { listingFor, shownProducts, tabFor, tabsOf } from "../src/run/results";
import { Runs, runOf } from "../src/run/runs";
import { type ListingJSON, coloursOf, firstOf, plain, show } from "../src/view/listing";
import { argsFor, duration, nameIn, summary, treeOf } from "../src/view/tests";

const listing: ListingJSON = {
  files: [{ name: "/rustc/core.rs" }, { name: "main.rs", user: true }],
  filters: ["directives", "labels", "comments", "library", "library+labels"],
  lines: ["\t.text", "", "", "f:", "\tmov", ".Lend:", "# comment", "lib:", "\tret", ".Lonly:", "\tcall lib"],
  of: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1],
  at: [0, 0, 0, 0, 3, 0, 0, 0, 7, 0, 5],
  hidden: [1, 0, 0, 0, 0, 2, 4, 8, 8, 16, 0],
  links: [[10, 6, 9, 7], [4, 1, 4, 3]],
  notices: null,
};

describe("filters", () => {
  test("all hold unless a viewer wants to see what they hide", () => {
    const s = show(listing, new Set(), "main.rs");
    expect(s.text).toBe("f:\n\tmov\n\tcall lib");
    expect(s.source).toEqual([0, 3, 5]);
    expect([...s.links]).toEqual([[1, [{ start: 1, end: 4, to: 0 }]]]); // lib is not shown
  });
  test("what comes from another file has no place in the open one", () => {
    expect(show(listing, new Set(), "lib.rs").source).toEqual([0, 0, 0]);
    expect(show(listing, new Set(), "/rustc/core.rs").source).toEqual([0, 0, 0]);
  });
  test("library code is not the user's, and its symbols lead somewhere once it is shown", () => {
    const s = show(listing, new Set(["library"]), "main.rs");
    expect(s.text).toBe("f:\n\tmov\nlib:\n\tret\n.Lonly:\n\tcall lib");
    expect(s.source).toEqual([0, 3, 0, 0, 0, 5]);
    expect(s.links.get(5)).toEqual([{ start: 6, end: 9, to: 2 }]);
  });
  test("without filters all is shown, with one blank line of several", () => {
    expect(show(listing, new Set(["directives", "labels", "comments", "library"]), "main.rs").text.split("\n")).toHaveLength(10);
  });
  test("a listing of nothing shows nothing", () => {
    expect(show({ ...listing, files: null, lines: [], of: [], at: [], hidden: [], links: [] }, new Set(), "main.rs")).toEqual({ text: "", source: [], links: new Map() });
  });
});

test("a product without a listing is its text", () => {
  expect(plain("a\r\nb\n")).toEqual({ text: "a\nb", source: [], links: new Map() });
});

test("neighbouring source lines have different colours", () => {
  const colour = coloursOf([0, 9, 3, 3, 4, 0, 100]);
  expect([...colour.keys()]).toEqual([3, 4, 9, 100]);
  expect(new Set(colour.values()).size).toBe(4);
  expect(firstOf([0, 9, 3, 3], 3)).toBe(2);
  expect(firstOf([0, 9], 3)).toBe(-1);
});

const action = (name: string, more = {}) => ({ name, title: name.toUpperCase(), available: true, about: "", program: false, mode: true, edits: false, view: false, ...more });
const server: Choices = { actions: [action("run"), action("test"), action("asm", { view: true })], modes: [], editions: [], crate_types: [], asm_syntaxes: [], defaults: { action: "run", mode: "", edition: "" } };

test("a run has a tab for each product and one for its tests", () => {
  const asm = { name: "asm", media_type: "text/x-asm", size: 1 };
  const lines = { name: "asm-listing", media_type: "application/json", size: 1 };
  const run = runOf({ run: "r", by: "a", version: 0, started: "", products: [asm, lines], tests: [{ name: "t", outcome: "ok" }] });
  expect(tabsOf(server, run).map((t) => t.title)).toEqual(["Output", "Tests", "ASM"]);
  expect(tabsOf(server, null)).toHaveLength(1);
  expect(shownProducts([asm, lines])).toEqual([asm]);
  expect(listingFor([asm, lines], asm)).toBe(lines);
  expect(listingFor([asm, { ...lines, dropped: true }], asm)).toBeUndefined();
  expect(shownProducts([lines])).toEqual([lines]);
});

test("products and tests come once, in a run and after a reconnection", () => {
  const runs = new Runs();
  const asm = { name: "asm", media_type: "text/x-asm", size: 1 };
  const t = { name: "t", outcome: "ok" as const };
  runs.receive({ type: "run", run: "r", by: "a", version: 0 });
  expect(runs.receive({ type: "product", run: "another", ...asm })).toBe(false);
  for (let i = 0; i < 2; i++) runs.receive({ type: "product", run: "r", ...asm });
  runs.receive({ type: "test", run: "r", ...t });
  expect(runs.current).toMatchObject({ products: [asm], tests: [t] });
  const welcome = { type: "welcome" as const, protocol: 0, client: "", epoch: "", version: 0, acked_seq: 0, members: [], files: [] };
  runs.receive({ ...welcome, run: { run: "r", by: "a", version: 0, products: [asm], tests: [t] } });
  expect(runs.current).toMatchObject({ products: [asm], tests: [t] });
  runs.receive({ type: "run", run: "s", by: "a", version: 0 });
  expect(runs.current).toMatchObject({ products: [], tests: [] });
});

test("the tab of what was asked for is shown, or the one before if the run has it", () => {
  expect(tabFor(server, { action: "asm" }, "output")).toBe("asm");
  expect(tabFor(server, { action: "test" }, "asm")).toBe("tests");
  expect(tabFor(server, {}, "asm")).toBe("output");
  expect(tabFor(server, { views: ["asm"] }, "asm")).toBe("asm");
});

describe("tests", () => {
  const t = (name: string, outcome: "ok" | "failed" | "ignored" = "ok") => ({ name, outcome });
  const list = [t("a::b::one"), t("top", "ignored"), t("a::two", "failed"), t("src/lib.rs - add (line 3)"), t("a::b::three", "failed")];
  test("are a tree of modules", () => {
    const root = treeOf(list);
    expect(root.tests.map((x) => x.name)).toEqual(["top", "src/lib.rs - add (line 3)"]);
    const a = root.modules[0]!;
    expect([a.name, a.total, a.failed, a.tests.length]).toEqual(["a", 3, 2, 1]);
    const b = a.modules[0]!;
    expect([b.name, b.path, b.total, b.failed]).toEqual(["b", "a::b", 2, 1]);
    expect(b.tests.map((x) => nameIn(b, x))).toEqual(["one", "three"]);
    expect([root.total, root.failed]).toEqual([5, 2]);
  });
  test("forged names make no deep tree", () => {
    let depth = 0;
    for (let m = treeOf([t("x::".repeat(5000))]); m.modules[0]; m = m.modules[0]) depth++;
    expect(depth).toBeLessThan(20);
    expect(treeOf([t(""), t("::"), t("::::a")]).total).toBe(3);
  });
  test("are summed up and named to the harness", () => {
    expect(summary(list)).toBe("2 passed, 2 failed, 1 ignored");
    expect(argsFor(["a::b"])).toEqual(["--exact", "a::b"]);
    expect([undefined, 1500, 2_500_000, 1_500_000_000].map(duration)).toEqual(["", "2 µs", "3 ms", "1.50 s"]);
  });
});
