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

  async "the focus comes back from dialogs, Escape closes what covers the text"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { viewport: { width: 360, height: 320 } });
    const focused = () => a.page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent);
    const more = async (name) => {
      await a.page.locator(".more-menu summary").focus();
      await a.page.keyboard.press("Enter");
      await a.page.getByRole("button", { name }).press("Enter");
      await a.page.locator("dialog[open]").waitFor();
    };
    // The last of the menu is reached on a low screen, too.
    await a.page.locator(".more-menu summary").click();
    const menu = await a.page.locator(".menu").boundingBox();
    assert.ok(menu.y + menu.height <= 320, `the menu ends at ${menu.y + menu.height} px`);
    await a.page.keyboard.press("Escape");
    for (const name of ["Keyboard help", "Past runs"]) {
      await more(name);
      await a.page.keyboard.press("Escape");
      await a.until("the focus is back", async () => (await focused()) === "More");
    }
    await a.page.getByRole("button", { name: "Share" }).press("Enter");
    await a.page.keyboard.press("Escape");
    await a.until("the focus is back", async () => (await focused()) === "Share");
    // A selection that ends on the backdrop is not a click on it.
    await a.page.setViewportSize({ width: 1100, height: 720 });
    await a.page.getByRole("button", { name: /here/ }).click();
    const name = await a.page.getByLabel("Your name").boundingBox();
    await a.page.mouse.move(name.x + 40, name.y + 10);
    await a.page.mouse.down();
    await a.page.mouse.move(5, 700);
    await a.page.mouse.up();
    assert.equal(await a.page.locator("dialog[open]").count(), 1);
    await a.page.mouse.click(5, 700);
    await a.until("the backdrop closes it", async () => (await a.page.locator("dialog").count()) === 0);
    await a.write("fn main() { foo }\n");
    await a.run();
    await a.verdict("Did not compile");
    await a.until("a mark", async () => (await a.page.locator(".cm-lintRange-error").count()) > 0);
    await more("Past runs");
    await a.page.getByRole("button", { name: /^Show/ }).press("Enter");
    await a.until("the focus is back", async () => (await focused()) === "More");
    await a.page.locator(".cm-content").focus();
    await a.page.keyboard.press("F8");
    await a.page.locator(".cm-tooltip-lint").waitFor();
    await a.page.keyboard.press("Escape");
    await a.until("the message is closed", async () => (await a.page.locator(".cm-tooltip-lint").count()) === 0);
    return [a];
  },

  async "by touch: a suggestion, and an end of following"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true });
    await a.write('fn main() {\n    let mut x = 1;\n    println!("{x}");\n}\n');
    await a.page.locator("button.run").tap();
    await a.verdict("Finished");
    await a.page.locator(".cm-lintRange-warning").first().tap();
    await a.page.locator(".cm-tooltip-lint button", { hasText: "Apply: remove this `mut`" }).tap();
    await a.until("the mut is gone", async () => (await a.text()).includes("let x = 1;"));
    await a.until("the tooltip is gone", async () => (await a.page.locator(".cm-tooltip-lint").count()) === 0);
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await b.write(Array.from({ length: 200 }, (_, i) => `// line ${i + 1}`).join("\n"));
    await a.page.getByRole("button", { name: /people here/ }).tap();
    await a.page.getByRole("button", { name: "Follow" }).tap();
    await a.page.getByRole("button", { name: "Close" }).tap();
    await a.page.locator(".following").waitFor();
    const touch = await a.context.newCDPSession(a.page);
    const move = (type, ...ys) => touch.send("Input.dispatchTouchEvent", { type, touchPoints: ys.map((y) => ({ x: 200, y })) });
    await move("touchStart", 250);
    for (let y = 260; y < 400; y += 10) await move("touchMove", y);
    await move("touchEnd");
    await a.until("scrolling ends it", async () => (await a.page.locator(".following").count()) === 0);
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
