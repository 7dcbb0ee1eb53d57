import { useEffect, useState } from "react";
import { type Toolchain, toolchains } from "../run/toolchains";

interface Loaded {
  /** Null until they have arrived. */
  list: readonly Toolchain[] | null;
  /** Why they could not be loaded, as a clause. */
  why: string;
}

/** Loads the server's toolchains, and again when the channel changes; with null, it loads nothing. */
export function useToolchains(channel: string | null): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ list: null, why: "" });
  useEffect(() => {
    if (channel === null) return;
    let here = true;
    toolchains(location).then(
      (list) => here && setLoaded({ list, why: "" }),
      (err: unknown) => here && setLoaded((before) => ({ ...before, why: err instanceof Error ? err.message : String(err) })),
    );
    return () => {
      here = false;
    };
  }, [channel]);
  return loaded;
}
