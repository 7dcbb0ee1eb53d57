// People at browsers, and the server that they meet on. CORUST names the binary;
// screenshots go to browser/out.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inFirefox } from "./launch.mjs";

const here = dirname(fileURLToPath(import.meta.url));
export const out = join(here, "out");
mkdirSync(out, { recursive: true });
const corust = process.env.CORUST ?? join(here, "../../../bin/corust");
const axe = readFileSync(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
const wait = 20_000;

export const freePort = () =>
  new Promise((resolve, reject) => {
    const s = createServer().on("error", reject);
    s.listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

export class Server {
  constructor(port, dir, env = {}) {
    Object.assign(this, { port, dir, env, url: `http://127.0.0.1:${port}` });
  }
  async start() {
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--database", join(this.dir, "sessions.db")];
    this.process = spawn(corust, args, { stdio: ["ignore", "ignore", "pipe"], env: { CORUST_SERVE_AHEAD: "build", ...process.env, ...this.env } });
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

/** For Person.join's before: a page that hears nothing of what is compiled ahead of a run. */
export const deafToAhead = (page) =>
  page.routeWebSocket(/socket/, (ws) => {
    ws.connectToServer().onMessage((data) => {
      if (JSON.parse(data).type !== "ahead") ws.send(data);
    });
  });

export class Person {
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
    await options.before?.(p.page);
    p.problems = [];
    // Firefox tells of a lost connection, and of the style that the driver adds for a screenshot, as of errors.
    p.page.on("pageerror", (e) => !(inFirefox && /establish a connection|was interrupted while|operation is insecure|blocked an inline style/.test(e.message)) && p.problems.push(e.message));
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
    // In Firefox the driver inserts text by a command that editors do not see as a paste.
    if (inFirefox) await this.page.evaluate((insert) => {
      const { view } = document.querySelector(".cm-content").cmTile;
      view.dispatch(view.state.replaceSelection(insert), { userEvent: "input.paste" });
    }, source);
    else await this.page.keyboard.insertText(source);
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
  /** Starts a run, by the key or otherwise, and returns when the page shows that it has begun: messages before that belong to the run before. */
  async run(press = () => this.page.keyboard.press("Control+Enter")) {
    await this.page.locator("button.run:enabled").waitFor(); // the run before may not be over for this page
    await this.page.evaluate(() => {
      globalThis.begun = new Promise((resolve) => {
        const seen = new MutationObserver(() => {
          if (!document.querySelector("button.stop")) return;
          seen.disconnect();
          resolve();
        });
        seen.observe(document.body, { childList: true, subtree: true });
      });
    });
    await press();
    await this.page.evaluate(() => globalThis.begun);
  }
  /** Opens the panel of options, if it is not open. */
  async options() {
    const button = this.page.getByRole("button", { name: /^Options/ });
    if ((await button.getAttribute("aria-expanded")) !== "true") await button.click();
    return this.page.getByRole("region", { name: "Options" });
  }
  /** Chooses an action in the menu, which also does it. */
  async choose(title) {
    await this.page.locator("button.run:enabled").waitFor();
    await this.page.getByRole("button", { name: "Choose what to do" }).click();
    await this.page.getByRole("menu", { name: "What to do" }).locator("button", { has: this.page.locator(".title", { hasText: new RegExp(`^${title}$`) }) }).click();
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

export const same = async (people) => {
  const first = people[0];
  await first.until("the same text for all", async () => {
    const texts = await Promise.all(people.map((p) => p.text()));
    return texts.every((t) => t === texts[0]);
  });
};

export const watchingLink = async (p) => {
  await p.page.getByRole("button", { name: "Share" }).click();
  const [, view] = await p.page.locator("dialog input").evaluateAll((list) => list.map((i) => i.value));
  await p.page.keyboard.press("Escape");
  return view;
};

/** The path of the open file, where there are several. */
export const openTab = (p) => p.page.locator('.files [role="tab"][aria-selected="true"] .path').innerText();
export const menu = async (p, name) => {
  await p.page.locator(".more-menu summary").click();
  await p.page.locator(".more-menu").getByRole("button", { name }).click();
};
/** Creates a file, which is open then. */
export const create = async (p, path) => {
  await menu(p, "New file…");
  await p.page.getByLabel("Name", { exact: true }).fill(path);
  await p.page.keyboard.press("Enter");
  await p.until(`${path} is open`, async () => (await openTab(p)) === path);
};
