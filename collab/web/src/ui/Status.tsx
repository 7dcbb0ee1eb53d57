// How the page stands with its session, in words.

import { useRef, useSyncExternalStore } from "react";
import type { Session, Status } from "../collab/session";

/** Whether the page will not come back by itself. */
export function isFinal(s: Status): boolean {
  return s === "gone" || s === "replaced" || s === "too-old" || s === "forbidden";
}

type Words = [text: string, title: string];

const statusText: Record<Status, Words> = {
  connecting: ["Connecting…", "The session is loading."],
  live: ["Saved", "All your changes are saved on the server."],
  reconnecting: ["Reconnecting…", "Connection lost. You can keep typing; your changes are sent when it is back."],
  offline: ["Offline", "This device has no network. You can keep typing; your changes are sent when it is back."],
  full: ["Full", "The session, or the server, takes no more people at the moment. This page keeps trying."],
  gone: ["Invalid link", "This session was deleted or its links were renewed. Ask for the new link; the text is still here to copy."],
  replaced: ["Open elsewhere", "This editor has been taken over by another connection. Reload to come back."],
  "too-old": ["Page too old", "The server has been updated. Reload the page."],
  forbidden: ["No access", "The server does not let this page in."],
};

/** While nothing has come of the session, there is nothing to keep typing in or to copy. */
const notLoaded: Partial<Record<Status, Words>> = {
  reconnecting: ["Not connected", "The server does not answer, so the session cannot be shown. This page keeps trying. If it stays like this, a proxy or firewall may be blocking WebSocket connections."],
  offline: ["Offline", "This device has no network, so the session cannot be shown. It is loaded when the network is back."],
  gone: ["Invalid link", "This session was deleted or its links were renewed. Ask for the new link."],
};

const wordsOf = (status: Status, loaded: boolean): Words => (loaded ? undefined : notLoaded[status]) ?? statusText[status];

interface Props {
  status: Status;
  /** Whether the text of the session has ever arrived. */
  loaded: boolean;
}

export function StatusPill({ session, status, loaded, locked }: Props & { session: Session; locked: boolean }) {
  const saved = useSyncExternalStore(session.subscribe, session.saved, session.saved);
  const { readOnly } = session.boot;
  let [text, title] = wordsOf(status, loaded);
  let tone = status === "live" ? "good" : isFinal(status) ? "bad" : "warn";
  if (status === "live" && !saved) [text, title, tone] = ["Saving…", "Your last changes are not saved on the server yet.", "busy"];
  if (status === "live" && readOnly) [text, title] = ["Read-only", "You are watching. People with the other link can edit."];
  else if (status === "live" && locked && saved) [text, title] = ["Read-only", "The session was made read-only: its files cannot be changed."];
  const waits = status === "reconnecting" || status === "offline" || status === "full";
  return (
    <>
      <span className={`status ${tone}`} title={title}>
        <span className="dot" aria-hidden="true" />
        <span>{text}</span>
        {!saved && waits && <span className="unsent"> · unsent edits</span>}
        {waits && (
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
      <Announcement status={status} loaded={loaded} />
    </>
  );
}

/** For screen readers: that the connection fails, and that it is back. Not that each word typed is saved. */
function Announcement({ status, loaded }: Props) {
  const failed = useRef(false);
  if (status !== "live" && status !== "connecting") failed.current = true;
  const said = status === "connecting" || !failed.current ? "" : status === "live" ? "Connected again." : wordsOf(status, loaded).join(". ");
  return (
    <span className="unseen" role="status">
      {said}
    </span>
  );
}

/** What else there is to know when nothing more, or nothing for now, is to be expected. */
export function StatusNotice({ status, loaded, watch }: Props & { watch: string }) {
  if (status === "gone" && watch)
    return (
      <div className="notice">
        The links of this session were renewed, and you were let watch: <a href={watch}>open the watching link</a>. The text is still here to copy.
      </div>
    );
  if (!isFinal(status) && status !== "full" && (loaded || !notLoaded[status])) return null;
  return <div className="notice">{wordsOf(status, loaded)[1]}</div>;
}
