import { expect, test } from "vitest";
import { persistently } from "../src/ui/part";

test("code that does not come is asked for until it does, not faster than once a pause", async () => {
  let asked = 0;
  let pauses = 0;
  const got = await persistently(
    async () => {
      if (++asked < 4) throw new TypeError("Failed to fetch dynamically imported module");
      return "the code";
    },
    async () => void pauses++,
  );
  expect([got, asked, pauses]).toEqual(["the code", 4, 3]);
});
