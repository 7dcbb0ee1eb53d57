// Where a use declaration belongs. DOM-free.

import type { Text } from "@codemirror/state";

export interface Use {
  from: number;
  /** To insert there; empty if the source has the declaration. */
  insert: string;
  /** The position of the cursor afterwards: at the end of the declaration's name. */
  cursor: number;
}

/**
 * A declaration of a crate, on a separate line before the first item: after a shebang, front
 * matter, and the comments and attributes of the file.
 */
export function useOf(doc: Text, crate: string): Use {
  const name = crate.replaceAll("-", "_");
  const has = new RegExp(`^\\s*(?:pub\\s+)?use\\s+(?:::)?${name}\\b`);
  let at = 1;
  let fence = ""; // of front matter
  let begun = false;
  for (let n = 1; n <= doc.lines; n++) {
    const { text, from } = doc.line(n);
    const found = fence ? null : has.exec(text);
    if (found) return { from, insert: "", cursor: from + found[0].length };
    if (begun) continue;
    const dashes = /^-{3,}/.exec(text)?.[0] ?? "";
    if (fence ? text.trimEnd() === fence : dashes) {
      fence = fence ? "" : dashes;
      at = n + 1;
    } else if (fence || /^\s*(?:\/\/!|#!)/.test(text)) at = n + 1;
    else if (!/^\s*(?:$|\/\/)/.test(text)) begun = true;
  }
  const line = `use ${name};`;
  if (at > doc.lines) return { from: doc.length, insert: `\n${line}`, cursor: doc.length + line.length };
  const { from } = doc.line(at);
  return { from, insert: `${line}\n`, cursor: from + line.length - 1 };
}
