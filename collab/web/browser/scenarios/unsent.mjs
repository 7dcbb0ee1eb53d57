// Text that a page could not send before it ended.
import assert from "node:assert/strict";
import { inFirefox } from "../launch.mjs";
import { Person, same } from "../people.mjs";

/** The records of the browser's store, after one is put there, if it is given. */
const records = (p, put = null) =>
  p.page.evaluate(
    (put) =>
      new Promise((resolve, reject) => {
        const open = indexedDB.open("corust");
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          const table = open.result.transaction("unsent", "readwrite").objectStore("unsent");
          if (put) table.put(put);
          const all = table.getAll();
          all.onsuccess = () => {
            open.result.close();
            resolve(all.result);
          };
        };
      }),
    put,
  );
/** Whether unsent text with these words is in the browser's store. */
const isKept = async (p, text) => (await records(p)).some((r) => r.files.some((f) => f.text.includes(text)));
const kept = (p, text) => p.until(`${text} is kept`, () => isKept(p, text));

/** A person's next page, in the same browser. */
async function again(p, url) {
  const next = Object.assign(new Person(), { context: p.context, problems: p.problems, page: await p.context.newPage() });
  await next.page.goto(url);
  await next.status("Saved");
  return next;
}

const type = async (p, text) => {
  await p.page.locator(".cm-content").click();
  await p.page.keyboard.press("Control+End");
  await p.page.keyboard.insertText(text);
};

/** Lets a page hear nothing of the server while deaf returns true. */
const hearing = (page, deaf) =>
  page.routeWebSocket(/socket/, (ws) => {
    const up = ws.connectToServer();
    up.onMessage((m) => deaf() || ws.send(m));
  });

/** Ends a page, whose handlers do not run. */
async function kill(p) {
  if (inFirefox) return p.page.close();
  const crashed = p.page.waitForEvent("crash");
  void (await p.context.newCDPSession(p.page)).send("Page.crash").catch(() => {});
  await crashed;
  await p.page.close();
}

