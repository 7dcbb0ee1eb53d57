// Who wrote what: the author of each piece of the files, through the entries of a history.

import { mainFile, textOf } from "../collab/files";
import type { EntryMsg } from "../collab/wire.gen";
import { type Film, changesOf, pieceLength } from "./film";

/** So many characters were written by one client; "" for those of before the history. */
export interface Span {
  length: number;
  author: string;
}

/** The spans of each file, by id. */
export type Spans = ReadonlyMap<number, readonly Span[]>;

/** The spans after an entry. */
export function written(spans: Spans, e: EntryMsg): Spans {
  const file = e.file ?? mainFile;
  const next = new Map(spans);
  if (e.op?.do === "create") next.set(file, of(textOf(e.op.text ?? "").length, e.client));
  else if (e.op?.do === "delete") next.delete(file);
  else if (!e.op) next.set(file, edited(spans.get(file) ?? [], e));
  return next;
}

const of = (length: number, author: string): Span[] => (length ? [{ length, author }] : []);

function edited(spans: readonly Span[], e: EntryMsg): Span[] {
  const out: Span[] = [];
  const add = (length: number, author: string) => {
    const last = out[out.length - 1];
    if (!length) return;
    if (last?.author === author) out[out.length - 1] = { author, length: last.length + length };
    else out.push({ length, author });
  };
  let at = 0; // the span that comes next, and how much of it is behind
  let behind = 0;
  const pass = (length: number, keep: boolean) => {
    while (length > 0 && at < spans.length) {
      const { length: whole, author } = spans[at]!;
      const n = Math.min(length, whole - behind);
      if (keep) add(n, author);
      length -= n;
      behind += n;
      if (behind === whole) [at, behind] = [at + 1, 0];
    }
  };
  let pos = 0;
  const changes = changesOf(e);
  changes.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    pass(fromA - pos, true);
    pass(toA - fromA, false);
    add(inserted.length, e.client);
    pos = toA;
  });
  pass(changes.length - pos, true);
  return out;
}

/** How many versions lie between two that are noted: so many entries are followed to get from one to the next. */
const noted = pieceLength;
/** Entries that are read at once where only authors are wanted. */
const atOnce = 5 * pieceLength;

/** Finds the authors at any version of a film, of which it reads all entries up to that. */
export class Authors {
  private readonly notes: Spans[] = []; // at first, first + noted, …

  constructor(private readonly film: Film) {}

  /** The spans at a version. progress receives each version that is done. Null if ended returns true, since nothing waits for the spans any more. */
  async at(version: number, progress: (version: number) => void = () => {}, ended: () => boolean = () => false): Promise<Spans | null> {
    const { film, notes } = this;
    const { first } = film.range;
    if (!notes.length) {
      const { files } = await film.at(first);
      notes.push(new Map([...files.values()].map((f) => [f.id, of(f.text.length, "")])));
    }
    const near = Math.min(notes.length - 1, Math.floor((version - first) / noted));
    let spans = notes[near]!;
    for (let v = first + near * noted; v < version; ) {
      const wanted = Math.min(atOnce, version - v);
      const { entries } = await (wanted > pieceLength ? film.read(v, wanted) : film.from(v));
      if (ended()) return null;
      for (const e of entries.slice(0, wanted)) {
        spans = written(spans, e);
        v++;
        if (v === first + notes.length * noted) notes.push(spans);
      }
      progress(v);
    }
    return spans;
  }
}
