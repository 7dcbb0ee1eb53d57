// Questions to the server's REST interface.

import type { Problem } from "../collab/wire.gen";
import { sayProblem } from "../ui/words";

/** No answer arrived; the server may have acted on the question or not. */
export class Unreachable extends Error {
  constructor() {
    super("the server cannot be reached"); // each browser has other words for it
  }
}

/** An answer that is an error, in words for the user. */
export class Answer extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Returns the answer; an error has the reason in words for the user. The answer to a DELETE is empty. */
export async function ask<T>(url: string, body?: object, method = body ? "POST" : "GET"): Promise<T> {
  const init = { method, ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }) };
  const res = await fetch(url, init).catch(() => {
    throw new Unreachable();
  });
  const answer = (await res.json().catch(() => ({}))) as T & Partial<Problem>;
  if (!res.ok) throw new Answer(sayProblem(answer, res.status), res.status);
  return answer;
}
