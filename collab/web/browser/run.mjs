// Drives corust serve with real browsers: people in one session. Arguments pick the
// scenarios whose name contains one of them. Without Rust to run, the parts that run
// programs fail: they are the point.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inFirefox, launch } from "./launch.mjs";
import { Server, freePort, out } from "./people.mjs";
import files from "./scenarios/files.mjs";
import network from "./scenarios/network.mjs";
import page from "./scenarios/page.mjs";
import playback from "./scenarios/playback.mjs";
import runs from "./scenarios/runs.mjs";
import share from "./scenarios/share.mjs";
import start from "./scenarios/start.mjs";
import story from "./scenarios/story.mjs";
import together from "./scenarios/together.mjs";
import unsent from "./scenarios/unsent.mjs";
import views from "./scenarios/views.mjs";

const tests = { ...together, ...runs, ...network, ...page, ...views, ...files, ...share, ...playback, ...start, ...unsent, ...story };
/** Those in which browsers differ, and for which the driver can do in Firefox what they ask of it. */
const alsoInFirefox = [
  "typing at once, cursors, late join",
  "following somebody",
  "a screen reader hears of failures and ends, not of each pause in typing",
  "the focus goes to the input when the program waits",
  "no field goes away that has the focus or text",
  "a double click or a second Enter runs once, and does not stop",
  "what is no text is not opened, dropped files are handled as opened ones",
  "a page that is translated goes on working",
  "at 400 % zoom all can be read",
  "unsent text survives a killed tab, and is put back once",
  "text that the session refused survives a killed tab, and is only copied",
  "each tab says which session it is, and whether it runs",
];
for (const name of alsoInFirefox) if (!tests[name]) throw new Error(`no scenario is called ${JSON.stringify(name)}`);
const only = process.argv.slice(2);
let passed = 0;
let failed = 0;
const dir = mkdtempSync(join(tmpdir(), "corust-browser-"));
// A busy machine is slow; programs that are to run until they are stopped get the time.
const server = new Server(await freePort(), dir, { CORUST_LIMITS_RUN_TIME: "60s", CORUST_SERVE_FRAME_ANCESTORS: "*" });
const browser = await launch();
try {
  await server.start();
  for (const [name, test] of Object.entries(tests)) {
    if (inFirefox && !alsoInFirefox.includes(name)) continue;
    if (only.length && !only.some((part) => name.includes(part))) continue;
    const began = Date.now();
    try {
      const people = (await test({ browser, server })) ?? [];
      for (const p of people) assert.deepEqual(p.problems, []);
      passed++;
      console.log(`ok    ${name} (${Date.now() - began} ms)`);
    } catch (err) {
      failed++;
      console.log(`FAIL  ${name}: ${err.stack}`);
      const pages = browser.contexts().flatMap((c) => c.pages());
      await Promise.all(pages.map((p, i) => p.screenshot({ path: join(out, `failed-${failed}-${i}.png`) }).catch(() => {})));
    }
    for (const c of browser.contexts()) await c.close();
  }
} finally {
  await browser.close();
  await server.stop().catch(() => {});
  rmSync(dir, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
