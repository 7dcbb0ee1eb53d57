// Sessions that this browser has visited. Their links are secrets: they stay in its store,
// and the user can remove them.

import { readSetting, writeSetting } from "../collab/person";

export interface Recent {
  /** Public id of the session. */
  id: string;
  /** The last part of the address: the token that lets edit, or the id of a link that lets watch. */
  token: string;
  /** The session's name, or else its first line; either may be empty. */
  name: string;
  line: string;
  /** Last visit, in milliseconds. */
  at: number;
}

const key = "corust.recent";
/** How many are kept. */
export const most = 50;
const lineLength = 80;

/** The last visits, the newest first. */
export function recent(): Recent[] {
  try {
    const list: unknown = JSON.parse(readSetting(key) ?? "[]");
    return Array.isArray(list) ? list.filter(isRecent) : [];
  } catch {
    return [];
  }
}

const isRecent = (r: Partial<Recent> | null): r is Recent =>
  r !== null && typeof r === "object" && [r.id, r.token].every((t) => typeof t === "string" && /^[0-9a-z]{26}$/.test(t)) && typeof r.name === "string" && typeof r.line === "string" && typeof r.at === "number";

/** Notes a visit. A link that lets edit is not replaced by one that lets watch. */
export function visited(visit: Recent): void {
  const list = recent();
  const before = list.find((r) => r.id === visit.id);
  const token = before && visit.token === visit.id ? before.token : visit.token;
  write([{ ...visit, token }, ...list.filter((r) => r.id !== visit.id)].slice(0, most));
}

/** Forgets a session, or all. */
export function forget(id?: string): void {
  write(id === undefined ? [] : recent().filter((r) => r.id !== id));
}

const write = (list: readonly Recent[]) => writeSetting(key, JSON.stringify(list));

/** The address of a session, below that of the server. */
export const pathOf = ({ id, token }: Recent) => `${token === id ? "v" : "s"}/${token}`;

/** The first line that tells what a text is: without front matter, attributes, comment marks and braces alone. */
export function firstLine(text: string): string {
  const body = text.slice(0, 4000).replace(/^(#!.*\n)?---\n[^]*?\n---\n/, "");
  for (const line of body.split("\n")) {
    const words = line.replace(/^\s*(\/\/[/!]?|\/\*+!?)?\s*/, "").trim();
    if (/[\p{L}\p{N}]/u.test(words) && !/^#!|^#\[|^corust:/.test(words)) return words.slice(0, lineLength);
  }
  return "";
}