export default {
  async "unsent text survives a killed tab, and is put back once"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const url = a.page.url();
    await a.write("fn main() {}\n");
    await server.stop("SIGKILL");
    await a.status("Reconnecting");
    await type(a, "// unsent\n");
    await kept(a, "// unsent");
    await kill(a);
    await server.start();
    const b = await Person.join(browser, url);
    await type(b, "// meanwhile\n");
    await b.status("Saved");

    const elsewhere = await again(a, `${server.url}/`);
    assert.equal(await elsewhere.page.getByText("Unsent text").count(), 0);
    await elsewhere.page.close();

    const back = await again(a, url);
    const notice = back.page.getByRole("alert").filter({ hasText: /Unsent text from .* in main\.rs/ });
    await notice.waitFor();
    assert.equal(await back.text(), "fn main() {}\n// meanwhile\n");
    assert.deepEqual(await back.axe(), []);
    await back.shot("unsent");
    await back.page.setViewportSize({ width: 360, height: 640 });
    assert.equal(await back.page.evaluate(() => document.documentElement.scrollWidth), 360);
    await back.shot("unsent-narrow");
    await notice.getByRole("button", { name: "Put back" }).press("Enter");
    await notice.waitFor({ state: "detached" });
    await same([back, b]);
    assert.match(await b.text(), /^fn main\(\) \{\}\n(\/\/ unsent\n\/\/ meanwhile|\/\/ meanwhile\n\/\/ unsent)\n$/);

    await back.until("the record is gone", async () => !(await isKept(back, "// unsent")));
    return [back, b];
  },

  async "unsent text of an old link is offered at the new one"({ browser, server }) {
    let cut = false;
    const offline = (page) =>
      page.routeWebSocket(/socket/, (ws) => {
        const up = ws.connectToServer();
        ws.onMessage((m) => cut || up.send(m));
        up.onMessage((m) => cut || ws.send(m));
      });
    const a = await Person.join(browser, `${server.url}/`, { before: offline });
    const b = await Person.join(browser, a.page.url());
    await a.write("fn main() {}\n");
    cut = true;
    await type(a, "// unsent\n");
    await kept(a, "// unsent");
    await kill(a);
    await b.page.getByRole("button", { name: "Share" }).click();
    await b.page.getByRole("button", { name: "Renew links…" }).click();
    const before = b.page.url();
    await b.page.getByRole("alertdialog").getByRole("button", { name: "Renew links" }).click();
    await b.until("the page moves", async () => b.page.url() !== before);
    await b.status("Saved");
    const back = await again(a, b.page.url());
    const notice = back.page.getByRole("alert").filter({ hasText: /Unsent text from .* in main\.rs/ });
    await notice.getByRole("button", { name: "Put back" }).click();
    await notice.waitFor({ state: "detached" });
    await same([back, b]);
    assert.equal(await b.text(), "fn main() {}\n// unsent\n");
    return [back, b];
  },

  async "unsent text that has arrived is not offered"({ browser, server }) {
    let deaf = false;
    const a = await Person.join(browser, `${server.url}/`, { before: (page) => hearing(page, () => deaf) });
    const url = a.page.url();
    const b = await Person.join(browser, url);
    await a.write("fn main() {}\n");
    deaf = true;
    await type(a, "// arrived\n");
    await b.until("it has arrived", async () => (await b.text()).includes("// arrived"));
    await kept(a, "// arrived");
    await a.page.close();
    const back = await again(a, url);
    await back.until("the record is gone", async () => !(await isKept(back, "// arrived")));
    assert.equal(await back.text(), "fn main() {}\n// arrived\n");
    assert.equal(await back.page.getByText("Unsent text").count(), 0);
    return [back, b];
  },

  async "without locks, unsent text of a page that may be open can only be copied"({ browser, server }) {
    let deaf = false;
    const before = async (page) => {
      await page.context().addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
      await hearing(page, () => deaf);
    };
    const a = await Person.join(browser, `${server.url}/`, { before });
    await a.write("fn main() {}\n");
    deaf = true;
    await type(a, "// slow\n");
    await kept(a, "// slow");
    const next = await again(a, a.page.url());
    const notice = next.page.getByRole("alert").filter({ hasText: "Another page may still send it" });
    await notice.waitFor();
    assert.equal(await notice.getByRole("button", { name: "Put back" }).count(), 0);
    assert.match(await a.page.locator(".status").innerText(), /Saving/); // and not taken over
    return [next];
  },

  async "text that the session refused survives a killed tab, and is only copied"({ browser, server }) {
    let line = null; // null while the page has one that works
    const before = (page) =>
      page.routeWebSocket(/socket/, (ws) => {
        const up = ws.connectToServer();
        up.onMessage((m) => line || ws.send(m));
        ws.onMessage((m) => (line ? (line = ws) : up.send(m)));
      });
    const files = [{ name: "main.rs", content: "fn main() {}\n" }, { name: "notes.txt", content: "" }];
    const made = await fetch(`${server.url}/api/v1/sessions`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ files }) });
    const url = new URL((await made.json()).edit, server.url).href;
    const a = await Person.join(browser, url);
    await a.page.getByRole("tab", { name: /notes.txt/ }).click();
    const b = await Person.join(browser, url, { before });
    await b.page.getByRole("tab", { name: /notes.txt/ }).click();
    line = true;
    await type(b, "lost words");
    await b.until("it was sent", async () => line !== true);
    await a.page.locator(".more-menu summary").click();
    await a.page.locator(".more-menu").getByRole("button", { name: "Delete this file" }).click();
    await a.status("Saved");
    const cut = line;
    line = null;
    await cut.close();
    await b.page.getByRole("alert").filter({ hasText: "another member has deleted the file" }).waitFor();
    await b.status("Saved");
    await b.until("only the lost text is kept", async () => (await records(b)).map((r) => r.files[0].text).join() === "lost words");

    await kill(b);
    let back = await again(b, url);
    const notice = () => back.page.getByRole("alert").filter({ hasText: /From .*: Your last edits of notes\.txt are not in the session: another member has deleted the file/ });
    await notice().waitFor();
    assert.equal(await back.page.getByRole("alert").count(), 1);
    assert.deepEqual(await back.axe(), []);
    await back.page.setViewportSize({ width: 360, height: 640 });
    assert.equal(await back.page.evaluate(() => document.documentElement.scrollWidth), 360);
    await back.shot("lost-narrow");
    await notice().getByRole("button", { name: /^Copy the text of notes\.txt/ }).click();
    await notice().getByText("Copied").first().waitFor();
    const other = await again(b, url); // shows it when the page that does has ended
    assert.equal(await other.page.getByRole("alert").count(), 0);
    await kill(back);
    back = other;
    await notice().getByRole("button", { name: "Discard" }).click();
    await back.page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
    await notice().waitFor({ state: "detached" });
    assert.deepEqual(await records(back), []);
    assert.equal(await back.text(), "fn main() {}\n");
    assert.equal(await a.text(), "fn main() {}\n");
    assert.equal(await a.page.locator(".files").count(), 0);
    return [a, back];
  },

  async "unsent text can be copied and discarded"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const url = a.page.url();
    await a.write("fn main() {}\n");
    await a.context.setOffline(true);
    await a.status("Offline");
    await type(a, "// offline\n");
    await kept(a, "// offline");
    await a.page.close();
    await a.context.setOffline(false);
    const back = await again(a, url);
    const notice = back.page.getByRole("alert").filter({ hasText: "Unsent text" });
    await notice.getByRole("button", { name: /^Copy/ }).click();
    await notice.getByText("Copied").first().waitFor();
    await notice.getByRole("button", { name: "Discard" }).click();
    await back.page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
    await notice.waitFor({ state: "detached" });
    await records(back, { key: "old", session: "another", at: 0, files: [{ path: "main.rs", text: "// old" }] });
    await back.page.reload();
    await back.status("Saved");
    assert.equal(await back.text(), "fn main() {}\n");
    assert.equal(await back.page.getByText("Unsent text").count(), 0);
    await back.until("what is too old is gone", async () => !(await isKept(back, "// old")));
    return [back];
  },
};
