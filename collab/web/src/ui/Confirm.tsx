import { type ReactNode, useRef, useState } from "react";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  /** What will happen, in plain sentences. */
  says: string;
  /** Of the button that does it. */
  label: string;
  /** The beginning of the error sentence; the reason follows. */
  failed: string;
  /** Does it. The message of an error, a clause, is shown as the reason. */
  act(): Promise<void>;
  close(): void;
  /** What may be chosen before. */
  children?: ReactNode;
}

/** Asks before something that cannot be undone, and stays open while it fails. */
export function Confirm({ title, says, label, failed, act, close, children }: Props) {
  const [said, say] = useState("");
  const [busy, setBusy] = useState(false);
  const once = useRef(false); // a second click may come before the button is drawn as disabled
  const confirm = async () => {
    if (once.current) return;
    once.current = true;
    setBusy(true);
    say("");
    try {
      await act();
    } catch (err) {
      say(`${failed}: ${err instanceof Error ? err.message : String(err)}.`);
    } finally {
      once.current = false;
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} asks={says} close={close}>
      {children}
      <p role="status" className="failure">
        {said}
      </p>
      <div className="choice">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="button" className="danger" aria-disabled={busy} onClick={() => void confirm()}>
          {label}
        </button>
      </div>
    </Dialog>
  );
}
