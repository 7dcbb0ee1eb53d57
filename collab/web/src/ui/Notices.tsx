import { Suspense } from "react";
import { baseName } from "../collab/files";
import type { Session, Snapshot } from "../collab/session";
import { useUnsent } from "../unsent/use";
import { CopyButton } from "./CopyButton";
import { download } from "./download";
import { part } from "./part";

const Unsent = part(() => import("../unsent/Unsent"));

/** What the user has to be told, and what of theirs is in danger. */
export function Notices({ session, snap }: { session: Session; snap: Snapshot }) {
  const unsent = useUnsent(session);
  return (
    <div className="notices">
      {unsent.length > 0 && (
        <Suspense fallback={null}>
          <Unsent list={unsent} url={session.url} person={session.person} />
        </Suspense>
      )}
      {snap.lost.map((lost, i) => (
        <div className="notice" role="alert" key={i}>
          <span>{`${lost.why} Your text is kept until you dismiss this.`}</span>
          <CopyButton what={`the text of ${lost.path}`} text={() => lost.text} />
          <button type="button" onClick={() => download(lost.text, baseName(lost.path).replace(/(\.\w*)?$/, "-refused$1"))}>
            Download it
          </button>
          <Dismiss act={() => session.letGo(lost)} />
        </div>
      ))}
      {snap.notice && (
        <div className="notice" role="alert">
          <span>{snap.notice}</span>
          <Dismiss act={() => session.dismiss()} />
        </div>
      )}
    </div>
  );
}

function Dismiss({ act }: { act(): void }) {
  return (
    <button type="button" className="icon" aria-label="Dismiss" onClick={act}>
      ✕
    </button>
  );
}
