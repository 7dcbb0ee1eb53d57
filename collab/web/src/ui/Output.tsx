// What a run printed. Text only ever becomes text nodes; what is already shown
// is never drawn again, so that 64 KB arriving in small pieces stay cheap.

import { useLayoutEffect, useRef } from "react";
import { Ansi, type RGB } from "../run/ansi";
import type { Run } from "../run/runs";
import { Screen, type Span } from "../run/screen";

interface Props {
  run: Run | null;
  wrap: boolean;
  nameOf(client: string): string;
  jump(line: number, column: number, path: string): void;
}

/** The class of the element that holds the output. */
export const outputText = "output-text";

export function Output({ run, wrap, nameOf, jump }: Props) {
  const host = useRef<HTMLPreElement>(null);
  const painter = useRef<Painter | null>(null);
  const names = useRef(nameOf);
  names.current = nameOf;

  // In the frame that is being made, which has whatever has come since the last.
  useLayoutEffect(() => {
    if (!painter.current || painter.current.id !== (run?.id ?? "")) painter.current = new Painter(host.current!, run?.id ?? "");
    if (run) painter.current.draw(run, names.current);
  }, [run]);

  return (
    <pre
      ref={host}
      className={wrap ? outputText : `${outputText} unwrapped`}
      translate="no"
      tabIndex={0}
      role="log"
      aria-label="Output of the program"
      aria-live="off"
      onClick={(e) => {
        const place = (e.target as HTMLElement).closest<HTMLElement>("[data-line]");
        if (place) jump(Number(place.dataset.line), Number(place.dataset.column), place.dataset.path!);
      }}
    />
  );
}

/** Draws what is new of a run's chunks into an element. */
class Painter {
  private readonly streams = new Map<string, Ansi>();
  private readonly screen = new Screen();
  private open: Node[] = []; // the last line, as far as it is drawn
  private drawn = 0; // chunks fully drawn
  private into = 0; // characters drawn of the next
  private spoken = false; // the program has: its end is followed, while of the compiler's messages the first matters

  constructor(
    private readonly el: HTMLElement,
    readonly id: string,
  ) {
    el.textContent = "";
  }

  draw({ chunks, options }: Run, nameOf: (client: string) => string): void {
    const stick = this.el.scrollHeight - this.el.scrollTop - this.el.clientHeight < 40 || (!this.spoken && this.el.scrollTop === 0);
    for (; this.drawn < chunks.length; this.drawn++, this.into = 0) {
      const c = chunks[this.drawn]!;
      this.spoken ||= c.stream !== "compiler";
      let ansi = this.streams.get(c.stream);
      if (!ansi) this.streams.set(c.stream, (ansi = new Ansi()));
      for (const p of ansi.push(c.text.slice(this.into))) this.screen.write(p, c.stream, c.by);
      if (this.drawn === chunks.length - 1) {
        this.into = c.text.length; // it may still grow
        break;
      }
    }
    const { redraw, lines, rest } = this.screen.take();
    if (!redraw && !lines.length && !rest.length) return;
    const draw = (s: Span) => (s.stream === "stdin" ? typed(s, nameOf(s.by)) : styled(s, s.stream !== "stdout" || options.action === "test"));
    if (redraw) for (const node of this.open) node.parentNode?.removeChild(node);
    const open = rest.map(draw);
    this.el.append(...lines.map(draw), ...open);
    this.open = redraw || lines.length ? open : [...this.open, ...open];
    if (stick && this.spoken) this.el.scrollTop = this.el.scrollHeight;
  }
}

function typed(s: Span, name: string): Node {
  const el = span("typed", s.text);
  el.title = `typed by ${name}`;
  el.dataset.by = `${name} › `;
  return el;
}

const place = /(?<![\w./-])(?:\.\/)?([\w-][\w./-]*\.rs):(\d{1,7})(?::(\d{1,5}))?/g;

/** A program may print anything that looks like a place; tests print where they failed. */
function styled(p: Span, places: boolean): Node {
  const el = span(classes(p), "");
  const { fg, bg } = p.style.inverse ? { fg: p.style.bg, bg: p.style.fg } : p.style;
  if (isRGB(fg)) el.style.color = css(fg);
  if (isRGB(bg)) el.style.backgroundColor = css(bg);
  let at = 0;
  if (places)
    for (const m of p.text.matchAll(place)) {
      el.append(p.text.slice(at, m.index));
      const link = document.createElement("button");
      link.type = "button";
      link.className = "place";
      link.textContent = m[0];
      link.dataset.path = m[1]!;
      link.dataset.line = m[2]!;
      link.dataset.column = m[3] ?? "1";
      el.append(link);
      at = m.index + m[0].length;
    }
  el.append(p.text.slice(at));
  return el;
}

function classes(p: Span): string {
  const s = p.style;
  const list = [`out-${["stdout", "compiler", "note"].includes(p.stream) ? p.stream : "stderr"}`];
  const [fg, bg] = s.inverse ? [s.bg, s.fg] : [s.fg, s.bg];
  if (typeof fg === "number") list.push(`fg-${fg}`);
  if (typeof bg === "number") list.push(`bg-${bg}`);
  if (s.inverse && fg === null && bg === null) list.push("inverse");
  if (s.bold) list.push("bold");
  if (s.dim) list.push("dim");
  if (s.italic) list.push("italic");
  if (s.underline) list.push("underline");
  if (p.shown) list.push("shown");
  return list.join(" ");
}

function span(className: string, text: string): HTMLSpanElement {
  const el = document.createElement("span");
  el.className = className;
  el.textContent = text;
  return el;
}

const isRGB = (c: number | RGB | null): c is RGB => typeof c === "object" && c !== null;
const css = ([r, g, b]: RGB) => `rgb(${r} ${g} ${b})`;
