// Drives corust serve with real browsers: two people in one session. CORUST
// names the binary; screenshots go to browser/out. Without Rust to run, the
// parts that run programs fail: they are the point.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "out");
mkdirSync(out, { recursive: true });
const corust = process.env.CORUST ?? join(here, "../../../bin/corust");
const axe = readFileSync(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
const wait = 20_000;

const freePort = () =>
  new Promise((resolve, reject) => {
    const s = createServer().on("error", reject);
    s.listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

class Server {
  constructor(port, dir, env = {}) {
    Object.assign(this, { port, dir, env, url: `http://127.0.0.1:${port}` });
  }
  async start() {
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--database", join(this.dir, "sessions.db")];
    this.process = spawn(corust, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...this.env } });
    this.log = "";
    this.process.stderr.on("data", (d) => (this.log += d));
    const gone = new Promise((_, reject) => this.process.once("exit", (code) => reject(new Error(`corust serve ended with ${code}: ${this.log}`))));
    const ready = (async () => {
      for (;;) {
        if ((await fetch(`${this.url}/readyz`).catch(() => null))?.ok) return;
        await new Promise((r) => setTimeout(r, 50));
      }
    })();
    await Promise.race([ready, gone]);
    gone.catch(() => {});
  }
  async stop(signal = "SIGTERM") {
    const ended = new Promise((r) => this.process.once("exit", r));
    this.process.kill(signal);
    return ended;
  }
}

class Person {
  static async join(browser, url, options = {}) {
    const p = new Person();
    p.context = await browser.newContext({ viewport: { width: 1100, height: 720 }, ...options });
    // As a page that was loaded before the server was updated.
    if (options.old)
      await p.context.addInitScript(() => {
        const Now = WebSocket;
        globalThis.WebSocket = class extends Now {
          constructor(url) {
            super(String(url).replace(/protocol=\d+/, "protocol=1"));
          }
        };
      });
    if (options.name) await p.context.addInitScript((n) => localStorage.setItem("corust.name", n), options.name);
    p.page = await p.context.newPage();
    p.problems = [];
    p.page.on("pageerror", (e) => p.problems.push(e.message));
    // Chromium styles what it inserts over several lines, which the policy
    // refuses and the editor replaces; the rest are lost connections.
    p.page.on("console", (m) => m.type() === "error" && !/Applying inline style|WebSocket|ERR_INTERNET|ERR_CONNECTION|Failed to load/.test(m.text()) && p.problems.push(m.text()));
    p.page.on("request", (r) => !r.url().startsWith(new URL(url).origin) && !r.url().startsWith("blob:") && !r.url().startsWith(new URL(url).origin.replace("http", "ws")) && p.problems.push(`third party: ${r.url()}`));
    p.page.on("dialog", (d) => {
      p.problems.push(`dialog: ${d.message()}`);
      void d.dismiss();
    });
    await p.page.goto(url);
    await p.page.locator(".cm-content").waitFor();
    await p.status(options.status ?? (options.readOnly ? "Read-only" : "Saved"));
    return p;
  }
  text() {
    return this.page.evaluate(() => document.querySelector(".cm-content").cmTile?.view?.state.doc.toString() ?? [...document.querySelectorAll(".cm-line")].map((l) => l.textContent).join("\n"));
  }
  async write(source) {
    await this.page.locator(".cm-content").click();
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.insertText(source);
    await this.status("Saved");
  }
  async until(what, test) {
    const end = Date.now() + wait;
    for (let last; ; ) {
      if (await test().catch((e) => ((last = e), false))) return;
      if (Date.now() > end) throw new Error(`never: ${what} ${last ?? ""}`);
      await this.page.waitForTimeout(25);
    }
  }
  status(text) {
    return this.until(`status ${text}`, async () => (await this.page.locator(".status").innerText()).includes(text));
  }
  output() {
    return this.page.locator(".output-text").innerText();
  }
  printed(text) {
    return this.until(`output ${JSON.stringify(text)}`, async () => (await this.output()).includes(text));
  }
  verdict(text) {
    return this.until(`verdict ${text}`, async () => (await this.page.locator(".verdict").innerText()).includes(text));
  }
  run() {
    return this.page.keyboard.press("Control+Enter");
  }
  shot(name) {
    return this.page.screenshot({ path: join(out, `${name}.png`) });
  }
  async axe() {
    // The content policy lets no page script in but ours; the inspector's own are not the page's.
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    return violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`);
  }
}

const same = async (people) => {
  const first = people[0];
  await first.until("the same text for all", async () => {
    const texts = await Promise.all(people.map((p) => p.text()));
    return texts.every((t) => t === texts[0]);
  });
};

const watchingLink = async (p) => {
  await p.page.getByRole("button", { name: "Share" }).click();
  const [, view] = await p.page.locator("dialog input").evaluateAll((list) => list.map((i) => i.value));
  await p.page.keyboard.press("Escape");
  return view;
};

const tests = {
  async "typing at once, cursors, late join"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const url = a.page.url();
    const b = await Person.join(browser, url, { name: "Bo", colorScheme: "dark" });
    await a.write("fn main() {\n    // a:\n    // b:\n}\n");
    await same([a, b]);
    await a.page.locator(".cm-line").nth(1).click();
    await b.page.locator(".cm-line").nth(2).click();
    await a.page.keyboard.press("End");
    await b.page.keyboard.press("End");
    await Promise.all([a.page.keyboard.type("hello from Ada 🦀", { delay: 15 }), b.page.keyboard.type("hello from Bo ✨", { delay: 15 })]);
    await same([a, b]);
    assert.equal(await a.text(), "fn main() {\n    // a:hello from Ada 🦀\n    // b:hello from Bo ✨\n}\n");
    await a.until("Bo's cursor", async () => (await a.page.locator('.caret-name[data-name="Bo"]').count()) > 0);
    await b.until("Ada's cursor", async () => (await b.page.locator('.caret-name[data-name="Ada"]').count()) > 0);
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+z");
    await same([a, b]);
    assert.match(await a.text(), /hello from Bo ✨/, "undo took another's text");
    const late = await Person.join(browser, url, { name: "Cy" });
    await same([a, b, late]);
    await a.shot("typing-light");
    await b.shot("typing-dark");
    await late.context.close();
    await a.until("Cy has gone", async () => (await a.page.locator(".people .badge").count()) === 2);
    return [a, b];
  },

  async "a run in both, stdin, stop, a late join sees it from the start"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await a.write('use std::io::*;\nfn main() {\n    println!("first");\n    let mut s = String::new();\n    stdin().read_line(&mut s).unwrap();\n    println!("got {}", s.trim());\n    loop { std::thread::sleep(std::time::Duration::from_millis(50)); }\n}\n');
    await a.run();
    await Promise.all([a.printed("first"), b.printed("first")]);
    await b.page.getByLabel("Input for the program").fill("ferris");
    await b.page.getByRole("button", { name: "Send" }).click();
    await Promise.all([a.printed("got ferris"), b.printed("got ferris")]);
    assert.match(await a.output(), /ferris/, "the echo");
    const late = await Person.join(browser, a.page.url(), { name: "Cy" });
    await late.printed("first");
    await late.printed("got ferris");
    const whole = await a.output();
    assert.match(whole, /first\s+ferris\s+got ferris/, "the echo stands where it was typed");
    assert.equal(await late.output(), whole, "who comes late sees what was typed, in its place");
    assert.equal(await late.page.locator(".typed").getAttribute("data-by"), "Bo › ");
    await b.page.getByRole("button", { name: "End", exact: true }).click();
    for (const p of [a, b, late]) await p.until("the input is closed", async () => (await p.page.getByLabel("Input for the program").count()) === 0);
    const later = await Person.join(browser, a.page.url());
    await later.printed("(end of input)");
    assert.equal(await later.page.getByLabel("Input for the program").count(), 0, "an input that has ended is offered");
    await later.context.close();
    await a.shot("run-stdin");
    await b.page.getByRole("button", { name: "Stop" }).click();
    await Promise.all([a.verdict("Stopped by Bo"), b.verdict("Stopped by you"), late.verdict("Stopped by Bo")]);
    return [a, b, late];
  },

  async "menus are shared, also with those who come late"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    const shows = (p, menu, value) => p.until(`${menu} ${value}`, async () => (await p.page.getByLabel(menu, { exact: true }).inputValue()) === value);
    await a.page.getByLabel("Mode", { exact: true }).selectOption("release");
    await b.page.getByLabel("Edition").selectOption("2021");
    for (const p of [a, b]) await Promise.all([shows(p, "Mode", "release"), shows(p, "Edition", "2021")]);
    await a.page.getByLabel("What to do").selectOption("check");
    await b.until("the button says it", async () => (await b.page.locator("button.run").innerText()).includes("Check"));
    const late = await Person.join(browser, await watchingLink(a), { readOnly: true });
    await Promise.all([shows(late, "Mode", "release"), shows(late, "What to do", "check")]);
    assert.equal(await late.page.getByLabel("Mode", { exact: true }).isDisabled(), true);
    await server.stop();
    await server.start();
    await b.status("Saved");
    await b.page.reload();
    await shows(b, "Edition", "2021");
    await b.page.getByLabel("Edition").selectOption("2018");
    await Promise.all([shows(a, "Edition", "2018"), shows(late, "Edition", "2018")]);
    return [a, b, late];
  },

  async "past runs: listed, opened, restored"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const first = 'fn main() {\n    println!("one");\n}\n';
    const second = '// another\nfn main() {\n    println!("two");\n}\n';
    for (const [source, word] of [[first, "one"], [second, "two"]]) {
      await a.write(source);
      await a.run();
      await a.printed(word);
      await a.verdict("Finished");
    }
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await b.printed("two");
    const open = async (p) => {
      await p.page.locator(".more-menu summary").click();
      await p.page.getByRole("button", { name: "Past runs" }).click();
      await p.until("two runs", async () => (await p.page.locator(".past-runs li").count()) === 2);
    };
    await open(b);
    const entries = await b.page.locator(".past-runs li").allInnerTexts();
    assert.match(entries[1], /Finished Ada/);
    assert.match(entries[1], /run · debug · 2024 · version \d+ · /);
    assert.deepEqual(await b.axe(), []);
    await b.shot("past-runs");
    await b.page.locator(".past-runs li").nth(1).getByRole("button", { name: /Show/ }).click();
    await b.printed("one");
    await b.page.getByRole("button", { name: "Back to the last run" }).click();
    await b.printed("two");
    // Ada's cursor stays with her line while Bo restores the text.
    await a.page.locator(".cm-line").nth(3).click();
    await a.page.keyboard.press("End");
    await open(b);
    await b.page.locator(".past-runs li").nth(1).getByRole("button", { name: /Restore/ }).click();
    await same([a, b]);
    await a.until("the first text", async () => (await a.text()) === first);
    await a.page.keyboard.type(" // end");
    await same([a, b]);
    assert.equal(await b.text(), first.replace("}\n", "} // end\n"));
    await b.page.locator(".cm-content").focus();
    await b.page.keyboard.press("Control+z");
    await a.until("taken back", async () => (await a.text()) === second.replace("}\n", "} // end\n"));
    // A run that begins takes the place of a past one that is shown.
    await open(a);
    await a.page.locator(".past-runs li").nth(1).getByRole("button", { name: /Show/ }).click();
    await a.printed("one");
    await b.run();
    await a.printed("two");
    await b.page.reload();
    await b.status("Saved");
    await b.page.locator(".more-menu summary").click();
    await b.page.getByRole("button", { name: "Past runs" }).click();
    await b.until("three runs", async () => (await b.page.locator(".past-runs li").count()) === 3);
    return [a, b];
  },

  async "compiler messages under the text, jump, format"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.write("fn main() {\n    let x = 1;\n    println!(\"{}\", foo);\n}\n");
    await a.run();
    await a.verdict("Did not compile");
    await a.until("squiggles", async () => (await a.page.locator(".cm-lintRange-error").count()) > 0);
    assert.equal(await a.page.locator(".cm-lintRange-error").first().innerText(), "foo");
    await a.page.locator(".place").first().click();
    assert.equal(await a.page.locator(".cm-activeLine").innerText(), '    println!("{}", foo);');
    await a.page.locator(".cm-lintRange-error").first().hover();
    await a.page.locator(".cm-tooltip-lint").waitFor();
    await a.shot("messages");
    await a.write("fn main( ){let x=1;\nprintln!(\"{}\",x) ;}");
    await a.page.keyboard.press("Control+s");
    await a.until("formatted", async () => (await a.text()) === 'fn main() {\n    let x = 1;\n    println!("{}", x);\n}\n');
    await a.page.keyboard.press("Control+z");
    assert.match(await a.text(), /fn main\( \)/, "formatting is one step of undo");
    return [a];
  },

  async "what the compiler proposes, one click or key away, for everybody"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    const warnings = (p, n) => p.until(`warnings on ${n} lines`, async () => (await p.page.locator(".cm-lint-marker-warning").count()) === n);
    await a.write('fn main() {\n    /* 🦀 */ let mut x = 1;\n    if (x == 1) {\n        println!("{x}");\n    }\n}\n');
    await same([a, b]);
    await a.run();
    await Promise.all([warnings(a, 2), warnings(b, 2)]);
    // Positions follow what is typed after the run, and who comes after that sees them too.
    await b.page.locator(".cm-line").first().click();
    await b.page.keyboard.press("Home");
    await b.page.keyboard.insertText("// by Bo\n");
    await same([a, b]);
    const late = await Person.join(browser, a.page.url(), { name: "Cy" });
    await warnings(late, 2);
    assert.equal((await late.page.locator(".cm-line").nth(2).locator(".cm-lintRange-warning").allInnerTexts()).join(""), "mut x");
    const watcher = await Person.join(browser, await watchingLink(a), { readOnly: true });
    await warnings(watcher, 2);
    await watcher.page.locator(".cm-lintRange-warning").first().hover();
    await watcher.page.locator(".cm-tooltip-lint").first().waitFor();
    assert.equal(await watcher.page.locator(".cm-diagnosticAction").count(), 0, "a watcher is offered an edit");
    // By mouse.
    await a.page.locator(".cm-lintRange-warning").first().hover();
    const button = a.page.locator(".cm-tooltip-lint button", { hasText: "Apply: remove this `mut`" });
    await button.waitFor();
    await a.shot("suggestion");
    assert.deepEqual(await a.axe(), []);
    await button.click();
    const once = '// by Bo\nfn main() {\n    /* 🦀 */ let x = 1;\n    if (x == 1) {\n        println!("{x}");\n    }\n}\n';
    await b.until("the mut is gone", async () => (await b.text()) === once);
    await same([a, b, late]);
    await Promise.all([warnings(a, 1), warnings(b, 1), warnings(late, 1)]);
    await a.page.keyboard.press("Control+z");
    await b.until("the mut is back", async () => (await b.text()) === once.replace("let x", "let mut x"));
    await warnings(b, 2);
    await a.page.keyboard.press("Control+y");
    await b.until("the mut is gone again", async () => (await b.text()) === once);
    // By keyboard, two edits at once, by one who came after the run.
    await late.page.locator(".cm-line").nth(3).click();
    await late.page.keyboard.press("Control+.");
    await late.page.getByRole("menuitem", { name: "Apply: remove these parentheses" }).waitFor();
    await late.shot("suggestion-menu");
    await late.page.keyboard.press("Escape");
    await late.page.keyboard.press("Control+.");
    await late.page.getByRole("menuitem").waitFor();
    await late.page.keyboard.press("Enter");
    await b.until("the parentheses are gone", async () => /if x == 1 +{\n/.test(await b.text()));
    await same([a, b, late]);
    await a.page.locator(".cm-content").focus();
    await a.run();
    await a.verdict("Finished");
    await Promise.all([warnings(a, 0), warnings(b, 0), warnings(late, 0)]);
    // What has changed meanwhile is left alone.
    await a.write("fn main() {\n    let mut y = 1;\n    println!(\"{y}\");\n}\n");
    await a.run();
    await warnings(a, 1);
    await same([a, b]);
    await b.page.locator(".cm-line").nth(1).click();
    await b.page.keyboard.press("Home");
    for (const _ of "let m") await b.page.keyboard.press("ArrowRight");
    await b.page.keyboard.insertText("_");
    await a.until("Bo's edit", async () => (await a.text()).includes("let m_ut y"));
    await a.page.locator(".cm-line").nth(1).click();
    await a.page.keyboard.press("Control+.");
    await a.page.getByRole("menuitem").waitFor();
    await a.page.keyboard.press("Enter");
    await a.until("told why not", async () => (await a.page.locator(".notice").innerText()).includes("Not applied"));
    assert.match(await a.text(), /let m_ut y/);
    return [a, b, late, watcher];
  },

  async "what others type waits while an input method composes"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() {}\n");
    await same([a, b]);
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+End");
    const ime = await a.context.newCDPSession(a.page);
    await ime.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+Home");
    await b.page.keyboard.type("// b\n");
    await ime.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
    await b.until("b has saved", async () => (await b.page.locator(".status").innerText()).includes("Saved"));
    await a.page.waitForTimeout(300);
    assert.equal((await a.text()).startsWith("// b"), false, "the text changed under the composition");
    await ime.send("Input.insertText", { text: "日本" });
    await same([a, b]);
    assert.equal(await a.text(), "// b\nfn main() {}\n日本");
    return [a, b];
  },

  async "following somebody"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await a.write(Array.from({ length: 300 }, (_, i) => `// line ${i + 1}`).join("\n"));
    await same([a, b]);
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+Home");
    await b.page.getByRole("button", { name: /people here/ }).click();
    await b.page.getByRole("button", { name: "Follow" }).click();
    await b.page.keyboard.press("Escape");
    await b.until("Ada's place", () => b.page.getByText("// line 300", { exact: true }).isVisible());
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+Home");
    await b.until("Ada's new place", () => b.page.getByText("// line 1", { exact: true }).isVisible());
    await b.shot("following");
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.type("x");
    await b.until("typing ends it", async () => (await b.page.locator(".following").count()) === 0);
    return [a, b];
  },

  async "offline and back with unsent text"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() {}\n");
    await same([a, b]);
    await a.context.setOffline(true);
    await a.status("Offline");
    await a.page.locator(".cm-line").first().click();
    await a.page.keyboard.press("Control+End");
    await a.page.keyboard.type("// written offline\n");
    await a.status("unsent");
    await a.shot("offline");
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+Home");
    await b.page.keyboard.type("// meanwhile\n");
    await a.context.setOffline(false);
    await a.status("Saved");
    await same([a, b]);
    assert.equal(await b.text(), "// meanwhile\nfn main() {}\n// written offline\n");
    return [a, b];
  },

  async "server killed and restarted"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() { /* kept */ }\n");
    await same([a, b]);
    await server.stop("SIGKILL");
    await a.status("Reconnecting");
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+End");
    await a.page.keyboard.type("// typed while it was dead");
    await server.start();
    await Promise.all([a.status("Saved"), b.status("Saved")]);
    await same([a, b]);
    assert.equal(await b.text(), "fn main() { /* kept */ }\n// typed while it was dead");
    await server.stop("SIGTERM");
    await server.start();
    await Promise.all([a.status("Saved"), b.status("Saved")]);
    const c = await Person.join(browser, a.page.url());
    await same([a, b, c]);
    return [a, b, c];
  },

  async "a read-only link reads only"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.page.getByRole("button", { name: "Share" }).click();
    const [edit, view] = await a.page.locator("dialog input").evaluateAll((list) => list.map((i) => i.value));
    assert.equal(edit, a.page.url());
    await a.shot("share");
    await a.page.keyboard.press("Escape");
    const r = await Person.join(browser, view, { readOnly: true });
    await same([a, r]);
    const before = await r.text();
    await r.page.locator(".cm-content").click();
    await r.page.keyboard.type("hacked");
    await r.run();
    assert.equal(await r.text(), before);
    assert.equal(await r.page.locator("button.run").isDisabled(), true);
    await a.write("fn main() { println!(\"seen\"); }\n");
    await same([a, r]);
    await a.run();
    await r.printed("seen");
    await r.shot("read-only");
    return [a, r];
  },

  async "a full session and an old page say so"({ browser }) {
    const small = new Server(await freePort(), mkdtempSync(join(tmpdir(), "corust-small-")), { CORUST_SERVE_MEMBERS: "1", CORUST_POOL_WARM: "0" });
    await small.start();
    try {
      const a = await Person.join(browser, `${small.url}/`);
      const b = await Person.join(browser, a.page.url(), { status: "Full" });
      assert.equal(await b.page.getByRole("status").filter({ hasText: "Full" }).count(), 1);
      await b.page.getByText("takes no more people").waitFor();
      await b.shot("full");
      await a.context.close();
      await b.page.getByRole("button", { name: "Retry" }).click();
      await b.status("Saved");
      await b.context.close();
      const old = await Person.join(browser, `${small.url}/`, { old: true, status: "Page too old" });
      await old.page.getByText("The server has been updated").waitFor();
      assert.equal(await old.page.getByRole("button", { name: "Reload" }).isVisible(), true);
      await old.shot("too-old");
      return [old];
    } finally {
      await small.stop();
      rmSync(small.dir, { recursive: true, force: true });
    }
  },

  async "hostile names and output"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "<img src=x onerror=alert(1)>" });
    const b = await Person.join(browser, a.page.url(), { name: "\u202eevil\u0007" });
    await a.write('fn main() {\n    println!("<img src=x onerror=alert(1)><script>alert(2)</script>");\n    println!("\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 \\x1b[2J\\u{202e}gnirts\\u{2066} \\x1b]52;c;aGk=\\x07 nul\\0");\n    eprintln!("\\x1b[1;44mbold on blue\\x1b[0m");\n}\n');
    await a.run();
    await a.verdict("Finished");
    await Promise.all([a.printed("<script>alert(2)</script>"), b.printed("<U+202E>gnirts")]);
    for (const p of [a, b]) {
      assert.equal(await p.page.locator(".output-text img, .output-text script, header img[src=x], .cm-content img[onerror]").count(), 0);
      assert.equal(await p.page.title(), "corust");
    }
    assert.equal(await a.page.locator(".fg-1").first().innerText(), "red");
    await b.page.locator(".cm-content").click();
    await a.page.getByRole("button", { name: /people here/ }).click();
    const names = await a.page.locator(".people-list .name").allInnerTexts();
    assert.deepEqual(names, ["evil"]);
    await a.shot("hostile");
    return [a, b];
  },

  async "64 KB of output, once and fast"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.write("fn main() {\n    for i in 0..2000 { println!(\"{:030}\", i); }\n}\n");
    await a.run();
    await a.verdict("Finished");
    await a.printed("0001999");
    const text = await a.output();
    assert.equal(text.trim().split("\n").length, 2000);
    return [a];
  },

  async "small, dark, and for those who cannot see it"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { viewport: { width: 360, height: 700 }, colorScheme: "dark" });
    const b = await Person.join(browser, a.page.url());
    await a.page.locator("button.run").click();
    await a.printed("your name");
    const wide = await a.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `the page is ${wide} px wide`);
    await a.shot("phone");
    for (const p of [a, b]) assert.deepEqual(await p.axe(), []);
    await b.page.getByRole("button", { name: "Share" }).click();
    assert.deepEqual(await b.axe(), []);
    await b.page.keyboard.press("Escape");
    await b.page.getByRole("button", { name: "Stop" }).click();
    await a.verdict("Stopped");
    // By keyboard alone: out of the editor, and Run is reached.
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Escape");
    await b.page.keyboard.press("Shift+Tab");
    assert.equal(await b.page.evaluate(() => document.activeElement.closest(".cm-content")), null);
    return [a, b];
  },

  async "a file opened and downloaded, search, many cursors"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    const more = (name) => a.page.locator(".more-menu summary").click().then(() => a.page.getByRole("button", { name }).click());
    const chooser = a.page.waitForEvent("filechooser");
    await more("Open a file…");
    const source = "fn one() {}\r\nfn two() { one(); one() }\r\n";
    await (await chooser).setFiles({ name: "two.rs", mimeType: "text/plain", buffer: Buffer.from(source) });
    await a.until("the file is there", async () => (await a.text()).startsWith("fn one"));
    await same([a, b]);
    const saved = a.page.waitForEvent("download");
    await more("Download main.rs");
    const file = await saved;
    assert.equal(file.suggestedFilename(), "main.rs");
    assert.equal(readFileSync(await file.path(), "utf8"), source.replaceAll("\r\n", "\n"));

    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+Home");
    await a.page.keyboard.press("Control+f");
    await a.page.keyboard.type("one");
    await a.until("three are found", async () => (await a.page.locator(".cm-searchMatch").count()) === 3);
    await a.shot("search");
    await a.page.keyboard.press("Enter"); // selects the first
    await a.page.keyboard.press("Escape");
    for (let i = 0; i < 2; i++) await a.page.keyboard.press("Control+d");
    await b.until("three selections of a's", async () => (await b.page.locator(".selected").count()) === 3);
    await a.page.keyboard.type("uno");
    await same([a, b]);
    assert.equal(await b.text(), "fn uno() {}\nfn two() { uno(); uno() }\n");
    return [a, b];
  },

  async "Vim keys come when asked for"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.write("one\ntwo\n");
    await a.page.locator(".more-menu summary").click();
    await a.shot("menu");
    await a.page.getByLabel("Vim keys").check();
    await a.page.keyboard.press("Escape");
    await a.page.locator(".cm-vim-panel").waitFor();
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.type("ggdd");
    await a.until("a line is deleted", async () => (await a.text()) === "two\n");
    return [a];
  },
};

const only = process.argv[2];
let passed = 0;
let failed = 0;
const dir = mkdtempSync(join(tmpdir(), "corust-browser-"));
const server = new Server(await freePort(), dir);
const browser = await launch();
try {
  await server.start();
  for (const [name, test] of Object.entries(tests)) {
    if (only && !name.includes(only)) continue;
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
