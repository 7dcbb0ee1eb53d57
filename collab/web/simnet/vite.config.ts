import { defineConfig } from "vite";

// One file that node runs: the page's client with a pipe in place of its socket and
// its view. It is not part of the page.
export default defineConfig({
  publicDir: false,
  logLevel: "warn",
  build: { ssr: "simnet/main.ts", target: "node20", minify: false, emptyOutDir: true, rolldownOptions: { output: { entryFileNames: "main.mjs" } } },
  ssr: { noExternal: true },
});
