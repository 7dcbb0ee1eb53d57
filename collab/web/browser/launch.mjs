// Starts the machine's own browser: Chromium with nothing that talks to other hosts,
// or Firefox where BROWSER=firefox.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, firefox } from "playwright-core";

export const inFirefox = process.env.BROWSER === "firefox";

export const launch = () =>
  inFirefox
    ? firefox.launch({ channel: "moz-firefox", executablePath: join(dirname(fileURLToPath(import.meta.url)), "firefox"), headless: true, timeout: 120_000 })
    : chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        headless: true,
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      });
