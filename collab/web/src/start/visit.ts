import { mainFile } from "../collab/files";
import { cleanName, maxSessionName } from "../collab/person";
import type { Session } from "../collab/session";
import { firstLine, forget, recent, visited } from "./recent";

/** Keeps the address of the page on its session, which may get other links. */
export function followLinks(session: Session, page: Location): void {
  session.subscribe(() => {
    const path = new URL(".", session.url).pathname.slice(0, -1);
    if (path !== page.pathname) history.replaceState(history.state, "", path + page.hash);
  });
}

/** Notes visits of a session: when its text arrives, and when the page is left. A session that is gone is forgotten. */
export function noteVisits(session: Session, page: Location): void {
  let noted = false;
  let gone = false;
  let named = "";
  let here = session.boot.view;
  const note = () => {
    const { loaded } = session.snapshot();
    // A session that was removed from the list, here or on another page, stays out of it until the next visit.
    if (!loaded || gone || (noted && !recent().some((r) => r.id === session.boot.view))) return;
    const name = cleanName(session.snapshot().settings["name"] ?? "", maxSessionName);
    const text = session.client.files.get(mainFile)?.text.toString() ?? "";
    visited({ id: session.boot.view, token: page.pathname.split("/").pop()!, name, line: firstLine(text), at: Date.now() });
    noted = true;
    named = name;
  };
  session.subscribe(() => {
    const { status, settings } = session.snapshot();
    if (session.boot.view !== here) {
      forget(here);
      here = session.boot.view;
      noted = false;
    }
    if (status === "gone" && !gone) forget(session.boot.view);
    gone = status === "gone";
    if (!noted || cleanName(settings["name"] ?? "", maxSessionName) !== named) note();
  });
  addEventListener("pagehide", note);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && note());
}
