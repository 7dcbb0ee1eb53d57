// The compiler's diagnostics of the run's text, mapped to the current text: where each
// is, which are settled, and how a suggestion is applied. All of it is pure. A program
// can forge diagnostics: their text is only shown, and a change is made only when a
// person asks for it.

import type { ChangeSet, Text } from "@codemirror/state";
import type { Diagnostic, Suggestion } from "../collab/wire.gen";

/** A part of the text, which may be empty. */
interface Part {
  from: number;
  to: number;
}
import { stripAnsi } from "./ansi";

/** The text of a file that positions count in, and how it has changed since. */
export interface Base {
  text: Text;
  since: ChangeSet;
}

export type Severity = "error" | "warning" | "info";

/** A diagnostic in the text as it is now. */
export interface Mark {
  from: number;
  to: number;
  severity: Severity;
  source: string;
  message: string;
  /** Those that a machine may apply. */
  fixes: { name: string; suggestion: Suggestion }[];
}

export interface Change extends Part {
  insert: string;
}

/** How many errors and warnings there are. */
export function countOf(list: readonly Diagnostic[]): Counts {
  const count = (level: string) => list.filter((d) => d.level === level).length;
  return { errors: count("error"), warnings: count("warning") };
}

/**
 * Where the diagnostics of a file are now. Left out are those without a place in it and
 * those settled by applying one of their suggestions. Only suggestions about this file
 * alone are offered.
 */
export function marksOf(list: readonly Diagnostic[], base: Base, doc: Text, file = 0): Mark[] {
  const marks: Mark[] = [];
  for (const d of list) {
    const suggestions = (d.suggestions ?? []).filter((s) => s.edits.every((e) => (e.file ?? 0) === file));
    if (suggestions.some((s) => s.applicable && isMade(s, base, doc))) continue;
    const fixes = suggestions.filter((s) => s.applicable && s.edits.length).map((suggestion) => ({ name: nameOf(suggestion), suggestion }));
    for (const span of placesOf(d)) {
      if ((span.file ?? 0) !== file) continue;
      const from = base.since.mapPos(span.from, 1);
      let to = Math.max(from, base.since.mapPos(span.to, -1));
      if (from === to && span.from < span.to) continue;
      to = Math.min(to, doc.lineAt(from).to); // a message about twenty lines is about their beginning
      marks.push({ from, to, severity: severityOf(d.level), source: stripAnsi(d.code ?? ""), message: textOf(d), fixes });
    }
  }
  return marks.sort((a, b) => a.from - b.from || a.to - b.to);
}

/** The spans that a diagnostic is about. */
function placesOf(d: Diagnostic): Diagnostic["spans"] {
  const primary = d.spans.filter((s) => s.primary);
  return primary.length ? primary : d.spans.slice(0, 1);
}

export interface Counts {
  errors: number;
  warnings: number;
}

/** The counts that are not zero. */
export const inWords = ({ errors, warnings }: Counts): string[] => [
  ...(errors ? [`${errors} ${errors === 1 ? "error" : "errors"}`] : []),
  ...(warnings ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : []),
];

/** How many errors and warnings each file has. */
export function countByFile(list: readonly Diagnostic[]): Map<number, Counts> {
  const counts = new Map<number, Counts>();
  for (const d of list) {
    if (d.level !== "error" && d.level !== "warning") continue;
    const file = placesOf(d)[0]?.file ?? 0;
    const count = counts.get(file) ?? { errors: 0, warnings: 0 };
    if (d.level === "error") count.errors++;
    else count.warnings++;
    counts.set(file, count);
  }
  return counts;
}

/** The changes that make a suggestion true; null when the text under any of its edits is not what it was. */
export function changesOf(s: Suggestion, base: Base, doc: Text): Change[] | null {
  const changes: Change[] = [];
  for (const e of s.edits) {
    const { from, to } = around(e, base);
    if (doc.sliceString(from, to) !== base.text.sliceString(e.from, e.to)) return null;
    changes.push({ from, to, insert: e.insert });
  }
  return changes.length ? changes : null;
}

/** Whether the text is what a suggestion would make of it. */
function isMade(s: Suggestion, base: Base, doc: Text): boolean {
  return s.edits.length > 0 && s.edits.every((e) => {
    const { from, to } = around(e, base);
    return e.insert !== base.text.sliceString(e.from, e.to) && doc.sliceString(from, to) === e.insert;
  });
}

/** A part with what was typed at its edges. */
function around(part: Part, base: Base): Part {
  return { from: base.since.mapPos(part.from, -1), to: base.since.mapPos(part.to, 1) };
}

const severityOf = (level: string): Severity => (level === "error" || level === "warning" ? level : "info");

/** What stands in the tooltip: all that is to be read. */
function textOf(d: Diagnostic): string {
  const lines = [d.message];
  for (const s of d.spans) if (s.primary && s.label && !d.message.includes(s.label)) lines.push(s.label);
  for (const n of d.notes ?? []) lines.push(`${n.level}: ${n.message}`);
  for (const s of d.suggestions ?? []) if (!s.applicable) lines.push(`help: ${s.message}${preview(s)}`);
  return stripAnsi(lines.join("\n"));
}

/** What stands on the button. It tells what will be written, not only what the compiler calls it. */
function nameOf(s: Suggestion): string {
  return stripAnsi(`Apply: ${s.message}${preview(s)}`).replaceAll("\n", " ");
}

function preview({ message, edits }: Suggestion): string {
  const insert = edits.map((e) => e.insert.trim()).filter(Boolean).join(" … ");
  if (!insert || message.includes(`\`${insert}\``)) return "";
  return `: \`${insert.length > 80 ? `${insert.slice(0, 79)}…` : insert}\``;
}
