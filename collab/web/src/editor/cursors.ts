// Other people's cursors and selections. A name stands at its cursor for a
// moment after its owner has moved it, so that it does not cover text for long.

import { type Extension, type Range as DecoRange } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate, WidgetType } from "@codemirror/view";
import { type Other, type Session, othersMoved } from "../collab/session";
import { cleanName } from "../collab/person";

class Caret extends WidgetType {
  constructor(
    readonly name: string,
    readonly colour: number,
    /** How often it has been moved; a new element shows its name again. */
    readonly moves: number,
  ) {
    super();
  }
  override eq(o: Caret): boolean {
    return o.name === this.name && o.colour === this.colour && o.moves === this.moves;
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

interface Seen {
  head: number;
  moves: number;
}

export function cursors(session: Session): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet = Decoration.none;
      private seen = new Map<string, Seen>();
      constructor(view: EditorView) {
        this.draw(view);
      }
      update(u: ViewUpdate): void {
        // What is typed at a cursor goes before it, so that typing counts as moving.
        if (u.docChanged) for (const s of this.seen.values()) s.head = u.changes.mapPos(s.head, -1);
        if (u.docChanged || u.transactions.some((tr) => tr.effects.some((e) => e.is(othersMoved)))) this.draw(u.view);
      }
      private draw(view: EditorView): void {
        const end = view.state.doc.length;
        const seen = new Map<string, Seen>();
        const list: DecoRange<Decoration>[] = [];
        for (const o of session.client.others.values()) {
          if (o.file !== session.client.opened) continue;
          const head = Math.min(o.cursor[0]?.[1] ?? 0, end);
          const before = this.seen.get(o.client);
          const moves = before ? before.moves + (before.head === head ? 0 : 1) : 0;
          seen.set(o.client, { head, moves });
          list.push(...decorate(o, session.palette.of(o.client), moves, end));
        }
        this.seen = seen;
        this.decorations = Decoration.set(list, true);
      }
    },
    { decorations: (v) => v.decorations },
  );
}

function decorate(o: Other, colour: number, moves: number, end: number): DecoRange<Decoration>[] {
  return o.cursor.flatMap(([anchor, head], i) => {
    const from = Math.min(anchor, head, end);
    const to = Math.min(Math.max(anchor, head), end);
    const name = i === 0 ? cleanName(o.name) || "Somebody" : "";
    const caret = Decoration.widget({ widget: new Caret(name, colour, moves), side: 1 }).range(Math.min(head, end));
    return from < to ? [Decoration.mark({ class: `selected person-${colour}` }).range(from, to), caret] : [caret];
  });
}
