// Permanent links, links with code, forks and frames.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Person } from "../people.mjs";

const status = (page, text) => page.waitForFunction((want) => document.querySelector("#status").textContent === want, text, { timeout: 60_000 });

/** Examples of documentation: those with a main function are linked as they are. */
const examples = [
  { edition: "2018", text: 'fn main() {\n    let (a, b) = (1, 2); let c = a + b; println!("{c};{}%;%41;%3B;+;%2B", a + b);\n}' },
  { edition: "2024", text: "fn main() {\n\t// é e\u0301 🦀 👩‍👩‍👧 עברית \u00a0 \ufffd ~ ` ^ | \\ \n    let s = r#\"<b>&amp;&lt;&#59; \"q\" 'c' ?x=y&code=z#frag /../ \"#; assert!(s.len() > 1);\n}\n\nmod m {}" },
  { edition: "2021", text: 'let total: i32 = [1, 2].iter().map(|x| x * 2 + 1).sum(); // 100 %; a+b\nassert_eq!(total % 7, 1);\nprintln!("{total}");' },
];

/** Documentation as rustdoc writes it, with links to a playground beside its examples: the path of its page. */
function documentation(dir, playground) {
  const lines = [`#![doc(html_playground_url = "${playground}")]`, ...examples.flatMap(({ edition, text }) => ["//!", `//! \`\`\`edition${edition}`, ...text.split("\n").map((l) => (l ? `//! ${l}` : "//!")), "//! ```"])];
  writeFileSync(join(dir, "lib.rs"), `${lines.join("\n")}\n`);
  execFileSync("rustdoc", ["--crate-name", "demo", "--edition", "2021", "lib.rs", "-o", "out"], { cwd: dir, stdio: ["ignore", "ignore", "inherit"] });
  return join(dir, "out/demo/index.html");
}

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

  async "the links of rustdoc open with the text of their examples"({ browser, server }) {
    const dir = mkdtempSync(join(tmpdir(), "corust-rustdoc-"));
    const page = readFileSync(documentation(dir, `${server.url}/`));
    rmSync(dir, { recursive: true });
    const site = createServer((req, res) => {
      res.setHeader("Content-Type", "text/html");
      res.end(req.url === "/" ? page : "");
    });
    await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
    try {
      const context = await browser.newContext();
      const docs = await context.newPage();
      await docs.goto(`http://localhost:${site.address().port}/`);
      const links = docs.locator(`a[href^="${server.url}"]`);
      assert.equal(await links.count(), examples.length);
      for (const [i, { edition, text }] of examples.entries()) {
        const [opened] = await Promise.all([context.waitForEvent("page"), links.nth(i).press("Enter")]);
        const shown = await opened.locator("textarea").inputValue();
        const url = new URL(opened.url());
        assert.equal(url.pathname, "/", "no session yet");
        assert.equal(shown, url.searchParams.get("code"));
        if (text.includes("fn main")) assert.equal(shown, `#![allow(unused)]\n${text}`);
        else assert.equal(shown, `#![allow(unused)]\nfn main() {\n${text.replace(/^/gm, "    ")}\n}`);
        await Promise.all([opened.waitForURL(/\/s\/[^/]+$/), opened.getByRole("button", { name: "Open in corust" }).click()]);
        await opened.locator(".status", { hasText: "Saved" }).waitFor();
        assert.equal(await opened.evaluate(() => document.querySelector(".cm-content").cmTile.view.state.doc.toString()), shown);
        const kept = await (await fetch(opened.url().replace("/s/", "/api/v1/sessions/") + "/text")).text();
        assert.equal(kept, shown);
        await opened.getByRole("button", { name: /^Options/ }).click();
        assert.equal(await opened.getByLabel("Edition").inputValue(), edition);
        await opened.close();
      }
    } finally {
      await new Promise((resolve) => site.close(resolve));
    }
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
