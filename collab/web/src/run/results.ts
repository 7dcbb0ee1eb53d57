// What a run has to show besides its output. DOM-free.

import type { Product, RunOptions } from "../collab/wire.gen";
import { type Choices, actionOf, titleOf } from "./choices";
import type { Run } from "./runs";

export const outputTab = "output";
export const testsTab = "tests";

const listingOf = (name: string) => `${name}-listing`;

/** The products that have a tab; the others belong to one of them. */
export function shownProducts(products: readonly Product[]): readonly Product[] {
  return products.filter((p) => !products.some((q) => p.name === listingOf(q.name)));
}

/** The product that describes the lines of another. */
export const listingFor = (products: readonly Product[], p: Product): Product | undefined => products.find((q) => q.name === listingOf(p.name) && !q.dropped);

export function tabsOf(c: Choices, run: Run | null): { name: string; title: string }[] {
  const tabs = [{ name: outputTab, title: "Output" }];
  if (run?.tests.length) tabs.push({ name: testsTab, title: "Tests" });
  for (const p of shownProducts(run?.products ?? [])) tabs.push({ name: p.name, title: p.name === "source" ? "Source" : titleOf(c, p.name) });
  return tabs;
}

/** The tab that a run is about, which is shown as soon as there is something in it. */
export function tabFor(c: Choices, options: RunOptions, before: string): string {
  const action = options.action ?? c.defaults.action;
  if (action === "test") return testsTab;
  if (actionOf(c, action)?.view) return action;
  return options.views?.some((v) => v === before) ? before : outputTab;
}

const extensions: Readonly<Record<string, string>> = { asm: "s", "llvm-ir": "ll", wasm: "wat", hir: "hir.rs", expanded: "expanded.rs", source: "rs", remarks: "json" };

/** What the file of a product is called. */
export const fileOf = (product: string): string => `main.${extensions[product] ?? product}`;
