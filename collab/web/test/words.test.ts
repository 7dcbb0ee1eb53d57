import { expect, test } from "vitest";
import type { Code } from "../src/collab/wire.gen";
import { sayProblem } from "../src/ui/words";

/** The codes that an answer to a request may have: all but those of messages and connections. */
const codes: Record<Exclude<Code, "stale" | "future" | "epoch" | "no-file" | "renamed" | "not-joined" | "replaced" | "too-old">, true> = {
  busy: true,
  exists: true,
  forbidden: true,
  format: true,
  gone: true,
  host: true,
  internal: true,
  malformed: true,
  method: true,
  "no-room": true,
  "no-run": true,
  "not-found": true,
  quota: true,
  "read-only": true,
  resume: true,
  running: true,
  "too-large": true,
  unsaved: true,
};

test("a request that failed is explained by its code; only a failure of the server is called one", () => {
  const failed = sayProblem({ code: "internal" }, 500);
  expect(failed).toBe("the server failed; try again in a moment");
  for (const code of Object.keys(codes) as Code[]) {
    const said = sayProblem({ code }, 400);
    if (code !== "internal") expect(said, code).not.toBe(failed);
    expect(said, code).toMatch(/^[a-z].*[^.]$/);
  }
});
