// What a session is for, from the first line to a frame in another page, on a server that is
// killed in each step.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Person, Server, create, freePort, openTab } from "../people.mjs";

const program = {
  "main.rs": 'mod area;\nmod shape;\n\nfn main() {\n    let s = shape::Shape { width: 6, height: 7 };\n    println!("the area is {}", area::of(&s));\n}\n',
  "area.rs": "use crate::shape::Shape;\n\npub fn of(s: &Shape) -> u32 {\n    s.width * s.height\n}\n\n#[test]\nfn area_of_a_square() {\n    assert_eq!(of(&Shape { width: 3, height: 3 }), 9);\n}\n",
  "shape.rs": "pub struct Shape {\n    pub width: u32,\n    pub height: u32,\n}\n",
};
const endless = 'fn main() {\n    println!("begun");\n    loop { std::thread::sleep(std::time::Duration::from_secs(1)) }\n}\n';

async function json(url, options) {
  const res = await fetch(url, options);
  const text = await res.text();
  assert.ok(res.ok, `${url}: ${res.status} ${text}`);
  return JSON.parse(text);
}

const apiOf = (p) => p.page.url().replace("/s/", "/api/v1/sessions/");
const byName = (files) => files.toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** What the server has of a person's session: files, version and epoch, and its runs with all that they printed. */
async function kept(p) {
  const files = await json(`${apiOf(p)}/files`);
  const { runs } = await json(`${apiOf(p)}/runs`);
  return { ...files, files: byName(files.files), runs: await Promise.all(runs.map((r) => json(`${apiOf(p)}/runs/${r.run}`))) };
}

/** The files as the editor shows them, one after the other. */
async function shown(p) {
  const tabs = await p.page.locator('.files [role="tab"]').all();
  if (!tabs.length) return [{ name: "main.rs", content: await p.text() }];
  const before = await openTab(p);
  const files = [];
  for (const tab of tabs) {
    await tab.click();
    files.push({ name: await tab.locator(".path").innerText(), content: await p.text() });
  }
  await tabOf(p, before).click();
  return byName(files);
}

const tabOf = (p, path) => p.page.locator('.files [role="tab"]').filter({ has: p.page.locator(".path", { hasText: new RegExp(`^${path}$`) }) });

/** Waits until people see what the server has, to the last character, and returns that. */
async function agreed(people) {
  for (const p of people) await p.status("Saved");
  let has;
  let sees;
  for (const p of people)
    await p
      .until("the page shows what the server has", async () => {
        has = await kept(p);
        return isDeepStrictEqual((sees = await shown(p)), has.files);
      })
      .catch((e) => {
        assert.deepEqual(sees, has?.files);
        throw e;
      });
  return has;
}

