import { useState } from "react";

/** A line for the program's standard input. */
export function Stdin({ send }: { send(text: string, eof: boolean): void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="stdin"
      onSubmit={(e) => {
        e.preventDefault();
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
            send(text, true);
            setText("");
          }
        }}
      />
      <button type="submit">Send</button>
      <button type="button" title="End of input (Ctrl+D)" onClick={() => send("", true)}>
        End
      </button>
    </form>
  );
}
