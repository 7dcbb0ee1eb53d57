// The compiler's messages under the text where they belong, and what they propose
// one click or one key away. Positions follow what has been typed since the run;
// a suggestion is applied as one transaction like any edit, so every member gets it
// and the person who applied it can undo it.

import { isolateHistory } from "@codemirror/commands";
import { type Action, type Diagnostic, forEachDiagnostic, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { type EditorState, type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, type Tooltip, type ViewUpdate, ViewPlugin, closeHoverTooltips, hasHoverTooltips, keymap, showTooltip } from "@codemirror/view";
import type { Session } from "../collab/session";
import type { Suggestion } from "../collab/wire.gen";
import { type Mark, changesOf, marksOf } from "../run/diagnostics";
import "./marks.css";

/** How long after an edit it is seen whether a message is settled. */
const settle = 100;

export function marks(session: Session): Extension {
  return [
    ViewPlugin.define((view) => new Painter(view, session)),
    menu,
    Prec.high(keymap.of([{ key: "Mod-.", run: openMenu, preventDefault: true }, { key: "Escape", run: closeTooltip }])),
  ];
}

/** Shows the session's diagnostics. CodeMirror moves what is shown with the text; it is made anew when other messages are to be seen. */
class Painter {
  private shown = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private list: readonly unknown[] | undefined;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly view: EditorView,
    private readonly session: Session,
  ) {
    this.unsubscribe = session.subscribe(() => {
      if (this.list === this.diagnostics) return;
      this.list = this.diagnostics;
      this.shown = ""; // the same messages may be elsewhere
      this.soon(0); // the session may be in the middle of an update of the view
    });
    this.list = this.diagnostics;
    this.soon(0);
  }

  private get diagnostics() {
    return this.session.diagnostics;
  }

  update(u: ViewUpdate): void {
    if (u.docChanged && this.list?.length) this.soon(settle);
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.unsubscribe();
  }

  private soon(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), ms);
  }

  private draw(): void {
    const file = this.session.client.opened;
    const base = this.session.diagnosed(file);
    const { doc } = this.view.state;
    const list = this.diagnostics;
    const now = base && list?.length && base.since.newLength === doc.length ? marksOf(list, base, doc, file) : [];
    const key = JSON.stringify(now.map((m) => [m.source, m.message, m.fixes.length]));
    if (key === this.shown) return; // an open tooltip stays open
    this.shown = key;
    const actions = new Map<Suggestion, Action>(); // a message with two places has its actions once
    this.view.dispatch(setDiagnostics(this.view.state, now.map((m) => this.diagnostic(m, actions))));
  }

  private diagnostic({ from, to, severity, source, message, fixes }: Mark, actions: Map<Suggestion, Action>): Diagnostic {
    const offered = this.session.boot.readOnly ? [] : fixes;
    for (const { name, suggestion } of offered)
      if (!actions.has(suggestion)) actions.set(suggestion, { name, apply: (view) => apply(view, this.session, suggestion) });
    return { from, to, severity, message, actions: offered.map((f) => actions.get(f.suggestion)!), ...(source && { source }) };
  }
}

/** The tooltip that F8 opens stays while the cursor does, and covers text. */
function closeTooltip(view: EditorView): boolean {
  if (!hasHoverTooltips(view.state)) return false;
  view.dispatch({ effects: closeHoverTooltips });
  return true;
}

/** Applies a suggestion, or shows why it cannot. */
function apply(view: EditorView, session: Session, suggestion: Suggestion): void {
  const base = session.diagnosed(session.client.opened);
  const changes = base && !view.state.readOnly && changesOf(suggestion, base, view.state.doc);
  if (!changes) {
    session.notice("Not applied: the text there has changed since it was compiled. Run it again to see what the compiler says now.");
    return;
  }
  view.dispatch({ changes, userEvent: "input.fix", annotations: isolateHistory.of("full") });
  view.focus();
}

// The menu of what can be applied to the cursor's line, for the keyboard.

const setMenu = StateEffect.define<Tooltip | null>();

const menu = StateField.define<Tooltip | null>({
  create: () => null,
  update(open, tr) {
    for (const e of tr.effects) if (e.is(setMenu)) return e.value;
    return tr.docChanged || tr.selection ? null : open;
  },
  provide: (f) => showTooltip.from(f),
});

/** Opens the menu; where there is nothing to apply, goes to the next message. */
function openMenu(view: EditorView): boolean {
  const { actions, from } = actionsOfLine(view.state);
  if (!actions.length) return nextDiagnostic(view) || true;
  const tooltip: Tooltip = { pos: from, above: false, create: () => menuOf(view, actions, () => view.state.field(menu) === tooltip) };
  view.dispatch({ effects: setMenu.of(tooltip) });
  return true;
}

function actionsOfLine(state: EditorState): { actions: Action[]; from: number } {
  const { head } = state.selection.main;
  const line = state.doc.lineAt(head);
  const actions = new Set<Action>();
  let first = line.to;
  forEachDiagnostic(state, (d, from, to) => {
    if (to < line.from || from > line.to || !d.actions?.length) return;
    for (const a of d.actions) actions.add(a);
    first = Math.min(first, Math.max(from, line.from));
  });
  return { actions: [...actions], from: first };
}

function menuOf(view: EditorView, actions: readonly Action[], isOpen: () => boolean) {
  const dom = document.createElement("div");
  dom.className = "fixes";
  dom.setAttribute("role", "menu");
  dom.setAttribute("aria-label", "Suggestions for this line");
  const close = () => {
    view.dispatch({ effects: setMenu.of(null) });
    view.focus();
  };
  dom.addEventListener("focusout", (e) => {
    if (dom.contains(e.relatedTarget as Node | null)) return;
    // The view may be taking the menu away in this moment.
    setTimeout(() => isOpen() && view.dispatch({ effects: setMenu.of(null) }), 0);
  });
  const buttons = actions.map((action) => {
    const b = document.createElement("button");
    b.type = "button";
    b.setAttribute("role", "menuitem");
    b.textContent = action.name;
    b.onclick = () => {
      close();
      action.apply(view, 0, 0);
    };
    return b;
  });
  dom.append(...buttons);
  dom.onkeydown = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Escape: 0, Tab: 0 }[e.key];
    if (step === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    if (step === 0) return close();
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]!.focus();
  };
  return { dom, mount: () => buttons[0]!.focus({ preventScroll: true }) };
}
