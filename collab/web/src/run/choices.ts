// What people may choose of a run: the server's tables, which it writes into the page.

import type { RunOptions, Settings } from "../collab/wire.gen";

/** A value of an option. */
export interface Choice {
  name: string;
  title: string;
  available: boolean;
  /** What the server's toolchain lacks, if it is not available. */
  reason?: string;
  /** The command that installs it, for those who run the server. */
  hint?: string;
}

export interface ActionChoice extends Choice {
  about: string;
  /** A program runs, which reads standard input. */
  program: boolean;
  /** The mode changes what is done. */
  mode: boolean;
  /** The result replaces the text: it is not an action of the session, but done at once. */
  edits: boolean;
  /** It shows what the compiler makes of the source. */
  view: boolean;
}

/** As the server's Choices in GET /api/v1/meta. */
export interface Choices {
  actions: readonly ActionChoice[];
  modes: readonly Choice[];
  editions: readonly Choice[];
  crate_types: readonly Choice[];
  asm_syntaxes: readonly Choice[];
  defaults: { action: string; mode: string; edition: string; channel?: string };
}

/** Of a server that can run nothing. */
export const noChoices: Choices = { actions: [], modes: [], editions: [], crate_types: [], asm_syntaxes: [], defaults: { action: "run", mode: "release", edition: "2024" } };

export type Chosen = Required<Pick<RunOptions, "action" | "mode" | "edition">>;

/** The row of an action. */
export const actionOf = (c: Choices, name: string): ActionChoice | undefined => c.actions.find((a) => a.name === name);

/** The actions that a session can have. */
export const menuOf = (c: Choices): readonly ActionChoice[] => c.actions.filter((a) => !a.edits);

/** The action that formats the text. */
export const formatOf = (c: Choices): ActionChoice | undefined => c.actions.find((a) => a.edits);

/**
 * What a session's settings stand for. A value that the server does not have, or that
 * its toolchain cannot do, counts as not set: the server's default holds.
 */
export function chosen(c: Choices, s: Settings): Chosen {
  const known = (list: readonly Choice[], value: string | undefined, or: string): string => list.find((v) => v.available && v.name === value)?.name ?? or;
  const menu = menuOf(c);
  const now = {
    action: known(menu, s["action"], known(menu, c.defaults.action, menu.find((a) => a.available)?.name ?? c.defaults.action)),
    mode: known(c.modes, s["mode"], c.defaults.mode),
    edition: known(c.editions, s["edition"], c.defaults.edition),
  };
  return now as Chosen; // the server's own names
}

/** What an action is called. */
export const titleOf = (c: Choices, action: string): string => actionOf(c, action)?.title ?? action;
