import { useState } from "react";
import type { Participant } from "../collab/session";
import { maxName } from "../collab/person";
import { graphemes } from "../text";
import { Dialog } from "./Dialog";

interface Props {
  people: readonly Participant[];
  following: string;
  follow(client: string): void;
  rename(name: string): void;
}

/** Most badges in the bar; the dialog has all. */
const shown = 4;

export function People({ people, following, follow, rename }: Props) {
  const [open, setOpen] = useState(false);
  const followed = people.find((p) => !p.me && p.client === following);
  return (
    <>
      <button type="button" className="people" aria-label={`${people.length} ${people.length === 1 ? "person" : "people"} here`} onClick={() => setOpen(true)}>
        {people.slice(0, shown).map((p) => (
          <span key={p.client} className={`badge person-${p.colour}`} title={p.me ? `${p.name} (you)` : p.name} data-initials={initials(p.name)} />
        ))}
        {people.length > shown && <span className="badge more" data-initials={`+${people.length - shown}`} />}
      </button>
      {followed && (
        <button type="button" className={`following person-${followed.colour}`} onClick={() => follow(followed.client)}>
          <span className="whom">
            Following <bdi translate="no">{followed.name}</bdi>
          </span>
          <span aria-hidden="true">✕</span>
        </button>
      )}
      {open && (
        <Dialog title="People" close={() => setOpen(false)}>
          <ul className="people-list">
            {people.map((p) => (
              <li key={p.client}>
                <span className={`badge person-${p.colour}`} data-initials={initials(p.name)} />
                {p.me ? (
                  <Rename name={p.name} rename={rename} />
                ) : (
                  <>
                    <bdi className="name" translate="no">{p.name}</bdi>
                    <button type="button" aria-pressed={following === p.client} onClick={() => follow(p.client)}>
                      {following === p.client ? "Stop following" : "Follow"}
                    </button>
                  </>
                )}
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}

function Rename({ name, rename }: { name: string; rename(name: string): void }) {
  const [text, setText] = useState(name);
  return (
    <form
      className="rename"
      onSubmit={(e) => {
        e.preventDefault();
        rename(text);
      }}
    >
      <input aria-label="Your name" value={text} maxLength={maxName} onChange={(e) => setText(e.target.value)} onBlur={() => rename(text)} />
      <span className="hint">you</span>
    </form>
  );
}

function initials(name: string): string {
  const words = name.split(" ").filter(Boolean);
  return words
    .slice(0, 2)
    .map((w) => graphemes(w)[0]?.toLocaleUpperCase("en") ?? "")
    .join("");
}
