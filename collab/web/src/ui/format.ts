// Formatting: the server runs rustfmt over the text as it is here; the answer
// becomes small edits, so that no cursor jumps, text typed meanwhile stays,
// and undo is one step.

import { isolateHistory } from "@codemirror/commands";
import { ChangeSet, Text } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { Client } from "../collab/client";
import type { Watch } from "../run/bases";
import { ask } from "../run/rest";

async function formatted(url: string, source: string, edition: string): Promise<string> {
  const answer = await ask<{ source?: string }>(url, { source, edition });
  if (answer.source === undefined) throw new Error("the server's answer has no text");
  return answer.source;
}

/** Turns the view's text into another by the fewest lines, as one step of undo. */
export function replaceText(view: EditorView, after: string, userEvent: string): void {
  const before = view.state.doc.toString();
  const changes = ChangeSet.of(lineChanges(before, after), before.length);
  if (!changes.empty) view.dispatch({ changes, userEvent, annotations: isolateHistory.of("full") });
}

/** What formatting needs of a session. */
export interface Formattable {
  readonly client: Client;
  watch(file: number): Watch;
  change(file: number, changes: ChangeSet, userEvent: string): void;
}

/**
 * Formats a file, which need not be the open one by the time the server answers. Returns
 * false where something is left as it was, because it was edited meanwhile. An error has
 * the reason as a clause.
 */
export async function formatFile(session: Formattable, file: number, url: string, edition: string): Promise<boolean> {
  let whole = false;
  for (let tries = 0; !whole && tries < 3; tries++) {
    const f = session.client.files.get(file);
    if (!f) throw new Error("the file was deleted");
    if (!f.path.endsWith(".rs")) throw new Error(`${f.path} is not a Rust file`);
    const before = f.text.toString();
    const watch = session.watch(file);
    try {
      const after = await formatted(url, before, edition);
      if (!session.client.files.has(file)) throw new Error("the file was deleted");
      const over = formatOver(before, after, watch.since);
      session.change(file, over.changes, "input.format");
      whole = over.whole;
    } finally {
      watch.end();
    }
  }
  return whole;
}

/** Most changes of a formatting that are made smaller than lines: a change of more is a burden to all who map it. */
const maxChanges = 4000;

/**
 * The change that formats the text that before is after since. White space within a
 * line is edited wherever it is by now. A line is broken or joined
 * only if it has not been edited meanwhile: if it is a comment by now, it could swallow
 * what is joined to it. All else, as when rustfmt sorts imports, is deleted in one place
 * and inserted in another: those edits are made together, if no line of any of them has
 * been edited. Whole is whether all was done.
 */
export function formatOver(before: string, after: string, since: ChangeSet): { changes: ChangeSet; whole: boolean } {
  const made: Replace[] = [];
  const moved: Replace[] = [];
  let whole = true;
  let movable = true;
  for (const lines of lineChanges(before, after))
    for (const part of made.length + moved.length < maxChanges ? smaller(before, lines) : [lines]) {
      const { from, to, insert } = part;
      const text = before.slice(from, to) + insert.toString();
      if (/^[^\S\n]*$/.test(text)) {
        made.push(part);
        continue;
      }
      const end = before.indexOf("\n", Math.max(from, to - 1));
      const free = !since.touchesRange(before.lastIndexOf("\n", from - 1) + 1, end < 0 ? before.length : end);
      if (/\S/.test(text)) {
        moved.push(part);
        movable &&= free;
      } else if (free) made.push(part);
      else whole = false;
    }
  if (movable) made.push(...moved);
  made.sort((a, b) => a.from - b.from || a.to - b.to);
  return { changes: ChangeSet.of(made, before.length).map(since), whole: whole && movable };
}

export interface Replace {
  from: number;
  to: number;
  insert: Text;
}

/** The smallest edits that change a text by lines: the longest common subsequence stays. */
export function lineChanges(before: string, after: string): Replace[] {
  const a = before.split("\n");
  const b = after.split("\n");
  const starts: number[] = [0];
  for (const line of a) starts.push(starts[starts.length - 1]! + line.length + 1);
  return gaps(a, b).map(([i, ii, j, jj]) => replaceLines(starts, before.length, i, ii, b.slice(j, jj), a.length));
}

/** Makes an edit of whole lines one of white space, where that is all that differs, else of words. */
function smaller(before: string, { from, to, insert }: Replace): Replace[] {
  const a = tokens(before.slice(from, to));
  const b = tokens(insert.toString());
  const starts: number[] = [from];
  for (const t of a) starts.push(starts[starts.length - 1]! + t.length);
  return (spaces(a, b) ?? gaps(a, b)).flatMap(([i, ii, j, jj]) => trimmed(starts[i]!, a.slice(i, ii).join(""), b.slice(j, jj).join("")));
}

/** Replaces x, which is at from, by y: line by line where they have as many, and without the space at their ends that is the same. */
function trimmed(from: number, x: string, y: string): Replace[] {
  const [xs, ys] = [x.split("\n"), y.split("\n")];
  if (xs.length > 1 && xs.length === ys.length)
    return xs.flatMap((line, i) => {
      const at = from;
      from += line.length + 1;
      return trimmed(at, line, ys[i]!);
    });
  if (x === y) return [];
  const most = Math.min(x.length, y.length);
  let top = 0;
  while (top < most && x[top] === y[top] && /\s/.test(x[top]!)) top++;
  let end = 0;
  while (end < most - top && x[x.length - 1 - end] === y[y.length - 1 - end] && /\s/.test(x[x.length - 1 - end]!)) end++;
  return [{ from: from + top, to: from + x.length - end, insert: Text.of(y.slice(top, y.length - end).split("\n")) }];
}

/** Words, line breaks, runs of spaces, and all else one by one; no character is cut. */
const tokens = (text: string): string[] => text.match(/[\p{L}\p{N}\p{M}_]+|\n|[^\S\n]+|[^]/gu) ?? [];

type Gap = [fromA: number, toA: number, fromB: number, toB: number];

/** Where two lists differ that are equal but for white space; null where they are not. */
function spaces(a: readonly string[], b: readonly string[]): Gap[] | null {
  const list: Gap[] = [];
  const run = (of: readonly string[], at: number) => {
    while (at < of.length && /^\s/.test(of[at]!)) at++;
    return at;
  };
  for (let i = 0, j = 0; ; i++, j++) {
    const [ii, jj] = [run(a, i), run(b, j)];
    if (a.slice(i, ii).join("") !== b.slice(j, jj).join("")) list.push([i, ii, j, jj]);
    [i, j] = [ii, jj];
    if (a[i] !== b[j]) return null;
    if (i >= a.length) return list;
  }
}

/** What is not common to two lists, as ranges of both. */
function gaps(a: readonly string[], b: readonly string[]): Gap[] {
  let top = 0;
  while (top < a.length && top < b.length && a[top] === b[top]) top++;
  let end = 0;
  while (end < a.length - top && end < b.length - top && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const n = a.length - top - end;
  const m = b.length - top - end;
  if (n === 0 && m === 0) return [];
  const pairs: [number, number][] = n * m <= 4_000_000 ? common(a.slice(top, top + n), b.slice(top, top + m)) : [];
  const list: Gap[] = [];
  let i = 0;
  let j = 0;
  for (const [pi, pj] of [...pairs, [n, m] as [number, number]]) {
    if (pi > i || pj > j) list.push([top + i, top + pi, top + j, top + pj]);
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

/** The longest common subsequence, as pairs of indices. */
function common(a: readonly string[], b: readonly string[]): [number, number][] {
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
