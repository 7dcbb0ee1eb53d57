// What people may do with the links of a session: make a permanent one, renew them, or delete
// the session.

import { ask, Unreachable } from "../run/rest";
import { sessionURL } from "../run/past";
import type { MovedMsg } from "./wire.gen";

// Crockford's base 32 in lower case, as the server writes tokens.
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** Returns a token of 128 random bits. */
function newToken(): string {
  let bits = crypto.getRandomValues(new Uint8Array(16)).reduce((n, byte) => (n << 8n) | BigInt(byte), 0n) << 2n; // 26 digits of 5 bits
  let token = "";
  for (let i = 0; i < 26; i++, bits >>= 5n) token = digits[Number(bits & 31n)] + token;
  return token;
}

const attempts = 4;

/** What the members get who are connected when links are renewed: no link, the new one to watch, or one of the kind by which they came. */
export type Members = "none" | "watch" | "edit";

/**
 * Gives the session other links and returns them. The old links stop working. The page
 * chooses the token, so it can ask again when an answer is lost; if no answer comes at all,
 * the error has the address at which the session may be. Pause waits that many milliseconds.
 */
export async function renewLinks(page: Location, members: Members, pause = (ms: number) => new Promise<void>((r) => void setTimeout(r, ms))): Promise<MovedMsg> {
  const token = newToken();
  for (let n = 1; ; n++) {
    try {
      const { session } = await ask<{ session?: string }>(`${sessionURL(page)}/links`, { token, members }, "POST");
      if (!session) throw new Error("the server sent no link");
      return { edit: token, view: session };
    } catch (e) {
      if (!(e instanceof Unreachable)) throw e;
      if (n === attempts) throw new Error(`the server cannot be reached; if this link stops working, the session is at ${new URL(token, page.href).href}`);
      await pause(1000 * n);
    }
  }
}

/** Keeps the session's files as they are now, and returns the address that they stay at. */
export async function keepSnapshot(page: Location): Promise<string> {
  const { id } = await ask<{ id?: string }>(`${sessionURL(page)}/snapshots`, undefined, "POST");
  if (!id) throw new Error("the server sent no link");
  return new URL(`../p/${id}`, page.href).href;
}

/** Deletes the session for everyone. Its connections end with "gone". */
export async function deleteSession(page: Location): Promise<void> {
  await ask(sessionURL(page), undefined, "DELETE");
}
