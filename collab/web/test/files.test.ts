// The rule for paths, by the examples that the Go side is held to.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkOp, filesOf, newFileId, pathProblem, pathsCollide } from "../src/collab/files";

const paths = JSON.parse(readFileSync(new URL("../../wire/testdata/paths.json", import.meta.url), "utf8")) as { valid: string[]; invalid: string[]; collide: [string, string][]; apart: [string, string][] };

test("paths", () => {
  for (const path of paths.valid) expect(pathProblem(path), JSON.stringify(path)).toBe("");
  for (const path of paths.invalid) expect(pathProblem(path), JSON.stringify(path)).toMatch(/^[A-Z].*\.$/);
  expect(pathProblem("a\ud800b")).not.toBe("");
});

test("paths that collide", () => {
  for (const [a, b] of paths.collide) expect([pathsCollide(a, b), pathsCollide(b, a)], `${a} and ${b}`).toEqual([true, true]);
  for (const [a, b] of paths.apart) expect([pathsCollide(a, b), pathsCollide(b, a)], `${a} and ${b}`).toEqual([false, false]);
});

test("an id is one that every JSON parser reads exactly", () => {
  const ids = Array.from({ length: 1000 }, newFileId);
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect(Number.isSafeInteger(id) && id > 0 && id < 2 ** 48).toBe(true);
});

test("an operation that the session would refuse says why", () => {
  const files = filesOf([{ path: "main.rs", text: "" }, { id: 7, path: "a/b.rs", text: "" }]);
  expect(() => checkOp(files, 0, { do: "delete" })).toThrow("The main file cannot be deleted.");
  expect(() => checkOp(files, 8, { do: "create", path: "A" })).toThrow("There is a/b.rs already.");
  expect(() => checkOp(files, 8, { do: "create", path: "" })).toThrow("A name cannot be empty.");
  expect(() => checkOp(files, 8, { do: "rename", path: "c" })).toThrow("file 8");
  expect(() => checkOp(files, 7, { do: "create", path: "c" })).toThrow("file 7");
  expect(() => checkOp(files, 7, { do: "rename", path: "A/B.rs" })).not.toThrow();
});
