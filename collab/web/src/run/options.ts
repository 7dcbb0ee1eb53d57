// The options of a run as a session's settings have them, in the words that people type,
// and as a request has them. DOM-free.

import type { RunOptions, Settings } from "../collab/wire.gen";
import { type Choices, actionOf, chosen } from "./choices";

/** Settings that hold text which people type, by the name of the setting. */
export const typed = ["flags", "args", "env", "input"] as const;

/** What a run is asked to be, or why it cannot be asked, as a sentence without a full stop. */
export type Asked = { options: RunOptions; input: string } | { why: string };

/**
 * Splits a line into words as a shell does: at spaces, which quotes and a backslash
 * keep. It expands nothing. It gives null where a quote is not closed.
 */
export function words(line: string): string[] | null {
  const list: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (/\s/.test(c)) {
      if (word !== null) list.push(word);
      word = null;
    } else if (c === "'" || c === '"') {
      word ??= "";
      for (i++; line[i] !== c; i++) {
        if (i >= line.length) return null;
        if (c === '"' && line[i] === "\\" && (line[i + 1] === '"' || line[i + 1] === "\\")) i++;
        word += line[i];
      }
    } else if (c === "\\" && i + 1 < line.length) {
      word = (word ?? "") + line[++i];
    } else {
      word = (word ?? "") + c;
    }
  }
  if (word !== null) list.push(word);
  return list;
}

/** Why a typed setting cannot be used, as a sentence without a full stop; empty if it can. */
export function faultOf(name: (typeof typed)[number], text: string): string {
  if (name === "env") {
    const wrong = lines(text).find((l) => !/^[^=]+=/.test(l));
    return wrong === undefined ? "" : `“${wrong}” is not NAME=value`;
  }
  if (name !== "input" && words(text) === null) return "a quote is not closed";
  return "";
}

const lines = (text: string) => text.split("\n").filter((l) => l.trim() !== "");

/** The views that are made beside the action, in the order of the server's table. */
export function viewsOf(c: Choices, s: Settings): string[] {
  const named = (s["views"] ?? "").split(" ");
  return c.actions.filter((a) => a.view && a.available && named.includes(a.name)).map((a) => a.name);
}

/** The options of a run of an action, the session's if none is given. */
export function asked(c: Choices, s: Settings, name: string = chosen(c, s).action): Asked {
  const { mode, edition } = chosen(c, s);
  const action = actionOf(c, name);
  for (const [setting, what] of [["flags", "Compiler flags"], ["args", "Arguments"], ["env", "Environment"]] as const) {
    const fault = faultOf(setting, s[setting] ?? "");
    if (fault) return { why: `${what}: ${fault}` };
  }
  const program = Boolean(action?.program);
  const compiles = !action?.edits;
  const views = compiles ? viewsOf(c, s).filter((v) => v !== name) : [];
  const flags = compiles ? (words(s["flags"] ?? "") ?? []) : [];
  const args = program ? (words(s["args"] ?? "") ?? []) : [];
  const env = program ? lines(s["env"] ?? "") : [];
  const backtrace = { short: "1", full: "full" }[s["backtrace"] ?? ""];
  if (program && backtrace && !env.some((e) => e.startsWith("RUST_BACKTRACE="))) env.push(`RUST_BACKTRACE=${backtrace}`);
  const options: RunOptions = {
    action: name, mode, edition,
    ...(s["channel"] && { channel: s["channel"] }),
    ...(views.length && { views }),
    ...((action?.view || views.length) && s["asm_syntax"] && { asm_syntax: s["asm_syntax"] }),
    ...(flags.length && { flags }),
    ...(compiles && s["crate_type"] && { crate_type: s["crate_type"] }),
    ...(args.length && { args }),
    ...(env.length && { env }),
  } as RunOptions; // the server's own names
  return { options, input: program ? (s["input"] ?? "") : "" };
}

/** Settings that the panel has and that say something else than the defaults, besides mode and edition. */
export function otherOptions(c: Choices, s: Settings): string[] {
  const set = ["channel", "crate_type", "backtrace", "asm_syntax", ...typed].filter((name) => s[name]);
  return viewsOf(c, s).length ? [...set, "views"] : set;
}
