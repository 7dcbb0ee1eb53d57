// Views of the compiler's work, results of tests, and what cannot be done.
import assert from "node:assert/strict";
import { Person, same, watchingLink } from "../people.mjs";

const source = `pub fn twice(x: u32) -> u32 {
    let y = x * 3;
    y + 7
}

#[inline(never)]
pub fn sum(v: &[u64]) -> u64 {
    let mut s = 0;
    for x in v {
        s += x / 3;
    }
    s
}

fn main() {
    println!("{} {}", twice(3), sum(&[1, 2]));
}
`;
const tab = (p, name) => p.page.getByRole("tab", { name, exact: true });
const lines = (p) => p.page.locator(".view .cm-line").allInnerTexts();
const shows = (p, what, test) => p.until(what, async () => (await tab(p, what).getAttribute("aria-selected")) === "true" && test(await lines(p)));
const hot = (p, side) => p.page.locator(`${side} .tied-hot`).allInnerTexts();

export default {
  async "one looks at the assembly, and both see it and where it comes from"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await a.write(source);
    await same([a, b]);
    await a.choose("Assembly");
    for (const p of [a, b]) await shows(p, "Assembly", (l) => l.some((x) => /^main::twice:/.test(x)) && !l.some((x) => /^\s*\.cfi|^\s*\.loc/.test(x)));
    // Both ways, by pointer.
    for (const p of [a, b]) {
      await p.page.bringToFront();
      await p.page.locator(".view .cm-line.tied", { hasText: "add" }).first().hover();
      await p.until("the source line is emphasised", async () => (await hot(p, "#editor")).some((l) => /s \+= x \/ 3|y \+ 7/.test(l)));
      await p.page.locator("#editor .cm-line.tied", { hasText: "y + 7" }).hover();
      await p.until("its assembly is emphasised", async () => (await hot(p, ".view")).length > 0 && (await hot(p, "#editor")).join() === "    y + 7");
    }
    // A click, or the cursor, brings the other side into view.
    await a.page.locator("#editor .cm-line.tied", { hasText: "y + 7" }).click();
    await a.until("the assembly of the line is in sight", () =>
      a.page.evaluate(() => {
        const box = document.querySelector(".view .cm-scroller").getBoundingClientRect();
        return [...document.querySelectorAll(".view .tied-hot")].some((el) => el.getBoundingClientRect().top >= box.top && el.getBoundingClientRect().bottom <= box.bottom);
      }),
    );
    // What is hidden can be seen without another run.
    const before = (await lines(a)).length;
    await a.page.getByRole("button", { name: "Directives" }).click();
    await a.until("directives", async () => (await lines(a)).some((l) => /^\s*\.loc/.test(l)));
    assert.equal((await lines(b)).length, before, "one's filters are not another's");
    await a.page.getByRole("button", { name: "Directives" }).click();
    // Edits move the source's lines, and their colours with them.
    await b.page.locator("#editor .cm-content").click();
    await b.page.keyboard.press("Control+Home");
    await b.page.keyboard.type("// new\n");
    await same([a, b]);
    await a.page.locator("#editor .cm-line.tied", { hasText: "y + 7" }).hover();
    await a.until("the line is found again", async () => (await hot(a, "#editor")).join() === "    y + 7");
    assert.deepEqual(await a.axe(), []);
    await a.shot("asm");
    // Who comes late or watches sees it, too.
    const late = await Person.join(browser, await watchingLink(a), { readOnly: true, colorScheme: "dark", viewport: { width: 360, height: 740 } });
    await shows(late, "Assembly", (l) => l.some((x) => x.startsWith("main::")));
    assert.equal(await late.page.evaluate(() => document.documentElement.scrollWidth), 360);
    assert.deepEqual(await late.axe(), []);
    await late.shot("asm-narrow");
    // The keyboard alone: tabs by the arrows, search, and the definition of a symbol.
    await tab(a, "Assembly").focus();
    await a.page.keyboard.press("ArrowLeft");
    assert.equal(await tab(a, "Output").getAttribute("aria-selected"), "true");
    await a.page.keyboard.press("ArrowRight");
    await shows(a, "Assembly", (l) => l.length > 3);
    await a.page.getByRole("button", { name: "Search" }).click();
    await a.page.keyboard.type("main::sum");
    await a.page.keyboard.press("Enter");
    await a.until("the match is selected", async () => (await a.page.evaluate(() => document.querySelector(".view .cm-content").cmTile.view.state.selection.main.empty)) === false);
    return [a, b, late];
  },

  async "several views of one run, and the output of the program"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    await a.write(source);
    const panel = await a.options();
    await panel.getByLabel("MIR").check();
    await panel.getByLabel("LLVM IR").check();
    await a.page.keyboard.press("Escape");
    await a.run();
    await a.verdict("Finished");
    await a.printed("16 0");
    assert.deepEqual(await a.page.getByRole("tab").allInnerTexts(), ["Output", "LLVM IR", "MIR"]);
    await tab(a, "MIR").click();
    await shows(a, "MIR", (l) => l.some((x) => /^fn sum/.test(x)));
    await tab(a, "LLVM IR").click();
    await shows(a, "LLVM IR", (l) => l.some((x) => x.startsWith("define") || x.startsWith("; ")));
    // The next run of the same views stays at the one that is looked at.
    await a.run();
    await shows(a, "LLVM IR", (l) => l.length > 3);
    const download = a.page.waitForEvent("download");
    await a.page.getByRole("button", { name: "Download main.ll" }).click();
    assert.equal((await download).suggestedFilename(), "main.ll");
    await a.page.reload();
    await a.page.getByRole("tab").nth(2).waitFor();
    return [a];
  },

  async "a view of a program that does not compile is what the compiler says"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    await a.write("fn main() { let x: u32 = nonsense; }\n");
    await a.choose("Assembly");
    await a.verdict("Did not compile");
    await a.printed("nonsense");
    assert.equal(await a.page.getByRole("tab").count(), 0);
    assert.equal(await a.page.locator(".cm-lint-marker-error").count(), 1);
    assert.ok(await a.page.locator(".output-text").isVisible());
    // Nothing of the user's is left: a word of help, and no empty pane.
    await a.write("pub fn id<T>(x: T) -> T { x }\n");
    await a.choose("Assembly");
    await a.page.getByText("#[inline(never)]").waitFor();
    await a.shot("asm-nothing");
    return [a];
  },

  async "tests are a tree, one runs again alone, and a failure leads to its line"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo", viewport: { width: 360, height: 740 }, colorScheme: "dark" });
    await a.write('#[cfg(test)]\nmod arithmetic {\n    #[test]\n    fn adds() {\n        assert_eq!(1 + 1, 2);\n    }\n\n    #[test]\n    fn divides() {\n        println!("dividing");\n        assert_eq!(7 / 2, 4, "rounding");\n    }\n\n    #[test]\n    #[ignore = "slow"]\n    fn waits() {}\n}\n\n#[test]\nfn top() {}\n');
    await a.choose("Test");
    for (const p of [a, b]) {
      await p.verdict("Exited with 101");
      await p.page.getByText("2 passed, 1 failed, 1 ignored").waitFor();
      assert.equal(await tab(p, "Tests").getAttribute("aria-selected"), "true");
    }
    assert.match(await a.page.locator(".tests pre").innerText(), /dividing[\s\S]*rounding/);
    assert.match(await a.page.locator(".test.ignored").innerText(), /waits[\s\S]*slow/);
    assert.deepEqual(await a.axe(), []);
    await a.shot("tests");
    assert.equal(await b.page.evaluate(() => document.documentElement.scrollWidth), 360);
    await b.shot("tests-narrow");
    await a.page.getByRole("button", { name: "where arithmetic::divides failed" }).click();
    assert.match(await a.page.locator("#editor .cm-activeLine").innerText(), /assert_eq!\(7 \/ 2/);
    await a.page.keyboard.press("Home");
    await a.page.keyboard.press("Shift+End");
    await a.page.keyboard.type("        assert_eq!(7 / 2, 3);");
    await b.page.getByRole("button", { name: "Run arithmetic::divides" }).click();
    for (const p of [a, b]) await p.page.getByText("1 passed", { exact: true }).waitFor();
    await a.page.getByRole("button", { name: "Run all" }).click();
    for (const p of [a, b]) await p.page.getByText("3 passed, 1 ignored").waitFor();
    return [a, b];
  },

  async "an example in documentation is a test, which leads to its line and runs again alone"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    await a.write("/// ```\n/// assert_eq!(main::twice(2), 5);\n/// ```\n/// ```\n/// main::twice(1);\n/// ```\npub fn twice(x: u32) -> u32 { 2 * x }\n");
    await a.choose("Test");
    await a.verdict("Exited with 101");
    await a.page.getByText("1 passed, 1 failed").waitFor();
    await a.page.getByRole("button", { name: /^Line 1, where .* - twice \(line 1\) failed$/ }).click();
    await a.page.getByRole("button", { name: /^Run .* - twice \(line 4\)$/ }).click();
    await a.page.getByText("1 passed", { exact: true }).waitFor();
    return [a];
  },

  async "a crate is found and used, and what can be done follows the toolchain"({ browser, server }) {
    const actions = ["run", "test", "check", "fmt", "asm"].map((name) => ({ name, available: true }));
    const crates = [{ name: "rand", version: "0.9.1", features: ["std"] }, { name: "rand_core", version: "0.9.3" }, { name: "serde_json", version: "1.0.140", features: ["default", "std"] }];
    const toolchains = [{ channel: "stable", version: "1.95.0", default: true, actions, crates }, { channel: "nightly", version: "1.97.0-nightly", actions, crates: [] }];
    const before = (page) => page.route("**/api/v1/toolchains", (r) => r.fulfill({ json: { toolchains } }));
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada", before });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await a.write("//! About.\n\nfn main() {}\n");
    await a.page.getByLabel("More").click();
    await a.page.getByRole("button", { name: "Crates…" }).click();
    await a.page.getByText("3 of 3 crates").waitFor();
    await a.page.getByLabel("Search").fill("serde-j");
    await a.page.getByText("1 of 3 crates").waitFor();
    assert.deepEqual(await a.axe(), []);
    await a.shot("crates");
    await a.page.getByRole("button", { name: "Use serde_json" }).click();
    await a.page.keyboard.type("::Value");
    await same([a, b]);
    assert.equal(await b.text(), "//! About.\nuse serde_json::Value;\n\nfn main() {}\n");
    await a.options();
    await a.page.getByLabel("Toolchain").selectOption("nightly");
    await a.page.keyboard.press("Escape");
    await a.until("no clippy in nightly", async () => {
      await a.page.getByRole("button", { name: "Choose what to do" }).click();
      const disabled = await a.page.getByRole("menuitemradio", { name: /Clippy/ }).getAttribute("aria-disabled");
      await a.page.keyboard.press("Escape");
      return disabled === "true";
    });
    await b.options();
    await b.until("shared", async () => (await b.page.getByLabel("Toolchain").inputValue()) === "nightly");
    await b.page.getByLabel("Toolchain").selectOption("");
    await a.options();
    await a.until("shared", async () => (await a.page.getByLabel("Toolchain").inputValue()) === "");
    return [a, b];
  },

  async "what the server lacks is greyed out with its reason and the command that installs it"({ browser, server }) {
    const before = (page) =>
      page.addInitScript(() => {
        const { parse } = JSON;
        JSON.parse = (...args) => {
          const value = parse(...args);
          for (const c of value?.choices?.actions ?? []) if (c.name === "clippy") Object.assign(c, { available: false, reason: "the default toolchain has no clippy", hint: "rustup component add clippy" });
          return value;
        };
      });
    const a = await Person.join(browser, `${server.url}/`, { before });
    await a.page.getByRole("button", { name: "Choose what to do" }).focus();
    await a.page.keyboard.press("Enter");
    const item = a.page.getByRole("menuitemradio", { name: /Clippy/ });
    assert.equal(await item.getAttribute("aria-disabled"), "true");
    assert.match(await item.innerText(), /no clippy[\s\S]*rustup component add clippy/);
    await a.page.keyboard.press("c"); // Check
    await a.page.keyboard.press("c");
    assert.match(await a.page.evaluate(() => document.activeElement.innerText), /Clippy/);
    await a.page.keyboard.press("Enter");
    assert.ok(await item.isVisible(), "an action that cannot be done closes the menu");
    await a.page.keyboard.press("Escape");
    assert.equal(await a.page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Choose what to do");
    return [a];
  },
};
