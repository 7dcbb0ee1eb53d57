// The history of a session, played back.
import assert from "node:assert/strict";
import { Person, same } from "../people.mjs";

export default {
  async "playback shows each version, who wrote it and its runs, and restores one"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    await a.write('fn main() { println!("first") }\n');
    await a.run();
    await a.verdict("Finished");
    await b.until("the text is here", async () => (await b.text()).includes("first"));
    await b.page.locator(".cm-content").click();
    await b.page.keyboard.press("Control+End");
    await b.page.keyboard.insertText("// by Bo\n");
    await b.status("Saved");
    await same([a, b]);

    await a.page.getByLabel("More", { exact: true }).click();
    await a.page.getByRole("button", { name: "Playback" }).click();
    const dialog = a.page.getByRole("dialog", { name: "Playback" });
    const slider = dialog.getByRole("slider", { name: "Version" });
    const picture = () => dialog.locator(".picture .cm-content").innerText();
    await a.until("the last version", async () => (await picture()).includes("// by Bo"));
    assert.match(await slider.getAttribute("aria-valuetext"), /^Version \d+ of \d+, .*, by Bo$/);
    await dialog.getByLabel("Colour by author").check();
    await dialog.getByRole("list", { name: "Authors" }).getByText("Bo").waitFor();
    assert.equal(await dialog.locator(".picture .written").filter({ hasText: "// by Bo" }).count(), 1);
    assert.deepEqual(await a.axe(), []);
    await a.shot("playback");

    await slider.press("ArrowLeft");
    await a.until("the version before", async () => !(await picture()).includes("// by Bo"));
    await slider.press("Home");
    await a.until("the first version", async () => !(await picture()).includes("first"));
    await dialog.getByRole("button", { name: /^Run of .*Finished/ }).click();
    await a.until("the version that ran", async () => (await picture()).includes("first"));
    assert.doesNotMatch(await picture(), /by Bo/);
    await slider.press("Home");
    await dialog.getByLabel("Speed").selectOption("256");
    await dialog.getByRole("button", { name: "Play" }).click();
    await a.until("it has played to the end", async () => (await picture()).includes("// by Bo") && (await dialog.getByRole("button", { name: "Play" }).isVisible()));

    await slider.press("ArrowLeft");
    await a.until("the version before", async () => !(await picture()).includes("// by Bo"));
    await a.page.setViewportSize({ width: 360, height: 640 });
    assert.equal(await a.page.evaluate(() => document.documentElement.scrollWidth), 360);
    await a.shot("playback-narrow");
    await dialog.getByRole("button", { name: "Restore this version" }).click();
    await dialog.waitFor({ state: "detached" });
    await same([a, b]);
    assert.equal(await b.text(), 'fn main() { println!("first") }\n');
    return [a, b];
  },

  async "playback that is open when the links are renewed goes on where it is"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`, { name: "Ada" });
    const b = await Person.join(browser, a.page.url(), { name: "Bo" });
    for (const n of [1, 2, 3]) await a.write(`// ${n}\n`);
    await same([a, b]);
    const before = new URL(b.page.url()).pathname.split("/").pop();
    await b.page.route("**/log?*", (r) => r.abort()); // so that each version is asked for when it is looked at
    await b.page.getByLabel("More", { exact: true }).click();
    await b.page.getByRole("button", { name: "Playback" }).click();
    const dialog = b.page.getByRole("dialog", { name: "Playback" });
    const slider = dialog.getByRole("slider", { name: "Version" });
    const shows = (n) => b.until(`version ${n}`, async () => (await dialog.locator(".picture .cm-content").innerText()).trim() === `// ${n}`);
    await shows(3);
    await slider.press("ArrowLeft");
    await shows(2);
    let letGo;
    const held = new Promise((resolve) => (letGo = resolve));
    await b.page.route("**/history/1?*", (r) => held.then(() => r.continue()), { times: 1 });
    await slider.press("ArrowLeft"); // is under way while the links are renewed

    await a.page.getByRole("button", { name: "Share" }).click();
    await a.page.getByRole("button", { name: "Renew links…" }).click();
    await a.page.getByLabel(/keep working/).check();
    await a.page.getByRole("alertdialog").getByRole("button", { name: "Renew links" }).click();
    await b.until("the page moves", async () => !b.page.url().endsWith(before));
    const old = [];
    b.page.on("request", (r) => r.url().includes(before) && old.push(r.url()));
    await b.status("Saved");
    await shows(2);
    assert.match(await slider.getAttribute("aria-valuetext"), /^Version 2 of 3,/);
    letGo();
    await shows(1);
    await b.page.unroute("**/log?*");
    await slider.press("Home");
    await dialog.getByLabel("Speed").selectOption("256");
    await dialog.getByRole("button", { name: "Play" }).click();
    await shows(3);
    await slider.press("ArrowLeft");
    await dialog.getByRole("button", { name: "Restore this version" }).click();
    await a.until("it is restored", async () => (await a.text()) === "// 2\n");
    assert.deepEqual(old, []);
    return [a, b];
  },
};
