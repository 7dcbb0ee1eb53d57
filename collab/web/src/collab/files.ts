// The files of a session, as collab/files and collab/wire have them in Go: which paths
// there may be, and what a change does to a set of files.

import { type ChangeSet, type Text, Text as T } from "@codemirror/state";
import type { File, FileOp } from "./wire.gen";

/** The file that every session has. */
export const mainFile = 0;
/** The path of the main file of a session that was created without one. */
export const defaultPath = "main.rs";

export interface SessionFile {
  readonly id: number;
  readonly path: string;
  readonly text: Text;
}

/** A path without its directory. */
export const baseName = (path: string): string => path.replace(/^.*\//, "");

/** Files by id. A set does not change; put and drop give another. */
export type Files = ReadonlyMap<number, SessionFile>;

/** What happens to one file: a change of its text, or an operation. */
export type Change = { readonly file: number; readonly changes: ChangeSet; readonly op?: undefined } | { readonly file: number; readonly op: FileOp; readonly changes?: undefined };

/** A file is not there, or cannot be what was asked. The code is one of the session's. */
export class Refused extends Error {
  override name = "Refused";
  constructor(
    readonly code: "malformed" | "too-large" | "no-file" | "exists",
    message: string,
  ) {
    super(message);
  }
}

export const filesOf = (list: readonly File[]): Files => new Map(list.map((f) => [f.id ?? mainFile, { id: f.id ?? mainFile, path: f.path, text: textOf(f.text) }]));
export const textOf = (s: string): Text => T.of(s.split("\n"));

/** The set with a file, or with another in place of the one with its id, in the order of ids. */
export function put(files: Files, file: SessionFile): Files {
  const next = new Map(files);
  next.set(file.id, file);
  return files.has(file.id) ? next : new Map([...next].sort(([a], [b]) => a - b));
}

export function drop(files: Files, id: number): Files {
  const next = new Map(files);
  next.delete(id);
  return next;
}

/** UTF-16 units of all texts. */
export function unitsOf(files: Files): number {
  let n = 0;
  for (const f of files.values()) n += f.text.length;
  return n;
}

const maxFileId = 2 ** 48 - 1;

/** An id for a file that is to be created, which no other file has. */
export function newFileId(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return ((high & 0xffff) * 2 ** 32 + low) % maxFileId + 1;
}

const maxPath = 128;
const maxPart = 64;

/** Why no file can have a path, or an empty string; see wire.CheckPath. */
export function pathProblem(path: string): string {
  if (!path) return "A name cannot be empty.";
  if (path.length > maxPath) return `A name has at most ${maxPath} characters, and this has ${path.length}.`;
  if (/[\\\uFFFD\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(path)) return "A name cannot have backslashes, control characters or invisible characters.";
  for (const part of path.split("/")) {
    if (!part) return "A name cannot begin or end with a slash, or have two slashes in a row.";
    if (part.length > maxPart) return `Each part of a name has at most ${maxPart} characters.`;
    if (/^[. ]|[. ]$/.test(part)) return "No part of a name can begin or end with a dot or a space.";
  }
  return "";
}

/** Whether two files cannot have these paths; see wire.PathsCollide. */
export function pathsCollide(a: string, b: string): boolean {
  let [x, y] = [fold(a), fold(b)];
  if (x.length > y.length) [x, y] = [y, x];
  return y.startsWith(x) && (x.length === y.length || y[x.length] === "/");
}

/** Upper and then lower case of each character alone, where that is one character. */
function fold(path: string): string {
  let out = "";
  for (const c of path) {
    const upper = [...c.toUpperCase()];
    const lower = (upper.length === 1 ? upper[0]! : c).toLowerCase();
    out += String.fromCodePoint(lower.codePointAt(0)!);
  }
  return out;
}

/** The file of a set, other than the one with the id, that leaves no room for a path. */
export function inTheWay(files: Files, id: number, path: string): SessionFile | undefined {
  for (const f of files.values()) if (f.id !== id && pathsCollide(f.path, path)) return f;
  return undefined;
}

/** Throws Refused if a set cannot take an operation, whatever the limits. */
export function checkOp(files: Files, file: number, op: FileOp): void {
  if (op.do === "create" ? files.has(file) : !files.has(file)) throw new Refused(op.do === "create" ? "exists" : "no-file", `file ${file}`);
  if (file === mainFile && op.do !== "rename") throw new Refused("malformed", "The main file cannot be deleted.");
  if (op.do === "delete") return;
  const problem = pathProblem(op.path ?? "");
  if (problem) throw new Refused("malformed", problem);
  const other = inTheWay(files, file, op.path!);
  if (other) throw new Refused("exists", `There is ${other.path} already.`);
}

/** A set after a change. Paths are not checked. */
export function applyTo(files: Files, { file, changes, op }: Change): Files {
  if (op?.do === "create") return put(files, { id: file, path: op.path ?? "", text: textOf(op.text ?? "") });
  const f = files.get(file);
  if (!f) throw new RangeError(`no file ${file}`);
  if (changes) {
    if (changes.length !== f.text.length) throw new RangeError(`change of ${changes.length} units, text of ${f.text.length}`);
    return put(files, { ...f, text: changes.apply(f.text) });
  }
  return op.do === "rename" ? put(files, { ...f, path: op.path ?? "" }) : drop(files, file);
}
