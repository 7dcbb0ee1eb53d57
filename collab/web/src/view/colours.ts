// Lines of an editor with the colours of what the compiler made of them; one line is
// emphasised. Both sides of a view use it: the source, and what was made of it.

import { type EditorState, type Extension, type Range, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

/** Lines that belong to lines of the run's source. Those of one line share a decoration: a view has many lines of few. */
function tie(list: readonly { from: number; line: number; colour: number }[]): DecorationSet {
  const of = new Map<number, Decoration>();
  const ranges = list.map(({ from, line, colour }): Range<Decoration> => {
    let d = of.get(line);
    if (!d) of.set(line, (d = Decoration.line({ class: `tied tied-${colour}`, line })));
    return d.range(from);
  });
  return RangeSet.of(ranges, true);
}

/** Sets the lines: the position of each one's start, its source line and its colour. */
export const setTies = StateEffect.define<readonly { from: number; line: number; colour: number }[]>();
/** Emphasises what belongs to a source line; 0 for none. */
export const setHot = StateEffect.define<number>();

const ties = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, tr) {
    set = set.map(tr.changes);
    for (const e of tr.effects) if (e.is(setTies)) set = tie(e.value);
    return set;
  },
  provide: (f) => EditorView.decorations.from(f),
});

const hot = StateField.define<number>({
  create: () => 0,
  update(line, tr) {
    for (const e of tr.effects) if (e.is(setHot)) line = e.value;
    return line;
  },
});

const emphasis = Decoration.line({ class: "tied-hot" });

/** Draws the emphasis in the lines on screen. */
const emphasised = ViewPlugin.define(
  (view) => {
    const make = (v: EditorView): DecorationSet => {
      const line = v.state.field(hot);
      const list: Range<Decoration>[] = [];
      if (line) for (const { from, to } of v.visibleRanges) v.state.field(ties).between(from, to, (at, _, d) => void (d.spec.line === line && list.push(emphasis.range(at))));
      return RangeSet.of(list, true);
    };
    const plugin = {
      marks: make(view),
      update(u: ViewUpdate) {
        if (u.docChanged || u.viewportChanged || u.startState.field(hot) !== u.state.field(hot) || u.startState.field(ties) !== u.state.field(ties)) plugin.marks = make(u.view);
      },
    };
    return plugin;
  },
  { decorations: (p) => p.marks },
);

/** The source line that the line of a position belongs to, or 0. */
function tiedTo(state: EditorState, pos: number): number {
  let line = 0;
  const { from } = state.doc.lineAt(pos);
  state.field(ties, false)?.between(from, from, (at, _, d) => {
    if (at === from) line = d.spec.line as number;
  });
  return line;
}

/** Receives a source line: hot that under the pointer, or 0, chosen that of the cursor. */
export interface Listener {
  hot(line: number): void;
  chosen(line: number): void;
}

/** The view that is shown, if any: the source's editor, which lives longer, reports to it. */
export const shownView: { listener: Listener | null } = { listener: null };

/** The ties of the source's editor. */
export const sourceTies = (): Extension => tied({ hot: (l) => shownView.listener?.hot(l), chosen: (l) => shownView.listener?.chosen(l) });

/** Draws ties, and reports what the user points at and selects. */
export function tied(on: Listener): Extension {
  let last = 0;
  const over = (line: number) => {
    if (line === last) return;
    last = line;
    on.hot(line);
  };
  return [
    ties,
    hot,
    emphasised,
    EditorView.domEventObservers({
      mousemove: (e, view) => {
        const pos = view.posAtCoords({ x: e.clientX, y: e.clientY });
        over(pos === null ? 0 : tiedTo(view.state, pos));
      },
      mouseleave: () => over(0),
    }),
    EditorView.updateListener.of((u) => {
      if (!u.selectionSet || !u.transactions.some((tr) => tr.isUserEvent("select"))) return;
      const { head } = u.state.selection.main;
      const line = tiedTo(u.state, head);
      if (line && u.state.doc.lineAt(head).number !== u.startState.doc.lineAt(Math.min(u.startState.selection.main.head, u.startState.doc.length)).number) on.chosen(line);
      else if (line && u.transactions.some((tr) => tr.isUserEvent("select.pointer"))) on.chosen(line);
    }),
  ];
}
