// The toolchains of the server and their crates, as its REST interface lists them.

import type { Choice, Choices } from "./choices";
import { ask } from "./rest";

/** A crate that programs may use. */
interface Crate {
  name: string;
  version: string;
  features?: readonly string[];
}

/** A part of GET /api/v1/toolchains. */
export interface Toolchain {
  channel: string;
  version: string;
  default?: boolean;
  actions: readonly { name: string; available: boolean; reason?: string }[];
  crates?: readonly Crate[];
}

/** The toolchains of the server, the default first. */
export async function toolchains(page: Location): Promise<readonly Toolchain[]> {
  return (await ask<{ toolchains: readonly Toolchain[] }>(new URL("../api/v1/toolchains", page.href).href)).toolchains;
}

/** Choices of which those of actions are what a toolchain can do; an unknown one is taken for the default. */
export function choicesWith(c: Choices, list: readonly Toolchain[], channel: string): Choices {
  const chosen = channel ? list.find((t) => t.channel === channel) : undefined;
  if (!chosen) return c;
  const actions = c.actions.map(({ reason: _, hint, ...a }) => {
    const can = chosen.actions.find((b) => b.name === a.name);
    if (can?.available) return { ...a, available: true };
    return { ...a, available: false, reason: can?.reason ?? "this toolchain cannot do it", ...(chosen.default && hint && { hint }) };
  });
  return { ...c, actions };
}

/** The toolchains as values of a menu; the default one has no name. */
export function channelsOf(list: readonly Toolchain[]): readonly Choice[] {
  return list.map((t) => ({
    name: t.default ? "" : t.channel,
    title: `${t.channel || "default"} (${t.version})`,
    available: true,
  }));
}
