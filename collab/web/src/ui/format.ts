// Formatting: the server runs rustfmt over the text as it is here; the answer
// becomes small edits, so that nobody's cursor jumps and undo is one step.

import type { EditorView } from "@codemirror/view";
import { Text } from "@codemirror/state";
import { ask } from "../run/rest";

export async function formatted(url: string, source: string, edition: string): Promise<string> {
  const answer = await ask<{ source?: string }>(url, { source, edition });
  if (answer.source === undefined) throw new Error("the server's answer has no text");
  return answer.source;
}

/** Turns before into after by the fewest lines; the text may have changed meanwhile, then nothing is done. */
export function replaceText(view: EditorView, before: string, after: string, userEvent: string): boolean {
  if (view.state.doc.toString() !== before) return false;
  const changes = lineChanges(before, after);
  if (changes.length) view.dispatch({ changes, userEvent });
  return true;
}

interface Replace {
  from: number;
  to: number;
  insert: Text;
}

/** Longest common subsequence of lines, trimmed at both ends first. */
export function lineChanges(before: string, after: string): Replace[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let top = 0;
  while (top < a.length && top < b.length && a[top] === b[top]) top++;
  let end = 0;
  while (end < a.length - top && end < b.length - top && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const n = a.length - top - end;
  const m = b.length - top - end;
  if (n === 0 && m === 0) return [];
  const pairs: [number, number][] = n * m <= 4_000_000 ? common(a.slice(top, top + n), b.slice(top, top + m)) : [];
  const starts: number[] = [0];
  for (const line of a) starts.push(starts[starts.length - 1]! + line.length + 1);
  const list: Replace[] = [];
  let i = 0;
  let j = 0;
  for (const [pi, pj] of [...pairs, [n, m] as [number, number]]) {
    if (pi > i || pj > j) list.push(replaceLines(starts, before.length, top + i, top + pi, b.slice(top + j, top + pj), a.length));
    i = pi + 1;
    j = pj + 1;
  }
  return list;
}

function replaceLines(starts: number[], length: number, fromLine: number, toLine: number, lines: string[], total: number): Replace {
  const from = starts[fromLine]!;
  const to = starts[toLine]!;
  // Whole lines carry their line break; at the end of the text it is the one before.
  if (toLine < total) return { from, to, insert: Text.of([...lines, ""]) };
  if (fromLine === 0) return { from: 0, to: length, insert: Text.of(lines.length ? lines : [""]) };
  if (lines.length === 0) return { from: from - 1, to: length, insert: Text.empty };
  return fromLine === toLine ? { from: length, to: length, insert: Text.of(["", ...lines]) } : { from, to: length, insert: Text.of(lines) };
}

function common(a: string[], b: string[]): [number, number][] {
  const w = b.length + 1;
  const best = new Uint16Array((a.length + 1) * w);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) best[i * w + j] = a[i] === b[j] ? best[(i + 1) * w + j + 1]! + 1 : Math.max(best[(i + 1) * w + j]!, best[i * w + j + 1]!);
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (best[(i + 1) * w + j]! >= best[i * w + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
