// A run's end in a few words.

import type { Run } from "../run/runs";

export type Tone = "good" | "bad" | "neutral";

export function describe(run: Run, nameOf: (client: string) => string): { text: string; tone: Tone } {
  if (!run.ended) {
    if (run.stage === "queued") return { text: run.position ? `Waiting, place ${run.position} in the queue` : "Waiting in the queue", tone: "neutral" };
    if (run.waiting) return { text: "Waiting for input", tone: "neutral" };
    return { text: run.stage === "compile" ? "Compiling…" : run.stage === "run" ? "Running…" : "Starting…", tone: "neutral" };
  }
  switch (run.verdict) {
    case "ok":
      return { text: "Finished", tone: "good" };
    case "compile-error":
      return { text: "Did not compile", tone: "bad" };
    case "no-program":
      return { text: "Nothing to run", tone: "neutral" };
    case "exit":
      return { text: `Exited with ${run.detail.exit_code ?? "an error"}`, tone: "bad" };
    case "canceled":
      return { text: run.stopped ? `Stopped by ${nameOf(run.stopped)}` : "Stopped", tone: "neutral" };
    case "timeout":
      return { text: "Took too long", tone: "bad" };
    case "memory":
      return { text: "Out of memory", tone: "bad" };
    case "output":
      return { text: "Printed too much", tone: "bad" };
    case "processes":
      return { text: "Too many processes", tone: "bad" };
    case "disk":
      return { text: "Wrote too much to disk", tone: "bad" };
    case "lost":
      return { text: "Lost: the server went away", tone: "bad" };
    case "signal":
      return { text: "Ended by a signal", tone: "bad" };
    default:
      return { text: "Could not be run", tone: "bad" };
  }
}

export function figures(run: Run): string {
  const parts: string[] = [];
  const stages = run.detail.stages ?? [];
  for (const name of new Set(stages.map((s) => s.name))) {
    const steps = stages.filter((s) => s.name === name);
    const wall = steps.reduce((ns, s) => ns + (s.cached ? 0 : s.usage.wall_ns), 0);
    parts.push(`${name} ${steps.every((s) => s.cached) ? "cached" : time(wall)}`);
  }
  const peak = Math.max(0, ...(run.detail.stages ?? []).filter((s) => s.name === "run").map((s) => s.usage.peak_memory_bytes));
  if (peak > 0) parts.push(`${(peak / (1 << 20)).toFixed(1)} MiB peak`);
  return parts.join(" · ");
}

function time(ns: number): string {
  return ns < 1e9 ? `${Math.round(ns / 1e6)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}
