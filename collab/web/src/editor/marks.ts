// rustc's messages under the text where they belong.

import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import type { Session } from "../collab/session";
import { stripAnsi } from "../run/ansi";
import { parseDiagnostics } from "../run/diagnostics";
import type { Run } from "../run/runs";

/** Draws what the compiler said of a run; returns how many errors and warnings. */
export function markMessages(view: EditorView, session: Session, run: Run | null): { errors: number; warnings: number } {
  const text = stripAnsi(run?.chunks.filter((c) => c.stream === "compiler").map((c) => c.text).join("") ?? "");
  const messages = parseDiagnostics(text);
  const list: Diagnostic[] = [];
  for (const m of messages) {
    const from = session.place(m.line, m.column);
    if (from === null) continue;
    const to = Math.max(from, session.place(m.line, m.column + m.width) ?? from);
    const line = view.state.doc.lineAt(Math.min(from, view.state.doc.length));
    list.push({
      from: Math.min(from, view.state.doc.length),
      to: Math.min(Math.max(to, from), line.to),
      severity: m.severity,
      ...(m.code && { source: m.code }),
      message: [m.message, ...m.help.map((h) => `help: ${h}`)].join("\n"),
    });
  }
  list.sort((a, b) => a.from - b.from);
  view.dispatch(setDiagnostics(view.state, list));
  return {
    errors: messages.filter((m) => m.severity === "error").length,
    warnings: messages.filter((m) => m.severity === "warning").length,
  };
}
