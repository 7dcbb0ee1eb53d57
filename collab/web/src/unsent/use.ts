import { useEffect, useState } from "react";
import type { Session } from "../collab/session";
import { type Kept, browserStore, owning } from "./store";

/** A text of another page. */
export interface Found {
  kept: Kept;
  /** The page that kept it is gone. */
  alone: boolean;
}

/** Unsent and lost texts of this session, of pages that are gone, or may be. */
export function useUnsent(session: Session): readonly Found[] {
  const [list, setList] = useState<readonly Found[]>([]);
  useEffect(() => {
    if (session.boot.readOnly) return;
    let here = true;
    const store = browserStore();
    const find = async (key: string) => {
      const alone = await owning(key);
      const kept = await store.get(key); // its page may have sent all of it, or another one put it back
      if (kept && here) setList((all) => [...all.filter((f) => f.kept.key !== key), { kept, alone }]);
    };
    // A browser that has no store has kept nothing.
    void store.keysOf(session.boot.view).then((keys) => keys.filter((key) => !key.startsWith(session.key)).forEach((key) => void find(key).catch(() => {})), () => {});
    return () => {
      here = false;
    };
  }, [session]);
  return list;
}
