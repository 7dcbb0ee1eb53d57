import { ChangeSet, Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import { Session } from "../src/collab/session";
import { type Diagnostic, type ServerMessage, type Suggestion, protocolVersion } from "../src/collab/wire.gen";
import { type Base, changesOf, countOf, marksOf } from "../src/run/diagnostics";
import { Runs } from "../src/run/runs";
import { random } from "./random";

const source = "fn main() {\n    let mut é = 1;\n    if (é == 1) { }\n}\n";
const at = (part: string) => ({ from: source.indexOf(part), to: source.indexOf(part) + part.length });

const mut: Diagnostic = {
  level: "warning", code: "unused_mut", message: "variable does not need to be mutable",
  spans: [{ ...at("mut é"), primary: true }],
  notes: [{ level: "note", message: "on by default" }],
  suggestions: [{ message: "remove this `mut`", applicable: true, edits: [{ ...at("mut "), insert: "" }] }],
};
const parens: Diagnostic = {
  level: "warning", code: "unused_parens", message: "unnecessary parentheses",
  spans: [{ ...at("("), from: source.indexOf("(é"), to: source.indexOf("(é") + 1, primary: true }],
  suggestions: [{
    message: "remove these parentheses", applicable: true,
    edits: [{ from: source.indexOf("(é"), to: source.indexOf("(é") + 1, insert: "" }, { ...at(") {"), from: source.indexOf(") { }"), to: source.indexOf(") { }") + 1, insert: "" }],
  }],
};
const maybe: Diagnostic = {
  level: "error", code: "E0425", message: "cannot find value", spans: [{ ...at("main"), primary: true, label: "not found" }],
  suggestions: [{ message: "a local variable with a similar name exists", edits: [{ ...at("main"), insert: "pain" }] }],
};

const unchanged = (text = source): Base => ({ text: Text.of(text.split("\n")), since: ChangeSet.empty(text.length) });

/** The base and the text after edits, each of [from, to, insert] of the text as it then is. */
function edited(...edits: [number, number, string][]): { base: Base; doc: Text } {
  const base = unchanged();
  let { since, text: doc } = base;
  for (const [from, to, insert] of edits) {
    const c = ChangeSet.of({ from, to, insert }, doc.length);
    since = since.compose(c);
    doc = c.apply(doc);
  }
  return { base: { text: base.text, since }, doc };
}

const made = (s: Suggestion, { base, doc }: { base: Base; doc: Text }) => {
  const changes = changesOf(s, base, doc);
  return changes && ChangeSet.of(changes, doc.length).apply(doc).toString();
};
const fixOf = (d: Diagnostic) => d.suggestions![0]!;

describe("marks", () => {
  test("say what there is to say, and offer what a machine may apply", () => {
    const { base, doc } = edited();
    const [main, let_] = marksOf([mut, maybe], base, doc);
    expect(main).toEqual({
      ...at("main"), severity: "error", source: "E0425", fixes: [],
      message: "cannot find value\nnot found\nhelp: a local variable with a similar name exists: `pain`",
    });
    expect(let_).toEqual({
      ...at("mut é"), severity: "warning", source: "unused_mut",
      message: "variable does not need to be mutable\nnote: on by default",
      fixes: [{ name: "Apply: remove this `mut`", suggestion: fixOf(mut) }],
    });
    expect(countOf([mut, parens, maybe])).toEqual({ errors: 1, warnings: 2 });
  });

  test("a button tells what it writes, and nothing hidden", () => {
    const { base, doc } = edited();
    const forged = { ...mut, notes: [], message: "\x1b]0;x\x07a\u202eb", suggestions: [{ message: "harmless", applicable: true, edits: [{ ...at("mut "), insert: "evil\u202e();\n" }] }] };
    expect(marksOf([forged], base, doc)[0]).toMatchObject({ message: "a<U+202E>b", fixes: [{ name: "Apply: harmless: `evil<U+202E>();`" }] });
  });

  test("follow the text", () => {
    const { base, doc } = edited([0, 0, "// a\n"], [source.length + 5, source.length + 5, "// z\n"]);
    expect(marksOf([mut], base, doc)[0]).toMatchObject({ from: at("mut é").from + 5, to: at("mut é").to + 5 });
  });

  test("end with the line", () => {
    const { base, doc } = edited();
    const whole = { ...mut, spans: [{ from: 0, to: source.length, primary: true }] };
    expect(marksOf([whole], base, doc)[0]).toMatchObject({ from: 0, to: "fn main() {".length });
  });

  test("go when their text goes, or when what they propose is made, and come back with it", () => {
    const { from, to } = at("mut ");
    expect(marksOf([mut], ...both(edited([at("let mut é").from, at("let mut é").to, ""])))).toEqual([]);
    expect(marksOf([mut], ...both(edited([from, to, ""])))).toEqual([]);
    expect(marksOf([mut], ...both(edited([from, to, ""], [from, from, "mut "])))).toHaveLength(1);
    expect(marksOf([parens], ...both(edited([fixOf(parens).edits[0]!.from, fixOf(parens).edits[0]!.to, ""])))).toEqual([]);
  });
});

const both = ({ base, doc }: { base: Base; doc: Text }) => [base, doc] as const;

describe("suggestions", () => {
  test("are made in the text as it is now", () => {
    expect(made(fixOf(mut), edited())).toBe(source.replace("mut ", ""));
    expect(made(fixOf(mut), edited([0, 0, "// a\n"], [at("= 1").from + 7, at("= 1").from + 8, "7"]))).toBe(`// a\n${source.replace("mut ", "").replace("= 1", "= 7")}`);
  });
  test("of several parts are made whole or not at all", () => {
    expect(made(fixOf(parens), edited())).toBe(source.replace("(é == 1)", "é == 1"));
    const second = fixOf(parens).edits[1]!.from;
    expect(made(fixOf(parens), edited([second, second + 1, "]"]))).toBeNull();
  });
  test.each<[string, [number, number, string][]]>([
    ["its text is another", [[at("mut ").from, at("mut ").from + 1, "n"]]],
    ["something was typed in it", [[at("mut ").from + 1, at("mut ").from + 1, "x"]]],
    ["something was typed at its edge", [[at("mut ").from, at("mut ").from, "x"]]],
    ["a part of it is gone", [[at("mut ").from, at("mut ").from + 2, ""]]],
    ["all is gone", [[0, source.length, ""]]],
    ["all was replaced", [[0, source.length, source.toUpperCase()]]],
  ])("are refused when %s", (_, edits) => expect(made(fixOf(mut), edited(...edits))).toBeNull());
  test("are offered again when what was changed is undone", () => {
    const { from } = at("mut ");
    expect(made(fixOf(mut), edited([from, from + 4, ""], [from, from, "mut "]))).toBe(source.replace("mut ", ""));
  });
  test("never touch anything else, whatever was typed", () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1e9);
    const rnd = random(seed);
    const int = (n: number) => Math.floor(rnd() * n);
    let applied = 0;
    for (let i = 0; i < 1000; i++) {
      let length = source.length;
      const edits = Array.from({ length: 1 + int(4) }, (): [number, number, string] => {
        const from = int(length + 1);
        const to = Math.min(length, from + int(4));
        const insert = "xyz".slice(0, int(4));
        length += insert.length - (to - from);
        return [from, to, insert];
      });
      const now = edited(...edits);
      for (const d of [mut, parens]) {
        const changes = changesOf(fixOf(d), now.base, now.doc);
        if (!changes) continue;
        applied++;
        const gone = changes.map((c) => now.doc.sliceString(c.from, c.to));
        expect(gone, `seed ${seed}`).toEqual(fixOf(d).edits.map((e) => source.slice(e.from, e.to)));
        ChangeSet.of(changes, now.doc.length);
      }
    }
    expect(applied).toBeGreaterThan(20);
  });
});

