// Offers unsent and lost text of pages that are gone: nothing is put into the session unasked.

import { useEffect, useRef, useState } from "react";
import { Confirm } from "../ui/Confirm";
import { CopyButton } from "../ui/CopyButton";
import { timeOf } from "../ui/Past";
import { type Fate, Returning } from "./returning";
import { type Kept, type LostText, type UnsentText, browserStore } from "./store";
import type { Found } from "./use";

interface Props {
  list: readonly Found[];
  /** Of the session's socket. */
  url: string;
  person: { name: string; key: string };
}

export default function Unsent({ list, url, person }: Props) {
  return list.map(({ kept, alone }) => ("why" in kept ? <Lost key={kept.key} kept={kept} /> : <Offer key={kept.key} kept={kept} alone={alone} url={url} person={person} />));
}

/** A text that the session refused. Another page that shows it as well changes nothing. */
function Lost({ kept }: { kept: LostText }) {
  const [gone, setGone] = useState("");
  if (gone) return <Gone said={gone} />;
  return (
    <div className="notice" role="alert">
      <span>{`From ${whenOf(kept)}: ${kept.why} Your text is kept until you discard it.`}</span>
      <Copying kept={kept} gone={setGone} />
    </div>
  );
}

/** elsewhere: the page that kept the text may be open, so that the session is not asked as that page. */
type Shown = Fate | "elsewhere";

const fates: Partial<Record<Shown, string>> = {
  elsewhere: "Another page may still send it, so you can only copy it.",
  unknown: "The server cannot tell how much of it arrived, so you can only copy it.",
  "taken-back": "The session does not take it any more, for example because a file was deleted, or the session is full or read-only. You can copy it.",
};

function Offer({ kept, alone, url, person }: { kept: UnsentText; alone: boolean; url: string; person: Props["person"] }) {
  const [fate, setFate] = useState<Shown | null>(alone ? null : "elsewhere"); // null until the session has answered
  const [gone, setGone] = useState("");
  const [busy, setBusy] = useState(false);
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
  if (gone || fate === null) return <Gone said={gone} />;
  return (
    <div className="notice" role="alert">
      <span>
        {`Unsent text from ${whenOf(kept)} in `}
        <span translate="no">{namesOf(kept)}</span>. {fates[fate]}
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
      <Copying kept={kept} gone={setGone} />
    </div>
  );
}

/** What can be done with every text. gone receives what to say of one that is no longer kept. */
function Copying({ kept, gone }: { kept: Kept; gone(said: string): void }) {
  const [asks, ask] = useState(false);
  return (
    <>
      <CopyButton what={`the text of ${namesOf(kept)} from ${whenOf(kept)}`} text={() => textOf(kept)} />
      <button type="button" onClick={() => ask(true)}>
        Discard…
      </button>
      {asks && (
        <Confirm
          title="Discard the text?"
          says={`What you typed in ${namesOf(kept)} and the session does not have is deleted from this browser. You cannot undo this.`}
          label="Discard"
          failed="Could not discard the text"
          act={async () => {
            await browserStore().remove(kept.key);
            gone("The text was discarded.");
          }}
          close={() => ask(false)}
        />
      )}
    </>
  );
}

const Gone = ({ said }: { said: string }) => (
  <span className="unseen" role="status">
    {said.trim()}
  </span>
);

const namesOf = ({ files }: Kept) => files.map((f) => f.path).join(", ");
const whenOf = ({ at }: Kept) => timeOf(new Date(at).toISOString());

/** The text of the files with unsent changes; of several, each below its name. */
const textOf = ({ files }: Kept) => (files.length === 1 ? files[0]!.text : files.map(({ path, text }) => `// ${path}\n${text}`).join("\n"));
