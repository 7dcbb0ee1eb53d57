// Measures the page against corust serve on this machine: what the first load
// takes, how soon a program's first byte is on screen, what a key costs. CORUST
// names the binary. Arguments pick measurements by name. Prints figures; asserts nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import WebSocket from "ws";
import { launch } from "./launch.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const protocol = Number(/protocolVersion = (\d+)/.exec(readFileSync(join(here, "../src/collab/wire.gen.ts"), "utf8"))[1]);
const editable = '.cm-content:not([aria-readonly="true"])';
const quantile = (list, part) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];
const median = (list) => quantile(list, 0.5);

/** The backend of the server's boxes: in docker boxes, runs take longer. */
let boxes = "";

/** Starts corust serve. CORUST_BACKEND chooses its boxes. */
async function serve(database = "memory", env = {}) {
  const corust = process.env.CORUST ?? join(here, "../../../bin/corust");
  const server = spawn(corust, ["serve", "--listen", "127.0.0.1:0", "--database", database], { stdio: ["ignore", "ignore", "pipe"], env: { CORUST_SERVE_AHEAD: "build", ...process.env, ...env } });
  const url = await new Promise((resolve, reject) => {
    let log = "";
    server.stderr.on("data", (d) => {
      log += d;
      const m = /listening on (http:\S+\/)/.exec(log);
      if (!m) return;
      boxes = /programs run in (\S+) boxes/.exec(log)?.[1] ?? "other";
      resolve(m[1]);
    });
    server.once("exit", () => reject(new Error(log)));
  });
  /** Processor time of the server, in milliseconds. */
  const spent = () => readdirSync(`/proc/${server.pid}/task`).reduce((sum, t) => sum + Number(readFileSync(`/proc/${server.pid}/task/${t}/schedstat`, "utf8").split(" ")[0]) / 1e6, 0);
  return { url, spent, stop: () => server.kill("SIGTERM") };
}

/** Creates a session of these files and gives the path of its edit link. */
async function create(url, body) {
  const res = await fetch(new URL("api/v1/sessions", url), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!res.ok) throw new Error(`${res.status}: ${await res.text()}`);
  return (await res.json()).edit;
}

