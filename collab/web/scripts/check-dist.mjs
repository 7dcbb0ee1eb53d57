// Fails when dist is not what its source builds to. The build is deterministic:
// names are hashes of contents and versions are locked.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const out = mkdtempSync(join(tmpdir(), "corust-dist-"));
const files = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => relative(dir, join(e.parentPath, e.name)))
    .sort();
try {
  execFileSync("npx", ["vite", "build", "--outDir", out, "--emptyOutDir", "--logLevel", "warn"], { stdio: "inherit" });
  const want = files(out);
  const have = files("dist");
  const wrong = [...new Set([...want, ...have])].filter((f) => !have.includes(f) || !want.includes(f) || !readFileSync(join(out, f)).equals(readFileSync(join("dist", f))));
  if (wrong.length) {
    console.error(`dist is not what its source builds to (npm run build makes it):\n${wrong.map((f) => `  ${f}`).join("\n")}`);
    process.exitCode = 1;
  } else console.log(`dist matches its source: ${want.length} files`);
} finally {
  rmSync(out, { recursive: true, force: true });
}