export default {
  async "a program is written, run, tested, shared, forked and embedded, and the server is killed in each step"({ browser }) {
    const dir = mkdtempSync(join(tmpdir(), "corust-story-"));
    const frames = [];
    const site = createServer((_, res) => {
      res.setHeader("Content-Type", "text/html");
      res.end(`<!doctype html><title>A book</title>${frames.map((f) => `<iframe src="${f}" width="800" height="600"></iframe>`).join("")}`);
    });
    await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
    const book = `http://localhost:${site.address().port}`;
    const server = new Server(await freePort(), dir, { CORUST_SERVE_FRAME_ANCESTORS: book, CORUST_SERVE_ADDRESS_REQUESTS: "100000", CORUST_LIMITS_RUN_TIME: "60s" });
    const people = [];
    /** Kills the server, and starts it again when every page has noticed. */
    const kill = async () => {
      await server.stop("SIGKILL");
      await Promise.all(people.map((p) => p.status("Reconnecting")));
      await server.start();
    };
    /** Kills the server between two steps. All is as before, also for a person who reloads the page. */
    const survived = async (reloads) => {
      const before = await agreed(people);
      const printed = await Promise.all(people.map((p) => p.output().catch(() => null)));
      await kill();
      assert.deepEqual(await agreed(people), before);
      assert.deepEqual(await Promise.all(people.map((p) => p.output().catch(() => null))), printed);
      await reloads.page.reload();
      assert.deepEqual(await agreed([reloads]), before);
      // What a lost run printed is on no record.
      if (before.runs[0].verdict !== "lost") await reloads.until("the output is here again", async () => (await reloads.output().catch(() => null)) === printed[people.indexOf(reloads)]);
      return before;
    };
    await server.start();
    try {
      const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
      people.push(a);
      const b = await Person.join(browser, a.page.url(), { name: "Bo" });
      people.push(b);

      // A run is under way when the server is killed: it is lost, and both can run again.
      await a.write(endless);
      await a.run();
      for (const p of people) await p.printed("begun");
      await kill();
      for (const p of people) await p.verdict("Lost");
      assert.equal((await agreed(people)).runs[0].verdict, "lost");

      // Two people write three modules. The server is killed while both type in one of them.
      await a.write(program["main.rs"]);
      await create(a, "area.rs");
      await a.write(program["area.rs"]);
      await create(b, "shape.rs");
      await b.write(`// a:\n// b:\n${program["shape.rs"]}`);
      await agreed(people);
      await tabOf(a, "shape.rs").click();
      for (const [p, line] of [[a, 0], [b, 1]]) {
        await p.page.locator(".cm-line").nth(line).click();
        await p.page.keyboard.press("End");
      }
      const words = " all of this arrives once, and in order 🦀";
      const typing = people.map((p) => p.page.keyboard.type(words, { delay: 25 }));
      await people[1].until("some of it has arrived", async () => /a: all/.test(await b.text()));
      await kill();
      await Promise.all(typing);
      const written = { ...program, "shape.rs": `// a:${words}\n// b:${words}\n${program["shape.rs"]}` };
      const files = () => byName(Object.entries(written).map(([name, content]) => ({ name, content })));
      assert.deepEqual((await agreed(people)).files, files());
      await survived(a);

      // One renames a file while the other types in it, and the server is killed at that moment.
      for (const p of people) await tabOf(p, "area.rs").click();
      await b.page.locator(".cm-content").click();
      await b.page.keyboard.press("Control+End");
      const more = b.page.keyboard.type(`//${words}`, { delay: 25 });
      await a.until("the other types", async () => /\/\/ all/.test(await a.text()));
      await tabOf(a, "area.rs").press("F2");
      await a.page.getByLabel("Name", { exact: true }).fill("area/mod.rs");
      await a.page.keyboard.press("Enter");
      await kill();
      await more;
      written["area/mod.rs"] = `${written["area.rs"]}//${words}`;
      delete written["area.rs"];
      await b.until("the file has its new name", async () => (await openTab(b)) === "area/mod.rs");
      assert.deepEqual((await agreed(people)).files, files());
      await survived(b);

      // It is run, and tested. What the pages have shown of an end is on disk.
      await a.run();
      await a.verdict("Finished");
      await kill();
      for (const p of people) await p.verdict("Finished");
      for (const p of people) assert.match(await p.output(), /^the area is 42\n/);
      let { runs } = await survived(a);
      assert.equal(runs[0].verdict, "ok");
      await b.run(() => b.choose("Test"));
      await b.verdict("Finished");
      await kill();
      for (const p of people) await p.page.getByText("1 passed", { exact: true }).waitFor();
      for (const p of people) await p.verdict("Finished");
      ({ runs } = await survived(b));
      assert.deepEqual([runs[0].options.action, runs[0].tests.map((t) => [t.name, t.outcome])], ["test", [["area::area_of_a_square", "ok"]]]);
      for (const p of people) await p.page.getByText("1 passed", { exact: true }).waitFor();

      // A permanent link is on disk when it is shown, and the same files have the same link.
      const link = async (p) => {
        await p.page.getByRole("button", { name: "Share" }).click();
        await p.page.getByRole("button", { name: "Make a permanent link" }).click();
        const url = await p.page.getByLabel("This link keeps the files as they are now").inputValue();
        await p.page.keyboard.press("Escape");
        return url;
      };
      const snapshotOf = (url) => json(url.replace("/p/", "/api/v1/snapshots/"));
      const first = await link(a);
      await kill();
      const snapshot = await snapshotOf(first);
      assert.deepEqual(byName(snapshot.files), files());
      await survived(a);
      assert.deepEqual(await snapshotOf(first), snapshot);
      assert.equal(await link(b), first);

      // A third person opens it. A run there breaks off with the server, and is made again.
      const c = Object.assign(new Person(), { context: await browser.newContext(), problems: [] });
      c.page = await c.context.newPage();
      const status = (where, text) => where.locator("#status", { hasText: new RegExp(`^${text}$`) }).waitFor();
      await c.page.goto(first);
      await survived(b);
      await c.page.reload();
      assert.deepEqual(byName(await c.page.locator("textarea").evaluateAll((list) => list.map((t) => ({ name: t.dataset.file, content: t.value })))), files());
      await c.page.getByRole("button", { name: "Run" }).click();
      await kill();
      await status(c.page, "(done|the connection to the server broke)");
      await c.page.getByRole("button", { name: "Run" }).click();
      await status(c.page, "done");
      assert.equal(await c.page.locator("#output").textContent(), "the area is 42\n");

      // The fork is a session of the third person, which is on disk when it opens.
      await Promise.all([c.page.waitForURL(/\/s\/[^/]+$/), c.page.getByRole("button", { name: "Fork: open a copy" }).click()]);
      await kill();
      people.push(c);
      const forked = await agreed([c]);
      assert.deepEqual(forked.files, files());
      await tabOf(c, "main.rs").click();
      await c.write(program["main.rs"].replace("the area is", "forked:"));
      const second = await link(c);
      assert.notEqual(second, first);
      await kill();
      assert.deepEqual((await snapshotOf(second)).files.find((f) => f.name === "main.rs").content, program["main.rs"].replace("the area is", "forked:"));
      assert.deepEqual(await snapshotOf(first), snapshot);
      assert.deepEqual((await agreed([a, b])).files, files(), "the fork changes nothing in its origin");

      // A page of another origin shows the fork in a frame, which goes on after the server was killed.
      frames.push(second.replace("/p/", "/embed/p/"));
      const reader = await (await browser.newContext()).newPage();
      await reader.goto(`${book}/`);
      const frame = reader.frameLocator("iframe");
      for (const broken of [false, true]) {
        await frame.getByRole("button", { name: "Run" }).click();
        await status(frame, "done");
        assert.equal(await frame.locator("#output").textContent(), "forked: 42\n");
        if (!broken) await kill();
      }
      await reader.reload();
      await frame.getByRole("button", { name: "Run" }).waitFor();

      // At the end all is as it was written.
      assert.deepEqual((await agreed([a, b])).files, files());
      return people;
    } finally {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await server.stop().catch(() => {});
      await new Promise((resolve) => site.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
