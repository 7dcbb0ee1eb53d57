// How selections move through changes, as collab/wire/selection.go moves them.

import type { ChangeSet } from "@codemirror/state";
import type { Range } from "./wire.gen";

/**
 * Moves selections through another member's change: a cursor stays in front of
 * what is inserted at it, a range does not grow at its ends.
 */
export function mapRanges(ranges: readonly Range[], changes: ChangeSet): Range[] {
  return ranges.map(([anchor, head]): Range => {
    if (anchor === head) {
      const p = changes.mapPos(head, -1);
      return [p, p];
    }
    const from = changes.mapPos(Math.min(anchor, head), 1);
    const to = Math.max(from, changes.mapPos(Math.max(anchor, head), -1));
    return anchor < head ? [from, to] : [to, from];
  });
}

/** Moves selections through a change by their owner, whose cursor moves to the end of an insertion. */
export function follow(ranges: readonly Range[], changes: ChangeSet): Range[] {
  return ranges.map(([anchor, head]): Range => {
    if (anchor !== head) return mapRanges([[anchor, head]], changes)[0]!;
    const p = changes.mapPos(head, 1);
    return [p, p];
  });
}

export function sameRanges(a: readonly Range[], b: readonly Range[]): boolean {
  return a.length === b.length && a.every((r, i) => r[0] === b[i]![0] && r[1] === b[i]![1]);
}
