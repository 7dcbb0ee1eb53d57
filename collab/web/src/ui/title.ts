// The title of the tab: which session it is, and whether its program runs.

import type { Run } from "../run/runs";

/** Digits of the session's public id that a title has. */
const digits = 6;

export function titleOf(run: Run | null, view: string, name = ""): string {
  const state = !run || run.ended ? "" : run.waiting ? "⌨ Waiting for input · " : run.stage === "run" ? "▶ Running · " : run.stage === "compile" ? "▶ Compiling · " : "▶ Starting · ";
  return `${state}${name || view.slice(0, digits)} · corust`;
}
