// What one can open: a new session, of an example or empty, and those of recent visits.

import { useEffect, useState } from "react";
import type { NamedFile } from "../collab/wire.gen";
import { ask } from "../run/rest";
import { timeOf } from "../ui/Past";
import { examples } from "./examples";
import { type Recent, forget, pathOf, recent } from "./recent";
import "./start.css";

interface Props {
  /** Address of the server, with a slash at its end. */
  base: string;
  /** Public id of the session that the page shows, or "". */
  here: string;
  /** Its first line as it is now. */
  line?: string;
}

export default function Sessions({ base, here, line }: Props) {
  const Head = here ? "h3" : "h2";
  const [list, setList] = useState(() => recent().map((r) => (r.id === here && line !== undefined ? { ...r, line } : r)));
  const [said, say] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // Back from the session that was opened, to this page as it was.
    const back = (e: PageTransitionEvent) => {
      if (!e.persisted) return;
      setBusy(false);
      say("");
      setList(recent());
    };
    addEventListener("pageshow", back);
    return () => removeEventListener("pageshow", back);
  }, []);
  const create = async (files: NamedFile[] | null) => {
    if (busy) return;
    setBusy(true);
    say("One moment…");
    try {
      if (!files) return location.assign(base);
      const { edit } = await ask<{ edit?: string }>(new URL("api/v1/sessions", base).href, { files });
      if (!edit) throw new Error("the server sent no link");
      location.assign(new URL(edit, base).href);
    } catch (err) {
      say(`No session was created: ${err instanceof Error ? err.message : String(err)}.`);
      setBusy(false);
    }
  };
  const remove = (r?: Recent) => {
    forget(r?.id);
    setList(recent());
    say(r ? `Removed ${titleOf(r)}.` : "Removed all.");
  };
  return (
    <div className="sessions">
      <p className="unseen" role="status">
        {said}
      </p>
      {said.startsWith("No") && <p className="failure">{said}</p>}
      <Head>New session</Head>
      <ul className="templates">
        <li>
          <Template title="New" about="With the server's first lines" act={() => void create(null)} />
        </li>
        {examples.map(({ title, about, files }) => (
          <li key={title}>
            <Template title={title} about={about} act={() => void create(files)} />
          </li>
        ))}
      </ul>
      <Head>Recent sessions</Head>
      {list.length === 0 ? (
        <p className="hint">None. Sessions that you open are listed here.</p>
      ) : (
        <>
          <ul className="recent">
            {list.map((r) => (
              <li key={r.id}>
                <a href={new URL(pathOf(r), base).href} aria-current={r.id === here ? "page" : undefined}>
                  <bdi translate="no">{titleOf(r)}</bdi>
                  <span className="facts">{[r.id === here ? "this session" : timeOf(new Date(r.at).toISOString()), r.token === r.id ? "watching" : "", r.id.slice(0, 6)].filter(Boolean).join(" · ")}</span>
                </a>
                <button type="button" className="icon" aria-label={`Remove ${titleOf(r)} from the list`} title="Remove from the list" onClick={() => remove(r)}>
                  ✕
                </button>
              </li>
            ))}
          </ul>
          <p className="hint">
            The links are stored only in this browser, and anyone who uses it can open them. Removing a link does not delete the session.{" "}
            <button type="button" className="link-button" onClick={() => remove()}>
              Remove all
            </button>
          </p>
        </>
      )}
    </div>
  );
}

function Template({ title, about, act }: { title: string; about: string; act(): void }) {
  return (
    <button type="button" onClick={act}>
      <span className="title">{title}</span>
      <span className="facts">{about}</span>
    </button>
  );
}

const titleOf = (r: Recent) => r.name || r.line || "Untitled";
