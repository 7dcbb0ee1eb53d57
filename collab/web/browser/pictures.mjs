// Takes the pictures of the README: two people and a run, light and dark, in docs/images,
// with session.txt, which says what they show. With --check, it takes none, and fails if the
// page shows something else now.
//
// Pixels differ between versions of Chromium and of fonts, so session.txt has, for each
// element in view, its kind, its text and the styles that a style sheet sets. It has no
// places and sizes, which depend on fonts, so a change of these alone is not found.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
/** Describes what a page shows, a line for each element. */
const outline = (page) =>
  page.evaluate(() => {
    const styles = ["color", "background-color", "border-top-width", "border-radius", "font-size", "font-weight", "padding", "gap"];
    const usual = getComputedStyle(document.body.appendChild(document.createElement("i")));
    const lines = [];
    const visit = (element, depth, parent) => {
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
      const box = element.getBoundingClientRect();
      if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return;
      // A path is part of a picture, and the classes that CodeMirror makes are numbered.
      if (element.namespaceURI.endsWith("/svg") && element.localName !== "svg") return;
      const classes = [...element.classList].filter((c) => /^[a-z]/.test(c)).map((c) => c.replace(/^person-\d+$/, "person"));
      const computed = getComputedStyle(element);
      const now = Object.fromEntries(styles.map((s) => [s, computed.getPropertyValue(s)]));
      // The server deals the colours of people.
      const set = styles.filter((s) => !(element.closest("[class*=person-]") && s.endsWith("color")) && now[s] !== (parent && /^(color|font)/.test(s) ? parent[s] : usual.getPropertyValue(s))).map((s) => `${s}: ${now[s]}`);
      // How long the run took, and whether its program had been compiled ahead.
      const text = classes.includes("facts") ? "" : [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("").trim().replace(/\d+/g, "0");
      lines.push(`${" ".repeat(depth)}${[element.localName, ...classes].join(".")}${text && ` ${JSON.stringify(text)}`}${set.length ? ` {${set.join("; ")}}` : ""}`);
      for (const child of element.children) visit(child, depth + 1, now);
    };
    for (const child of document.body.children) visit(child, 0, null);
    return lines.join("\n");
  });

const check = process.argv.includes("--check");
const images = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
mkdirSync(images, { recursive: true });
const dir = mkdtempSync(join(tmpdir(), "corust-pictures-"));
// Nothing that appears when a compilation ahead of the run has ended.
const server = new Server(await freePort(), dir, { CORUST_SERVE_AHEAD: "off" });
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
  const shown = `light\n${await outline(ada.page)}\n\ndark\n${await outline(bo.page)}\n`;
  const file = join(images, "session.txt");
  if (check) {
    const was = readFileSync(file, "utf8");
    if (was !== shown) {
      const [before, after] = [was, shown].map((text) => text.split("\n"));
      const at = after.findIndex((line, i) => line !== before[i]);
      throw new Error(`the README's pictures do not show the page as it is (run make screenshots):\ndocs/images/session.txt:${at + 1}\n- ${before[at]}\n+ ${after[at]}`);
    }
  } else {
    writeFileSync(file, shown);
    await ada.page.screenshot({ path: join(images, "session-light.png") });
    await bo.page.screenshot({ path: join(images, "session-dark.png") });
  }
} finally {
  await browser.close();
  await server.stop().catch(() => {});
  rmSync(dir, { recursive: true, force: true });
}
