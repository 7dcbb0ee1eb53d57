// Permanent links, links with code, forks and frames.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Person } from "../people.mjs";

const status = (page, text) => page.waitForFunction((want) => document.querySelector("#status").textContent === want, text, { timeout: 60_000 });

export default {
  async "a permanent link stays as it was, runs, and opens as a copy"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    await a.write('fn main() {\n    println!("first");\n}\n');
    await a.page.getByRole("button", { name: "Share" }).click();
    await a.page.getByRole("button", { name: "Make a permanent link" }).click();
    const link = await a.page.getByLabel("This link keeps the files as they are now").inputValue();
    assert.match(link, /\/p\/[0-9a-f]{32}$/);
    await a.page.keyboard.press("Escape");
    await a.write('fn main() {\n    println!("second");\n}\n');
    const page = await (await browser.newContext()).newPage();
    await page.goto(link);
    await page.getByRole("button", { name: "Run" }).click();
    await status(page, "done");
    assert.equal(await page.locator("#output").textContent(), "first\n");
    await Promise.all([page.waitForURL(/\/s\//), page.getByRole("button", { name: "Fork: open a copy" }).click()]);
    await page.waitForFunction(() => document.querySelector(".cm-content")?.innerText.includes("first"));
    assert.notEqual(page.url(), a.page.url());
    return [a];
  },

  async "a link with code makes a session only when its button is pressed"({ browser, server }) {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${server.url}/?code=fn+main()+{%0A++++let+n+=+6;+println!(%22{}%22,+7+*+n);%0A}&edition=2021&version=stable`);
    assert.equal(new URL(page.url()).pathname, new URL(`${server.url}/`).pathname);
    await page.getByRole("button", { name: "Run" }).click();
    await status(page, "done");
    assert.equal(await page.locator("#output").textContent(), "42\n");
    await Promise.all([page.waitForURL(/\/s\//), page.getByRole("button", { name: "Open in corust" }).click()]);
    await page.waitForFunction(() => document.querySelector(".cm-content")?.innerText.includes("7 * n"));
  },

  async "a page of another origin runs its blocks in frames"({ browser, server }) {
    const site = createServer((_, res) => {
      res.setHeader("Content-Type", "text/html");
      res.end(`<pre><code class="language-rust edition2021">fn main() { println!("in a &lt;frame&gt;"); }</code></pre><pre><code class="language-rust ignore">no</code></pre><script src="${server.url}/embed.js" defer></script>`);
    });
    await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
    try {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`http://localhost:${site.address().port}/`);
      assert.equal(await page.getByRole("button", { name: "Run" }).count(), 1);
      await page.getByRole("button", { name: "Run" }).click();
      const frame = page.frameLocator("iframe");
      await frame.getByRole("button", { name: "Run" }).click();
      await frame.locator("#output", { hasText: "in a <frame>" }).waitFor({ timeout: 60_000 });
      const [opened] = await Promise.all([context.waitForEvent("page"), frame.getByRole("button", { name: "Open in corust" }).click()]);
      await opened.waitForFunction(() => document.querySelector(".cm-content")?.innerText.includes("in a <frame>"));
    } finally {
      await new Promise((resolve) => site.close(resolve));
    }
  },

  async "a session has a name, and can be made read-only"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() {}\n");
    await a.page.getByLabel("More", { exact: true }).click();
    await a.page.getByRole("button", { name: "Name this session" }).click();
    await a.page.getByLabel("Name of the session").fill("  Lesson 1 <b> ");
    await a.page.keyboard.press("Enter");
    const named = b.page.getByRole("button", { name: "Session Lesson 1 <b>: rename" });
    await named.waitFor();
    await b.until("the title has the name", async () => (await b.page.title()) === "Lesson 1 <b> · corust");
    await named.click();
    await b.page.getByLabel("Name of the session").fill("Lesson 2");
    await b.page.keyboard.press("Escape"); // changes nothing
    await named.waitFor();
    assert.ok(await named.evaluate((button) => button === document.activeElement), "the button has the focus again");
    // A name that is left as it was does not replace the one that came meanwhile.
    await named.click();
    await a.page.getByRole("button", { name: "Session Lesson 1 <b>: rename" }).click();
    await a.page.getByLabel("Name of the session").fill("Lesson 3");
    await a.page.keyboard.press("Enter");
    await b.until("the name is here", async () => (await b.page.title()) === "Lesson 3 · corust");
    await b.page.locator(".cm-content").click();
    await b.page.getByRole("button", { name: "Session Lesson 3: rename" }).waitFor();
    assert.equal(await a.page.title(), "Lesson 3 · corust");

    await a.page.getByRole("button", { name: "Share" }).click();
    const [exported] = await Promise.all([a.page.waitForEvent("download"), a.page.getByRole("button", { name: "Export" }).click()]);
    assert.match(exported.suggestedFilename(), /\.zip$/);
    assert.match(readFileSync(await exported.path(), "latin1"), /^PK/);
    await a.page.getByRole("button", { name: "Make read-only" }).click();
    await a.page.getByText("The session is read-only").waitFor();
    assert.deepEqual(await a.axe(), []);
    await a.shot("locked");
    await b.status("Read-only");
    const before = await b.text();
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.type("more");
    await b.page.keyboard.press("Control+s");
    await b.page.getByText("Not formatted: the session is read-only.").waitFor();
    assert.equal(await b.text(), before);
    assert.equal(await b.page.locator("button.run").isEnabled(), true);
    await b.page.setViewportSize({ width: 360, height: 640 });
    assert.equal(await b.page.evaluate(() => document.documentElement.scrollWidth), 360);
    await b.shot("named-narrow");
    await a.page.getByRole("button", { name: "Let people edit again" }).click();
    await b.status("Saved");
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+End");
    await b.page.keyboard.type("// more");
    await b.status("Saved");
    await a.until("it is here", async () => (await a.text()).endsWith("// more"));
    return [a, b];
  },
};
