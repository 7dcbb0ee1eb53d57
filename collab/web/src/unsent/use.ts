import { useEffect, useState } from "react";
import type { Session } from "../collab/session";
import { type Kept, browserStore, owning } from "./store";

/** Unsent text for this session, of pages that are gone. */
export function useUnsent(session: Session): readonly Kept[] {
  const [list, setList] = useState<readonly Kept[]>([]);
  useEffect(() => {
    if (session.boot.readOnly) return;
    let here = true;
    const store = browserStore();
    const find = async (key: string) => {
      await owning(key);
      const kept = await store.get(key); // its page may have sent all of it, or another one put it back
      if (kept && here) setList((all) => [...all.filter((k) => k.key !== key), kept]);
    };
    // A browser that has no store has kept nothing.
    void store.keysOf(session.boot.view).then((keys) => keys.filter((key) => key !== session.key).forEach((key) => void find(key).catch(() => {})), () => {});
    return () => {
      here = false;
    };
  }, [session]);
  return list;
}
