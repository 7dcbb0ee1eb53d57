import { describe, expect, test } from "vitest";
import { cleanName, Palette } from "../src/collab/person";
import { Ansi, stripAnsi } from "../src/run/ansi";
import { Runs, runOf, toBase64 } from "../src/run/runs";
import { describe as describeRun } from "../src/ui/verdict";
import { protocolVersion } from "../src/collab/wire.gen";

describe("output", () => {
  test("colours are understood, however the bytes are cut", () => {
    const text = "a\x1b[1;31mred\x1b[0m \x1b[38;5;196mx\x1b[38;2;1;2;3my\x1b[m";
    const whole = new Ansi().push(text);
    const ansi = new Ansi();
    const cut = [...text].flatMap((c) => ansi.push(c));
    const flat = (list: typeof whole) => list.flatMap((p) => [...p.text].map((c) => [c, p.style] as const));
    expect(flat(cut)).toEqual(flat(whole));
    expect(whole.map((p) => p.text)).toEqual(["a", "red", " ", "x", "y"]);
    expect(whole[1]!.style).toMatchObject({ fg: 1, bold: true });
    expect(whole[3]!.style.fg).toEqual([255, 0, 0]);
    expect(whole[4]!.style.fg).toEqual([1, 2, 3]);
  });

  test.each([
    ["clipboard", "\x1b]52;c;aGk=\x07ok", "ok"],
    ["title", "\x1b]0;title\x1b\\ok", "ok"],
    ["cursor", "\x1b[2J\x1b[Hok\x1b[6n", "ok"],
    ["device string", "\x1bPq#0\x1b\\ok", "ok"],
    ["C1", "\x9b31mok\x9d0;t\x9c!", "ok!"],
    ["direction", "a\u202eb\u2066c", "a<U+202E>b<U+2066>c"],
    ["control", "a\0b\x08\x7f", "a␀b␈␡"],
    ["return", "secret\rshown\r\nnext", "secret\nshown\nnext"],
    ["joined emoji", "👨‍👩‍👧 👩‍💻 🏳️‍🌈 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "👨‍👩‍👧 👩‍💻 🏳️‍🌈 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"],
    ["Persian", "می\u200cخواهم\u200f!", "می\u200cخواهم\u200f!"],
    ["Indic text", "ക്\u200d क्\u200dष ශ්\u200dරී", "ക്\u200d क्\u200dष ශ්\u200dරී"],
    ["soft hyphens, spaces of no width, a byte order mark", "a\u00adb\u200bc\u2060d\ufeff", "a\u00adb\u200bc\u2060d\ufeff"],
    ["every direction that is embedded, overridden or isolated", "\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069", "<U+202A><U+202B><U+202C><U+202D><U+2066><U+2067><U+2068><U+2069>"],
    ["separators of lines", "a\u2028b\u2029c\u0085d", "a<U+2028>b<U+2029>c<U+0085>d"],
    ["html", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
    ["an open string ends with the line", "\x1b]0;open\nok", "ok"],
  ])("%s", (_, input, want) => expect(stripAnsi(input)).toBe(want));

  test("every byte once, in order, for those who come late or back", () => {
    const runs = new Runs();
    const started = { run: "r", by: "c", version: 1 };
    const piece = (offset: number, text: string) => ({ run: "r", stream: "stdout" as const, offset, data: toBase64(text) });
    runs.receive({ type: "run", ...started });
    runs.receive({ type: "output", ...piece(0, "hel") });
    runs.receive({ type: "welcome", protocol: protocolVersion, client: "c", epoch: "e", version: 1, acked_seq: 0, members: [], run: { ...started, output: [piece(0, "hello "), piece(6, "wör")] } });
    runs.receive({ type: "output", ...piece(6, "wör") });
    runs.receive({ type: "output", ...piece(10, "ld") });
    expect(runs.current?.chunks.map((c) => c.text).join("")).toBe("hello wörld");
  });

  test("what was typed stands in its place, once, for those who come late or back", () => {
    const started = { run: "r", by: "c", version: 1 };
    const out = (offset: number, text: string) => ({ run: "r", stream: "stdout" as const, offset, data: toBase64(text) });
    const typed = (offset: number, text: string, by: string, eof = false) => ({ run: "r", stream: "stdin" as const, offset, data: toBase64(text), by, ...(eof && { eof }) });
    const welcome = { type: "welcome" as const, protocol: protocolVersion, client: "c", epoch: "e", version: 1, acked_seq: 0, members: [] };
    const state = { ...started, output: [out(0, "name?"), typed(0, "Ada\n", "a"), out(5, "hi"), typed(4, "", "b", true)] };
    const late = new Runs();
    late.receive({ ...welcome, run: state });
    const back = new Runs();
    back.receive({ type: "run", ...started });
    back.receive({ type: "output", ...out(0, "name?") });
    back.receive({ type: "input", run: "r", by: "a", offset: 0, data: toBase64("Ada\n") });
    back.receive({ ...welcome, run: state });
    for (const runs of [late, back]) {
      expect(runs.current?.chunks.map((c) => [c.stream, c.text, c.by])).toEqual([
        ["stdout", "name?", undefined], ["stdin", "Ada\n", "a"], ["stdout", "hi", undefined], ["stdin", "(end of input)\n", "b"],
      ]);
      expect(runs.current?.inputClosed).toBe(true);
    }
  });

  test("what a record does not keep is said", () => {
    const past = runOf({ run: "r", by: "c", version: 1, started: "", output: [{ run: "r", stream: "stdout" as const, offset: 9, data: toBase64("end") }], verdict: "ok" });
    expect(past.chunks.map((c) => c.text)).toEqual(["[9 bytes of stdout are not kept]\n", "end"]);
    expect(past.ended).toBe(true);
  });

  test("a character that is split over two pieces is one", () => {
    const runs = new Runs();
    runs.receive({ type: "run", run: "r", by: "c", version: 1 });
    runs.receive({ type: "output", run: "r", stream: "stdout" as const, offset: 0, data: btoa("\xf0\x9f") });
    runs.receive({ type: "output", run: "r", stream: "stdout" as const, offset: 2, data: btoa("\xa6\x80") });
    expect(runs.current?.chunks.map((c) => c.text).join("")).toBe("🦀");
  });
});

describe("people", () => {
  test("a name is text and nothing else", () => {
    expect(cleanName("  a\u202eb\n\u200bc   d ")).toBe("abc d");
    expect(cleanName("😀".repeat(40)).length).toBeLessThanOrEqual(32);
    expect(cleanName("<img src=x>")).toBe("<img src=x>");
    expect(cleanName("\u00ad\u2028\ufeff\0")).toBe("");
  });
  test("a name is what its owner typed: joined emoji, Persian and Indic names", () => {
    for (const name of ["👩‍💻 Ada", "👨‍👩‍👧", "🏳️‍🌈", "می\u200cخواهم", "ശ്രീ\u200dജ", "Zoë 佐藤"]) expect(cleanName(name)).toBe(name);
    for (const unseen of ["\u200d", "\u200c\u200d \u200d", "\u{e0067}"]) expect(cleanName(unseen)).toBe("");
    expect(cleanName("👨‍👩‍👧".repeat(5)), "cut between characters").toBe("👨‍👩‍👧".repeat(4));
  });
  test("colours are steady and apart", () => {
    const p = new Palette();
    const ids = Array.from({ length: 8 }, (_, i) => `0000000${i}.x`);
    const colours = ids.map((id) => p.of(id));
    expect(new Set(colours).size).toBe(8);
    expect(ids.map((id) => p.of(id))).toEqual(colours);
    expect(p.of("00000003.other")).toBe(colours[3]);
  });
});

test("a run waits for input until it is given some, and not after its end", () => {
  const runs = new Runs();
  runs.receive({ type: "run", run: "r", by: "c", version: 1 });
  expect(runs.current!.waiting).toBe(false);
  expect(runs.receive({ type: "waiting", run: "r", waiting: true })).toBe(true);
  expect(runs.current!.waiting).toBe(true);
  expect(runs.receive({ type: "waiting", run: "another", waiting: false })).toBe(false);
  expect(runs.current!.waiting).toBe(true);
  runs.receive({ type: "waiting", run: "r", waiting: false });
  expect(runs.current!.waiting).toBe(false);
  const welcome = { type: "welcome" as const, protocol: protocolVersion, client: "c", epoch: "", version: 1, acked_seq: 0, members: [] };
  const state = { run: "r", by: "c", version: 1, waiting: true };
  runs.receive({ ...welcome, run: state });
  expect(runs.current!.waiting).toBe(true);
  runs.receive({ type: "end", run: "r", verdict: "ok" });
  expect(runs.current!.waiting).toBe(false);
  runs.receive({ ...welcome, run: { ...state, verdict: "ok" } });
  expect(runs.current!.waiting).toBe(false);
});

test("a run that waits says its place, and a run that was lost says so", () => {
  const runs = new Runs();
  runs.receive({ type: "run", run: "r", by: "c", version: 1 });
  runs.receive({ type: "stage", run: "r", stage: "queued", position: 2 });
  expect(describeRun(runs.current!, () => "you").text).toBe("Waiting, place 2 in the queue");
  runs.receive({ type: "end", run: "r", verdict: "lost" });
  expect(describeRun(runs.current!, () => "you").text).toBe("Lost: the server went away");
});
