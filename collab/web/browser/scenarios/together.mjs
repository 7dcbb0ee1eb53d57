// Two people who write and choose at the same time.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Person, same, watchingLink } from "../people.mjs";

export default {
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

  async "the links are renewed while two people type"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const before = a.page.url();
    const [b, c] = [await Person.join(browser, before, { name: "Bo" }), await Person.join(browser, before, { name: "Cy" })];
    const watcher = await Person.join(browser, await watchingLink(a), { readOnly: true });
    await a.write("// a:\n// b:\n");
    await same([a, b, c]);
    await a.page.locator(".cm-line").nth(0).click();
    await b.page.locator(".cm-line").nth(1).click();
    for (const p of [a, b]) await p.page.keyboard.press("End");
    const renew = async () => {
      await c.page.getByRole("button", { name: "Share" }).click();
      await c.page.getByRole("button", { name: "Renew links…" }).click();
      await c.page.getByLabel(/keep working/).check();
      await c.page.getByRole("alertdialog").getByRole("button", { name: "Renew links" }).click();
      await c.until("the page moves", async () => c.page.url() !== before);
    };
    const words = "all of this arrives once, and in order 🦀";
    await Promise.all([a.page.keyboard.type(words, { delay: 40 }), b.page.keyboard.type(words, { delay: 40 }), renew()]);
    const now = c.page.url();
    for (const p of [a, b, c]) {
      await p.until("the address is new", async () => p.page.url() === now);
      await p.status("Saved");
    }
    await same([a, b, c, watcher]);
    assert.equal(await a.text(), `// a:${words}\n// b:${words}\n`);
    assert.match(watcher.page.url(), /\/v\/[0-9a-z]{26}$/);
    await a.page.getByText("The links of this session were renewed").waitFor();
    assert.equal((await fetch(before)).status, 404);
    const token = (url) => url.split("/").pop();
    await a.until("the recent session has the new link", async () => {
      const list = await a.page.evaluate(() => JSON.parse(localStorage.getItem("corust.recent")));
      return list.some((r) => r.token === token(now)) && !list.some((r) => r.token === token(before));
    });
    // What was typed before the move can be undone after it, and a reload stays in the session.
    await a.until("it is undone", async () => {
      await a.page.keyboard.press("Control+z");
      return (await a.text()) === `// a:\n// b:${words}\n`;
    });
    await a.status("Saved");
    await a.page.reload();
    await a.status("Saved");
    await same([a, b]);
    return [a, b, c, watcher];
  },

  async "two people, and a client in Python that edits at random"({ browser, server }) {
    if (spawnSync("python3", ["--version"]).error) return console.log("skip  there is no python3 here");
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await a.write("fn main() {\n    // 🦀\n}\n");
    const seed = Date.now();
    const client = fileURLToPath(new URL("../../../../examples/python/converge.py", import.meta.url));
    const python = spawn("python3", ["-B", client, a.page.url(), String(seed), "150"], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const ended = once(python, "exit");
      const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
      await a.page.locator(".cm-content").press("Control+Home");
      await b.page.locator(".cm-content").press("Control+End");
      await Promise.all([a.page.keyboard.type("// Ada was here 🦀\n", { delay: 20 }), b.page.keyboard.type("// Bo was here ✨\n", { delay: 20 })]);
      assert.match((await lines.next()).value ?? "", /^\d+$/, `Python's edits with seed ${seed} were not saved`);
      await Promise.all([a.status("Saved"), b.status("Saved")]);
      const token = new URL(a.page.url()).pathname.split("/").pop();
      const { version } = await (await fetch(`${server.url}/api/v1/sessions/${token}`)).json();
      python.stdin.end(`${version}\n`);
      const text = JSON.parse((await lines.next()).value);
      await same([a, b]);
      assert.equal(await a.text(), text, `seed ${seed}`);
      assert.deepEqual(await ended, [0, null]);
    } finally {
      python.kill();
    }
    return [a, b];
  },

  async "options are shared, kept, and seen by those who come late"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    const shows = (p, menu, value) => p.until(`${menu} ${value}`, async () => (await p.page.getByLabel(menu, { exact: true }).inputValue()) === value);
    for (const p of [a, b]) {
      await p.options();
      await shows(p, "Mode", "release"); // the server's default
    }
    await a.page.getByLabel("Mode", { exact: true }).selectOption("debug");
    await b.page.getByLabel("Edition").selectOption("2021");
    for (const p of [a, b]) await Promise.all([shows(p, "Mode", "debug"), shows(p, "Edition", "2021")]);
    await a.page.getByLabel("Arguments").fill("-v 'a b'");
    await a.page.getByLabel("Environment").fill("GREETING=héllo <b>\nB=2\nmalformed");
    await a.page.getByText("is not NAME=value").waitFor();
    await a.page.getByLabel("Environment").fill("GREETING=héllo <b>\nB=2");
    await a.page.getByLabel("Input", { exact: true }).fill("one\ntwo\n");
    await shows(b, "Input", "one\ntwo\n");
    // What somebody types is not replaced by what others choose meanwhile.
    await b.page.getByLabel("Arguments").press("End");
    await b.page.getByLabel("Arguments").pressSequentially("x");
    await a.page.getByLabel("Backtrace").selectOption("short");
    await shows(b, "Backtrace", "short");
    await shows(a, "Arguments", "-v 'a b'x");
    assert.match(await b.page.getByRole("button", { name: /^Options/ }).innerText(), /Debug · 2021 · \+4/);
    assert.deepEqual(await a.axe(), []);
    await a.shot("options");
    await a.page.keyboard.press("Escape");
    assert.match(await a.page.evaluate(() => document.activeElement.getAttribute("aria-label")), /^Options/);
    await a.write('use std::io::Read;\nfn main() {\n    let mut s = String::new();\n    std::io::stdin().read_to_string(&mut s).unwrap();\n    let args: Vec<_> = std::env::args().skip(1).collect();\n    println!("{args:?} {} {} {s:?}", std::env::var("GREETING").unwrap(), std::env::var("RUST_BACKTRACE").unwrap());\n}\n');
    await a.run();
    for (const p of [a, b]) await p.printed('["-v", "a bx"] héllo <b> 1 "one\\ntwo\\n"');
    await a.verdict("Finished");
    await a.options();
    await a.run(() => a.page.getByRole("button", { name: "Run without the cache" }).click());
    await a.verdict("Finished");
    const [last] = await a.page.evaluate(async () => (await (await fetch(`../api/v1/sessions/${location.pathname.split("/").pop()}/runs`)).json()).runs);
    assert.equal(last.options.cache, "off");
    await a.choose("Check");
    await b.until("the button says it", async () => (await b.page.locator("button.run").innerText()).includes("Check"));
    await b.verdict("Finished");
    const late = await Person.join(browser, await watchingLink(a), { readOnly: true });
    await late.options();
    await Promise.all([shows(late, "Mode", "debug"), shows(late, "Arguments", "-v 'a b'x")]);
    assert.equal(await late.page.getByLabel("Mode", { exact: true }).isDisabled(), true);
    assert.equal(await late.page.getByRole("button", { name: "Choose what to do" }).isDisabled(), true);
    await server.stop();
    await server.start();
    await b.status("Saved");
    await b.page.reload();
    await b.options();
    await Promise.all([shows(b, "Edition", "2021"), shows(b, "Input", "one\ntwo\n")]);
    await b.page.getByLabel("Edition").selectOption("2018");
    await a.options();
    await Promise.all([shows(a, "Edition", "2018"), shows(late, "Edition", "2018")]);
    return [a, b, late];
  },

  async "while an input method composes, only what is typed in its line waits"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    await a.write('fn main() { println!("ran"); }\n// ');
    await same([a, b]);
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+End");
    const ime = await a.context.newCDPSession(a.page);
    await ime.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+Home");
    await b.page.keyboard.type("// b\n");
    await a.until("another line has changed", async () => (await a.text()).startsWith("// b\n"));
    await a.until("b's cursor is there", async () => (await a.page.locator(".caret").count()) === 1);
    await ime.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
    await b.page.keyboard.press("Control+End");
    await b.page.keyboard.type("!");
    await b.status("Saved");
    await b.run(); // what runs and prints waits for nothing
    await a.printed("ran");
    await a.verdict("Finished");
    assert.equal(await a.text(), '// b\nfn main() { println!("ran"); }\n// にほ', "the line changed under the composition");
    await ime.send("Input.insertText", { text: "日本" });
    await same([a, b]);
    assert.match(await a.text(), /^\/\/ b\nfn main\(\) \{ println!\("ran"\); \}\n\/\/ .*日本.*$/);
    assert.match(await a.text(), /!/);
    await a.status("Saved");
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
    // So does everything else by which one looks elsewhere.
    const bar = await b.page.locator(".cm-scroller").boundingBox();
    const ways = {
      "keys": () => b.page.keyboard.press("PageDown"),
      "the wheel": () => b.page.mouse.move(bar.x + 200, bar.y + 200).then(() => b.page.mouse.wheel(0, 300)),
      "the scrollbar": async () => {
        // Chromium without a screen has bars that lie over the text: what is pressed is the scroller itself.
        await b.page.locator(".cm-scroller").evaluate((el) => {
          el.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
          el.scrollTop += 500;
        });
        await b.until("the scrollbar ends it", async () => (await b.page.locator(".following").count()) === 0);
        await b.page.evaluate(() => dispatchEvent(new PointerEvent("pointerup")));
      },
      "search": async () => {
        await b.page.keyboard.press("Control+f");
        await b.page.keyboard.type("line 200");
        await b.page.keyboard.press("Enter");
        await b.page.keyboard.press("Escape");
      },
    };
    for (const [name, look] of Object.entries(ways)) {
      await b.page.waitForTimeout(450); // longer than ownScroll: earlier keys no longer count
      await b.page.getByRole("button", { name: /people here/ }).click();
      await b.page.getByRole("button", { name: "Follow" }).click();
      await b.page.keyboard.press("Escape");
      await b.page.locator(".following").waitFor();
      await b.page.locator(".cm-content").focus();
      // Scrolling caused by another member's edit does not end following.
      await a.page.keyboard.press("Control+Home");
      await a.page.keyboard.insertText("// above\n");
      await same([a, b]);
      await b.page.waitForTimeout(150);
      assert.equal(await b.page.locator(".following").count(), 1, `${name}: what another typed ended it`);
      await look();
      await b.until(`${name} ends it`, async () => (await b.page.locator(".following").count()) === 0);
    }
    return [a, b];
  },

  async "a screen reader hears of failures and ends, not of each pause in typing"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.page.evaluate(() => {
      globalThis.heard = [];
      new MutationObserver((list) => {
        for (const { target } of list) {
          const live = (target.nodeType === 1 ? target : target.parentElement)?.closest('[role="status"], [role="alert"], [aria-live="polite"], [aria-live="assertive"]');
          if (live && !live.closest(".cm-editor") && live.innerText.trim()) globalThis.heard.push(live.innerText.trim());
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    const heard = () => a.page.evaluate(() => globalThis.heard.splice(0));
    await a.page.locator(".cm-content").click();
    for (const word of ["some ", "words ", "more "]) {
      await a.page.keyboard.type(word);
      await a.status("Saved");
    }
    assert.deepEqual(await heard(), []);
    await a.write("fn main() { println!(\"hi\"); }\n");
    await a.run();
    await a.verdict("Finished");
    assert.deepEqual(await heard(), ["Finished"]);
    await a.context.setOffline(true);
    await a.status("Offline");
    await a.context.setOffline(false);
    await a.status("Saved");
    assert.deepEqual((await heard()).map((t) => t.split(".")[0]), ["Offline", "Connected again"]);
    return [a];
  },
};
