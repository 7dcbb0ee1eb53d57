// The history of a session, read from the server in pieces as they are looked at.

import { ChangeSet } from "@codemirror/state";
import { type Files, applyTo, filesOf, mainFile } from "../collab/files";
import type { EntryMsg, PastEntries, PastFiles, PastVersions } from "../collab/wire.gen";

/** How the parts of a history are read; each may fail with a reason. */
export interface Archive {
  versions(): Promise<PastVersions>;
  files(version: number, epoch: string): Promise<PastFiles>;
  entries(after: number, limit: number, epoch: string): Promise<PastEntries>;
}

/** The session at a version. */
export interface Frame {
  version: number;
  files: Files;
  /** The entry that led to the version, and its time; null for the first one. */
  entry: EntryMsg | null;
  time: number;
}

/** Entries of a piece: so many are applied at most to show a version. */
export const pieceLength = 1000;
/** Pieces that are held, of some hundred kilobytes each. */
const heldPieces = 16;

interface Piece {
  start: number;
  /** At start. */
  files: Files;
  entries: EntryMsg[];
  times: number[];
}

export class Film {
  private readonly pieces = new Map<number, { loading: Promise<Piece>; piece: Piece | null }>(); // by start, the last used one last

  private constructor(
    private readonly archive: Archive,
    /** What there was when the film was opened. */
    readonly range: PastVersions,
  ) {}

  static async open(archive: Archive): Promise<Film> {
    return new Film(archive, await archive.versions());
  }

  /** The session at a version of the range: from a piece that is at hand, or else from the server as it was, which is less to read than a piece. */
  async at(version: number): Promise<Frame> {
    const { epoch, created } = this.range;
    const piece = this.pieces.get(this.startOf(version))?.piece;
    if (!piece) {
      const { files, entry, time } = await this.archive.files(version, epoch);
      return { version, files: filesOf(files), entry: entry ?? null, time: time ?? Date.parse(created) };
    }
    const n = version - piece.start;
    let now = piece.files;
    for (let i = 0; i < n; i++) now = after(now, piece.entries[i]!);
    return { version, files: now, entry: piece.entries[n - 1] ?? null, time: piece.times[n - 1] ?? Date.parse(created) };
  }

  /** Brings the piece of a version to hand. */
  async warm(version: number): Promise<void> {
    await this.piece(version);
  }

  /** Entries and times after a version, up to the end of its piece; none at the end of the film. */
  async from(version: number): Promise<{ entries: EntryMsg[]; times: number[] }> {
    if (version >= this.range.version) return { entries: [], times: [] };
    const { start, entries, times } = await this.piece(version + 1);
    return { entries: entries.slice(version - start), times: times.slice(version - start) };
  }

  /** Where the piece begins that leads to a version; the first version is in the first one. */
  private startOf(version: number): number {
    const { first } = this.range;
    return first + Math.floor(Math.max(0, version - 1 - first) / pieceLength) * pieceLength;
  }

  private piece(version: number): Promise<Piece> {
    const start = this.startOf(version);
    let held = this.pieces.get(start);
    if (!held) {
      const made = { loading: this.load(start), piece: null as Piece | null };
      made.loading.then(
        (piece) => void (made.piece = piece),
        () => this.pieces.delete(start),
      );
      held = made;
    }
    this.pieces.delete(start);
    this.pieces.set(start, held);
    if (this.pieces.size > heldPieces) this.pieces.delete(this.pieces.keys().next().value!);
    return held.loading;
  }

  private async load(start: number): Promise<Piece> {
    const { epoch, version } = this.range;
    const length = Math.min(pieceLength, version - start);
    const [{ files }, log] = await Promise.all([this.archive.files(start, epoch), this.read(start, length)]);
    return { start, files: filesOf(files), ...log };
  }

  /** Reads so many entries after a version, which it does not hold. An answer of the server may have fewer than were asked for. */
  async read(start: number, length: number): Promise<{ entries: EntryMsg[]; times: number[] }> {
    const entries: EntryMsg[] = [];
    const times: number[] = [];
    while (entries.length < length) {
      const more = await this.archive.entries(start + entries.length, length - entries.length, this.range.epoch);
      if (!more.entries.length) throw new Error("the server sent no entries");
      entries.push(...more.entries);
      times.push(...more.times);
    }
    return { entries, times };
  }
}

/** The files after an entry. */
export function after(files: Files, e: EntryMsg): Files {
  const file = e.file ?? mainFile;
  return applyTo(files, e.op ? { file, op: e.op } : { file, changes: changesOf(e) });
}

export const changesOf = (e: EntryMsg): ChangeSet => ChangeSet.fromJSON((e.changes ?? []) as unknown[]);
