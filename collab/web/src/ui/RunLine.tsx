import type { Run } from "../run/runs";
import { describe, figures } from "./verdict";

interface Props {
  run: Run | null;
  nameOf(client: string, name?: string): string;
  counts: { errors: number; warnings: number };
}

/** What the run does, or how it ended, and what it took. */
export function RunLine({ run, nameOf, counts }: Props) {
  if (!run) return <span className="verdict neutral">Output</span>;
  const { text, tone } = describe(run, nameOf);
  const found = [counts.errors && plural(counts.errors, "error"), counts.warnings && plural(counts.warnings, "warning")].filter(Boolean).join(", ");
  return (
    <>
      <span className={`verdict ${tone}`} role="status">
        {text}
        {run.ended && run.verdict !== "canceled" && run.detail.message ? <span className="why"> {run.detail.message}</span> : null}
      </span>
      <span className="facts">
        {[found, `by ${nameOf(run.by, run.name)}`, figures(run)].filter(Boolean).join(" · ")}
      </span>
    </>
  );
}

const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
