// What the codes, reasons and limits of the protocol are called for people. The page
// shows no sentence of the server, except messages of its tools and messages for which
// there is no code.

import type { Code, Hit, Problem, RunDetail, Verdict, FileOp } from "../collab/wire.gen";

/** Why a run ended as it did, without a full stop; empty where verdict and output explain it. */
export function why(verdict: Verdict, d: RunDetail): string {
  const who = d.stage === "compile" ? "the compiler" : "the program";
  const [hit, next] = d.hits ?? [];
  switch (verdict) {
    case "no-program":
      return d.stage === "run" ? "there is nothing to run: what was built cannot be executed" : "there is nothing to run: the source has no main function, or is a library";
    case "signal":
      return d.signal ? `${who} was ended by ${d.signal}` : (d.message ?? "");
    case "refused":
      return refusals[d.reason ?? "invalid"] ?? d.message ?? "";
    case "disk":
      if (!hit) return d.message ?? "";
      if (!next) return `${who} was ended by ${d.signal}: a file grew beyond the size limit of ${amount(hit)}`;
      return `${who} failed with its disk full (${[hit, next].map((h) => `/${h.limit} has ${amount(h)}`).join(", ")})`;
    case "timeout":
    case "memory":
    case "output":
    case "processes":
      return hit ? [`${who} ${met(hit)}`, next && `before, it ${met(next)}`].filter(Boolean).join("; ") : (d.message ?? "");
    case "compile-error":
      return d.missing_crates ? missing(d.missing_crates) : (d.message ?? "");
    default:
      return "";
  }
}

const refusals: Partial<Record<NonNullable<RunDetail["reason"]>, string>> = {
  busy: "all places are taken; try again in a moment",
  share: "too many runs from this address are waiting; try again when some have ended",
  restarting: "the server is restarting",
};

/** What happened to a compiler or program that met a limit. */
function met(h: Hit): string {
  switch (h.limit) {
    case "run_time":
    case "compile_time":
      return `was stopped at its time limit of ${amount(h)}`;
    case "input_time":
      return `was stopped after it had waited ${amount(h)} for input`;
    case "processes":
      return `was refused ${h.refused && h.refused > 1 ? `${h.refused} processes or threads` : "a process or thread"} beyond the limit of ${amount(h)}`;
    default:
      return `was stopped at the ${h.limit} limit of ${amount(h)}`;
  }
}

function missing({ names, nearest, no_set }: NonNullable<RunDetail["missing_crates"]>): string {
  const list = `${names.length === 1 ? "crate" : "crates"} ${names.join(", ")}`;
  if (no_set) return `${list}: no set of crates has been built here`;
  return `${list}: not in the set of crates${nearest?.length ? `; the nearest there is ${nearest.join(", ")}` : ""}`;
}

/** The amount of a limit with its unit. */
export function amount({ amount: n, unit }: Hit): string {
  const number = n.toLocaleString("en");
  switch (unit) {
    case "bytes": {
      const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
      let i = 0;
      while (i < units.length - 1 && n >= 1024 && n % 1024 === 0) {
        n /= 1024;
        i++;
      }
      return `${n.toLocaleString("en")} ${units[i]}`;
    }
    case "ns":
      return n % 60e9 === 0 ? `${n / 60e9} min` : n >= 1e9 ? `${(n / 1e9).toLocaleString("en")} s` : `${(n / 1e6).toLocaleString("en")} ms`;
    case "utf16":
      return `${number} characters`;
    case "per-minute":
      return `${number} a minute`;
    case "per-hour":
      return `${number} an hour`;
    default:
      return number;
  }
}

/** Describes an error of the session to its user, as a sentence. */
export function sayError(code: Code | string, hit?: Hit): string {
  switch (code) {
    case "running":
      return "Not now: a run is under way.";
    case "quota":
      return `Not now: too many ${hit?.limit === "address_runs" ? "runs" : "requests"} from this address${hit ? `, which may make ${amount(hit)}` : ""}. Wait a little.`;
    case "busy":
      return "Not now: all places are taken. Try again in a moment.";
    case "no-run":
      return "That run is over.";
    case "read-only":
      return "This link is read-only.";
    case "too-large":
      return hit ? `That is too large: the limit is ${amount(hit)}.` : "That is too large.";
    case "malformed":
    case "no-file":
      return "The server could not read that. Reload the page.";
    default:
      return "The server failed. Try again in a moment.";
  }
}

/** Why a request failed, as a clause. A message of rustfmt is shown unchanged. */
export function sayProblem({ code, detail, hit }: Partial<Problem>, status: number): string {
  switch (code) {
    case undefined:
      return `the server answered ${status}`;
    case "format":
      return detail ?? "rustfmt cannot read it";
    case "quota":
      return `too many requests from this address${hit ? `, which may make ${amount(hit)}` : ""}; wait a little`;
    case "exists":
      return "two files have names that collide";
    case "busy":
    case "running":
      return "all places are taken; try again in a moment";
    case "resume":
      return "the server is restarting; try again in a moment";
    case "gone":
      return "this session was deleted or its links were renewed";
    case "no-run":
      return "there is no such run, or it was too long ago";
    case "too-large":
      return hit ? `it is too large: the limit is ${amount(hit)}` : "it is too large";
    case "read-only":
      return "this link is read-only";
    case "unsaved":
      return "the server cannot save anything now; try again later";
    case "no-room":
      return "the server has no room for another one";
    case "forbidden":
      return "the server does not accept requests of pages from other sites";
    case "host":
      return "the server does not answer to this host name; its operator can add the name to serve.hosts";
    case "malformed":
    case "not-found":
    case "method":
      return "the server does not understand this page; reload it";
    default:
      return "the server failed; try again in a moment";
  }
}

/** Why edits of a file were taken back. */
export function sayLost(code: Code | string, path: string): string {
  if (code === "no-file") return `Your last edits of ${path} are not in the session: another member has deleted the file.`;
  if (code === "exists") return `${path} was not created: another file has that name by now.`;
  if (code === "read-only") return "Your last edit has been taken back: this session is read-only now.";
  return code === "too-large" ? "Your last edit has been taken back: with it, the text would be too large." : "Your last edit was refused by the server and has been taken back.";
}

/** Why an operation on a file, with which no text was lost, was taken back. */
export function sayRefused(code: Code | string, path: string, op?: FileOp): string {
  const done = op?.do === "delete" ? "deleted" : op?.do === "rename" ? "renamed" : "created";
  if (code === "exists") return `${path} was not ${done}: another file has that name by now.`;
  if (code === "renamed") return `${path} was not ${done}: another member has renamed it.`;
  if (code === "read-only") return `${path} was not ${done}: this session is read-only now.`;
  if (code === "too-large") return `${path} was not ${done}: the session has as much as it may hold.`;
  return `${path} was not ${done}: the server refused it.`;
}
