import { describe, expect, test } from "vitest";
import { Ansi } from "../src/run/ansi";
import { Screen, type Span } from "../src/run/screen";
import { random, seeds } from "./random";

/** What is on the page after each piece has been drawn, as the page draws it. */
function shown(pieces: readonly string[], drawAfter: (i: number) => boolean = () => true): { text: string; spans: Span[] } {
  const ansi = new Ansi();
  const screen = new Screen();
  let done: Span[] = [];
  let open: Span[] = [];
  pieces.forEach((piece, i) => {
    for (const p of ansi.push(piece)) screen.write(p, "stdout");
    if (!drawAfter(i) && i < pieces.length - 1) return;
    const { redraw, lines, rest } = screen.take();
    if (redraw) open = [];
    if (lines.length) [done, open] = [[...done, ...open, ...lines], []];
    open = [...open, ...rest];
  });
  const spans = [...done, ...open];
  return { text: spans.map((s) => s.text).join(""), spans };
}

describe("output is laid out as by a terminal", () => {
  test.each([
    ["a line that is printed over", " 10 %\r 20 %\r100 %\ndone\n", "100 %\ndone\n"],
    ["a shorter text leaves the rest", "hello\rHE\n", "HEllo\n"],
    ["a line that ends with return and newline", "one\r\ntwo\r\n", "one\ntwo\n"],
    ["only its own line", "above\nbelow\rBE\n", "above\nBElow\n"],
    ["several returns", "abc\r\r\rx\n", "xbc\n"],
    ["a return at the end", "abc\r", "abc"],
    ["a line that is erased first", "a long line\r\x1b[2Kdone\n", "done\n"],
    ["the rest of a line erased", "a long line\rdone\x1b[K\n", "done\n"],
    ["erased where the cursor stays", "ab\x1b[2Kc\n", "  c\n"],
    ["its beginning erased", "abcd\rab\x1b[1K\n", "   d\n"],
    ["wide characters", "日本語\rab\n", "ab本語\n"],
    ["half of a wide character", "日本\ra\n", "a 本\n"],
    ["joined emoji", "👩‍💻👩‍👩‍👧 working\r✅✅ finished\n", "✅✅ finished\n"],
    ["what is shown instead of obeyed", "abcdefghijk\r\u202e\n", "<U+202E>ijk\n"],
    ["an endless line", `${"x".repeat(9)}\r${"y".repeat(20)}`, "y".repeat(20)],
  ])("%s", (_, input, want) => {
    expect(shown([input]).text, "drawn at the end").toBe(want);
    expect(shown([...input]).text, "drawn after each character").toBe(want);
    expect(shown([...input], () => false).text, "in pieces, drawn at the end").toBe(want);
  });

  test("colours stay with their characters", () => {
    const { spans } = shown(["\x1b[31mred\x1b[0m plain\r\x1b[32mg"]);
    expect(spans.map((s) => [s.text, s.style.fg])).toEqual([["g", 2], ["ed", 1], [" plain", null]]);
  });

  test("whenever it is drawn, the same comes of it", () => {
    for (const seed of seeds(300)) {
      const rnd = random(seed);
      const int = (n: number) => Math.floor(rnd() * n);
      const parts = ["a", "bc", "\n", "\r", "\r\n", "日", "👩‍💻", "e\u0301", "\x1b[K", "\x1b[2K", "\x1b[1K", "\x1b[31m", "\x1b[m", "\t", "\u202e"];
      const input = Array.from({ length: 1 + int(30) }, () => parts[int(parts.length)]!);
      expect(shown(input, () => rnd() < 0.5).text, `SEED=${seed}`).toBe(shown([input.join("")]).text);
    }
  });

  test("a long line that is printed over character by character stays cheap", () => {
    // Compared with a short line, in the better of two: a step for each column would make it a thousand times as long.
    const time = (columns: number) => {
      const began = performance.now();
      shown(["x".repeat(columns), ...Array.from({ length: 15_000 }, () => "\ry")], () => false);
      return performance.now() - began;
    };
    const best = (columns: number) => Math.min(...[1, 2].map(() => time(columns)));
    expect(best(30_000) / best(30)).toBeLessThan(50);
  });
});
