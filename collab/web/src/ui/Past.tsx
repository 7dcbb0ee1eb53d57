// The last runs: who, when, how and with what end; each can be looked at again,
// and the text that it ran brought back.

import { useEffect, useState } from "react";
import type { PastRun } from "../collab/wire.gen";
import { type Choices, chosen, titleOf } from "../run/choices";
import { pastRun, pastRuns } from "../run/past";
import { runOf } from "../run/runs";
import { Dialog } from "./Dialog";
import { describe } from "./verdict";
import "./past.css";

interface Props {
  /** Address of the session in the REST interface. */
  url: string;
  choices: Choices;
  /** Changes when a run begins or ends: then the list is another. */
  turn: string;
  canRestore: boolean;
  nameOf(client: string, name?: string): string;
  show(run: PastRun): void;
  restore(run: PastRun): void;
  close(): void;
}

export function Past({ url, choices, turn, canRestore, nameOf, show, restore, close }: Props) {
  const [runs, setRuns] = useState<readonly PastRun[] | null>(null);
  const [said, say] = useState("");
  useEffect(() => {
    let latest = true;
    pastRuns(url).then(
      (list) => latest && setRuns(list),
      (err: unknown) => latest && say(`The list could not be loaded: ${message(err)}.`),
    );
    return () => {
      latest = false;
    };
  }, [url, turn]);

  const open = async (run: string, use: (run: PastRun) => void) => {
    try {
      use(await pastRun(url, run));
      close();
    } catch (err) {
      say(`That run could not be loaded: ${message(err)}.`);
    }
  };

  return (
    <Dialog title="Past runs" close={close}>
      <p role="status" className="hint">
        {said || (runs === null ? "Loading…" : runs.length === 0 ? "Nothing has been run yet." : "")}
      </p>
      <ul className="past-runs">
        {runs?.map((r) => {
          const { text, tone } = describe(runOf(r), nameOf);
          const when = timeOf(r.started);
          return (
            <li key={r.run}>
              <span className="what">
                <span className={`verdict ${tone}`}>{r.verdict ? text : "Under way"}</span> <bdi>{nameOf(r.by, r.name)}</bdi>
                <span className="facts">{[when, ...optionsOf(choices, r), `version ${r.version}`, durationOf(r)].filter(Boolean).join(" · ")}</span>
              </span>
              <button type="button" aria-label={`Show the run of ${when}`} onClick={() => void open(r.run, show)}>
                Show
              </button>
              {canRestore && (
                <button type="button" aria-label={`Restore text of ${when}`} onClick={() => void open(r.run, restore)}>
                  Restore text
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p className="hint">The last 20 runs are kept, each with the text that it ran. To restore a text is an edit like any other: everyone sees it, and you can undo it.</p>
    </Dialog>
  );
}

const message = (err: unknown) => (err instanceof Error ? err.message : String(err));

export function timeOf(started: string): string {
  const at = new Date(started);
  const today = at.toDateString() === new Date().toDateString();
  return today ? at.toLocaleTimeString() : at.toLocaleString();
}

function optionsOf(choices: Choices, r: PastRun): string[] {
  const { mode, edition } = chosen(choices, { action: r.options?.action ?? "", mode: r.options?.mode ?? "", edition: r.options?.edition ?? "" });
  return [titleOf(choices, r.options?.action ?? choices.defaults.action).toLowerCase(), mode, edition];
}

function durationOf(r: PastRun): string {
  if (!r.ended) return "";
  const ms = Date.parse(r.ended) - Date.parse(r.started);
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
