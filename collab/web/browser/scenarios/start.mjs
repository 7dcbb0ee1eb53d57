// How one comes to a session: examples, and sessions of recent visits.
import assert from "node:assert/strict";
import { Person } from "../people.mjs";

export default {
  async "new sessions of examples, and recent ones"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    await a.write("// My experiment\nfn main() {}\n");
    await a.page.getByLabel("More", { exact: true }).click();
    await a.page.getByRole("button", { name: "New and recent sessions" }).click();
    const dialog = a.page.getByRole("dialog", { name: "Sessions" });
    await dialog.getByRole("link", { name: /this session/ }).waitFor();
    assert.deepEqual(await a.axe(), []);
    await a.shot("sessions");
    const first = a.page.url();
    await dialog.getByRole("button", { name: /^Several files/ }).press("Enter");
    await a.page.waitForURL((url) => url.href !== first && url.pathname.startsWith("/s/"));
    await a.status("Saved");
    assert.deepEqual(await a.page.getByRole("tab").filter({ hasText: ".rs" }).locator(".path").allTextContents(), ["area.rs", "main.rs", "shape.rs"]);
    assert.match(await a.text(), /^\/\/! A program of several files/);

    await a.page.getByRole("link", { name: "corust" }).click();
    await a.page.getByRole("heading", { name: "Recent sessions" }).waitFor();
    await a.page.setViewportSize({ width: 360, height: 640 });
    assert.equal(await a.page.evaluate(() => document.documentElement.scrollWidth), 360);
    assert.deepEqual(await a.axe(), []);
    await a.shot("start-narrow");
    assert.equal(await a.page.locator(".recent a").count(), 2);
    // The user goes to a new session, and then back to this page, which the browser has kept as it was.
    await a.page.route("**/api/v1/sessions", () => {}); // is never answered
    await a.page.getByRole("button", { name: /^Hello/ }).click();
    const status = a.page.locator(".sessions [role=status]");
    await a.until("under way", async () => (await status.innerText()) === "One moment…");
    await a.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await a.until("ready again", async () => (await status.innerText()) === "");
    await a.page.getByRole("button", { name: /^Remove A program of several files/ }).click();
    assert.equal(await a.page.locator(".recent a").count(), 1);
    await a.page.getByRole("link", { name: /My experiment/ }).click();
    await a.page.waitForURL(first);
    await a.status("Saved");
    assert.equal(await a.text(), "// My experiment\nfn main() {}\n");
    return [a];
  },
};
