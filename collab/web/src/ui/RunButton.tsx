import { useEffect, useRef } from "react";

interface Props {
  running: boolean;
  /** The text is compiled: running it shows its output at once. */
  ready: boolean;
  label: string;
  title: string;
  /** Whether the button can be used on this page at all. */
  offered: boolean;
  /** Whether it can be used now. */
  enabled: boolean;
  run(): void;
  stop(): void;
}

/** The second press of a double click, or of Enter, comes within this time. */
const secondPress = 700;
/** A press this soon after the button has become another was meant for what it was before. */
const reaction = 300;

/**
 * Run, or Stop while a program runs: one button, so that it keeps the focus. It
 * changes under the person who presses it, so a press counts only if it was meant
 * for what the button is now.
 */
export function RunButton({ running, ready, label, title, offered, enabled, run, stop }: Props) {
  const pressed = useRef(-Infinity); // when it last ran
  const became = useRef(-Infinity); // when it became Stop
  const down = useRef<boolean | null>(null); // what it was when the pointer went down
  useEffect(() => {
    if (running) became.current = performance.now();
  }, [running]);

  const press = (count: number) => {
    const now = performance.now();
    const meant = down.current ?? running;
    down.current = null;
    if (!enabled || count > 1 || meant !== running) return;
    if (running) {
      const own = became.current - pressed.current < secondPress; // it became Stop by a press here
      if (now - became.current < (own ? secondPress : reaction)) return;
      stop();
    } else {
      pressed.current = now;
      run();
    }
  };
  return (
    <button
      type="button"
      className={running ? "stop" : ready ? "run ready" : "run"}
      disabled={!offered}
      aria-disabled={!enabled}
      title={running ? "" : ready ? `${title}: compiled, ready to run` : title}
      aria-description={!running && ready ? "Ready: compiled" : undefined}
      onPointerDown={() => void (down.current = running)}
      onKeyDown={(e) => {
        down.current = null;
        if (e.repeat && e.key === "Enter") e.preventDefault(); // a key that is held presses once
      }}
      onClick={(e) => press(e.detail)}
    >
      <span aria-hidden="true">{running ? "■" : "▶"}</span> <span>{running ? "Stop" : label}</span>
    </button>
  );
}
