// Untrusted output as pieces of text with styles. Colours and weights (SGR), a
// carriage return and "erase in line" are understood; every other escape sequence
// is dropped. Characters that reorder the text around them, and control characters,
// are shown, not obeyed. All other text passes as it was printed, joiners included:
// emoji, Persian and Indic words are made of them. Nothing here makes HTML: the
// caller sets a piece as text.

export interface Style {
  /** 0..15, or [r, g, b]; null is the default. */
  fg: number | RGB | null;
  bg: number | RGB | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}
export type RGB = readonly [number, number, number];

export interface Piece {
  text: string;
  style: Style;
  /** A character that is named instead of printed. */
  shown?: boolean;
  /** What the cursor does instead of printing; the text is empty. */
  move?: Move;
}

/** To the start of the line; or stays, and erases the line to its end, from its start, or whole. */
export type Move = "return" | "erase-end" | "erase-start" | "erase-line";

export const plain: Style = { fg: null, bg: null, bold: false, dim: false, italic: false, underline: false, inverse: false };

type State = "text" | "esc" | "charset" | "csi" | "string" | "string-esc";

/** The longest sequence that is waited for; text after a broken one is shown again. */
const maxSequence = 4096;

/**
 * Controls but tab and newline (and return, which is obeyed), what embeds, overrides
 * or isolates a direction (UAX #9), separators of lines, deprecated format characters.
 * The direction marks U+200E, U+200F and U+061C are not among them: each does no more
 * than a letter of its script does.
 */
const special = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/;

/** Parses one stream, piece by piece; a sequence may be cut anywhere. */
export class Ansi {
  private state: State = "text";
  private style = plain;
  private args = "";
  private length = 0;

  push(input: string): Piece[] {
    const out: Piece[] = [];
    let run = "";
    const flush = () => {
      if (run) out.push({ text: run, style: this.style });
      run = "";
    };
    for (const c of input) {
      if (this.state !== "text") {
        this.length++;
        if (this.length > maxSequence) this.state = "text";
        else {
          if (this.state === "csi" && (c === "m" || c === "K")) flush();
          const move = this.step(c);
          if (move) out.push({ text: "", style: this.style, move });
          continue;
        }
      }
      if (c === "\r") {
        flush();
        out.push({ text: "", style: this.style, move: "return" });
      } else if (c === "\x1b" || c === "\x9b" || c === "\x90" || c === "\x9d" || c === "\x98" || c === "\x9e" || c === "\x9f") this.enter(c);
      else if (special.test(c)) {
        flush();
        out.push({ text: nameOf(c), style: this.style, shown: true });
      } else run += c;
    }
    flush();
    return out;
  }

  private enter(c: string): void {
    this.length = 0;
    this.args = "";
    this.state = c === "\x1b" ? "esc" : c === "\x9b" ? "csi" : "string";
  }

  private step(c: string): Move | undefined {
    switch (this.state) {
      case "esc":
        if (c === "[") this.state = "csi";
        else if (c === "]" || c === "P" || c === "X" || c === "^" || c === "_") this.state = "string";
        else if (c >= " " && c <= "/") this.state = "charset";
        else if (c !== "\x1b") this.state = "text";
        return;
      case "charset":
        if (!(c >= " " && c <= "/")) this.state = "text";
        return;
      case "csi":
        if (c >= "@" && c <= "~") {
          this.state = "text";
          if (c === "m") this.style = sgr(this.style, this.args);
          else if (c === "K") return erasures[this.args || "0"];
        } else if (c === "\x1b") this.state = "esc";
        else if (c < " ") return;
        else this.args += c;
        return;
      case "string":
        if (c === "\x07" || c === "\x9c" || c === "\n") this.state = "text";
        else if (c === "\x1b") this.state = "string-esc";
        return;
      case "string-esc":
        this.state = c === "\\" ? "text" : "string";
        return;
    }
  }
}

const erasures: Record<string, Move> = { "0": "erase-end", "1": "erase-start", "2": "erase-line" };

function nameOf(c: string): string {
  const code = c.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

function sgr(style: Style, args: string): Style {
  if (!/^[0-9;:]*$/.test(args)) return style;
  const list = args.split(/[;:]/).map((a) => (a === "" ? 0 : Number(a)));
  let s = { ...style };
  for (let i = 0; i < list.length; i++) {
    const n = list[i]!;
    if (n === 0) s = { ...plain };
    else if (n === 1) s.bold = true;
    else if (n === 2) s.dim = true;
    else if (n === 3) s.italic = true;
    else if (n === 4) s.underline = true;
    else if (n === 7) s.inverse = true;
    else if (n === 22) s.bold = s.dim = false;
    else if (n === 23) s.italic = false;
    else if (n === 24) s.underline = false;
    else if (n === 27) s.inverse = false;
    else if (n >= 30 && n <= 37) s.fg = n - 30;
    else if (n >= 90 && n <= 97) s.fg = n - 90 + 8;
    else if (n === 39) s.fg = null;
    else if (n >= 40 && n <= 47) s.bg = n - 40;
    else if (n >= 100 && n <= 107) s.bg = n - 100 + 8;
    else if (n === 49) s.bg = null;
    else if (n === 38 || n === 48) {
      const [colour, used] = extended(list.slice(i + 1));
      i += used;
      if (colour !== null) s[n === 38 ? "fg" : "bg"] = colour;
    }
  }
  return s;
}

function extended(args: number[]): [number | RGB | null, number] {
  if (args[0] === 5) return [indexed(args[1] ?? -1), 2];
  if (args[0] === 2) {
    const rgb = args.slice(1, 4);
    if (rgb.length === 3 && rgb.every((v) => v >= 0 && v <= 255)) return [[rgb[0]!, rgb[1]!, rgb[2]!], 4];
    return [null, 4];
  }
  return [null, args.length];
}

function indexed(n: number): number | RGB | null {
  if (n < 0 || n > 255) return null;
  if (n < 16) return n;
  if (n >= 232) {
    const v = 8 + 10 * (n - 232);
    return [v, v, v];
  }
  const level = (v: number) => (v === 0 ? 0 : 55 + 40 * v);
  n -= 16;
  return [level(Math.floor(n / 36)), level(Math.floor(n / 6) % 6), level(n % 6)];
}

/** What is left of a text when colours are not wanted. A return begins a new line, so that it hides nothing. */
export function stripAnsi(text: string): string {
  return new Ansi()
    .push(text.replaceAll("\r\n", "\n"))
    .map((p) => (p.move === "return" ? "\n" : p.text))
    .join("");
}
