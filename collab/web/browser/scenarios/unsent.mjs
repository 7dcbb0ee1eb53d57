// Text that a page could not send before it ended.
import assert from "node:assert/strict";
import { Person, same } from "../people.mjs";

/** Whether unsent text with these words is in the browser's store. */
const isKept = (p, text) =>
  p.page.evaluate(
    (text) =>
      new Promise((resolve, reject) => {
        const open = indexedDB.open("corust");
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          const all = open.result.transaction("unsent").objectStore("unsent").getAll();
          all.onsuccess = () => {
            open.result.close();
            resolve(all.result.some((r) => r.files.some((f) => f.text.includes(text))));
          };
        };
      }),
    text,
  );
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

export default {
  async "unsent text survives a killed tab, and is put back once"({ browser, server }) {
    const a = await Person.join(browser, `${server.url}/`);
    const url = a.page.url();
    await a.write("fn main() {}\n");
    await server.stop("SIGKILL");
    await a.status("Reconnecting");
    await type(a, "// unsent\n");
    await kept(a, "// unsent");
    await a.page.close(); // without a word: no handler runs that could ask
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

  async "unsent text that has arrived is not offered"({ browser, server }) {
    // From a moment on, this page hears nothing of the server.
    let deaf = false;
    const a = await Person.join(browser, `${server.url}/`, {
      before: (page) =>
        page.routeWebSocket(/socket/, (ws) => {
          const up = ws.connectToServer();
          up.onMessage((m) => deaf || ws.send(m));
        }),
    });
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
    await back.page.reload();
    await back.status("Saved");
    assert.equal(await back.text(), "fn main() {}\n");
    assert.equal(await back.page.getByText("Unsent text").count(), 0);
    return [back];
  },
};
