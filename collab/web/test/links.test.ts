// Renewing the links of a session and deleting it, from the answers of the server to
// the texts of the page.

import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { deleteSession, keepSnapshot, renewLinks } from "../src/collab/links";
import type { Problem } from "../src/collab/wire.gen";
import { Share } from "../src/ui/Share";

const page = new URL("https://example.test/rust/s/old?x=1#here") as unknown as Location;

function answers(status: number, body?: object) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? "GET"} ${url}${init?.body ? ` ${init.body}` : ""}`);
    return new Response(body ? JSON.stringify(body) : null, { status });
  });
  return asked;
}

afterEach(() => void vi.unstubAllGlobals());

test("renewed links lead to the same server, below its prefix", async () => {
  const asked = answers(201, { session: "new" });
  const { edit, view } = await renewLinks(page, "watch");
  expect(edit).toMatch(/^[0-9a-hj-kmnp-tv-z]{26}$/);
  expect(view).toBe("new");
  expect(asked).toEqual([`POST https://example.test/rust/api/v1/sessions/old/links {"token":"${edit}","members":"watch"}`]);
  expect((await renewLinks(page, "none")).edit).not.toBe(edit);
  answers(201, {});
  await expect(renewLinks(page, "none")).rejects.toThrow("sent no link");
});

test("a permanent link is beside the sessions, below the server's prefix", async () => {
  const asked = answers(201, { id: "abc", page: "/rust/p/abc", embed: "/rust/embed/p/abc" });
  expect(await keepSnapshot(page)).toBe("https://example.test/rust/p/abc");
  expect(asked).toEqual(["POST https://example.test/rust/api/v1/sessions/old/snapshots"]);
});

test("a deletion has an empty answer", async () => {
  const asked = answers(204);
  await deleteSession(page);
  expect(asked).toEqual(["DELETE https://example.test/rust/api/v1/sessions/old"]);
});

const problems: [status: number, problem: Partial<Problem>, says: string][] = [
  [404, { code: "gone" }, "this session was deleted or its links were renewed"],
  [403, { code: "read-only" }, "this link is read-only"],
  [429, { code: "quota", hit: { limit: "address_requests", amount: 60, unit: "per-minute" } as Problem["hit"] & object }, "too many requests from this address, which may make 60 a minute; wait a little"],
  [503, { code: "resume" }, "the server is restarting; try again in a moment"],
];
test.each(problems)("a refusal with status %i is worded", async (status, problem, says) => {
  answers(status, problem);
  await expect(renewLinks(page, "edit")).rejects.toThrow(says);
  await expect(deleteSession(page)).rejects.toThrow(says);
});

test("a question whose answer is lost is asked again with the same token", async () => {
  const tokens = new Set<string>();
  let n = 0;
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    tokens.add(JSON.parse(String(init.body)).token);
    if (++n < 3) throw new TypeError("x");
    return new Response('{"session":"v"}', { status: 201 });
  });
  const { edit } = await renewLinks(page, "edit", async () => {});
  expect(n).toBe(3);
  expect([...tokens]).toEqual([edit]);
});

test("if no answer comes, the error has the address where the session may be", async () => {
  let body = "";
  vi.stubGlobal("fetch", (_: string, init: { body: string }) => {
    body = init.body;
    return Promise.reject(new TypeError("x"));
  });
  const error = await renewLinks(page, "edit", async () => {}).catch(String);
  const { token } = JSON.parse(body);
  expect(error).toContain(`cannot be reached; if this link stops working, the session is at https://example.test/rust/s/${token}`);
});

test("editors are offered both, watchers neither", () => {
  const nothing = async () => {};
  const share = (manage: Parameters<typeof Share>[0]["manage"], locked = false) => renderToStaticMarkup(createElement(Share, { edit: null, view: "v", manage, locked, snapshot: async () => "", close: nothing }));
  const manage = { renew: nothing, remove: nothing, lock: () => {}, exported: "" };
  expect(share(manage)).toMatch(/Make read-only.*Renew links….*Delete session…/);
  expect(share(manage, true)).toMatch(/is read-only: its files cannot be changed.*Let people edit again/);
  expect(share(null)).not.toMatch(/Renew|Delete|Make read-only/);
});