describe("a run's diagnostics", () => {
  const welcome = (list?: Diagnostic[]): ServerMessage => ({
    type: "welcome", protocol: protocolVersion, client: "me", epoch: "e", version: 3, acked_seq: 0, members: [],
    run: { run: "r", by: "c", version: 1, ...(list && { diagnostics: { run: "r", epoch: "e", version: 3, list } }) },
  });
  test("come with a message, or with a welcome, and go with the next run", () => {
    const runs = new Runs();
    runs.receive({ type: "run", run: "r", by: "c", version: 1 });
    runs.receive({ type: "diagnostics", run: "q", epoch: "e", version: 1, list: [mut] });
    expect(runs.current!.diagnostics).toEqual([]);
    runs.receive({ type: "diagnostics", run: "r", epoch: "e", version: 1, list: [mut] });
    expect(runs.current!.diagnostics).toEqual([mut]);
    runs.receive(welcome([maybe])); // the same, at another version: those that are here go on
    expect(runs.current!.diagnostics).toEqual([mut]);
    runs.receive({ type: "run", run: "s", by: "c", version: 4 });
    expect(runs.current!.diagnostics).toEqual([]);
    const late = new Runs();
    late.receive(welcome());
    expect(late.current!.diagnostics).toEqual([]);
    late.receive(welcome([maybe]));
    expect(late.current!.diagnostics).toEqual([maybe]);
  });
});

