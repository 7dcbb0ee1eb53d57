// Measures the page against corust serve on this machine: what the first load
// takes, how soon a program's first byte is on screen, what a key costs. CORUST
// names the binary. Prints figures; asserts nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { launch } from "./chromium.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const corust = process.env.CORUST ?? join(here, "../../../bin/corust");
const server = spawn(corust, ["serve", "--listen", "127.0.0.1:0", "--database", "memory"], { stdio: ["ignore", "ignore", "pipe"] });
const url = await new Promise((resolve, reject) => {
  let log = "";
  server.stderr.on("data", (d) => {
    log += d;
    const m = /listening on (http:\S+\/)/.exec(log);
    if (m) resolve(m[1]);
  });
  server.once("exit", () => reject(new Error(log)));
});
const browser = await launch();

/** Joins a session and moves a cursor in it, until it is told to stop. */
async function wander(edit, length, i) {
  const ws = new WebSocket(new URL(`${edit.replace(/^\//, "")}/socket`, url).href.replace("http", "ws"), { origin: new URL(url).origin });
  await once(ws, "open");
  ws.send(JSON.stringify({ type: "hello", protocol: 2, key: randomBytes(16).toString("hex"), name: `Wanderer ${i}` }));
  let at = null;
  let n = 0;
  ws.on("message", (data) => {
    const m = JSON.parse(String(data));
    if (m.type === "welcome") at = { epoch: m.epoch, version: m.version };
    else if (m.type === "entry") at.version = m.version;
  });
  const timer = setInterval(() => {
    const head = (i * 97 + n++ * 13) % Math.min(length, 2000);
    if (at) ws.send(JSON.stringify({ type: "cursor", ...at, cursor: [[head, head]] }));
  }, 100);
  return () => {
    clearInterval(timer);
    ws.close();
  };
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
try {
  const loads = [];
  let bytes = 0;
  for (let i = 0; i < 5; i++) {
    const page = await (await browser.newContext()).newPage();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Network.enable");
    bytes = 0;
    cdp.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
    const began = Date.now();
    await page.goto(url);
    await page.locator('.cm-content:not([aria-readonly="true"])').waitFor();
    loads.push(Date.now() - began);
    await page.context().close();
  }
  console.log(`first load: ${(bytes / 1024).toFixed(0)} KiB over the wire, editable after ${median(loads)} ms (median of 5)`);

  const page = await (await browser.newContext()).newPage();
  // When the page sent and was given what, on its own clock.
  await page.addInitScript(() => {
    globalThis.wire = [];
    const note = (way, data) => globalThis.wire.push({ at: performance.now(), way, ...JSON.parse(data) });
    globalThis.WebSocket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", (e) => note("in", e.data));
      }
      send(data) {
        note("out", data);
        super.send(data);
      }
    };
  });
  await page.goto(url);
  await page.locator('.cm-content:not([aria-readonly="true"])').click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText('fn main() { println!("hello"); }\n');
  await page.waitForTimeout(500);
  const over = [];
  const took = [];
  for (let i = 0; i < 15; i++) {
    // From the key to the frame that shows the first byte, less what passes
    // between the news of the run and that of its output: the runner's own time.
    const shown = page.evaluate(
      () =>
        new Promise((resolve) => {
          globalThis.wire = [];
          let key = 0;
          addEventListener("keydown", () => (key ||= performance.now()), { capture: true });
          const came = () => globalThis.wire.find((m) => m.way === "in" && m.type === "output" && m.stream === "stdout");
          new MutationObserver((_, seen) => {
            if (!came() || !document.querySelector(".output-text")?.textContent.includes("hello")) return;
            seen.disconnect();
            requestAnimationFrame(() => {
              const runner = came().at - globalThis.wire.find((m) => m.way === "in" && m.type === "run").at;
              resolve({ runner, total: performance.now() - key });
            });
          }).observe(document.querySelector("section.output"), { childList: true, subtree: true, characterData: true });
        }),
    );
    await page.keyboard.press("Control+Enter");
    const { runner, total } = await shown;
    over.push(total - runner);
    took.push(runner);
    await page.locator("button.run").waitFor();
    await page.waitForTimeout(300); // a box is made for the next
  }
  console.log(`run to first byte on screen: ${median(over).toFixed(0)} ms over the runner's own ${median(took).toFixed(0)} ms (medians of ${over.length})`);

  const source = Array.from({ length: 3000 }, (_, i) => `fn f${i}(x: u32) -> u32 { x + ${i} } // line`).join("\n");
  const made = await (await fetch(new URL("api/v1/sessions", url), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ source }) })).json();
  await page.goto(new URL(made.edit, url).href);
  await page.locator('.cm-content:not([aria-readonly="true"])').click();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  const keys = 200;
  await typing("alone");
  // Five others move their cursors ten times a second. They draw nothing: each
  // has a machine of its own.
  const others = await Promise.all(Array.from({ length: 5 }, (_, i) => wander(made.edit, source.length, i)));
  await page.locator(".caret").nth(4).waitFor({ state: "attached" });
  await typing("with five others");
  for (const stop of others) stop();

  /** Says what a key costs the page's main thread, over what it does without keys, and when it is on screen. */
  async function typing(who) {
    const busy = async () => (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value * 1000;
    const spend = async (key) => {
      const [before, began] = [await busy(), Date.now()];
      for (let i = 0; i < keys; i++) {
        if (key) await page.keyboard.type(key);
        await page.waitForTimeout(50);
      }
      return [(await busy()) - before, Date.now() - began];
    };
    await page.keyboard.press("Control+Home");
    const [rest, restFor] = await spend("");
    const shown = page.evaluate(
      (keys) =>
        new Promise((resolve) => {
          const list = [];
          addEventListener("keydown", () => {
            const from = performance.now();
            requestAnimationFrame(() => setTimeout(() => list.push(performance.now() - from) === keys && resolve(list), 0));
          }, { capture: true });
        }),
      keys,
    );
    const [spent, spentFor] = await spend("x");
    const list = await shown;
    console.log(
      `typing ${who}, 3,000 lines: ${((spent - (rest * spentFor) / restFor) / keys).toFixed(1)} ms of the main thread a key ` +
        `(${((100 * rest) / restFor).toFixed(0)} % busy without keys); a key's frame is drawn after ${median(list).toFixed(1)} ms (median, no graphics card)`,
    );
  }
} finally {
  await browser.close();
  server.kill("SIGTERM");
}
