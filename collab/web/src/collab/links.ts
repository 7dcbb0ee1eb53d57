// What an editor may do with the links of a session: renew them, or delete the session.

import { ask } from "../run/rest";
import { sessionURL } from "../run/past";
import type { Status } from "./session";

/**
 * Gives the session other links and returns the new address of the page. The old links
 * stop working, and their connections end with "gone".
 */
export async function renewLinks(page: Location): Promise<string> {
  const { token } = await ask<{ token?: string }>(`${sessionURL(page)}/links`, undefined, "POST");
  if (!token) throw new Error("the server sent no new link");
  return new URL(token, page.href).href;
}

/** Deletes the session for everyone. Its connections end with "gone". */
export async function deleteSession(page: Location): Promise<void> {
  await ask(sessionURL(page), undefined, "DELETE");
}

/**
 * Returns what keeps the page from moving to another address without losing text, as a
 * clause; empty if nothing does.
 */
export function keepsFromMoving(status: Status, synced: boolean, lost: number): string {
  if (status !== "live") return "this page is not connected to the session";
  if (!synced) return "your last changes are not saved yet; try again in a moment";
  if (lost) return "an edit of yours was taken back; copy or dismiss it first";
  return "";
}
