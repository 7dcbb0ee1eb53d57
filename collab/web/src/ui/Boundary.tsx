import { Component, type ReactNode } from "react";
import type { Session } from "../collab/session";
import { CopyButton } from "./CopyButton";
import { download } from "./download";

interface Props {
  session: Session;
  children: ReactNode;
}

/**
 * Stands in for what cannot be drawn any more: translators and extensions change the
 * document under the page. The session goes on, and its text is offered.
 */
export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    const { session, children } = this.props;
    if (!this.state.failed) return children;
    return (
      <div className="notice failed" role="alert">
        <span>A part of this page stopped working. An extension or a translation may have changed it. Your text is kept: copy or download it, then reload.</span>
        <CopyButton what="the text" text={() => session.doc} />
        <button type="button" onClick={() => download(session.doc, session.name)}>
          {`Download ${session.name}`}
        </button>
        <button type="button" className="primary" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    );
  }
}
