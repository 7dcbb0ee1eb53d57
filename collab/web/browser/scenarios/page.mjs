// The page itself: what it shows, and what it lets one do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Person, same } from "../people.mjs";

export default {
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
