// rustc's messages, read from the text that rustc prints for people. What is
// read is where a message points and what it says; suggestions that could be
// applied need rustc's JSON and are not here.

export interface Message {
  severity: "error" | "warning" | "info";
  code: string; // "E0425", or ""
  message: string;
  /** 1-based, columns in characters, as rustc prints them. */
  line: number;
  column: number;
  /** Characters that the first caret line covers; at least 1. */
  width: number;
  help: string[];
}

const head = /^(error|warning)(?:\[([A-Z]\d+)\])?: (.*)$/;
const arrow = /^\s*--> main\.rs:(\d+):(\d+)\s*$/;
const caret = /^\s*\|\s.*?(\^+)/;
const help = /^\s*= (?:help|note): (.*)$|^(?:help|note): (.*)$/;

/** Reads plain text, without colours. */
export function parseDiagnostics(text: string, most = 200): Message[] {
  const list: Message[] = [];
  let open: { severity: "error" | "warning"; code: string; message: string } | null = null;
  let current: Message | null = null;
  for (const line of text.split("\n")) {
    const h = head.exec(line);
    if (h) {
      if (list.length === most) break;
      open = { severity: h[1] as "error" | "warning", code: h[2] ?? "", message: h[3]! };
      current = null;
      continue;
    }
    if (open && !current) {
      const a = arrow.exec(line);
      if (a) {
        current = { ...open, line: Number(a[1]), column: Number(a[2]), width: 0, help: [] };
        list.push(current);
      }
      continue;
    }
    if (!current) continue;
    const c = current.width === 0 ? caret.exec(line) : null;
    if (c) current.width = c[1]!.length;
    const n = help.exec(line);
    if (n && current.help.length < 4) current.help.push((n[1] ?? n[2])!);
  }
  for (const m of list) m.width = Math.max(1, m.width);
  return list;
}