describe("positions count in", () => {
  const list = [mut];
  const started = { run: "r", by: "c", version: 1 };
  const welcome = (version: number, text: string, more = {}) => ({ type: "welcome", protocol: protocolVersion, client: "me", epoch: "e", version, acked_seq: 0, files: [{ path: "main.rs", text }], members: [], ...more });
  /** A session that receives these in turn, and the text that it takes the diagnostics to be about. */
  function told(...messages: object[]): string | undefined {
    const socket = { readyState: 1, send: () => {}, close: () => {} } as unknown as WebSocket;
    const session = new Session("", { key: "k".repeat(26), name: "n" }, { readOnly: false, view: "", maxText: 1000, choices: null }, () => socket);
    session.start();
    socket.onopen!({} as Event);
    for (const m of messages) {
      if ("members" in m && session.client.live) session.rename("m"); // sends another hello
      socket.onmessage!({ data: JSON.stringify(m) } as MessageEvent);
    }
    session.stop();
    return session.diagnosed(0)?.text.toString();
  }
  const diagnostics = (version: number) => ({ type: "diagnostics", run: "r", epoch: "e", version, list });

  test("the run's text, for those who were there", () => {
    expect(told(welcome(1, "one"), { type: "run", ...started }, diagnostics(1))).toBe("one");
    const entry = { type: "entry", version: 2, client: "p", seq: 1, changes: [3, [0, "!"]] };
    expect(told(welcome(1, "one"), { type: "run", ...started }, entry, diagnostics(1))).toBe("one");
  });
  test("the text of the welcome, for those who came later", () => {
    expect(told(welcome(3, "three", { run: { ...started, diagnostics: diagnostics(3) } }))).toBe("three");
    expect(told(welcome(3, "three", { run: started }), diagnostics(3))).toBe("three");
  });
  test("nothing that is known here, otherwise", () => {
    expect(told(welcome(3, "three", { run: started }), diagnostics(1))).toBeUndefined();
    expect(told(welcome(1, "one"), { type: "run", ...started }, diagnostics(1), { type: "run", run: "s", by: "c", version: 1 })).toBeUndefined();
    expect(told(welcome(1, "one"), { type: "run", ...started }, diagnostics(1), welcome(3, "three", { run: { run: "s", by: "c", version: 2 } }))).toBeUndefined();
  });
  test("the same after a reconnect", () => {
    expect(told(welcome(1, "one"), { type: "run", ...started }, diagnostics(1), welcome(3, "three", { run: { ...started, diagnostics: diagnostics(3) } }))).toBe("one");
  });
});
