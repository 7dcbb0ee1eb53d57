// The toolchains of the server and their crates, as its REST interface lists them.

import type { Choice } from "./choices";
import { ask } from "./rest";

/** A crate that programs may use. */
export interface Crate {
  name: string;
  version: string;
  features?: readonly string[];
}

/** A part of GET /api/v1/toolchains. */
export interface Toolchain {
  channel: string;
  version: string;
  default?: boolean;
  crates?: readonly Crate[];
}

let loaded: Promise<readonly Toolchain[]> | null = null;

/** The toolchains of the server. They are requested once. */
export function toolchains(page: Location): Promise<readonly Toolchain[]> {
  loaded ??= ask<{ toolchains: readonly Toolchain[] }>(new URL("../api/v1/toolchains", page.href).href).then(
    (answer) => answer.toolchains,
    (err: unknown) => {
      loaded = null; // the next request may succeed
      throw err;
    },
  );
  return loaded;
}

/** The toolchains as values of a menu; the default one has no name. */
export async function channels(page: Location): Promise<readonly Choice[]> {
  return (await toolchains(page)).map((t) => ({
    name: t.default ? "" : t.channel,
    title: `${t.channel || "default"} (${t.version})`,
    available: true,
  }));
}
