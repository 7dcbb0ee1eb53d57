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
    await a.page.getByRole("button", { name: /^Remove A program of several files/ }).click();
    assert.equal(await a.page.locator(".recent a").count(), 1);
    await a.page.getByRole("link", { name: /My experiment/ }).click();
    await a.page.waitForURL(first);
    await a.status("Saved");
    assert.equal(await a.text(), "// My experiment\nfn main() {}\n");
    return [a];
  },
};