/** Builds and serves CodeMirror alone, see bare/main.ts. */
async function serveBare() {
  const outDir = mkdtempSync(join(tmpdir(), "corust-bare-"));
  const options = { root: join(here, "bare"), configFile: false, logLevel: "warn", build: { outDir, emptyOutDir: true }, preview: { host: "127.0.0.1", port: 0 } };
  await build(options);
  const server = await preview(options);
  const url = `http://127.0.0.1:${server.httpServer.address().port}/`;
  return {
    url,
    stop: async () => {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

async function firstLoad(browser, url) {
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
    await page.locator(editable).waitFor();
    loads.push(Date.now() - began);
    await page.context().close();
  }
  console.log(`first load: ${(bytes / 1024).toFixed(0)} KiB over the wire, editable after ${median(loads)} ms (median of 5)`);
}

/**
 * Opens a session of 64 files with 256 KB in new browsers, in turn with one of a line: until
 * the text can be edited and all files are listed, on the page's clock. The parts are the
 * loading of the page, the wait for the session's text, and showing it.
 */
async function opening(browser, url) {
  const line = (n) => `pub fn f${n}(x: u64) -> u64 { x.wrapping_mul(${n}).rotate_left(7) ^ 0x5bd1_e995 }\n`;
  const module = (n) => Array.from({ length: 100 }, (_, i) => line(100 * n + i)).join("").slice(0, 3999).concat("\n");
  const many = Array.from({ length: 64 }, (_, n) => ({ name: n ? `m${n}.rs` : "main.rs", content: module(n) }));
  const sessions = { [`64 files, ${many.reduce((sum, f) => sum + f.content.length, 0) / 1000} KB`]: many, "one line": [{ name: "main.rs", content: "fn main() {}\n" }] };
  const found = {};
  for (let i = 0; i < 7; i++) {
    for (const [what, files] of Object.entries(sessions)) {
      const edit = new URL(await create(url, { files }), url).href;
      const page = await (await browser.newContext()).newPage();
      await page.addInitScript(
        ([editable, tabs]) => {
          const at = (globalThis.at = {});
          const note = (what) => (at[what] ??= performance.now());
          globalThis.WebSocket = class extends WebSocket {
            constructor(...args) {
              note("socket");
              super(...args);
              this.addEventListener("message", (e) => /^[={]/.test(e.data) && note("text"));
            }
          };
          new MutationObserver((_, seen) => {
            if (!document.querySelector(editable) || document.querySelectorAll('.files [role="tab"]').length < tabs) return;
            seen.disconnect();
            requestAnimationFrame(() => setTimeout(() => note("interactive"), 0)); // painted
          }).observe(document, { subtree: true, childList: true, attributes: true });
        },
        [editable, files.length > 1 ? files.length : 0],
      );
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
      await page.goto(edit);
      await page.waitForFunction(() => globalThis.at.interactive);
      const { socket, text, interactive } = await page.evaluate(() => globalThis.at);
      const main = (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value * 1000;
      if (i) (found[what] ??= []).push({ interactive, page: socket, text: text - socket, show: interactive - text, main }); // the first one warms the server and the browser
      await page.context().close();
    }
  }
  for (const [what, list] of Object.entries(found)) {
    const of = (part) => `${median(list.map((f) => f[part])).toFixed(0)} ms`;
    console.log(`opening a session of ${what}: interactive after ${of("interactive")} (the page ${of("page")}, until its text is there ${of("text")}, to show it ${of("show")}), processor time of the main thread ${of("main")} (medians of ${list.length})`);
  }
}

/** Opens a session whose page notes when it received each message, on the page's clock. */
async function wiredPage(browser, url) {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(() => {
    globalThis.wire = [];
    globalThis.WebSocket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", (e) => /^[+=]/.test(e.data) || globalThis.wire.push({ at: performance.now(), ...JSON.parse(e.data) }));
      }
    };
  });
  await page.goto(url);
  await page.locator(editable).click();
  return page;
}

/** Replaces the text. */
async function rewrite(page, text) {
  await page.locator(editable).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/**
 * Runs the text, which prints a word. Total is the time from the key to the end of the
 * frame that shows the word's first byte, and runner the part of it between the news of the
 * run and that of its output: the runner's own time.
 */
async function runOnce(page, word) {
  await page.evaluate((word) => {
    globalThis.wire = [];
    let key = 0;
    addEventListener("keydown", () => (key ||= performance.now()), { capture: true });
    const came = () => globalThis.wire.find((m) => m.type === "output" && m.stream === "stdout");
    globalThis.shown = new Promise((resolve) => {
      new MutationObserver((_, seen) => {
        if (!came() || !document.querySelector(".output-text")?.textContent.includes(word)) return;
        seen.disconnect();
        // The page changes its output at the beginning of a frame, so what is
        // done next is done when the frame has been painted.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          const end = performance.now();
          const begun = globalThis.wire.find((m) => m.type === "run").at;
          const program = globalThis.wire.find((m) => m.type === "stage" && m.stage === "run").at;
          const output = came().at;
          resolve({ runner: output - begun, total: end - key, steps: { "to the word of the run": begun - key, "to the start of the program": program - begun, "to its output": output - program, "to the frame": end - output } });
        };
        port2.postMessage(null);
      }).observe(document.querySelector("#output"), { childList: true, subtree: true, characterData: true });
    });
  }, word);
  await page.keyboard.press("Control+Enter");
  const times = await page.evaluate(() => globalThis.shown);
  await page.locator("button.run").waitFor();
  return times;
}

async function firstByte(browser, url) {
  const page = await wiredPage(browser, url);
  await rewrite(page, 'fn main() { println!("hello"); }\n');
  await page.waitForTimeout(500);
  const over = [];
  const took = [];
  for (let i = 0; i < 25; i++) {
    const { runner, total } = await runOnce(page, "hello");
    over.push(total - runner);
    took.push(runner);
    await page.waitForTimeout(300); // a box is made for the next
  }
  await page.context().close();
  console.log(`run to first byte on screen, ${boxes} boxes: ${median(over).toFixed(1)} ms over the runner's own ${median(took).toFixed(0)} ms (medians of ${over.length})`);
}

/** What is compiled ahead: each time another text, which has rested for a second when it is run. */
async function ahead(browser, url) {
  const page = await wiredPage(browser, url);
  const total = [];
  const told = [];
  const steps = {};
  for (let i = 0; i < 100; i++) {
    await page.evaluate(() => (globalThis.wire = []));
    await rewrite(page, `fn main() { println!("word${i}."); }\n`);
    const typed = await page.evaluate(() => performance.now());
    await page.waitForTimeout(1000);
    const came = await page.evaluate(() => globalThis.wire.find((m) => m.type === "ahead")?.at);
    if (came) told.push(came - typed);
    const times = await runOnce(page, `word${i}.`);
    total.push(times.total);
    for (const [step, ms] of Object.entries(times.steps)) (steps[step] ??= []).push(ms);
  }
  await page.context().close();
  const at = (list, part) => quantile(list, part)?.toFixed(0);
  console.log(`run of a text that rested for 1 s, to first byte on screen, ${boxes} boxes: p50 ${at(total, 0.5)} ms, p99 ${at(total, 0.99)} ms (of ${total.length})`);
  console.log(`its steps, medians: ${Object.entries(steps).map(([step, list]) => `${step} ${median(list).toFixed(1)} ms`).join(", ")}`);
  console.log(`end of typing to diagnostics: p50 ${at(told, 0.5)} ms, p99 ${at(told, 0.99)} ms (of ${told.length}; 250 ms of it are rest)`);
}

/** Joins a session; hears gets each message, and the socket with its welcome. */
async function member(url, edit, name, hears) {
  const ws = new WebSocket(new URL(`${edit.replace(/^\//, "")}/socket`, url).href.replace("http", "ws"), { origin: new URL(url).origin });
  await once(ws, "open");
  ws.send(JSON.stringify({ type: "hello", protocol, key: randomBytes(16).toString("hex"), name }));
  let parts = "";
  ws.on("message", (data) => {
    let text = String(data);
    if (/^[+=]/.test(text)) { // a part of a long message; "=" marks the last
      parts += text.slice(1);
      if (text[0] === "+") return;
      [text, parts] = [parts, ""];
    }
    hears(JSON.parse(text));
  });
  return ws;
}

/** Joins a session and moves a cursor in it, until the returned function is called. */
async function wander(url, edit, length, i) {
  let at = null;
  let n = 0;
  const ws = await member(url, edit, `Wanderer ${i}`, (m) => {
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

/**
 * Types into a page that is open, and gives what a key costs its main thread, over
 * what that does without keys, and how long until its frame is painted.
 */
async function typing(page) {
  const keys = 80;
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
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
  await spend("x"); // until the engine has compiled what it is going to
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home"); // a line is slower the longer it is
  const [rest, restFor] = await spend("");
  await page.evaluate((keys) => {
    const list = [];
    globalThis.painted = new Promise((resolve) => {
      const note = () => {
        const from = performance.now();
        requestAnimationFrame(() =>
          setTimeout(() => {
            if (list.push(performance.now() - from) < keys) return;
            removeEventListener("keydown", note, { capture: true });
            resolve(list);
          }, 0),
        );
      };
      addEventListener("keydown", note, { capture: true });
    });
  }, keys);
  const [spent, spentFor] = await spend("x");
  const frame = median(await page.evaluate(() => globalThis.painted));
  await cdp.detach();
  return { key: (spent - (rest * spentFor) / restFor) / keys, frame };
}

async function keys(browser, url) {
  const bare = await serveBare();
  try {
    const source = Array.from({ length: 3000 }, (_, i) => `fn f${i}(x: u32) -> u32 { x + ${i} } // line`).join("\n");
    const found = new Map();
    /** Measures in a new page: a page in the background draws nothing. */
    const measure = async (who, path, others = []) => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(path ? new URL(path, url).href : bare.url);
      await page.locator(editable).click();
      // They move their cursors ten times a second, and draw nothing, as if each had a
      // separate machine.
      const stop = await Promise.all(others.map((i) => wander(url, path, source.length, i)));
      if (others.length) await page.locator(".caret").nth(others.length - 1).waitFor({ state: "attached" });
      found.set(who, [...(found.get(who) ?? []), await typing(page)]);
      for (const end of stop) end();
      await page.context().close();
    };
    // Each types into a separate text.
    for (let round = 0; round < 5; round++) {
      await measure("bare CodeMirror");
      await measure("alone", await create(url, { source }));
      await measure("with five others", await create(url, { source }), [0, 1, 2, 3, 4]);
    }
    const of = (who, what) => median(found.get(who).map((f) => f[what]));
    for (const who of found.keys())
      console.log(
        `typing in 3,000 lines, ${who}: ${of(who, "key").toFixed(1)} ms of the main thread a key (${(of(who, "key") / of("bare CodeMirror", "key")).toFixed(2)} of the bare editor), ` +
          `its frame painted after ${of(who, "frame").toFixed(1)} ms (${(of(who, "frame") / of("bare CodeMirror", "frame")).toFixed(2)})`,
      );
  } finally {
    await bare.stop();
  }
}

/** A listing of assembly as the server writes it, with n lines that stay with all filters. */
function assembly(n) {
  const lines = Array.from({ length: n }, (_, i) => (i % 50 ? `\tmov\teax, dword ptr [rdi + ${i}]` : `main::f${i / 50}:`));
  return {
    files: [{ name: "main.rs", user: true }], lines, of: lines.map(() => 0), at: lines.map((_, i) => (i % 50 ? 1 + (i % 400) : 0)), hidden: lines.map((_, i) => (i % 7 ? 0 : 1)),
    filters: ["directives"], links: lines.flatMap((_, i) => (i % 50 === 49 ? [[i, 5, 8, i - 49]] : [])), notices: null,
  };
}

/**
 * Does something and gives the processor time, in ms, of the longest task of a page's main
 * thread meanwhile: what a frame waits for, whatever else the machine does.
 */
async function longestTask(browser, page, act) {
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  await act();
  await page.waitForTimeout(500);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = new Set(traceEvents.filter((e) => e.name === "thread_name" && e.args.name === "CrRendererMain").map((e) => `${e.pid} ${e.tid}`));
  const tasks = traceEvents.filter((e) => /RunTask$/.test(e.name) && e.tdur !== undefined && mains.has(`${e.pid} ${e.tid}`)).map((e) => e.tdur / 1000);
  if (!tasks.length) throw new Error("the trace has no task of the main thread");
  return Math.max(...tasks);
}

/** Opens a view of 10,000 lines, scrolls through it, emphasises lines and switches a filter, and gives the longest task of the main thread. */
async function views(browser, url) {
  const lines = 10_000;
  const longest = { open: [], scroll: [], hover: [], filter: [] };
  const edit = await create(url, { source: Array.from({ length: 400 }, (_, i) => `pub fn f${i}(x: u32) -> u32 { x + ${i} }`).join("\n") });
  for (let i = 0; i < 5; i++) {
    const page = await (await browser.newContext()).newPage();
    const listing = assembly(lines);
    await page.route(/products\/asm$/, (r) => r.fulfill({ body: listing.lines.join("\n"), contentType: "text/x-asm" }));
    await page.route(/products\/asm-listing$/, (r) => r.fulfill({ json: listing }));
    await page.goto(new URL(edit, url).href);
    await page.locator(editable).waitFor();
    const during = async (what, act) => longest[what].push(await longestTask(browser, page, act));
    if (i === 0) {
      await page.getByRole("button", { name: "Choose what to do" }).click();
      await page.getByRole("menuitemradio", { name: /^Assembly/ }).click();
    }
    await page.getByRole("tab", { name: "Assembly" }).waitFor();
    await page.locator(".view .cm-line").nth(5).waitFor();
    await page.getByRole("tab", { name: "Output" }).click();
    await during("open", async () => {
      await page.getByRole("tab", { name: "Assembly" }).click();
      await page.locator(".view .cm-line").nth(5).waitFor();
    });
    await page.locator(".view .cm-scroller").hover();
    await during("scroll", async () => {
      for (let n = 0; n < 40; n++) {
        await page.mouse.wheel(0, 1500);
        await page.waitForTimeout(16);
      }
    });
    await during("hover", async () => {
      const box = await page.locator(".view .cm-scroller").boundingBox();
      for (let y = 0; y < 300; y += 10) await page.mouse.move(box.x + 100, box.y + y);
    });
    await during("filter", () => page.getByRole("button", { name: "Directives" }).click());
    await page.context().close();
  }
  for (const [what, list] of Object.entries(longest)) console.log(`a view of ${lines.toLocaleString("en")} lines, ${what}: longest task ${median(list).toFixed(1)} ms of the processor (median of 5)`);
}

/** Types keys into a session until it has so many entries, by several members at once. */
async function type(url, edit, length, entries) {
  const words = "let total: u64 = values.iter().map(|x| x * 2).sum();\n    ";
  await Promise.all(
    Array.from({ length: 20 }, async (_, writer) => {
      let [at, seq, pos] = [null, 0, 0];
      let ws;
      let done;
      const all = new Promise((resolve) => (done = resolve));
      const key = () => {
        if (at.version >= entries) return done();
        const end = length + at.version; // each entry inserts one unit
        pos = seq % 60 ? Math.min(pos + 1, end) : Math.floor(((seq * 7919 + writer * 104729) % 100_003) / 100_003 * end);
        ws.send(JSON.stringify({ type: "push", ...at, seq: ++seq, changes: [...(pos ? [pos] : []), [0, ...words[seq % words.length].split("\n")], ...(end > pos ? [end - pos] : [])] }));
      };
      ws = await member(url, edit, `Writer ${writer}`, (m) => {
        if (m.type === "error") throw new Error(`${m.code}: ${m.message}`);
        if (m.type === "welcome") at = { epoch: m.epoch, version: m.version };
        else if (m.type === "entry" || m.type === "ack") at.version = m.version;
        if (m.type === "welcome" || m.type === "ack") key();
        else if (at?.version >= entries) done();
      });
      await all;
      ws.close();
    }),
  );
}

/** Moves the slider of the playback of 100,000 entries to random versions. */
async function seek(browser) {
  const entries = 100_000;
  const dir = mkdtempSync(join(tmpdir(), "corust-history-"));
  const { url, spent, stop } = await serve(join(dir, "sessions.db"), { CORUST_SERVE_HISTORY: "all", CORUST_SERVE_MESSAGE_RATE: "100000" }); // at the default rate, the entries take three minutes
  try {
    const source = "fn main() {}\n";
    const edit = await create(url, { source });
    const typed = Date.now();
    await type(url, edit, source.length, entries);
    console.log(`${entries.toLocaleString("en")} entries: made in ${((Date.now() - typed) / 1000).toFixed(0)} s`);
    const page = await (await browser.newContext()).newPage();
    await page.goto(new URL(edit, url).href);
    await page.locator(editable).waitFor();
    await page.getByLabel("More", { exact: true }).click();
    await page.getByRole("button", { name: "Playback" }).click();
    await page.locator(".playback .at", { hasText: "Version" }).waitFor();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    const busy = async () => (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value * 1000;
    const [clock, main, serving] = [[], [], []];
    const seed = Number(process.env.SEED ?? 1);
    for (let i = 1; i <= 30; i++) {
      const version = 1 + Math.floor((((seed * 31 + i) * 61_803.39887) % entries));
      await page.waitForTimeout(1000); // what the page reads after a pause is read
      const [mainBefore, servingBefore] = [await busy(), spent()];
      clock.push(
        await page.evaluate(async (version) => {
          const slider = document.querySelector(".playback input[type=range]");
          const began = performance.now();
          Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(slider, String(version));
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          const want = `Version ${version.toLocaleString("en")} of`;
          while (!document.querySelector(".playback .at").textContent.startsWith(want)) await new Promise((r) => requestAnimationFrame(r));
          await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0))); // painted
          return performance.now() - began;
        }, version),
      );
      main.push((await busy()) - mainBefore);
      serving.push(spent() - servingBefore);
    }
    await page.context().close();
    const figure = (list) => `p50 ${quantile(list, 0.5).toFixed(0)} ms, p95 ${quantile(list, 0.95).toFixed(0)} ms`;
    console.log(`seek in ${entries.toLocaleString("en")} entries: ${figure(clock)} (of ${clock.length}); processor time of the page's main thread ${figure(main)}, of the server ${figure(serving)}`);
  } finally {
    stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const server = await serve();
const browser = await launch();
try {
  const only = process.argv.slice(2);
  for (const measure of [firstLoad, opening, firstByte, ahead, keys, views, seek]) if (!only.length || only.includes(measure.name)) await measure(browser, server.url);
} finally {
  await browser.close();
  server.stop();
}
