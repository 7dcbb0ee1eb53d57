// Links, and what happens when they fail or end.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Person, Server, freePort, out, same } from "../people.mjs";

export default {
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
    await a.page.keyboard.press("Control+s");
    await a.until("told why not", async () => (await a.page.locator(".notice").innerText()).includes("Not formatted: the server cannot be reached."));
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

  async "a part of the page is there without the server, or as soon as the server gives its code"({ browser, server }) {
    const code = "**/assets/Crates-*.js";
    let refused = 0;
    const hold = (page) => page.route(code, (r) => (refused++ < 2 ? r.abort() : r.continue()));
    const a = await Person.join(browser, `${server.url}/`, { before: hold });
    const crates = async (p) => {
      await p.page.getByLabel("More").click();
      await p.page.getByRole("button", { name: "Crates…" }).click();
      await p.page.getByRole("dialog", { name: "Crates" }).waitFor();
    };
    await crates(a);
    assert.equal(refused, 3);
    const loads = [];
    const b = await Person.join(browser, `${server.url}/`, { before: async (page) => page.on("response", (r) => loads.push(r.url())) });
    await b.until("the code of the parts is here", async () => ["Crates", "Playback", "Sessions", "Tests", "View", "Unsent"].every((name) => loads.some((url) => url.includes(`/${name}-`) && url.endsWith(".js"))));
    await b.context.setOffline(true);
    await b.status("Offline");
    await crates(b);
    return [a, b];
  },

  async "text that no longer fits is kept for who wrote it"({ browser }) {
    const dir = mkdtempSync(join(tmpdir(), "corust-small-"));
    const small = new Server(await freePort(), dir, { CORUST_SERVE_TEXT: "1000", CORUST_POOL_WARM: "0" });
    await small.start();
    try {
      const a = await Person.join(browser, `${small.url}/`);
      const b = await Person.join(browser, a.page.url());
      await a.write("//\n");
      await same([a, b]);
      await a.context.setOffline(true);
      await a.status("Offline");
      await a.page.locator(".cm-content").click();
      await a.page.keyboard.press("Control+End");
      await a.page.keyboard.insertText(`// ${"mine ".repeat(120)}`);
      await b.page.locator(".cm-content").click();
      await b.page.keyboard.press("Control+Home");
      await b.page.keyboard.insertText(`// ${"theirs ".repeat(100)}\n`);
      await b.status("Saved");
      await a.context.setOffline(false);
      await a.page.getByText("too large").waitFor();
      await same([a, b]);
      assert.doesNotMatch(await a.text(), /mine/);
      await a.shot("refused");
      assert.deepEqual(await a.axe(), []);
      const [file] = await Promise.all([a.page.waitForEvent("download"), a.page.getByRole("button", { name: "Download it" }).click()]);
      assert.match(readFileSync(await file.path(), "utf8"), /theirs [^]*mine /);
      await a.page.getByRole("button", { name: "Dismiss" }).click();
      await a.status("Saved");
      await a.page.keyboard.press("Control+Home");
      await a.page.keyboard.type("// on\n");
      await same([a, b]);
      await Promise.all([a.context.close(), b.context.close()]);
      return [a, b];
    } finally {
      await small.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  },

  async "a session that cannot be reached invites nobody to write"({ browser, server }) {
    const made = await Person.join(browser, `${server.url}/`);
    const context = await browser.newContext();
    const page = await context.newPage();
    let refuse = true;
    await page.routeWebSocket(/socket/, (ws) => (refuse ? ws.close({ code: 1011 }) : ws.connectToServer()));
    await page.goto(made.page.url());
    await page.locator(".notice", { hasText: "proxy or firewall" }).waitFor();
    assert.equal(await page.locator(".cm-content").getAttribute("aria-readonly"), "true");
    assert.doesNotMatch(`${await page.locator("body").innerText()} ${await page.locator(".status").getAttribute("title")}`, /keep typing/);
    assert.equal(await page.locator(".following").count(), 0);
    assert.equal(await page.locator("button.run").isDisabled(), true);
    await page.screenshot({ path: join(out, "not-connected.png") });
    refuse = false;
    await page.locator(".cm-content:not([aria-readonly])").waitFor();
    assert.equal(await page.locator(".notice").count(), 0);
    return [made];
  },

  async "input that cannot be sent is kept"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.write('use std::io::*;\nfn main() {\n    let mut s = String::new();\n    stdin().read_line(&mut s).unwrap();\n    println!("got {}", s.trim());\n}\n');
    await a.run();
    await a.page.getByLabel("Input for the program").fill("ferris");
    await a.context.setOffline(true);
    await a.status("Offline");
    await a.page.getByLabel("Input for the program").press("Enter");
    assert.equal(await a.page.getByLabel("Input for the program").inputValue(), "ferris");
    assert.equal(await a.page.getByRole("button", { name: "Send" }).isDisabled(), true);
    await a.context.setOffline(false);
    await a.status("Saved");
    await a.page.getByLabel("Input for the program").press("Enter");
    await a.printed("got ferris");
    return [a];
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
    await r.page.keyboard.press("Control+Enter");
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
      await b.page.locator(".notice", { hasText: "takes no more people" }).waitFor();
      await b.shot("full");
      await a.context.close();
      await b.page.getByRole("button", { name: "Retry" }).click();
      await b.status("Saved");
      await b.context.close();
      const old = await Person.join(browser, `${small.url}/`, { old: true, status: "Page too old" });
      await old.page.locator(".notice", { hasText: "The server has been updated" }).waitFor();
      assert.equal(await old.page.getByRole("button", { name: "Reload" }).isVisible(), true);
      await old.shot("too-old");
      return [old];
    } finally {
      await small.stop();
      rmSync(small.dir, { recursive: true, force: true });
    }
  },
};
