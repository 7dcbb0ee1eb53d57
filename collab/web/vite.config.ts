import { defineConfig } from "vitest/config";

// The page is served as PREFIX/s/ID and PREFIX/v/ID, so everything it names is
// relative to its folder: dist/s/index.html asks for ../assets/….
export default defineConfig({
  base: "./",
  publicDir: "public",
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // no data: URLs, so that the content policy can be strict
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { input: "s/index.html" },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node", testTimeout: 60_000 }, // a hung test ends; a slow machine has time
});
