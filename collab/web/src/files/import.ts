// Files that come into a session together, and go out of it.

import { mainFile, newFileId, pathProblem } from "../collab/files";
import type { Session } from "../collab/session";
import type { NamedFile } from "../collab/wire.gen";
import { readSource } from "../ui/open";
import { persistently } from "../ui/part";
import { attempt } from "./attempt";
import { type Incoming, skipped } from "./incoming";

/** Reads files. Those that cannot be in a session are left out, with the reason. */
export async function readAll(list: Iterable<Incoming>, max: number): Promise<{ files: NamedFile[]; why: string[] }> {
  const files: NamedFile[] = [];
  const why: string[] = [];
  for (const { file, path: name } of list) {
    if (skipped.test(name)) continue;
    const problem = pathProblem(name);
    if (problem) {
      why.push(`Not opened: “${name}”. ${problem}`);
      continue;
    }
    const read = await readSource(file, max);
    if ("why" in read) why.push(read.why);
    else files.push({ name, content: read.text });
  }
  return { files, why };
}

/** Puts files into the session: those with a path that it has replace the text of that file. */
export function putAll(session: Session, files: readonly NamedFile[]): void {
  const withPath = (name: string) => [...session.client.files.values()].find((f) => f.path === name);
  const growth = ({ name, content }: NamedFile) => content.length - (withPath(name)?.text.length ?? 0);
  attempt(session, () => {
    // Those that become shorter make room for the others.
    for (const { name, content } of [...files].sort((a, b) => growth(a) - growth(b))) {
      const there = withPath(name);
      if (there) session.rewrite(there.id, content);
      else session.operate((client) => client.create(newFileId(), name, content));
    }
  });
}

/** Makes the session's files those of a list, the main one first. What is not in it is deleted. */
export function becomeAll(session: Session, files: readonly NamedFile[]): void {
  attempt(session, () => {
    const main = session.client.files.get(mainFile)!;
    const names = new Set(files.map((f) => f.name));
    for (const f of session.client.files.values()) if (f.id !== mainFile && !names.has(f.path)) session.operate((client) => client.delete(f.id));
    const first = files[0]!.name;
    if (!names.has(main.path)) session.operate((client) => client.rename(mainFile, first));
  });
  putAll(session, files);
}

/** All files of a session as a zip. */
export async function zipped(session: Session): Promise<Blob> {
  const { strToU8, zipSync } = await persistently(() => import("fflate"));
  const entries = Object.fromEntries([...session.client.files.values()].map((f) => [f.path, strToU8(f.text.toString())]));
  return new Blob([zipSync(entries) as Uint8Array<ArrayBuffer>], { type: "application/zip" });
}
