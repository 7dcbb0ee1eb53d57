// The crates that programs may use: search, and put a use line into the source.

import { useId, useState } from "react";
import { flushSync } from "react-dom";
import { Dialog } from "../ui/Dialog";
import { useToolchains } from "../ui/useToolchains";
import "./crates.css";

interface Props {
  /** The session's toolchain; empty for the default. */
  channel: string;
  canInsert: boolean;
  insert(crate: string): void;
  close(): void;
}

export default function Crates({ channel, canInsert, insert, close }: Props) {
  const { list, why } = useToolchains(channel);
  const [query, setQuery] = useState("");
  const id = useId();
  const crates = list && ((list.find((t) => (channel ? t.channel === channel : t.default)) ?? list[0])?.crates ?? []);
  const wanted = query.trim().toLowerCase().replaceAll("_", "-");
  const found = (crates ?? []).filter((c) => c.name.toLowerCase().replaceAll("_", "-").includes(wanted));
  const status = () => {
    if (why) return `The list could not be loaded: ${why}.`;
    if (!crates) return "Loading…";
    if (!crates.length) return "This server has no crates. Its operator can build some with corust crates build.";
    return found.length ? `${found.length} of ${crates.length} crates` : `No crate is called ${query.trim()}.`;
  };
  return (
    <Dialog title="Crates" close={close}>
      <div className="crates-search">
        <label htmlFor={id}>Search</label>
        <input id={id} type="search" value={query} autoComplete="off" autoCapitalize="off" spellCheck={false} onChange={(e) => setQuery(e.target.value)} />
      </div>
      <p className="hint" role="status">
        {status()}
      </p>
      <ul className="crates">
        {found.map((c) => (
          <li key={`${c.name} ${c.version}`}>
            <span className="what">
              <span className="name">{c.name}</span> <span className="facts">{c.version}</span>
              {c.features && c.features.length > 0 && <span className="facts features">{c.features.join(", ")}</span>}
            </span>
            {canInsert && (
              <button
                type="button"
                aria-label={`Use ${c.name}`}
                onClick={() => {
                  flushSync(close); // it gives the focus back first
                  insert(c.name);
                }}
              >
                Use
              </button>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
