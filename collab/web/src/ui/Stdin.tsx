import { useEffect, useReducer, useRef } from "react";

interface Props {
  /** Whether a program runs that takes input. */
  open: boolean;
  /** Whether it waits for some. */
  waiting: boolean;
  /** Without a connection, input is kept until it can be sent. */
  live: boolean;
  /** Whether the focus may go to the input when the program waits. */
  mayFocus(): boolean;
  /** Returns false where the text could not be sent. */
  send(text: string, eof: boolean): boolean;
  /** Takes the focus when the input has ended. */
  leave(): void;
}

/** Most lines that the field shows at once. */
const maxRows = 6;

/**
 * The program's standard input, as at a terminal: Enter sends, several lines may be
 * pasted, the arrows bring back what was sent, Ctrl-D ends the input. It does not go
 * away while it has the focus or text that is not sent.
 */
export function Stdin({ open, waiting, live, mayFocus, send, leave }: Props) {
  const [, look] = useReducer((n: number) => n + 1, 0); // at the field again
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const history = useRef<string[]>([]);
  const at = useRef(0); // of the history; its length stands for what is being written
  const draft = useRef("");
  const can = open && live;
  // The field's own value is the text: what extensions or dictation write there counts, too.
  const text = field.current?.value ?? "";

  useEffect(() => {
    if (open && waiting && mayFocus()) field.current?.focus();
  }, [open, waiting]);

  const write = (s: string) => {
    field.current!.value = s;
    look();
  };
  const submit = (eof: boolean) => {
    const text = field.current?.value ?? "";
    if (!can) return;
    const data = eof || text.endsWith("\n") ? text : `${text}\n`;
    if (!send(data, eof)) return;
    const line = text.replace(/\n$/, "");
    if (line && line !== history.current[history.current.length - 1]) history.current.push(line);
    at.current = history.current.length;
    write("");
    if (eof) leave();
  };
  const recall = (step: number): boolean => {
    const to = at.current + step;
    if (to < 0 || to > history.current.length) return false;
    if (at.current === history.current.length) draft.current = field.current!.value;
    at.current = to;
    write(history.current[to] ?? draft.current);
    return true;
  };
  const latest = useRef(submit);
  latest.current = submit;

  // From the document, not from events: a window in the background gets no focus event,
  // and a window that goes there gets a blur event although it keeps the focus.
  const visible = open || text !== "" || Boolean(form.current?.contains(document.activeElement));
  useEffect(() => {
    const el = field.current;
    if (!el) return;
    // The keyboards of some phones tell of Enter only as of a line break.
    let shift = false;
    const key = (e: KeyboardEvent) => (shift = e.shiftKey);
    const before = (e: InputEvent) => {
      if (e.isComposing || shift || !["insertLineBreak", "insertParagraph"].includes(e.inputType)) return;
      e.preventDefault();
      latest.current(false);
    };
    el.addEventListener("keydown", key);
    el.addEventListener("beforeinput", before);
    return () => {
      el.removeEventListener("keydown", key);
      el.removeEventListener("beforeinput", before);
    };
  }, [visible]);

  if (!visible) return null;
  const rows = Math.min(maxRows, text.split("\n").length);
  return (
    <form
      ref={form}
      className={open && waiting ? "stdin waiting" : "stdin"}
      onSubmit={(e) => {
        e.preventDefault();
        submit(false);
      }}
      onBlur={() => setTimeout(look, 0)}
    >
      <textarea
        ref={field}
        aria-label="Input for the program"
        placeholder={!open ? "No more input" : waiting ? "Waiting for input" : "Input"}
        rows={rows}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="send"
        onInput={() => {
          at.current = history.current.length;
          look();
        }}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing || e.keyCode === 229) return; // the input method's
          const { value, selectionStart, selectionEnd } = e.currentTarget;
          const plain = !e.shiftKey && !e.ctrlKey && !e.metaKey && !e.altKey;
          if (e.key === "Enter" && plain) submit(false);
          else if (e.key === "d" && e.ctrlKey) submit(true);
          else if (e.key === "ArrowUp" && plain && selectionStart === selectionEnd && !value.slice(0, selectionStart).includes("\n")) {
            if (!recall(-1)) return;
          } else if (e.key === "ArrowDown" && plain && selectionStart === selectionEnd && !value.slice(selectionEnd).includes("\n")) {
            if (!recall(1)) return;
          } else return;
          e.preventDefault();
        }}
      />
      <button type="submit" aria-disabled={!can}>
        Send
      </button>
      <button type="button" aria-disabled={!can} title="End of input (Ctrl+D)" onClick={() => submit(true)}>
        End
      </button>
    </form>
  );
}
