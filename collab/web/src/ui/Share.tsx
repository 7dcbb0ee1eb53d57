import { useState } from "react";
import { Dialog } from "./Dialog";

interface Props {
  /** Null on a read-only page, which does not know it. */
  edit: string | null;
  view: string;
  close(): void;
}

export function Share({ edit, view, close }: Props) {
  return (
    <Dialog title="Share this session" close={close}>
      {edit && <Link label="Anyone with this link can edit and run" url={edit} />}
      <Link label="Anyone with this link can watch" url={view} />
      <p className="hint">Whoever has a link has the session: there are no accounts. The watching link does not reveal the other one.</p>
    </Dialog>
  );
}

function Link({ label, url }: { label: string; url: string }) {
  const [said, say] = useState("");
  const copy = async (input: HTMLInputElement | null) => {
    try {
      await navigator.clipboard.writeText(url);
      say("Copied");
    } catch {
      input?.select(); // without permission, or without TLS: Ctrl-C does it
      say("Press Ctrl-C to copy");
    }
  };
  const id = label.replace(/\W+/g, "-");
  return (
    <div className="link">
      <label htmlFor={id}>{label}</label>
      <div className="link-row">
        <input id={id} readOnly value={url} onFocus={(e) => e.target.select()} />
        <button type="button" className="primary" onClick={(e) => void copy(e.currentTarget.parentElement?.querySelector("input") ?? null)}>
          Copy
        </button>
      </div>
      <span className="said" role="status">
        {said}
      </span>
    </div>
  );
}
