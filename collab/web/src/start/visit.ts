import { mainFile } from "../collab/files";
import type { Session } from "../collab/session";
import { firstLine, forget, recent, visited } from "./recent";

/** Notes visits of a session: when its text arrives, and when the page is left. A session that is gone is forgotten. */
export function noteVisits(session: Session, page: Location): void {
  let noted = false;
  let gone = false;
  const note = () => {
    const { loaded } = session.snapshot();
    // A session that was removed from the list, here or on another page, stays out of it until the next visit.
    if (!loaded || gone || (noted && !recent().some((r) => r.id === session.boot.view))) return;
    const text = session.client.files.get(mainFile)?.text.toString() ?? "";
    visited({ id: session.boot.view, token: page.pathname.split("/").pop()!, name: "", line: firstLine(text), at: Date.now() });
    noted = true;
  };
  session.subscribe(() => {
    const { status } = session.snapshot();
    if (status === "gone" && !gone) forget(session.boot.view);
    gone = status === "gone";
    if (!noted) note();
  });
  addEventListener("pagehide", note);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && note());
}
