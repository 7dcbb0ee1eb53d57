// The colours of people, as the style sheet has them, told apart by everyone.
import { readFileSync } from "node:fs";
import { type Color, differenceCiede2000, filterDeficiencyDeuter, filterDeficiencyProt, filterDeficiencyTrit, interpolate, parse, wcagContrast } from "culori";
import { describe, expect, test } from "vitest";
import { colours } from "../src/collab/person";

const [light, dark] = readFileSync(new URL("../src/styles.css", import.meta.url), "utf8").split("prefers-color-scheme: dark") as [string, string];
const value = (css: string, name: string) => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(css)![1]!;

// A difference of 10 is seen at a glance; 2 is the least that is seen side by side.
const least = 10;
type See = (c: Color) => Color;
const seeing: [string, See][] = [
  ["everything", (c) => c],
  ["no red", filterDeficiencyProt(1) as See],
  ["no green", filterDeficiencyDeuter(1) as See],
  ["no blue", filterDeficiencyTrit(1) as See],
];

describe.each([
  ["light", light],
  ["dark", dark],
])("%s", (_, css) => {
  const people = Array.from({ length: colours }, (_, i) => value(css, `p${i}`));

  test.each(seeing)("whoever sees %s", (_, see) => {
    for (const [i, a] of people.entries())
      for (const b of people.slice(0, i)) expect(differenceCiede2000()(see(parse(a)!), see(parse(b)!)), `${a} and ${b}`).toBeGreaterThanOrEqual(least);
  });

  test("names are readable, cursors are seen", () => {
    for (const c of people) {
      expect(wcagContrast(c, value(css, "p-text")), c).toBeGreaterThanOrEqual(4.5);
      expect(wcagContrast(c, value(css, "bg")), c).toBeGreaterThanOrEqual(3);
    }
  });

  test("what others have selected is readable", () => {
    const share = Number(/--selected: (\d+)%/.exec(light)![1]) / 100;
    for (const c of people)
      for (const token of ["text", "kw", "type", "str", "num", "com", "fn", "mac", "meta"])
        expect(wcagContrast(value(css, token), interpolate([value(css, "bg"), c], "rgb")(share)), `${token} on ${c}`).toBeGreaterThanOrEqual(4.5);
  });
});
