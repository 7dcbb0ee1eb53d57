// Other people's cursors and selections.

import { type Extension, type Range as DecoRange } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate, WidgetType } from "@codemirror/view";
import { type Session, othersMoved } from "../collab/session";
import { cleanName } from "../collab/person";

class Caret extends WidgetType {
  constructor(
    readonly name: string,
    readonly colour: number,
  ) {
    super();
  }
  override eq(o: Caret): boolean {
    return o.name === this.name && o.colour === this.colour;
  }
  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = `caret person-${this.colour}`;
    caret.setAttribute("aria-hidden", "true"); // who is here stands in the list of people
    const label = document.createElement("span");
    label.className = "caret-name";
    // The style sheet shows it. Text in here could be taken for the document's:
    // browsers move what is left of a widget when all around it is replaced.
    label.dataset["name"] = this.name;
    caret.append(label);
    return caret;
  }
  override ignoreEvent(): boolean {
    return true;
  }
  override get estimatedHeight(): number {
    return -1;
  }
}

export function cursors(session: Session): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = draw(view, session);
      }
      update(u: ViewUpdate): void {
        if (u.docChanged || u.transactions.some((tr) => tr.effects.some((e) => e.is(othersMoved)))) this.decorations = draw(u.view, session);
      }
    },
    { decorations: (v) => v.decorations },
  );
}

function draw(view: EditorView, session: Session): DecorationSet {
  const list: DecoRange<Decoration>[] = [];
  const end = view.state.doc.length;
  for (const o of session.client.others.values()) {
    const colour = session.palette.of(o.client);
    o.cursor.forEach(([anchor, head], i) => {
      const from = Math.min(anchor, head, end);
      const to = Math.min(Math.max(anchor, head), end);
      if (from < to) list.push(Decoration.mark({ class: `selected person-${colour}` }).range(from, to));
      list.push(Decoration.widget({ widget: new Caret(i === 0 ? cleanName(o.name) || "Somebody" : "", colour), side: 1 }).range(Math.min(head, end)));
    });
  }
  return Decoration.set(list, true);
}
