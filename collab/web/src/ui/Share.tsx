import { useState } from "react";
import type { Members } from "../collab/links";
import { Confirm } from "./Confirm";
import { Dialog } from "./Dialog";
import { downloadFrom } from "./download";

interface Props {
  /** Null on a read-only page, which does not know it. */
  edit: string | null;
  view: string;
  /** What an editor may do with the session, and the address of all of it as a zip; null on a read-only page. An error has the reason. */
  manage: { renew(members: Members): Promise<void>; remove(): Promise<void>; lock(on: boolean): void; exported: string } | null;
  /** Whether the session is read-only for everyone. */
  locked: boolean;
  /** Keeps the files as they are now and returns their address. An error has the reason. */
  snapshot(): Promise<string>;
  close(): void;
}

const choices: [Members, string][] = [
  ["none", "are disconnected"],
  ["watch", "get the new watching link"],
  ["edit", "keep working: they get the new link of their kind"],
];

export function Share({ edit, view, manage, locked, snapshot, close }: Props) {
  const [asked, ask] = useState<"" | "renew" | "delete">("");
  const [members, setMembers] = useState<Members>("none");
  const cancel = () => ask("");
  return (
    <>
      <Dialog title="Share this session" close={close}>
        {edit && <Link label="Anyone with this link can edit and run" url={edit} />}
        <Link label="Anyone with this link can watch" url={view} />
        <p className="hint">Anyone who has a link can open the session: there are no accounts. The watching link does not reveal the other one.</p>
        <Permanent make={snapshot} />
        {locked && (
          <p className="hint" role="status">
            The session is read-only: its files cannot be changed. Anyone with the editing link can undo this.
          </p>
        )}
        {manage && (
          <div className="manage">
            <button type="button" onClick={() => downloadFrom(manage.exported)}>
              Export
            </button>
            <button type="button" onClick={() => manage.lock(!locked)}>
              {locked ? "Let people edit again" : "Make read-only"}
            </button>
            <button type="button" onClick={() => ask("renew")}>
              Renew links…
            </button>
            <button type="button" onClick={() => ask("delete")}>
              Delete session…
            </button>
          </div>
        )}
      </Dialog>
      {manage && asked === "renew" && (
        <Confirm
          title="Renew links?"
          says="The old links stop working, and this page moves to the new address. A run in progress stops. The text and past runs stay. You cannot undo this."
          label="Renew links"
          failed="Could not renew the links"
          act={() => manage.renew(members)}
          close={cancel}
        >
          <fieldset className="members">
            <legend>People who are connected now, also by a link that has leaked</legend>
            {choices.map(([value, label]) => (
              <label key={value}>
                <input type="radio" name="members" checked={members === value} onChange={() => setMembers(value)} /> {label}
              </label>
            ))}
          </fieldset>
        </Confirm>
      )}
      {manage && asked === "delete" && (
        <Confirm
          title="Delete session?"
          says="The session, its text and its past runs are deleted for everyone, for good. You cannot undo this."
          label="Delete session"
          failed="Could not delete the session"
          act={manage.remove}
          close={cancel}
        />
      )}
    </>
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

/** Makes a permanent link when it is asked for. */
function Permanent({ make }: { make(): Promise<string> }) {
  const [state, set] = useState<{ url?: string; says?: string }>({});
  if (state.url) return <Link label="This link keeps the files as they are now" url={state.url} />;
  const keep = async () => {
    set({ says: "One moment…" });
    try {
      set({ url: await make() });
    } catch (e) {
      set({ says: `Could not make the link: ${e instanceof Error ? e.message : e}` });
    }
  };
  return (
    <div className="link">
      <button type="button" disabled={state.says === "One moment…"} onClick={() => void keep()}>
        Make a permanent link
      </button>
      <span className="said" role="status">
        {state.says}
      </span>
    </div>
  );
}
