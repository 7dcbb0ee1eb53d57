// Takes the pictures of the README: two people and a run, light and dark, in docs/images.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./launch.mjs";
import { Person, Server, freePort, same } from "./people.mjs";

const source = `use std::collections::BTreeMap;

fn main() {
    let text = "the quick brown fox jumps over the lazy dog the end";
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for word in text.split(' ') {
        *counts.entry(word).or_default() += 1;
    }
    for (word, n) in &counts {
        println!("{n} {word}");
    }
    // Ada: sort by count?
    // Bo: 
}
`;
const images = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
mkdirSync(images, { recursive: true });
const dir = mkdtempSync(join(tmpdir(), "corust-pictures-"));
const server = new Server(await freePort(), dir);
const browser = await launch();
try {
  await server.start();
  const options = { viewport: { width: 1200, height: 440 }, deviceScaleFactor: 1 };
  const ada = await Person.join(browser, `${server.url}/`, { ...options, name: "Ada" });
  const bo = await Person.join(browser, ada.page.url(), { ...options, name: "Bo", colorScheme: "dark" });
  await ada.write(source);
  await same([ada, bo]);
  await ada.run();
  for (const p of [ada, bo]) await p.verdict("Finished");
  await ada.page.locator(".cm-line").nth(11).click();
  await ada.page.keyboard.press("End");
  await bo.page.locator(".cm-line").nth(12).click();
  await bo.page.keyboard.press("End");
  await bo.page.keyboard.type("yes, and print a bar for each");
  await same([ada, bo]);
  for (const p of [ada, bo]) await p.status("Saved");
  await ada.page.screenshot({ path: join(images, "session-light.png") });
  await bo.page.screenshot({ path: join(images, "session-dark.png") });
} finally {
  await browser.close();
  await server.stop().catch(() => {});
  rmSync(dir, { recursive: true, force: true });
}
