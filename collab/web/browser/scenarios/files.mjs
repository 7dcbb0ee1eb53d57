// Several files in a session.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Person, create, menu, openTab } from "../people.mjs";

const tabs = (p) => p.page.locator('.files [role="tab"]').allInnerTexts();

export default {
  async "two people write a program of three modules"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    assert.equal(await a.page.locator(".files").count(), 0, "nothing of files is in sight with one");
    await a.write("mod util;\nmod data;\nfn main() {\n    println!(\"{} {}\", util::twice(21), data::NAME);\n}\n");
    await create(a, "util/mod.rs");
    await a.write("pub fn twice(n: i32) -> i32 {\n    let unused = 1;\n    2 * n\n}\n");
    await b.until("both tabs", async () => (await tabs(b)).length === 2);
    await create(b, "data.rs");
    await b.write('pub const NAME: &str = include_str!("name.txt");\n');
    await create(b, "name.txt");
    await b.write("corust");
    await a.until("four tabs", async () => (await tabs(a)).length === 4);
    await a.until("who is where", async () => (await a.page.getByRole("tab", { name: /name.txt.*Bo is here/ }).count()) === 1);
    await a.run();
    await a.printed("42 corust");
    // The compiler's messages are in their files, and counted at their tabs.
    await b.page.getByRole("tab", { name: /^util\/mod.rs.*1 warning/ }).click();
    await b.until("a squiggle in the module", async () => (await b.page.locator(".cm-lintRange-warning").count()) > 0);
    await a.page.getByRole("tab", { name: /^main.rs/ }).click();
    await a.until("none in main.rs", async () => (await a.page.locator(".cm-lintRange-warning").count()) === 0);
    await a.page.locator(".place").first().click();
    await a.until("a place in the output leads to its file", async () => (await openTab(a)) === "util/mod.rs");
    assert.deepEqual(await a.axe(), []);
    return [a, b];
  },

  async "a file is renamed under another's cursor, and deleted with text on its way"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    await create(a, "notes.txt");
    await a.write("one");
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await b.page.getByRole("tab", { name: /notes.txt/ }).click();
    await b.page.keyboard.press("Control+End");
    await b.page.keyboard.type(" two");
    await a.page.getByRole("tab", { name: /notes.txt/ }).focus();
    await a.page.keyboard.press("F2");
    await a.page.getByLabel("Name", { exact: true }).fill("docs/notes.txt");
    await a.page.keyboard.press("Enter");
    await b.until("renamed", async () => (await openTab(b)) === "docs/notes.txt");
    await b.page.keyboard.type(" three");
    await a.until("typed on", async () => (await a.text()) === "one two three");
    // The undo of a deletion brings back what it took.
    await menu(a, "Delete this file");
    await b.until("deleted", async () => (await b.page.locator(".files").count()) === 0);
    await a.page.getByRole("button", { name: "Undo", exact: true }).click();
    await b.until("restored", async () => (await tabs(b)).length === 2);
    await a.until("its text", async () => (await a.text()) === "one two three");
    // What is typed without a connection is handed back when the file is gone.
    await b.page.getByRole("tab", { name: /notes.txt/ }).click();
    await b.context.setOffline(true);
    await b.page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+End");
    await b.page.keyboard.type(" unsent");
    await menu(a, "Delete this file");
    await a.status("Saved");
    await b.context.setOffline(false);
    await b.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await b.until("told", async () => (await b.page.locator(".notice").allInnerTexts()).some((t) => t.includes("another member has deleted the file")));
    assert.equal(await b.page.locator(".files").count(), 0);
    return [a, b];
  },

  async "files with the keyboard, on a small screen, found and searched"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { viewport: { width: 360, height: 640 } });
    for (const path of ["lib/a.rs", "lib/b.rs", "tests/api.rs"]) await create(a, path);
    await a.write("// the needle is here\n");
    await a.page.keyboard.press("Control+p");
    await a.page.locator(".pick").fill("b.rs");
    await a.page.keyboard.press("Enter");
    await a.until("gone to", async () => (await openTab(a)) === "lib/b.rs");
    await a.page.keyboard.press("Control+Shift+f");
    await a.page.locator(".pick").fill("needle");
    await a.page.keyboard.press("Enter");
    await a.until("found", async () => (await openTab(a)) === "tests/api.rs");
    await a.page.locator('.files [role="tab"][aria-selected="true"]').focus();
    await a.page.keyboard.press("Home");
    await a.until("first", async () => (await openTab(a)) === "lib/a.rs");
    await menu(a, "New file…");
    await a.page.getByLabel("Name", { exact: true }).fill("LIB/A.rs");
    assert.equal(await a.page.locator("#name-problem").innerText(), "There is lib/a.rs already.");
    await a.page.keyboard.press("Escape");
    const wide = await a.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} px too wide`);
    assert.deepEqual(await a.axe(), []);
    return [a];
  },

  async "a folder is dropped in, a file is dragged out and formatted"({ browser, server }) {
    const dir = mkdtempSync(join(tmpdir(), "corust-drop-"));
    try {
      mkdirSync(join(dir, "util"));
      mkdirSync(join(dir, "target"));
      for (const [name, text] of [["main.rs", "mod util;\nfn main() {}\n"], ["util/mod.rs", "pub  fn f( ) {}\n"], ["image.png", "\x89PNG\x00"], ["target/x.rs", ""], [".hidden", ""]]) writeFileSync(join(dir, name), text, "latin1");
      const a = await Person.join(browser, `${server.url}/`);
      const devtools = await a.context.newCDPSession(a.page);
      const data = { items: [], files: [dir], dragOperationsMask: 1 };
      for (const type of ["dragEnter", "dragOver", "drop"]) await devtools.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
      await a.until("both files", async () => (await a.page.locator('.files [role="tab"] .path').allInnerTexts()).join() === "main.rs,util/mod.rs");
      assert.match(await a.page.locator(".notice").innerText(), /“image.png” is not UTF-8 text/);
      assert.equal(await a.text(), "mod util;\nfn main() {}\n");

      const tab = a.page.getByRole("tab", { name: /^util\/mod.rs/ });
      await tab.click();
      const out = await tab.evaluate((tab) => {
        const dataTransfer = new DataTransfer();
        tab.dispatchEvent(new DragEvent("dragstart", { dataTransfer, bubbles: true }));
        return dataTransfer.getData("DownloadURL");
      });
      assert.match(out, /^text\/plain:mod.rs:blob:/);
      await a.page.keyboard.press("Control+s");
      await a.until("the open file is formatted", async () => (await a.text()) === "pub fn f() {}\n");
      await a.page.getByRole("tab", { name: /^main.rs/ }).click();
      assert.equal(await a.text(), "mod util;\nfn main() {}\n");
      return [a];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
