// Two people who write and choose at the same time.
import assert from "node:assert/strict";
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

  async "menus are shared, also with those who come late"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    const shows = (p, menu, value) => p.until(`${menu} ${value}`, async () => (await p.page.getByLabel(menu, { exact: true }).inputValue()) === value);
    await a.page.getByLabel("Mode", { exact: true }).selectOption("release");
    await b.page.getByLabel("Edition").selectOption("2021");
    for (const p of [a, b]) await Promise.all([shows(p, "Mode", "release"), shows(p, "Edition", "2021")]);
    await a.page.getByLabel("What to do").selectOption("check");
    await b.until("the button says it", async () => (await b.page.locator("button.run").innerText()).includes("Check"));
    const late = await Person.join(browser, await watchingLink(a), { readOnly: true });
    await Promise.all([shows(late, "Mode", "release"), shows(late, "What to do", "check")]);
    assert.equal(await late.page.getByLabel("Mode", { exact: true }).isDisabled(), true);
    await server.stop();
    await server.start();
    await b.status("Saved");
    await b.page.reload();
    await shows(b, "Edition", "2021");
    await b.page.getByLabel("Edition").selectOption("2018");
    await Promise.all([shows(a, "Edition", "2018"), shows(late, "Edition", "2018")]);
    return [a, b, late];
  },

  async "what others type waits while an input method composes"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() {}\n");
    await same([a, b]);
    await a.page.locator(".cm-content").click();
    await a.page.keyboard.press("Control+End");
    const ime = await a.context.newCDPSession(a.page);
    await ime.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+Home");
    await b.page.keyboard.type("// b\n");
    await ime.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
    await b.until("b has saved", async () => (await b.page.locator(".status").innerText()).includes("Saved"));
    await a.page.waitForTimeout(300);
    assert.equal((await a.text()).startsWith("// b"), false, "the text changed under the composition");
    await ime.send("Input.insertText", { text: "日本" });
    await same([a, b]);
    assert.equal(await a.text(), "// b\nfn main() {}\n日本");
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
    return [a, b];
  },
};
