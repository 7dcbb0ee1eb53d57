// The results of tests as a tree of modules. DOM-free.

import type { Test } from "../collab/wire.gen";

/** A module with what it holds, in the order in which it is first named. */
export interface Module {
  name: string;
  /** Path of the module; empty for the root. */
  path: string;
  modules: Module[];
  tests: Test[];
  failed: number;
  total: number;
}

/** The tree of the tests of one run. Tests of documentation have no path: they are at the root. */
export function treeOf(tests: readonly Test[]): Module {
  const make = (name: string, path: string): Module => ({ name, path, modules: [], tests: [], failed: 0, total: 0 });
  const root = make("", "");
  const found = new Map<string, Module>([["", root]]);
  const moduleOf = (path: string): Module => {
    let m = found.get(path);
    if (!m) {
      const cut = path.lastIndexOf("::");
      m = make(cut < 0 ? path : path.slice(cut + 2), path);
      found.set(path, m);
      moduleOf(cut < 0 ? "" : path.slice(0, cut)).modules.push(m);
    }
    return m;
  };
  for (const t of tests) {
    const path = modulePath(t);
    moduleOf(path).tests.push(t);
    for (let at: string | null = path; at !== null; at = parent(at)) {
      const m = moduleOf(at);
      m.total++;
      if (t.outcome === "failed") m.failed++;
    }
  }
  return root;
}

const parent = (path: string): string | null => (path === "" ? null : path.includes("::") ? path.slice(0, path.lastIndexOf("::")) : "");

/** Deepest nesting of modules that is drawn as such. */
const deepest = 16;

function modulePath({ name }: Test): string {
  if (name.includes(" ")) return "";
  return name.split("::").slice(0, -1).slice(0, deepest).join("::");
}

/** What a test is called in its module. */
export const nameIn = (m: Module, t: Test): string => (m.path && t.name.startsWith(`${m.path}::`) ? t.name.slice(m.path.length + 2) : t.name);

/** How many tests ended how, in words. */
export function summary(tests: readonly Test[]): string {
  const count = (outcome: Test["outcome"]) => tests.filter((t) => t.outcome === outcome).length;
  const parts = [[count("ok"), "passed"], [count("failed"), "failed"], [count("ignored"), "ignored"], [count("listed"), "listed"]] as const;
  return parts.filter(([n]) => n).map(([n, word]) => `${n} ${word}`).join(", ");
}

/** Arguments of the harness that run some tests alone. */
export const argsFor = (names: readonly string[]): string[] => ["--exact", ...names];

/** How long a test took, in words; empty if it is not known. */
export function duration(ns: number | undefined): string {
  if (!ns) return "";
  return ns < 1e6 ? `${(ns / 1e3).toFixed(0)} µs` : ns < 1e9 ? `${(ns / 1e6).toFixed(0)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}
