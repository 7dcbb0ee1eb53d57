// Listings: what the compiler made of the source, in lines that know where they come
// from. DOM-free.

/** As the server writes it beside the assembly of a run. Lists are by line. */
export interface ListingJSON {
  files: readonly { name: string; user?: boolean }[] | null;
  lines: readonly string[];
  /** Index of the source file. */
  of: readonly number[];
  /** Line in it, from 1; 0 if the line has no source. */
  at: readonly number[];
  /** A bit for each of filters that hides the line. */
  hidden: readonly number[];
  filters: readonly string[];
  /** Symbols that the listing defines: line, start, end, line of the definition. */
  links: readonly (readonly [number, number, number, number])[];
  notices: readonly string[] | null;
}

/** What viewers may see or not. */
export type Filter = "directives" | "labels" | "comments" | "library";
export const filters: readonly { name: Filter; title: string; about: string }[] = [
  { name: "directives", title: "Directives", about: "Directives of the assembler" },
  { name: "labels", title: "Unused labels", about: "Labels and data that nothing shown refers to" },
  { name: "comments", title: "Comments", about: "Lines that are only a comment" },
  { name: "library", title: "Library code", about: "Functions of the standard library and of crates" },
];

export interface Link {
  start: number;
  end: number;
  /** Line of the definition. */
  to: number;
}

/** The lines that are shown, which count from 0. */
export interface Shown {
  text: string;
  /** Line of the source file that each comes from, from 1; 0 if from another. */
  source: readonly number[];
  links: ReadonlyMap<number, readonly Link[]>;
}

/** The lines that remain when all filters hold, except those whose lines are to be seen, with what comes from one of the user's files. */
export function show(l: ListingJSON, seen: ReadonlySet<Filter>, file: string): Shown {
  const user = new Set((l.files ?? []).flatMap((f, i) => (f.user && f.name === file ? [i] : [])));
  let hide = 0; // bits of the filters that hold
  l.filters.forEach((names, bit) => {
    if (names.split("+").every((n) => !seen.has(n as Filter))) hide |= 1 << bit;
  });
  const kept: number[] = [];
  const place = new Map<number, number>(); // of a line of the listing among those shown
  const blank = (i: number | undefined) => i === undefined || l.lines[i]!.trim() === "";
  l.lines.forEach((_, i) => {
    if ((l.hidden[i]! & hide) !== 0) return;
    if (blank(i) && blank(kept[kept.length - 1])) return; // one blank line of several, and none at the start
    place.set(i, kept.length);
    kept.push(i);
  });
  const links = new Map<number, Link[]>();
  for (const [line, start, end, to] of l.links) {
    const at = place.get(line);
    const target = place.get(to);
    if (at === undefined || target === undefined) continue;
    const list = links.get(at);
    if (list) list.push({ start, end, to: target });
    else links.set(at, [{ start, end, to: target }]);
  }
  return { text: kept.map((i) => l.lines[i]).join("\n"), source: kept.map((i) => (user.has(l.of[i]!) ? l.at[i]! : 0)), links };
}

/** A text without sources, as one of a product that has no listing. */
export const plain = (text: string): Shown => ({ text: text.replace(/\r\n?/g, "\n").replace(/\n$/, ""), source: [], links: new Map() });

/** How many colours lines have. */
export const colours = 8;

/** The colour of each source line that something comes from: neighbours differ. */
export function coloursOf(source: readonly number[]): ReadonlyMap<number, number> {
  const lines = [...new Set(source)].filter((l) => l > 0).sort((a, b) => a - b);
  return new Map(lines.map((line, i) => [line, i % colours]));
}

/** The first shown line that comes from a source line, or -1. */
export const firstOf = (source: readonly number[], line: number): number => source.indexOf(line);
