// How the page stands with its session, in words.

import { useSyncExternalStore } from "react";
import type { Session, Status } from "../collab/session";

/** Whether the page will not come back by itself. */
export function isFinal(s: Status): boolean {
  return s === "gone" || s === "replaced" || s === "too-old" || s === "forbidden";
}

const statusText: Record<Status, [text: string, title: string]> = {
  connecting: ["Connecting…", "The session is being loaded."],
  live: ["Saved", "Everything that you typed is in the server's log."],
  reconnecting: ["Reconnecting…", "The connection is lost. You can go on writing; it will be sent when the connection is back."],
  offline: ["Offline", "This machine has no network. You can go on writing; it will be sent when the network is back."],
  full: ["Full", "The session, or the server, takes no more people at the moment. It is tried again."],
  gone: ["Session deleted", "This session does not exist any more. Download the file to keep it."],
  replaced: ["Open elsewhere", "This editor has been taken over by another connection. Reload to come back."],
  "too-old": ["Page too old", "The server has been updated. Reload the page."],
  forbidden: ["No access", "The server does not let this page in."],
};

export function StatusPill({ session, status }: { session: Session; status: Status }) {
  const saved = useSyncExternalStore(session.subscribe, session.saved, session.saved);
  const { readOnly } = session.boot;
  let [text, title] = statusText[status];
  let tone = status === "live" ? "good" : isFinal(status) ? "bad" : "warn";
  if (status === "live" && !saved) [text, title, tone] = ["Saving…", "Not everything that you typed is in the server's log yet.", "busy"];
  if (status === "live" && readOnly) [text, title] = ["Read-only", "You are watching. Whoever has the other link can edit."];
  const unsent = !saved && (status === "reconnecting" || status === "offline" || status === "full");
  return (
    <span className={`status ${tone}`} title={title} role="status">
      <span className="dot" aria-hidden="true" />
      {text}
      {unsent && <span className="unsent"> · unsent edits</span>}
      {(status === "reconnecting" || status === "offline" || status === "full") && (
        <button type="button" className="link-button" onClick={() => session.retryNow()}>
          Retry
        </button>
      )}
      {(status === "too-old" || status === "replaced") && (
        <button type="button" className="link-button" onClick={() => location.reload()}>
          Reload
        </button>
      )}
    </span>
  );
}

/** What else there is to know when nothing more, or nothing for now, is to be expected. */
export function StatusNotice({ status }: { status: Status }) {
  if (!isFinal(status) && status !== "full") return null;
  return <div className="notice">{statusText[status][1]}</div>;
}
