import { useEffect, useRef, useState } from "react";
import { maxSessionName } from "../collab/person";
import "./session-name.css";

interface Props {
  /** Empty if the session has none. */
  name: string;
  canEdit: boolean;
  editing: boolean;
  setEditing(on: boolean): void;
  rename(name: string): void;
}

/** What the members call the session: nothing while it has no name, so that those who need none are not asked. */
export function SessionName({ name, canEdit, editing, setEditing, rename }: Props) {
  const back = useRef(false); // the focus goes from the field to the button
  const end = (byKey: boolean) => {
    back.current = byKey;
    setEditing(false);
  };
  useEffect(() => {
    if (!editing) back.current = false; // after the button has taken it
  }, [editing]);
  // A connection that is lost meanwhile does not end the editing: the name is sent when it is back.
  if (editing) return <Edit name={name} rename={rename} close={end} />;
  if (!name) return null;
  const shown = (
    <bdi translate="no" className="name">
      {name}
    </bdi>
  );
  if (!canEdit) return <span className="session-name">{shown}</span>;
  return (
    <button ref={(button) => void (back.current && button?.focus())} type="button" className="session-name" aria-label={`Session ${name}: rename`} title={`${name} (rename)`} onClick={() => setEditing(true)}>
      {shown}
    </button>
  );
}

function Edit({ name, rename, close }: { name: string; rename(name: string): void; close(byKey: boolean): void }) {
  const [before] = useState(name); // another member may rename it meanwhile
  const [text, setText] = useState(name);
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false); // the field loses the focus when it goes
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const end = (save: boolean, byKey: boolean) => {
    if (done.current) return;
    done.current = true;
    if (save && text.trim() !== before) rename(text);
    close(byKey);
  };
  return (
    <form
      className="session-name"
      onSubmit={(e) => {
        e.preventDefault();
        end(true, true);
      }}
    >
      <input
        ref={input}
        aria-label="Name of the session"
        placeholder="Name of the session"
        value={text}
        maxLength={maxSessionName}
        onChange={(e) => setText(e.target.value)}
        onBlur={() => end(true, false)}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          e.stopPropagation();
          end(false, true);
        }}
      />
    </form>
  );
}
