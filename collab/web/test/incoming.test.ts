import { ChangeSet } from "@codemirror/state";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Client } from "../src/collab/client";
import type { Session } from "../src/collab/session";
import { droppedFiles } from "../src/files/incoming";
import { putAll, readAll } from "../src/files/import";
import { Bases } from "../src/run/bases";
import { formatFile } from "../src/ui/format";
import { FakeSession, Site } from "./session";

type Tree = { [name: string]: string | Tree | null };

/** What a browser gives for a drop: null stands for a file that cannot be read. */
function entry(name: string, what: string | Tree | null): FileSystemEntry {
  if (what === null || typeof what === "string")
    return {
      isFile: true, isDirectory: false, name,
      file: (ok: (f: File) => void, no: (e: Error) => void) => (what === null ? no(new Error("locked")) : ok(new File([what], name))),
    } as unknown as FileSystemEntry;
  const children = Object.entries(what).map(([n, w]) => entry(n, w));
  return {
    isFile: false, isDirectory: true, name,
    // As Chromium does it: a part at a time, and then nothing.
    createReader: () => ({ readEntries: (ok: (list: FileSystemEntry[]) => void) => ok(children.splice(0, 2)) }),
  } as unknown as FileSystemEntry;
}

const drop = (tree: Tree): DataTransfer =>
  ({
    files: Object.entries(tree).map(([name, what]) => new File([typeof what === "string" ? what : ""], name)),
    items: Object.entries(tree).map(([name, what]) => ({ kind: "file", webkitGetAsEntry: () => entry(name, what) })),
  }) as unknown as DataTransfer;

describe("a drop", () => {
  test("of one folder has paths below it", async () => {
    const found = await droppedFiles(drop({ project: { "Cargo.toml": "[package]", src: { "main.rs": "fn main() {}", util: { "mod.rs": "", "a.rs": "" } }, target: { "x.rs": "" }, ".git": { config: "" } } }));
    expect(found.map((f) => f.path)).toEqual(["Cargo.toml", "src/main.rs", "src/util/mod.rs", "src/util/a.rs"]);
    expect(found.every((f) => f.inFolder)).toBe(true);
  });

  test("of several has the names of folders in them", async () => {
    const found = await droppedFiles(drop({ "a.rs": "", util: { "mod.rs": "" }, tests: { "api.rs": "" } }));
    expect(found.map((f) => f.path)).toEqual(["a.rs", "util/mod.rs", "tests/api.rs"]);
  });

  test("of files alone is those files", async () => {
    const found = await droppedFiles(drop({ "a.rs": "", "b.rs": "" }));
    expect(found.map((f) => [f.path, f.inFolder])).toEqual([["a.rs", false], ["b.rs", false]]);
  });

  test("of a huge folder ends", async () => {
    const huge: Tree = {};
    for (let i = 0; i < 2500; i++) huge[`f${i}.rs`] = "";
    expect(await droppedFiles(drop({ huge }))).toHaveLength(1000);
  });

  test("tells in words what is refused", async () => {
    const found = await droppedFiles(drop({ p: { "ok.rs": "fn f() {}\r\n", "bin.rs": "\u0000", "large.rs": "x".repeat(101), "bad\\name.rs": "", "locked.rs": null } }));
    const { files, why } = await readAll(found, 100);
    expect(files).toEqual([{ name: "ok.rs", content: "fn f() {}\n" }]);
    expect(why.join("\n")).toMatch(/“bin.rs” is not a text file[^]*“large.rs” is too large[^]*“bad\\name.rs”. A name cannot have backslashes[^]*“locked.rs” could not be read/);
  });
});

test("files of a full session are replaced by others that are as long together", () => {
  const client = new Client("k");
  client.limits = { text: 100, files: 8, parts: 100, ranges: 8, name: 64, message: 1 << 20, members: 8, stdin: 1 << 20 };
  client.edit(ChangeSet.of({ from: 0, insert: "m".repeat(10) }, 0), undefined, 0);
  client.create(7, "a.rs", "a".repeat(80));
  const notices: string[] = [];
  const session = {
    client,
    notice: (text: string) => notices.push(text),
    operate: (operation: (client: Client) => void) => operation(client),
    rewrite: (file: number, text: string) => client.edit(ChangeSet.of({ from: 0, to: client.files.get(file)!.text.length, insert: text }, client.files.get(file)!.text.length), undefined, file),
  } as unknown as Session;
  putAll(session, [{ name: "main.rs", content: "m".repeat(60) }, { name: "b.rs", content: "b".repeat(20) }, { name: "a.rs", content: "a".repeat(20) }]);
  expect(notices).toEqual([]);
  expect([...client.files.values()].map((f) => [f.path, f.text.length])).toEqual([["main.rs", 60], ["a.rs", 20], ["b.rs", 20]]);
});

describe("formatting", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A session of two files, and what happens while the server formats. */
  function setUp(meanwhile: (client: Client) => void) {
    const site = new Site(new Client("k"), new FakeSession());
    site.connect();
    site.link!.deliverUp();
    site.receive();
    const { client } = site;
    client.create(7, "util.rs", "fn  f() {}\n");
    const bases = new Bases(client);
    const made: [number, string][] = [];
    vi.stubGlobal("fetch", async (_: string, init: { body: string }) => {
      const { source } = JSON.parse(init.body) as { source: string };
      meanwhile(client);
      return { ok: true, status: 200, json: async () => ({ source: source.replace("fn  ", "fn ") }) };
    });
    const session = {
      client,
      watch: (file: number) => bases.watch(file),
      change: (file: number, changes: ChangeSet, userEvent: string) => {
        client.edit(changes, undefined, file);
        made.push([file, userEvent]);
      },
    };
    return { session, client, made };
  }

  test("is of the file at hand, also when another one is open by then", async () => {
    const { session, client, made } = setUp((client) => client.open(0));
    client.open(7);
    expect(await formatFile(session, 7, "http://x/format", "2024")).toBe(true);
    expect(client.files.get(7)!.text.toString()).toBe("fn f() {}\n");
    expect(client.files.get(0)!.text.toString()).toBe("fn main() {}\n");
    expect(made).toEqual([[7, "input.format"]]);
  });

  test("does nothing to a file that was deleted meanwhile, or that is not Rust", async () => {
    const { session, client } = setUp((client) => client.files.has(7) && client.delete(7));
    await expect(formatFile(session, 7, "http://x/format", "2024")).rejects.toThrow("the file was deleted");
    client.create(8, "data.csv", "a,  b\n");
    await expect(formatFile(session, 8, "http://x/format", "2024")).rejects.toThrow("data.csv is not a Rust file");
  });
});
