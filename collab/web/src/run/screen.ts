// Output as a terminal lays it out: a carriage return goes back to the start of the
// line, and what is printed there replaces what stands there. Only the last line can
// still change. It is pure: the page draws what take() gives.

import { type Move, type Piece, type Style, plain } from "./ansi";
import { graphemes } from "../text";

/** Text of one look. */
export interface Span {
  text: string;
  style: Style;
  shown: boolean;
  /** "compiler", "stdout", "stderr", "stdin" for typed input, "note" for the page's notes. */
  stream: string;
  /** Who typed it. */
  by: string;
}

/** What has to be drawn after some pieces have been written. */
export interface Change {
  /** Whether what is drawn of the last line goes first. */
  redraw: boolean;
  /** To append; ends with the end of a line, or is empty. */
  lines: Span[];
  /** To append after that, to a line that has not ended. */
  rest: Span[];
}

/** One column of a line; the second one of a wide character has no text. */
type Cell = Span;

export class Screen {
  private lines: Span[] = []; // ended, and not drawn
  private line: Span[] = []; // the last one, whole
  private rest: Span[] = []; // what of it is not drawn
  private drawn = false; // whether something of it is drawn
  private redraw = false;
  /** The last line in columns, since something was printed into it; null as long as all was appended. */
  private cells: Cell[] | null = null;
  private column = 0; // of the cursor, in cells
  private returned = false; // without cells: the cursor is at the start of the line, else at its end

  write(p: Piece, stream: string, by = ""): void {
    if (p.move) return this.move(p.move);
    const { style, shown = false } = p;
    const span = (text: string): Span => ({ text, style, shown, stream, by });
    let from = 0;
    for (let to = p.text.indexOf("\n"); to >= 0; from = to + 1, to = p.text.indexOf("\n", from)) {
      if (to > from) this.print(span(p.text.slice(from, to)));
      this.end(span("\n"));
    }
    if (from < p.text.length) this.print(span(p.text.slice(from)));
  }

  /** Gives what has changed since the last call. */
  take(): Change {
    if (this.cells) this.lay();
    const { redraw, lines, rest } = this;
    this.drawn = this.line.length > 0 || Boolean(this.cells?.length);
    this.lines = [];
    this.rest = [];
    this.redraw = false;
    return { redraw, lines, rest };
  }

  private move(m: Move): void {
    if (m === "return") {
      this.returned = true;
      this.column = 0;
      return;
    }
    const cells = this.columns();
    if (m === "erase-end") cells.length = Math.min(cells.length, this.column);
    else if (m === "erase-line") cells.length = 0;
    else for (let i = 0; i <= this.column && i < cells.length; i++) cells[i] = blank;
  }

  private print(s: Span): void {
    if (!this.cells && !(this.returned && this.line.length)) {
      append(this.line, s);
      append(this.rest, s);
      this.returned = false;
      return;
    }
    const cells = this.columns();
    while (cells.length < this.column) cells.push(blank);
    for (const text of graphemes(s.text)) {
      const before = cells[this.column - 1];
      if (before?.text && joins.test(text)) {
        cells[this.column - 1] = { ...before, text: before.text + text }; // the rest of a character that came in two pieces
        continue;
      }
      const width = wide.test(text) ? 2 : 1;
      if (cells[this.column]?.text === "") cells[this.column - 1] = blank; // half of a character is none
      if (cells[this.column + width]?.text === "") cells[this.column + width] = blank;
      cells[this.column] = { ...s, text };
      if (width === 2) cells[this.column + 1] = { ...s, text: "" };
      this.column += width;
    }
  }

  private end(newline: Span): void {
    if (this.cells) this.lay();
    for (const s of [...this.rest, newline]) append(this.lines, s);
    this.line = [];
    this.rest = [];
    this.cells = null;
    this.drawn = this.returned = false;
    this.column = 0;
  }

  /** The last line in columns, with the cursor in one of them. */
  private columns(): Cell[] {
    if (this.cells) return this.cells;
    this.cells = [];
    for (const s of this.line)
      for (const text of graphemes(s.text)) {
        this.cells.push({ ...s, text });
        if (wide.test(text)) this.cells.push({ ...s, text: "" });
      }
    if (!this.returned) this.column = this.cells.length;
    return this.cells;
  }

  /** Makes the last line anew from its columns. */
  private lay(): void {
    this.redraw ||= this.drawn;
    this.rest = [];
    for (const c of this.cells!) append(this.rest, { ...c });
  }
}

const blank: Cell = { text: " ", style: plain, shown: false, stream: "stdout", by: "" };

/** Characters that a terminal gives two columns: emoji, and the wide ones of East Asia (UAX #11). */
const wide = /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
/** What stands on the character before it. */
const joins = /^[\p{M}\u200c\u200d]/u;

function append(list: Span[], s: Span): void {
  const last = list[list.length - 1];
  if (last && last.style === s.style && last.shown === s.shown && last.stream === s.stream && last.by === s.by) list[list.length - 1] = { ...last, text: last.text + s.text };
  else list.push(s);
}
