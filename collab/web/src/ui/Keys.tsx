import { Dialog } from "./Dialog";
import { isMac, mod } from "./platform";

export function Keys({ close }: { close(): void }) {
  const rows: [string, string][] = [
    [`${mod}+Enter`, "Run"],
    [`${mod}+S`, "Format"],
    [`${mod}+F`, "Search and replace"],
    [`${mod}+D`, "Select the next occurrence"],
    [`Alt+click, ${mod}+Alt+↑/↓`, "More cursors"],
    [`${mod}+/`, "Comment"],
    [`${mod}+Z`, "Undo what you did, and nothing of what others did"],
    ["F8", "The compiler's next message"],
    [`${mod}+.`, "Suggestions for this line, to apply"],
    ["F12", "In assembly: the definition of the symbol"],
    [isMac ? "Shift+Alt+M" : "Ctrl+M", "Let Tab move the focus instead of indenting"],
    ["Escape, then Tab", "Leave the editor"],
  ];
  return (
    <Dialog title="Keyboard" close={close}>
      <dl className="keys">
        {rows.map(([k, what]) => (
          <div key={k}>
            <dt>
              <kbd>{k}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
