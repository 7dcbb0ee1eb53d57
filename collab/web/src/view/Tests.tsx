// The results of tests: a tree of modules, each test with its outcome. One press runs one
// test again, or goes to where it failed.

import { useMemo } from "react";
import type { Test } from "../collab/wire.gen";
import { stripAnsi } from "../run/ansi";
import { type Module, argsFor, duration, nameIn, summary, treeOf } from "./tests";
import "./tests.css";

interface Props {
  tests: readonly Test[];
  /** Paths of the session's files. */
  files: readonly string[];
  canRun: boolean;
  /** Runs tests with arguments of the harness. */
  run(args: readonly string[]): void;
  jump(line: number, column: number, path: string): void;
}

const outcomes: Record<Test["outcome"], [mark: string, word: string]> = { ok: ["✓", "passed"], failed: ["✗", "failed"], ignored: ["○", "ignored"], listed: ["·", "not run"] };

export default function Tests({ tests, files, canRun, run, jump }: Props) {
  const root = useMemo(() => treeOf(tests), [tests]);
  const failed = tests.filter((t) => t.outcome === "failed").map((t) => t.name);
  const props = { files, canRun, run: (names: readonly string[]) => run(argsFor(names)), jump };
  return (
    <div className="tests">
      <div className="tests-head">
        <span role="status">{summary(tests)}</span>
        <span className="tools">
          {failed.length > 0 && (
            <button type="button" disabled={!canRun} onClick={() => props.run(failed.slice(0, mostNames))}>
              Run failed
            </button>
          )}
          <button type="button" disabled={!canRun} onClick={() => run([])}>
            Run all
          </button>
        </span>
      </div>
      <Branch module={root} {...props} />
    </div>
  );
}

/** Most tests that are named in one run: a run has a bound of arguments. */
const mostNames = 60;

type BranchProps = { module: Module; files: readonly string[]; canRun: boolean; run(names: readonly string[]): void; jump: Props["jump"] };

function Branch({ module, ...props }: BranchProps) {
  return (
    <ul>
      {module.tests.map((t) => (
        <Leaf key={`${t.suite} ${t.name}`} test={t} name={nameIn(module, t)} {...props} />
      ))}
      {module.modules.map((m) => (
        <li key={m.path}>
          <details open>
            <summary>
              <span className="module">{m.name}</span> <span className={m.failed ? "facts failed" : "facts"}>{m.failed ? `${m.failed} of ${m.total} failed` : m.total}</span>
            </summary>
            <Branch module={m} {...props} />
          </details>
        </li>
      ))}
    </ul>
  );
}

function Leaf({ test, name, files, canRun, run, jump }: { test: Test; name: string } & Omit<BranchProps, "module">) {
  const [mark, word] = outcomes[test.outcome] ?? ["?", test.outcome];
  const place = test.place && files.includes(test.place.file) ? test.place : undefined;
  const output = test.output ? stripAnsi(test.output) : "";
  return (
    <li className={`test ${test.outcome}`}>
      <div className="test-line">
        <span className="mark" aria-hidden="true">
          {mark}
        </span>
        <span className="unseen">{word}: </span>
        <span className="name">{name}</span>
        <span className="facts">{[duration(test.time_ns), test.message].filter(Boolean).join(" · ")}</span>
        <span className="tools">
          {place && (
            <button type="button" aria-label={`Line ${place.line}, where ${test.name} failed`} onClick={() => jump(place.line, place.column ?? 1, place.file)}>
              Line {place.line}
            </button>
          )}
          <button type="button" disabled={!canRun} aria-label={`Run ${test.name}`} onClick={() => run([test.name])}>
            Run
          </button>
        </span>
      </div>
      {output && <pre>{output}</pre>}
    </li>
  );
}
