import { useState } from "react";

interface Props {
  /** Without a connection a line is kept until it can be sent. */
  disabled: boolean;
  send(text: string, eof: boolean): void;
}

/** A line for the program's standard input. */
export function Stdin({ disabled, send }: Props) {
  const [text, setText] = useState("");
  return (
    <form
      className="stdin"
      onSubmit={(e) => {
        e.preventDefault();
        if (disabled) return;
        send(`${text}\n`, false);
        setText("");
      }}
    >
      <input
        aria-label="Input for the program"
        placeholder="Input for the program"
        value={text}
        autoComplete="off"
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "d" && e.ctrlKey) {
            e.preventDefault();
            if (disabled) return;
            send(text, true);
            setText("");
          }
        }}
      />
      <button type="submit" disabled={disabled}>
        Send
      </button>
      <button type="button" disabled={disabled} title="End of input (Ctrl+D)" onClick={() => send("", true)}>
        End
      </button>
    </form>
  );
}
