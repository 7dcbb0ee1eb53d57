import { useEffect, useRef, useState } from "react";
import type { Session } from "../collab/session";
import { type Kept, browserStore, owning } from "./store";

/** A text of another page. */
export interface Found {
  kept: Kept;
  /** The page that kept it is gone. */
  alone: boolean;
}

/** Unsent and lost texts of this session, also of the time before it got other links, of pages that are gone, or may be. */
export function useUnsent(session: Session): readonly Found[] {
  const [list, setList] = useState<readonly Found[]>([]);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => void (here.current = false);
  }, []);
  const asked = useRef(new Set<string>());
  const { readOnly, view } = session.boot;
  const { epoch } = session.client;
  useEffect(() => {
    if (readOnly) return;
    const store = browserStore();
    const find = async (key: string) => {
      if (key.startsWith(session.key) || asked.current.has(key)) return;
      asked.current.add(key);
      const alone = await owning(key);
      const kept = await store.get(key); // its page may have sent all of it, or another one put it back
      if (kept && here.current) setList((all) => [...all.filter((f) => f.kept.key !== key), { kept, alone }]);
    };
    // A browser that has no store has kept nothing.
    void store.keysOf(view, epoch).then((keys) => keys.forEach((key) => void find(key).catch(() => {})), () => {});
  }, [session, readOnly, view, epoch]);
  return list;
}
