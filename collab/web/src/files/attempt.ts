import { Refused } from "../collab/files";
import type { Session } from "../collab/session";

/** Does an operation on files. If it is refused, the user is shown why, and the result is false. */
export function attempt(session: Session, operation: () => void): boolean {
  try {
    operation();
    return true;
  } catch (err) {
    if (!(err instanceof Refused)) throw err;
    session.notice(err.message);
    return false;
  }
}
