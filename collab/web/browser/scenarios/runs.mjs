// Runs, their output and verdicts, and the compiler's diagnostics.
import assert from "node:assert/strict";
import { Person, deafToAhead, same, watchingLink } from "../people.mjs";

export default {
  async "a text that rests is compiled before Run is pressed, and its errors are shown to everybody"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    const ready = (p) => p.page.locator("button.run.ready").waitFor();
    await a.write('fn main() {\n    println!("at {}", once);\n}\n');
    await Promise.all([a, b].map((p) => p.page.locator(".cm-lintRange-error").waitFor()));
    assert.equal(await a.page.locator("button.run.ready").count(), 0, "a text with errors is ready");
    await a.write('fn main() {\n    println!("at {}", "once");\n}\n');
    await Promise.all([ready(a), ready(b)]);
    assert.equal(await b.page.locator(".cm-lintRange-error").count(), 0);
    assert.match(await a.page.locator("button.run").getAttribute("aria-description"), /ready/i);
    const late = await Person.join(browser, a.page.url(), { name: "Cy" });
    await ready(late);
    await b.run();
    await Promise.all([a.printed("at once"), b.printed("at once")]);
    await a.page.locator(".cm-content").focus();
    await ready(a);
    // It is ready again in a moment, so this looks from before the change on.
    const changed = a.page.locator("button.run:not(.ready)").waitFor();
    await a.page.keyboard.type(" ");
    await changed;
    await ready(b);
    return [a, b, late];
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
    await late.until("the input is closed", async () => (await late.page.getByLabel("Input for the program").count()) === 0);
    await b.until("who ended the input is not left without a focus", () => b.page.evaluate(() => document.activeElement.classList.contains("output-text")));
    assert.equal(await b.page.getByLabel("Input for the program").count(), 0);
    const later = await Person.join(browser, a.page.url());
    await later.printed("(end of input)");
    assert.equal(await later.page.getByLabel("Input for the program").count(), 0, "an input that has ended is offered");
    await later.context.close();
    await a.shot("run-stdin");
    await b.page.getByRole("button", { name: "Stop" }).click();
    await Promise.all([a.verdict("Stopped by Bo"), b.verdict("Stopped by you"), late.verdict("Stopped by Bo")]);
    return [a, b, late];
  },

  async "input is typed as at a terminal"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { permissions: ["clipboard-read", "clipboard-write"] });
    const box = a.page.getByLabel("Input for the program");
    await a.write('fn main() {\n    for l in std::io::stdin().lines() { println!("[{}]", l.unwrap()); }\n    println!("end");\n}\n');
    await a.run();
    await box.waitFor();
    await a.page.evaluate(() => navigator.clipboard.writeText("3\r\n1 2\r\n5 6\r\n"));
    await box.focus();
    await a.page.keyboard.press("Control+v");
    await a.shot("stdin-lines");
    await a.page.keyboard.press("Enter");
    await a.printed("[5 6]");
    assert.deepEqual((await a.output()).match(/\[.*\]/g), ["[3]", "[1 2]", "[5 6]"]);
    await a.page.keyboard.type("seven");
    await a.page.keyboard.press("Shift+Enter");
    await a.page.keyboard.type("eight");
    await a.page.keyboard.press("Enter");
    await a.printed("[eight]");
    // What was sent comes back, and what was being written after it.
    await a.page.keyboard.type("dra");
    await a.page.keyboard.press("ArrowUp");
    assert.equal(await box.inputValue(), "seven\neight");
    await a.page.keyboard.press("ArrowUp"); // within its lines
    await a.page.keyboard.press("ArrowUp");
    assert.equal(await box.inputValue(), "3\n1 2\n5 6");
    for (let i = 0; i < 5; i++) await a.page.keyboard.press("ArrowDown");
    assert.equal(await box.inputValue(), "dra");
    await a.page.keyboard.type("ft");
    await a.page.keyboard.press("Control+d");
    await a.printed("[draft]");
    await a.printed("end");
    await a.verdict("Finished");
    // A composed word is ended by Enter, and not sent.
    await a.run();
    await box.focus();
    const ime = await a.context.newCDPSession(a.page);
    await ime.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await box.dispatchEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true });
    await ime.send("Input.insertText", { text: "日" });
    assert.equal(await box.inputValue(), "日");
    await a.page.keyboard.press("Control+d");
    await a.printed("[日]");
    return [a];
  },

  async "the focus goes to the input when the program waits"({ browser, server }) {
    // Told by the page's side of the connection, so that this needs no runner that can tell,
    // and when the scenario says so: a program that is compiled already waits at once.
    let told = Promise.resolve();
    const before = (page) =>
      page.routeWebSocket(/socket/, (ws) => {
        const upstream = ws.connectToServer();
        upstream.onMessage((data) => {
          const m = JSON.parse(data);
          if (m.type === "waiting") return;
          ws.send(data);
          if (m.type === "stage" && m.stage === "run") void told.then(() => ws.send(JSON.stringify({ type: "waiting", run: m.run, waiting: true })));
          if (m.type === "input") ws.send(JSON.stringify({ type: "waiting", run: m.run, waiting: false }));
        });
      });
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada", before });
    const b = await Person.join(browser, a.page.url(), { name: "Bo", before });
    const focused = (p) => p.page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    await a.write('fn main() {\n    let mut s = String::new();\n    std::io::stdin().read_line(&mut s).unwrap();\n    println!("got {}", s.trim());\n}\n');
    await same([a, b]);
    await b.page.locator(".cm-content").click();
    await a.run();
    for (const p of [a, b]) await p.verdict("Waiting for input");
    await a.until("the focus is in the input", async () => (await focused(a)) === "Input for the program");
    assert.match(await a.page.title(), /Waiting for input/);
    await a.shot("waiting");
    assert.equal(await focused(b), "Rust source, main.rs", "the focus was taken from one who did not run it");
    await a.page.keyboard.type("ferris");
    await a.page.keyboard.press("Enter");
    for (const p of [a, b]) await p.verdict("Finished");
    await a.printed("got ferris");
    // Nor from one who goes on typing.
    let tell = () => {};
    told = new Promise((resolve) => {
      tell = resolve;
    });
    await b.run();
    await b.page.keyboard.press("Control+End");
    await b.page.keyboard.type("// and");
    tell();
    await b.verdict("Waiting for input");
    await b.page.keyboard.type(" on");
    await same([a, b]);
    assert.match(await b.text(), /\/\/ and on$/);
    await b.page.getByLabel("Input for the program").fill("x");
    await b.page.getByLabel("Input for the program").press("Enter");
    await a.printed("got x");
    return [a, b];
  },

  async "no field goes away that has the focus or text"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    const box = (p) => p.page.getByLabel("Input for the program");
    const focused = (p) => p.page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    await a.write('fn main() {\n    let mut s = String::new();\n    std::io::stdin().read_line(&mut s).unwrap();\n    println!("got {}", s.trim());\n}\n');
    await same([a, b]);
    await a.run();
    await box(b).fill("half a li");
    await box(b).evaluate((el) => el.blur());
    await box(a).fill("ferris");
    await box(a).press("Enter");
    for (const p of [a, b]) await p.verdict("Finished");
    assert.equal(await focused(a), "Input for the program", "the focus was taken away");
    assert.equal(await box(b).inputValue(), "half a li", "what was typed was thrown away");
    await a.page.keyboard.type("kept");
    await a.page.keyboard.press("Enter");
    assert.equal(await box(a).inputValue(), "kept");
    await box(b).fill("");
    await b.page.locator(".cm-content").click();
    await b.until("an empty field without focus goes", async () => (await box(b).count()) === 0);
    // The next run takes what was typed for it.
    await a.run();
    await a.page.keyboard.press("Enter");
    await a.printed("got kept");
    await a.verdict("Finished");
    // Run and Stop are one button that keeps the focus, unless the program waits for input.
    await a.write("fn main() {\n    std::thread::sleep(std::time::Duration::from_secs(20));\n}\n");
    await a.page.bringToFront(); // Firefox presses no button of a window in the background
    await a.page.locator("button.run").focus();
    await a.page.keyboard.press("Enter");
    await a.page.locator("button.stop").waitFor();
    assert.equal(await a.page.evaluate(() => document.activeElement.className), "stop");
    return [a, b];
  },

  async "a double click or a second Enter runs once, and does not stop"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.write('fn main() { std::thread::sleep(std::time::Duration::from_millis(1200)); println!("done"); }\n');
    const runs = () => a.page.evaluate(async () => (await (await fetch(`../api/v1/sessions/${location.pathname.split("/").pop()}/runs`)).json()).runs);
    const button = a.page.locator("header :is(button.run, button.stop)");
    const presses = {
      "a double click": () => button.dblclick({ delay: 40 }),
      "a click, and another before the answer": () => button.evaluate((el) => (el.click(), el.click())),
      // Clicks without a pointer, as Enter makes them.
      "Enter twice, the second time as soon as it says Stop": () =>
        button.evaluate(async (el) => {
          const stop = new Promise((resolve) => new MutationObserver(() => el.className === "stop" && resolve()).observe(el, { attributes: true }));
          el.click();
          await stop;
          el.click();
        }),
      "the key twice": async () => {
        await a.page.keyboard.press("Control+Enter");
        await a.page.keyboard.press("Control+Enter");
      },
      "Enter that is held": async () => {
        await button.focus();
        for (let i = 0; i < 25; i++) {
          await a.page.keyboard.down("Enter"); // repeats
          await a.page.waitForTimeout(40);
        }
        await a.page.keyboard.up("Enter");
      },
    };
    let count = 0;
    for (const [name, press] of Object.entries(presses)) {
      await a.page.locator("button.run").waitFor();
      await press();
      count++;
      await a.until(`${name}: a run is on record`, async () => (await runs()).length >= count);
      await a.until(`${name}: it has ended`, async () => (await runs()).every((r) => r.verdict));
      const list = await runs();
      assert.equal(list.length, count, `${name} ran more than once`);
      assert.equal(list[0].verdict, "ok", name);
      assert.equal(await a.page.locator(".notice").count(), 0, name);
    }
    // A press that is meant stops.
    await a.write("fn main() { std::thread::sleep(std::time::Duration::from_secs(50)); }\n");
    await a.page.locator("button.run").click();
    await a.page.locator("button.stop").waitFor();
    await a.page.waitForTimeout(750);
    await a.page.locator("button.stop").click();
    await a.verdict("Stopped by you");
    return [a];
  },

  async "output as it was printed: joined emoji, lines that are printed over; copied, wrapped"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { permissions: ["clipboard-read", "clipboard-write"], name: "👩‍💻 Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "می\u200cخواهم" });
    await a.write('use std::{io::*, thread::sleep, time::Duration};\nfn main() {\n    println!("👨‍👩‍👧 می\u{200c}خواهم ക്\u{200d} \\u{202e}x");\n    for i in 1..=5 { print!("\\r{:3} %", i * 20); stdout().flush().unwrap(); sleep(Duration::from_millis(60)); }\n    println!("\\rdone \\x1b[K");\n    println!("{}", "long ".repeat(100));\n}\n');
    await a.run();
    for (const p of [a, b]) await p.verdict("Finished");
    const want = `👨‍👩‍👧 می\u200cخواهم ക്\u200d <U+202E>x\ndone \n${"long ".repeat(100)}\n`;
    for (const p of [a, b]) await p.until("the output", async () => (await p.page.locator(".output-text").evaluate((el) => el.textContent)) === want);
    await a.shot("output-text");
    await a.page.getByRole("button", { name: "Copy the output" }).click();
    await a.until("copied", async () => (await a.page.evaluate(() => navigator.clipboard.readText())) === want);
    const sideways = () => a.page.locator(".output-text").evaluate((el) => el.scrollWidth > el.clientWidth);
    assert.equal(await sideways(), false);
    await a.page.getByRole("button", { name: "Wrap long lines" }).click();
    assert.equal(await sideways(), true);
    await a.page.reload();
    await a.printed("done");
    assert.equal(await sideways(), true, "the choice was forgotten");
    await a.page.getByRole("button", { name: "Wrap long lines" }).click();
    assert.equal(await sideways(), false);
    await a.page.getByRole("button", { name: /people here/ }).click();
    assert.equal(await a.page.getByLabel("Your name").inputValue(), "👩‍💻 Ada");
    assert.deepEqual(await a.page.locator(".people-list .name").evaluateAll((list) => list.map((el) => el.textContent)), ["می\u200cخواهم"]);
    return [a, b];
  },

  async "formatting while another types"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() {\n    // b types here: \n}\nfn  ugly( ){let x=1;}\n");
    await same([a, b]);
    await b.page.locator(".cm-line").nth(1).click();
    await b.page.keyboard.press("End");
    // The answer comes after more has been typed.
    await a.page.route("**/format", async (route) => {
      const answer = await route.fetch();
      await b.page.keyboard.type("xyz");
      await same([a, b]);
      await route.fulfill({ response: answer });
    });
    await a.page.locator(".cm-content").focus();
    await a.page.keyboard.press("Control+s");
    await a.until("formatted", async () => (await a.text()).endsWith("fn ugly() {\n    let x = 1;\n}\n"));
    await same([a, b]);
    assert.match(await a.text(), /\/\/ b types here:(xyz)+\n/);
    assert.equal(await a.page.locator(".notice").count(), 0);
    await a.page.keyboard.press("Control+z");
    await a.until("one step of undo", async () => /fn {2}ugly\( \)\{let x=1;\}/.test(await a.text()));
    assert.match(await a.text(), /xyz/);
    return [a, b];
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
    assert.match(entries[1], /run · release · 2024 · version \d+ · /);
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

  async "the first error is in sight, and where a test failed is one click away"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const top = () => a.page.locator(".output-text").evaluate((el) => el.scrollTop);
    await a.write(`fn main() {\n${'    println!("{}", foo);\n'.repeat(20)}}\n`);
    await a.run();
    await a.verdict("Did not compile");
    await a.printed("aborting due to");
    assert.equal(await top(), 0, "the first error is out of sight");
    // The view follows the program's output to its end, also after warnings.
    await a.write(`fn main() {\n${"    let mut x = 1;\n".repeat(9)}    println!("the {}", ["end"][x - 1]);\n}\n`);
    await a.run();
    await a.printed("the end");
    await a.until("the end is in sight", async () => (await top()) > 0);
    await a.choose("Test");
    await a.until("the button says it", async () => (await a.page.locator("button.run").innerText()).includes("Test"));
    await a.verdict("Finished");
    await a.write("#[test]\nfn sum() {\n    assert_eq!(1 + 1, 3);\n}\n");
    await a.run();
    await a.verdict("Exited with 101");
    await a.page.getByRole("tab", { name: "Output" }).click();
    await a.page.getByRole("button", { name: "main.rs:3:5" }).click();
    assert.equal(await a.page.locator(".cm-activeLine").innerText(), "    assert_eq!(1 + 1, 3);");
    return [a];
  },

  async "what the compiler proposes, one click or key away, for everybody"({ browser, server }) {
    // Ada applies what a run proposed, which the compiler ahead of runs would replace.
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada", before: deafToAhead });
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
};
