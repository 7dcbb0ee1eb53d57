// Measures the page against corust serve on this machine: what the first load
// takes, how soon a program's first byte is on screen, what a key costs. CORUST
// names the binary. Prints figures; asserts nothing.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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
  await page.goto(url);
  await page.locator('.cm-content:not([aria-readonly="true"])').click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText('fn main() { println!("hello"); }\n');
  await page.waitForTimeout(500);
  const over = [];
  for (let i = 0; i < 8; i++) {
    // From the key to the frame that shows the first byte, less what compiler
    // and program took by their own account.
    const shown = page.evaluate(
      () =>
        new Promise((resolve) => {
          const from = performance.now();
          const output = document.querySelector("section.output");
          let began = false;
          const see = () => {
            const text = document.querySelector(".output-text")?.textContent ?? "";
            if (!text) began = true;
            if (began && text.includes("hello")) requestAnimationFrame(() => resolve(performance.now() - from));
          };
          began = !document.querySelector(".output-text");
          new MutationObserver(see).observe(output, { childList: true, subtree: true, characterData: true });
        }),
    );
    await page.keyboard.press("Control+Enter");
    const total = await shown;
    await page.locator("button.run").waitFor();
    const facts = await page.locator(".facts").innerText();
    const ms = [...facts.matchAll(/(?:compile|run) ([\d.]+) (ms|s)/g)].reduce((sum, m) => sum + Number(m[1]) * (m[2] === "s" ? 1000 : 1), 0);
    over.push(total - ms);
  }
  console.log(`run to first byte on screen: ${median(over).toFixed(0)} ms over compiler and program (median of ${over.length})`);

  const source = Array.from({ length: 3000 }, (_, i) => `fn f${i}(x: u32) -> u32 { x + ${i} } // line`).join("\n");
  const made = await (await fetch(new URL("api/v1/sessions", url), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ source }) })).json();
  await page.goto(new URL(made.edit, url).href);
  await page.locator('.cm-content:not([aria-readonly="true"])').click();
  const others = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const other = await (await browser.newContext()).newPage();
      await other.goto(page.url());
      await other.locator('.cm-content:not([aria-readonly="true"])').click();
      return other;
    }),
  );
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+Home");
  await page.evaluate(() => {
    globalThis.slow = [];
    new PerformanceObserver((list) => globalThis.slow.push(...list.getEntries().map((e) => [e.name, e.duration]))).observe({ type: "event", durationThreshold: 16 });
  });
  const keys = 200;
  for (let i = 0; i < keys; i++) await page.keyboard.type("x");
  await page.waitForTimeout(500);
  const slow = (await page.evaluate(() => globalThis.slow)).filter(([name]) => name === "keydown").map(([, duration]) => duration);
  console.log(`typing, ${others.length} others, 3,000 lines: ${keys - slow.length} of ${keys} keys were in a frame within 16 ms; of the rest the median took ${slow.length ? median(slow) : 0} ms`);
} finally {
  await browser.close();
  server.kill("SIGTERM");
}
