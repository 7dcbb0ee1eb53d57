// The page itself: what it shows, and what it lets one do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Person, same, watchingLink } from "../people.mjs";

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
      assert.match(await p.page.title(), /^[\w-]{6} · corust$/);
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

  async "diagnostics that arrive move no focus and close nothing"({ browser, server }) {
    // Told by the page's side of the connection, when the scenario says so.
    let arrive;
    const before = (page) =>
      page.routeWebSocket(/socket/, (ws) => {
        ws.connectToServer().onMessage((data) => {
          const m = JSON.parse(data);
          if (m.type === "ahead") return;
          ws.send(data);
          if (m.type === "welcome") arrive = (list) => ws.send(JSON.stringify({ type: "ahead", epoch: m.epoch, version: m.version, state: "ready", list }));
        });
      });
    const a = await Person.join(browser, `${server.url}/`, { viewport: { width: 360, height: 320 }, before });
    const mark = { level: "warning", message: "unused", spans: [{ from: 0, to: 2, primary: true }] };
    const marks = (n) => a.until(`${n} marks`, async () => (await a.page.locator(".cm-lintRange-warning").count()) === n);
    // What has the focus, and what is open.
    const state = () =>
      a.page.evaluate(() => {
        const { activeElement: e } = document;
        const open = document.querySelectorAll('dialog[open], [role="menu"], [aria-expanded="true"], details[open]');
        return { focus: `${e.localName} ${e.textContent}`, open: [...open].map((o) => `${o.localName} ${o.className}`) };
      });
    const press = (name) => a.page.getByRole("button", { name }).press("Enter");
    const focus = (name, role) => a.page.getByRole(role).getByRole("button", { name }).focus();
    for (const [name, open] of Object.entries({
      "the text": () => a.page.locator(".cm-content").focus(),
      "the share dialog": () => press("Share").then(() => focus("Delete session…", "dialog")),
      "a question": () => press("Share").then(() => press("Delete session…")).then(() => focus("Cancel", "alertdialog")),
      "the menu of actions": () => press("Choose what to do"),
      "the options": () => press(/^Options/),
      "the menu of the rest": () => a.page.locator(".more-menu summary").press("Enter"),
    })) {
      await open();
      const now = await state();
      assert.equal(now.open.length > 0, name !== "the text", name);
      arrive([mark]);
      await marks(1);
      assert.deepEqual(await state(), now, name);
      arrive([]);
      await marks(0);
      assert.deepEqual(await state(), now, name);
      for (const _ of now.open) await a.page.keyboard.press("Escape");
      await a.until("all is closed", async () => !(await state()).open.length);
    }
    return [a];
  },

  async "keys pressed while the page is busy are done in their order"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.page.getByRole("button", { name: "Share" }).press("Enter");
    await a.page.locator("dialog").waitFor();
    await a.page.evaluate(() => {
      globalThis.closed = new Promise((resolve) => document.querySelector("dialog").addEventListener("close", () => setTimeout(resolve)));
      setTimeout(() => {
        for (const end = performance.now() + 300; performance.now() < end; );
      });
    });
    // The second key opens the dialog again, before the browser tells that it was closed.
    await Promise.all([a.page.keyboard.press("Escape"), a.page.keyboard.press("Enter")]);
    await a.page.evaluate(() => globalThis.closed);
    await a.page.locator("dialog[open]").waitFor({ timeout: 2000 });
    return [a];
  },

  async "an editor renews the links, and deletes the session"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { viewport: { width: 360, height: 320 } });
    const b = await Person.join(browser, a.page.url());
    const watcher = await Person.join(browser, await watchingLink(a), { readOnly: true });
    await a.write("// kept\n");
    await same([a, b, watcher]);
    const focused = () => a.page.evaluate(() => document.activeElement.textContent);
    const open = async (entry) => {
      await a.page.getByRole("button", { name: "Share" }).press("Enter");
      await a.page.getByRole("button", { name: entry }).press("Enter");
      const asked = a.page.getByRole("alertdialog");
      await asked.waitFor();
      return asked;
    };
    // What will happen is asked and read out, and Escape goes back to where one was.
    const before = a.page.url();
    for (const [entry, says] of [["Renew links…", /old links stop working, and this page moves to the new address/], ["Delete session…", /deleted for everyone, for good/]]) {
      const asked = await open(entry);
      assert.match(await asked.evaluate((d) => document.getElementById(d.getAttribute("aria-describedby")).textContent), says);
      assert.ok(await asked.evaluate((d) => d.contains(document.activeElement)), "the focus is not in the dialog");
      assert.deepEqual(await a.axe(), []);
      const box = await asked.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 360 && box.y >= 0 && box.y + box.height <= 320, `the dialog is at ${JSON.stringify(box)}`);
      await a.shot(`links-${entry.slice(0, 5)}`);
      await a.page.keyboard.press("Escape");
      await a.until("the focus is back", async () => (await focused()) === entry);
      await a.page.keyboard.press("Escape");
      await a.until("the focus is back", async () => (await focused()) === "Share");
    }
    assert.equal(a.page.url(), before);

    await watcher.page.getByRole("button", { name: "Share" }).click();
    assert.equal(await watcher.page.getByRole("button", { name: /Renew|Delete/ }).count(), 0);
    await watcher.page.keyboard.press("Escape");

    let asked = await open("Renew links…");
    await a.page.route("**/links", (r) => r.fulfill({ status: 429, contentType: "application/problem+json", body: '{"status":429,"code":"quota"}' }), { times: 1 });
    await asked.getByRole("button", { name: "Renew links" }).press("Enter");
    await asked.getByText("Could not renew the links: too many requests from this address; wait a little.").waitFor();
    await asked.getByRole("button", { name: "Renew links" }).press("Enter");
    await a.until("the page moves", async () => a.page.url() !== before);
    await a.status("Saved");
    assert.equal(await a.text(), "// kept\n");
    for (const p of [b, watcher]) {
      await p.status("Invalid link");
      assert.match(await p.page.locator(".notice").innerText(), /deleted or its links were renewed. Ask for the new link; the text is still here to copy/);
      assert.equal(await p.text(), "// kept\n");
    }
    assert.equal((await fetch(before)).status, 404);
    const c = await Person.join(browser, a.page.url());
    await c.write("// by the new link\n");
    await same([a, c]);

    asked = await open("Delete session…");
    await asked.getByRole("button", { name: "Delete session" }).press("Enter");
    for (const p of [a, c]) {
      await p.status("Invalid link");
      assert.equal(await p.text(), "// by the new link\n");
    }
    await a.until("the dialogs close", async () => (await a.page.locator("dialog").count()) === 0);
    assert.equal((await fetch(a.page.url())).status, 404);
    return [a, b, c, watcher];
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
    const before = await a.text();
    await (await chooser).setFiles({ name: "two.rs", mimeType: "text/plain", buffer: Buffer.from(source) });
    await a.page.getByRole("heading", { name: "Replace the text?" }).waitFor();
    assert.equal(await b.text(), before, "the text of another was replaced without asking");
    await a.shot("replace");
    assert.deepEqual(await a.axe(), []);
    await a.page.getByRole("button", { name: "Replace" }).click();
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

  async "what is no text is not opened, dropped files are handled as opened ones"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.write("fn main() { /* precious */ }\n");
    const chooser = a.page.waitForEvent("filechooser");
    await a.page.locator(".more-menu summary").click();
    await a.page.getByRole("button", { name: "Open a file…" }).click();
    const choose = await chooser;
    const notice = () => a.page.locator(".notice").innerText();
    const drop = async (at, ...files) => {
      const data = await a.page.evaluateHandle((files) => {
        const t = new DataTransfer();
        for (const [name, bytes] of files) t.items.add(new File([new Uint8Array(bytes)], name));
        return t;
      }, files);
      for (const type of ["dragenter", "dragover", "drop"]) await a.page.dispatchEvent(at, type, { dataTransfer: data });
    };
    const image = Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256);
    const latin1 = [...Buffer.from("// caf\xe9\n", "latin1")];
    const utf16 = [...Buffer.from("fn main() {}", "utf16le")];
    for (const [name, bytes, why] of [["image.png", image, "not UTF-8 text"], ["latin1.rs", latin1, "not UTF-8 text"], ["utf16.rs", utf16, "not a text file"], ["large.rs", Buffer.alloc(300_000, "a"), "too large"]]) {
      await choose.setFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
      await a.until(`${name} is refused`, async () => (await notice()).includes(why) && (await notice()).includes(name));
      await a.page.getByRole("button", { name: "Dismiss" }).click();
      await drop(".cm-content", [name, [...bytes]]);
      await a.until(`${name} is refused where it is dropped`, async () => (await notice()).includes(why));
      await a.page.getByRole("button", { name: "Dismiss" }).click();
    }
    await drop("#output", ["a.rs", [97]], ["b.rs", [98]]);
    await a.until("two files come in beside", async () => (await a.page.locator('.files [role="tab"]').count()) === 3);
    assert.equal(await a.text(), "fn main() { /* precious */ }\n");
    // Anywhere on the page: else the browser would leave it for the file.
    await drop("header", ["mark.rs", [0xef, 0xbb, 0xbf, ...Buffer.from("fn é() {}\r\n")]]);
    await a.until("the text is the file's", async () => (await a.text()) === "fn é() {}\n");
    await a.page.locator(".cm-content").focus();
    await a.page.keyboard.press("Control+z");
    assert.equal(await a.text(), "fn main() { /* precious */ }\n");
    return [a];
  },

  async "a page that is translated goes on working"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await b.write('fn main() {\n    let unused = 1;\n    println!("hi");\n}\n');
    await same([a, b]);
    // As browsers and extensions do it: each text becomes an element.
    const translate = () =>
      a.page.evaluate(() => {
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const list = [];
        while (walk.nextNode()) {
          const parent = walk.currentNode.parentElement;
          if (walk.currentNode.data.trim() && !parent.closest('[translate="no"],script,style,noscript,textarea,font')) list.push(walk.currentNode);
        }
        for (const text of list) {
          const font = document.createElement("font");
          font.textContent = `«${text.data}»`;
          text.replaceWith(font);
        }
        return list.length;
      });
    assert.ok((await translate()) > 10);
    assert.equal(await a.text(), await b.text(), "the program was translated");
    await a.page.locator("button.run").click();
    await translate();
    await a.verdict("Finished");
    await translate();
    await a.page.getByRole("button", { name: /people/ }).click();
    await translate();
    await a.page.getByLabel("Your name").fill("Ada L.");
    await a.page.keyboard.press("Escape");
    await b.page.locator("button.run").click();
    await translate();
    await a.verdict("Finished");
    await b.context.close();
    await a.until("Bo has gone", async () => (await a.page.locator(".people .badge").count()) === 1);
    await translate();
    await a.context.setOffline(true);
    await a.status("Offline");
    await translate();
    await a.page.keyboard.press("Control+Enter");
    await a.until("told why not", async () => (await a.page.locator(".notice").innerText()).includes("Not run"));
    await translate();
    await a.context.setOffline(false);
    await a.status("Saved");
    await a.run();
    await a.verdict("Finished");
    return [a];
  },

  async "a page that something else has taken apart keeps the text and offers it"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { permissions: ["clipboard-read", "clipboard-write"] });
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() { /* mine */ }\n");
    await a.page.evaluate(() => {
      // An extension that wraps what React has made.
      for (const badge of document.querySelectorAll(".people .badge")) {
        const wrapper = document.createElement("b");
        badge.replaceWith(wrapper);
        wrapper.append(badge);
      }
    });
    await b.context.close(); // a badge goes
    await a.context.setOffline(true);
    await a.page.getByText("stopped working").waitFor();
    assert.equal(await a.text(), "fn main() { /* mine */ }\n", "the editor is gone");
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+End");
    await a.page.keyboard.type("// more");
    await a.page.getByRole("button", { name: "Copy the text" }).click();
    await a.until("copied", async () => (await a.page.evaluate(() => navigator.clipboard.readText())) === "fn main() { /* mine */ }\n// more");
    const [file] = await Promise.all([a.page.waitForEvent("download"), a.page.getByRole("button", { name: "Download main.rs" }).click()]);
    assert.equal(readFileSync(await file.path(), "utf8"), "fn main() { /* mine */ }\n// more");
    await a.shot("failed");
    assert.equal(await a.page.getByRole("button", { name: "Reload" }).isVisible(), true);
    a.problems = a.problems.filter((p) => !/removeChild|insertBefore|not a child/.test(p));
    return [a];
  },

  async "at 400 % zoom all can be read"({ browser, server }) {
    for (const [width, height, colorScheme] of [[320, 256, "light"], [360, 700, "dark"], [320, 480, "light"]]) {
      const a = await Person.join(browser, `${server.url}/`, { viewport: { width, height }, colorScheme });
      await a.write('fn main() {\n    let unused = 1;\n    println!("hello");\n}\n');
      await a.run();
      await a.verdict("Finished");
      await a.printed("hello");
      await a.shot(`zoom-${width}x${height}`);
      const boxes = await a.page.evaluate(() => {
        const box = (q) => document.querySelector(q).getBoundingClientRect().toJSON();
        return { head: box(".output-head"), facts: box(".facts"), tools: box(".tools"), text: box(".output-text"), editor: box(".cm-scroller"), width: document.documentElement.scrollWidth };
      });
      assert.ok(boxes.width <= width, `the page is ${boxes.width} px wide`);
      for (const part of ["facts", "tools"]) assert.ok(boxes[part].bottom <= boxes.text.top + 1, `${part} lie over the output: ${JSON.stringify(boxes)}`);
      for (const part of ["text", "editor"]) assert.ok(boxes[part].height >= 60, `${part}: ${boxes[part].height} px high`);
      await a.page.locator(".output-text").scrollIntoViewIfNeeded();
      await a.page.mouse.wheel(0, 2000);
      await a.until("the output is on screen", () => a.page.locator(".output-text").evaluate((el) => el.getBoundingClientRect().top < innerHeight - 40));
      await a.shot(`zoom-${width}x${height}-output`);
      await a.context.close();
    }
  },

  async "each tab says which session it is, and whether it runs"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, `${server.url}/`);
    const watcher = await Person.join(browser, await watchingLink(a), { readOnly: true });
    const [mine, other] = [await a.page.title(), await b.page.title()];
    assert.notEqual(mine, other);
    assert.equal(await watcher.page.title(), mine);
    assert.ok(watcher.page.url().includes(mine.slice(0, 6)));
    assert.ok(!a.page.url().includes(mine.slice(0, 6)), "the title tells a part of the link to edit");
    await a.write("fn main() { loop { std::thread::sleep(std::time::Duration::from_millis(50)); } }\n");
    await a.run();
    for (const p of [a, watcher]) await p.until("the title says that it runs", async () => (await p.page.title()) === `▶ Running · ${mine}`);
    assert.equal(await b.page.title(), other);
    // For a moment after Run the same button does not stop, since that may be a double click.
    await a.until("the title says that it has ended", async () => {
      const stop = a.page.getByRole("button", { name: "Stop" });
      if (await stop.isVisible()) await stop.click();
      return (await a.page.title()) === mine;
    });
    await watcher.until("the title says that it has ended", async () => (await watcher.page.title()) === mine);
    return [a, b, watcher];
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
    const panel = (text) => a.until(`the panel says ${text}`, async () => (await a.page.locator(".cm-editor").innerText()).includes(text));
    const command = async (text) => {
      await a.page.keyboard.type(`:${text}`);
      await a.page.keyboard.press("Enter");
    };
    await a.status("Saved");
    await command("w");
    await panel("All changes are saved as you make them.");
    await a.shot("vim");
    await a.context.setOffline(true);
    await a.status("Offline");
    await a.page.keyboard.type("dd");
    await command("wq");
    await panel("Not saved yet");
    await a.context.setOffline(false);
    await a.status("Saved");
    assert.equal(await a.text(), "");
    return [a];
  },
};
