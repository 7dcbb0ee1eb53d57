// The editor: CodeMirror with what a Rust programmer expects.

import { autocompletion, closeBrackets, closeBracketsKeymap, completeAnyWord } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, toggleTabFocusMode } from "@codemirror/commands";
import { rust } from "@codemirror/lang-rust";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import {
  EditorView, crosshairCursor, drawSelection, dropCursor, highlightActiveLine, highlightActiveLineGutter,
  highlightSpecialChars, keymap, lineNumbers, rectangularSelection,
} from "@codemirror/view";
import type { SessionFile } from "../collab/files";
import type { Session } from "../collab/session";
import { persistently } from "../ui/part";
import { sourceTies } from "../view/colours";
import { colours } from "./colours";
import { cursors } from "./cursors";
import { marks } from "./marks";

export interface Actions {
  run(): void;
  format(): void;
  /** Whether all is saved, in words. */
  saved(): string;
}

const access = new Compartment();
const keys = new Compartment();
const scheme = new Compartment();

export function createEditor(parent: HTMLElement, session: Session, actions: Actions, nonce: string): EditorView {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const make = ({ path, text }: SessionFile) =>
    EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        keys.of([]), // Vim comes before every other keymap
        access.of(readOnly(true)),
        scheme.of(EditorView.theme({}, { dark: dark.matches })),
        Prec.high(
          keymap.of([
            { key: "Mod-Enter", run: () => (actions.run(), true), preventDefault: true },
            { key: "Mod-s", run: () => (actions.format(), true), preventDefault: true },
          ]),
        ),
        session.extension(),
        cursors(session), marks(session), sourceTies(),
        lineNumbers(), highlightActiveLineGutter(), lintGutter(), foldGutter({ openText: "▾", closedText: "▸" }),
        highlightSpecialChars(), history(), drawSelection(), dropCursor(),
        EditorState.allowMultipleSelections.of(true), EditorState.tabSize.of(4), indentUnit.of("    "),
        indentOnInput(), bracketMatching(), closeBrackets(), rectangularSelection(), crosshairCursor(),
        highlightActiveLine(), highlightSelectionMatches(), search({ top: true }),
        autocompletion({ activateOnTyping: false, override: [completeAnyWord] }),
        path.endsWith(".rs") ? rust() : [], syntaxHighlighting(colours),
        keymap.of([
          { key: "Ctrl-m", mac: "Shift-Alt-m", run: toggleTabFocusMode },
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap,
          indentWithTab, // Escape, or Ctrl-M, lets Tab leave the editor
        ]),
        EditorView.contentAttributes.of(() => {
          const { path } = session.client.files.get(session.client.opened)!;
          return { "aria-label": `${path.endsWith(".rs") ? "Rust source" : "Text"}, ${path}`, tabindex: "0", spellcheck: "false", autocorrect: "off", autocapitalize: "off" };
        }),
      ],
    });
  const view = new EditorView({ parent, state: make(session.client.files.get(session.client.opened)!) });
  session.stateOf = (file, before) => {
    const effects = [access, keys, scheme].map((c) => c.reconfigure(c.get(view.state) ?? []));
    return (before ?? make(file)).update({ effects }).state;
  };
  dark.addEventListener("change", () => view.dispatch({ effects: scheme.reconfigure(EditorView.theme({}, { dark: dark.matches })) }));
  return view;
}

function readOnly(on: boolean): Extension {
  return on ? [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ "aria-readonly": "true" })] : [];
}

export function setReadOnly(view: EditorView, on: boolean): void {
  view.dispatch({ effects: access.reconfigure(readOnly(on)) });
}

/** Turns Vim keys on or off; their code is loaded on first use. */
export async function setVim(view: EditorView, on: boolean, actions: Actions): Promise<void> {
  if (!on) return view.dispatch({ effects: keys.reconfigure([]) });
  const { Vim, vim } = await persistently(() => import("@replit/codemirror-vim"));
  // What one types out of habit: there is nothing to write, and no window to close.
  for (const [name, short] of [["write", "w"], ["wall", "wa"], ["wq", "wq"], ["xit", "x"], ["quit", "q"]] as const)
    Vim.defineEx(name, short, (cm: { openNotification(template: Node, options: object): unknown }) => {
      const said = document.createElement("span");
      said.setAttribute("role", "status");
      said.textContent = name === "quit" || name === "xit" || name === "wq" ? `${actions.saved()} Close the tab to leave.` : actions.saved();
      cm.openNotification(said, { bottom: true, duration: 5000 });
    });
  view.dispatch({ effects: keys.reconfigure(vim({ status: true })) });
}
