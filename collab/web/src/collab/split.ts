// A change as large as the text allows may be more than one push may carry. It is
// split as collab/ot Split does it in Go: each piece is a separate push.

import { ChangeSet } from "@codemirror/state";
import type { ChangesJSON } from "./wire.gen";

/** What one change may be where it is sent. */
export interface Bound {
  /** Sections. */
  parts: number;
  /** Bytes of its JSON. */
  bytes: number;
  /** UTF-16 units of the text that it leads to. */
  text: number;
}

type Part = number | [number, ...string[]];

/** What the two kept sections around a part of a change add to its JSON. */
const slack = 24;

/**
 * Splits a change into two, changes = first.compose(rest). If it is within the
 * bound, rest is null. Otherwise first does a part of it: within parts and bytes,
 * and, if the whole leads to no more than text units, within text.
 */
export function split(changes: ChangeSet, bound: Bound): [first: ChangeSet, rest: ChangeSet | null] {
  const parts = changes.toJSON() as Part[];
  const most = { parts: Math.max(bound.parts, 3), bytes: Math.max(bound.bytes, 64), text: Math.max(bound.text, changes.length) };
  const sizes = parts.map((p) => bytesOf(JSON.stringify(p)) + 1);
  let size = sizes.reduce((a, b) => a + b, 1);
  if (parts.length <= most.parts && size <= most.bytes) return [changes, null];
  const sum = (values: readonly number[], from: number, to: number) => values.slice(from, to).reduce((a, b) => a + b, 0);
  const growths = parts.map(growth);
  let i = 0;
  let j = parts.length;
  while (j - i > 1 && (j - i + 2 > most.parts || size + slack > most.bytes)) {
    const mid = (i + j) >> 1;
    // Whichever half leads to a text within the bound: if the left one grows too
    // far, the right one shrinks.
    let left = changes.length + sum(growths, i, mid) <= most.text;
    if (mid - i === 1 && typeof parts[i] === "number") left = false; // it does nothing
    else if (j - mid === 1 && typeof parts[mid] === "number") left = true;
    if (left) j = mid;
    else i = mid;
    size = sum(sizes, i, j);
  }
  const taken = parts.slice(i, j);
  let over: Part | null = null; // what is left of a section that is too much alone
  const only = taken[0];
  if (taken.length === 1 && typeof only === "object" && size + slack > most.bytes) {
    const [len, ...lines] = only;
    const text = lines.join("\n");
    const at = fitting(text, most.bytes - slack - 16);
    taken[0] = [len, ...text.slice(0, at).split("\n")];
    if (at < text.length) over = [0, ...text.slice(at).split("\n")];
  }
  const before = parts.slice(0, i);
  const behind = parts.slice(j);
  const first = [lengthOf(before), ...taken, lengthOf(behind)];
  const rest = [...before, taken.reduce<number>((n, p) => n + newLength(p), 0), ...(over ? [over] : []), ...behind];
  return [join(first), join(rest)];
}

const oldLength = (p: Part) => (typeof p === "number" ? p : p[0]);
const lengthOf = (parts: readonly Part[]) => parts.reduce<number>((n, p) => n + oldLength(p), 0);

function newLength(p: Part): number {
  if (typeof p === "number") return p;
  let n = Math.max(0, p.length - 2); // line breaks
  for (let k = 1; k < p.length; k++) n += (p[k] as string).length;
  return n;
}

const growth = (p: Part) => newLength(p) - oldLength(p);

/** Makes a change of sections, of which those that are kept may be empty or side by side. */
function join(parts: readonly Part[]): ChangeSet {
  const out: Part[] = [];
  for (const p of parts) {
    const last = out[out.length - 1];
    if (typeof p !== "number") out.push(p);
    else if (typeof last === "number") out[out.length - 1] = last + p;
    else if (p) out.push(p);
  }
  return ChangeSet.fromJSON(out as ChangesJSON as unknown[]);
}

/** Bytes of a string as UTF-8. */
export function bytesOf(s: string): number {
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    n += c < 0x80 ? 1 : c < 0x800 || (c & 0xf800) === 0xd800 ? 2 : 3; // a pair takes 4
  }
  return n;
}

/** Length of the longest prefix, of at least one character, whose JSON takes at most limit bytes. */
function fitting(text: string, limit: number): number {
  let size = 0;
  let i = 0;
  for (const c of text) {
    size += c === "\n" ? 3 : c < " " || c === '"' || c === "\\" ? 6 : bytesOf(c);
    if (size > limit && i > 0) return i;
    i += c.length;
  }
  return i;
}
