// Offers unsent text of pages that are gone: nothing is put into the session unasked.

import { useEffect, useRef, useState } from "react";
import { Confirm } from "../ui/Confirm";
import { CopyButton } from "../ui/CopyButton";
import { timeOf } from "../ui/Past";
import { type Fate, Returning } from "./returning";
import { type Kept, browserStore } from "./store";
import type { Found } from "./use";

interface Props {
  list: readonly Found[];
  /** Of the session's socket. */
  url: string;
  person: { name: string; key: string };
}

export default function Unsent({ list, url, person }: Props) {
  return list.map(({ kept, alone }) => <Offer key={kept.key} kept={kept} alone={alone} url={url} person={person} />);
}

/** elsewhere: the page that kept the text may be open, so that the session is not asked as that page. */
type Shown = Fate | "elsewhere";

const fates: Partial<Record<Shown, string>> = {
  elsewhere: "Another page may still send it, so you can only copy it.",
  unknown: "The server cannot tell how much of it arrived, so you can only copy it.",
  "taken-back": "The session does not take it any more, for example because a file was deleted, or the session is full or read-only. You can copy it.",
};

function Offer({ kept, alone, url, person }: Found & { url: string; person: Props["person"] }) {
  const [fate, setFate] = useState<Shown | null>(alone ? null : "elsewhere"); // null until the session has answered
  const [gone, setGone] = useState("");
  const [busy, setBusy] = useState(false);
  const [asks, ask] = useState(false);
  const returning = useRef<Returning | null>(null);
  const told = (fate: Fate, done: string) => {
    setFate(fate);
    setBusy(false);
    if (fate === "arrived") return void browserStore().remove(kept.key).then(() => setGone(done), () => setGone(done));
  };
  useEffect(() => {
    if (!alone) return;
    returning.current = new Returning(url, kept, person);
    void returning.current.ask().then((fate) => told(fate, " "));
  }, [kept, alone, url, person]);
  if (gone || fate === null)
    return (
      <span className="unseen" role="status">
        {gone.trim()}
      </span>
    );
  const names = kept.files.map((f) => f.path).join(", ");
  const when = timeOf(new Date(kept.at).toISOString());
  return (
    <div className="notice" role="alert">
      <span>
        {`Unsent text from ${when} in `}
        <span translate="no">{names}</span>. {fates[fate]}
      </span>
      {fate === "open" && (
        <button
          type="button"
          className="primary"
          aria-disabled={busy}
          onClick={() => {
            if (busy) return;
            setBusy(true);
            void returning.current!.putBack().then((fate) => told(fate, "The text was put back."));
          }}
        >
          Put back
        </button>
      )}
      <CopyButton what={`the text of ${names} from ${when}`} text={() => textOf(kept)} />
      <button type="button" onClick={() => ask(true)}>
        Discard…
      </button>
      {asks && (
        <Confirm
          title="Discard the unsent text?"
          says={`What you typed in ${names} and the session does not have is deleted from this browser. You cannot undo this.`}
          label="Discard"
          failed="Could not discard the text"
          act={async () => {
            await browserStore().remove(kept.key);
            setGone("The unsent text was discarded.");
          }}
          close={() => ask(false)}
        />
      )}
    </div>
  );
}

/** The text of the files with unsent changes; of several, each below its name. */
const textOf = ({ files }: Kept) => (files.length === 1 ? files[0]!.text : files.map(({ path, text }) => `// ${path}\n${text}`).join("\n"));
