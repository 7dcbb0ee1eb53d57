// Files that come from outside: chosen in a dialog, or dropped on the page.

/** A file, and the path that it is to have. */
export interface Incoming {
  file: File;
  path: string;
  /** It comes with a folder. */
  inFolder: boolean;
}

/** Files of an input; those of a folder have paths below it. */
export const chosenFiles = (list: FileList): Incoming[] => Array.from(list, (file) => ({ file, path: file.webkitRelativePath ? file.webkitRelativePath.replace(/^[^/]*\//, "") : file.name, inFolder: file.webkitRelativePath !== "" }));

/** Paths of a directory that are not opened: hidden files, and what tools generate. */
export const skipped = /(^|\/)(\.|target\/|node_modules\/)/;

/** Most files that are looked at: of a larger folder, the first ones. */
const most = 1000;

/**
 * The files of a drop, those of folders included. It has to be called in the event. Paths
 * are below what was dropped if that is one folder, and begin with the name of the folder
 * otherwise.
 */
export async function droppedFiles(data: DataTransfer): Promise<Incoming[]> {
  const plain = Array.from(data.files, (file) => ({ file, path: file.name, inFolder: false }));
  const entries = Array.from(data.items, (item) => (item.kind === "file" ? (item.webkitGetAsEntry?.() ?? null) : null)).filter((e) => e !== null);
  if (!entries.some((e) => e.isDirectory)) return plain;
  const found: Incoming[] = [];
  for (const entry of entries) await walk(entry, entries.length === 1 ? "" : entry.name, found);
  return found;
}

/** Adds the files of an entry, whose path is given; empty for the folder whose paths the others are below. */
async function walk(entry: FileSystemEntry, path: string, found: Incoming[]): Promise<void> {
  if (found.length >= most || skipped.test(entry.isDirectory ? `${path}/` : path)) return;
  if (entry.isFile) {
    const file = await new Promise<File | null>((resolve) => (entry as FileSystemFileEntry).file(resolve, () => resolve(null)));
    // One that cannot be read is there, so that its user hears of it.
    found.push({ file: file ?? unreadable(entry.name), path: path || entry.name, inFolder: true });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // An empty answer is the end: browsers give a hundred or so at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return;
    for (const e of some) await walk(e, path ? `${path}/${e.name}` : e.name, found);
  }
}

function unreadable(name: string): File {
  const file = new File([], name);
  file.arrayBuffer = () => Promise.reject(new Error("not readable"));
  return file;
}
