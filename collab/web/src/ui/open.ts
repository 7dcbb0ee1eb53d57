// Files that are opened: a session holds one text, so each is text or refused.

/** The text of a file, or why it cannot be opened. */
export type Opened = { text: string } | { why: string };

/** Reads a file that is to become the session's text, of at most max UTF-16 units. */
export async function readSource(file: File, max: number): Promise<Opened> {
  const tooLarge = { why: `Not opened: “${file.name}” is too large. A session holds at most ${max.toLocaleString("en")} characters.` };
  if (file.size > 3 * max + 3) return tooLarge; // a unit takes at most three bytes; a mark at the start three more
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    return { why: `Not opened: “${file.name}” could not be read. Folders cannot be opened.` };
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { why: `Not opened: “${file.name}” is not UTF-8 text. Save it as UTF-8 first.` };
  }
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/.test(text)) return { why: `Not opened: “${file.name}” is not a text file.` };
  text = text.replace(/\r\n?/g, "\n");
  return text.length > max ? tooLarge : { text };
}
