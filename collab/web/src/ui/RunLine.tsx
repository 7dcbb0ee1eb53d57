import { type Counts, inWords } from "../run/diagnostics";
import type { Run } from "../run/runs";
import { describe, figures } from "./verdict";
import { why as reason } from "./words";

interface Props {
  run: Run | null;
  nameOf(client: string, name?: string): string;
  counts: Counts;
}

/** What the run does, or how it ended, and what it took. Only an end, and a wait for input, is announced. */
export function RunLine({ run, nameOf, counts }: Props) {
  if (!run) return <span className="verdict neutral">Output</span>;
  const { text, tone } = describe(run, nameOf);
  const why = run.verdict ? reason(run.verdict, run.detail) : "";
  const found = inWords(counts).join(", ");
  return (
    <>
      <span className={`verdict ${tone}`}>
        <span>{text}</span>
        {why && <span className="why">{` ${why}`}</span>}
      </span>
      <span className="facts">{[found, `by ${nameOf(run.by, run.name)}`, figures(run)].filter(Boolean).join(" · ")}</span>
      <span className="unseen" role="status">
        {run.ended || run.waiting ? [text, why, run.ended ? found : ""].filter(Boolean).join(". ") : ""}
      </span>
    </>
  );
}
