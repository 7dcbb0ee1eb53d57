// Parts of the page whose code is not needed when it opens.

import { type ComponentType, lazy } from "react";

const parts: (() => Promise<unknown>)[] = [];

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long until code that did not come is asked for again, in milliseconds. */
const againAfter = 1000;

/**
 * Gets what load gets, in as many attempts as it takes: the server may be away. Firefox
 * remembers a failure as long as the page is open.
 */
export async function persistently<T>(load: () => Promise<T>, pause = () => wait(againAfter)): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await pause();
    }
  }
}

/** A component whose code is loaded when it is shown, or by loadParts before. */
export function part<P>(load: () => Promise<{ default: ComponentType<P> }>) {
  let code: Promise<{ default: ComponentType<P> }> | undefined;
  const once = () => (code ??= persistently(load));
  parts.push(once);
  return lazy(once);
}

/** Loads all parts, one after the other, so that they are there also when the server is not. */
export async function loadParts(): Promise<void> {
  for (const load of parts) await load();
}
