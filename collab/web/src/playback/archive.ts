// Reads a history from the server's REST interface.

import type { PastEntries, PastFiles, PastVersions } from "../collab/wire.gen";
import { Answer, ask } from "../run/rest";
import type { Archive } from "./film";

/** How long the page waits, in milliseconds, to learn that the links were renewed: about as long as the news of it is later than the first answer that the session is gone. */
const newsWithin = 2000;
const lookEach = 50;

/**
 * The archive of a session at an address, which changes when its links are renewed. What
 * was asked at the old address meanwhile is asked again at the new one.
 */
export function archiveAt(url: () => string): Archive {
  const read = async <T>(path: string): Promise<T> => {
    for (;;) {
      const at = url();
      try {
        return await ask<T>(at + path);
      } catch (err) {
        if (!(err instanceof Answer && err.status === 404)) throw err;
        for (let waited = 0; url() === at; waited += lookEach) {
          if (waited >= newsWithin) throw err;
          await new Promise((resolve) => setTimeout(resolve, lookEach));
        }
      }
    }
  };
  return {
    versions: () => read<PastVersions>("/history"),
    files: (version, epoch) => read<PastFiles>(`/history/${version}?epoch=${encodeURIComponent(epoch)}`),
    entries: (after, limit, epoch) => read<PastEntries>(`/log?after=${after}&limit=${limit}&epoch=${encodeURIComponent(epoch)}`),
  };
}
