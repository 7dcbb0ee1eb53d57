// Runs that are on record, as the server's REST interface gives them.

import type { PastRun } from "../collab/wire.gen";
import { ask } from "./rest";

/** Where the REST interface has this page's session. */
export function sessionURL(page: Location): string {
  return new URL(`../api/v1/sessions/${page.pathname.split("/").pop()!}`, page.href).href;
}

/** The last runs, the newest first, without output and source. */
export async function pastRuns(session: string): Promise<readonly PastRun[]> {
  return (await ask<{ runs: PastRun[] }>(`${session}/runs`)).runs;
}

/** One of them, whole. */
export function pastRun(session: string, run: string): Promise<PastRun> {
  return ask<PastRun>(`${session}/runs/${encodeURIComponent(run)}`);
}
