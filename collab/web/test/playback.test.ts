import { ChangeSet } from "@codemirror/state";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Files, filesOf } from "../src/collab/files";
import type { ChangesJSON, EntryMsg, File } from "../src/collab/wire.gen";
import { archiveAt } from "../src/playback/archive";
import { Authors, type Span, type Spans, written } from "../src/playback/authors";
import { due, longestPause } from "../src/playback/clock";
import { type Archive, Film, after, pieceLength } from "../src/playback/film";
import { random, seeds } from "./random";

/** A session with a history of random entries by three clients, kept from a version on. */
function story(seed: number, length: number, first = 0) {
  const rnd = random(seed);
  let files: Files = filesOf([{ path: "main.rs", text: "fn main() {}\n" }]);
  const states = [files];
  const entries: EntryMsg[] = [];
  for (let v = 1; v <= length; v++) {
    const client = `${"abc"[Math.floor(rnd() * 3)]}.1`;
    const list = [...files.values()];
    const f = list[Math.floor(rnd() * list.length)]!;
    const base = { version: v, client, seq: v, ...(f.id && { file: f.id }) };
    const p = rnd();
    let e: EntryMsg;
    if (p < 0.05) e = { ...base, file: v, op: { do: "create", path: `f${v}.rs`, text: `// ${v}\n` } };
    else if (p < 0.08) e = { ...base, op: { do: "rename", path: `r${v}.rs` } };
    else if (p < 0.1 && f.id) e = { ...base, op: { do: "delete" } };
    else {
      const from = Math.floor(rnd() * (f.text.length + 1));
      const to = Math.min(f.text.length, from + (rnd() < 0.3 ? Math.floor(rnd() * 5) : 0));
      const changes = ChangeSet.of({ from, to, insert: `${v};` }, f.text.length);
      e = { ...base, changes: changes.toJSON() as ChangesJSON };
    }
    files = after(files, e);
    entries.push(e);
    states.push(files);
  }
  let asked = 0;
  const archive: Archive = {
    versions: async () => ({ epoch: "e", first, version: length, created: "2026-01-01T00:00:00Z", edited: "2026-01-01T00:00:00Z" }),
    files: async (version) => {
      asked++;
      const files = [...states[version]!.values()].map(({ id, path, text }): File => ({ ...(id && { id }), path, text: text.toString() }));
      return { epoch: "e", version, files, ...(version > first && { entry: entries[version - 1]!, time: version * 10 }) };
    },
    // The server bounds its answers.
    entries: async (from, limit) => (asked++, { epoch: "e", after: from, entries: entries.slice(from, from + Math.min(limit, 700)), times: entries.slice(from, from + Math.min(limit, 700)).map((e) => e.version * 10) }),
  };
  return { states, entries, archive, asked: () => asked };
}

const plain = (files: Files) => [...files.values()].map((f) => [f.id, f.path, f.text.toString()]);

describe("a film", () => {
  test("shows each version as it was", async () => {
    for (const seed of seeds(3)) {
      const rnd = random(seed);
      const first = seed % 2 ? 0 : 321;
      const s = story(seed, 2 * pieceLength + 77, first);
      const film = await Film.open(s.archive);
      const { version } = film.range;
      const looks = [first, first + 1, first + pieceLength, first + pieceLength + 1, version - 1, version, ...Array.from({ length: 10 }, () => first + Math.floor(rnd() * (version - first)))];
      for (const v of looks) {
        const frame = await film.at(v);
        expect(plain(frame.files), `seed ${seed}, version ${v}`).toEqual(plain(s.states[v]!));
        expect(frame.entry, `seed ${seed}, version ${v}`).toEqual(v === first ? null : s.entries[v - 1]);
        const { entries } = await film.from(v);
        expect(plain((await film.at(v)).files), `seed ${seed}, version ${v} once more`).toEqual(plain(s.states[v]!));
        expect(entries[0], `seed ${seed}, after ${v}`).toEqual(s.entries[v]);
      }
      expect((await film.from(version)).entries).toEqual([]);
    }
  });

  test("reads a piece once, however often it is looked at", async () => {
    const s = story(1, 600);
    const film = await Film.open(s.archive);
    await Promise.all([film.warm(10), film.warm(599), film.from(5)]);
    await Promise.all([film.at(10), film.at(599), film.at(300)]);
    expect(s.asked()).toBe(2);
  });

  test("asks one question for a version of another piece", async () => {
    const s = story(1, 600);
    const film = await Film.open(s.archive);
    expect(await film.at(321)).toMatchObject({ version: 321, entry: s.entries[320], time: 3210 });
    expect(s.asked()).toBe(1);
  });

  test("of a session without history has one version", async () => {
    const film = await Film.open(story(1, 0).archive);
    const frame = await film.at(0);
    expect(frame.entry).toBe(null);
    expect(frame.time).toBe(Date.parse("2026-01-01T00:00:00Z"));
  });

  test("asks again for what could not be read", async () => {
    const s = story(1, 10);
    let broken = true;
    const film = await Film.open({ ...s.archive, files: (...a) => (broken ? Promise.reject(new Error("offline")) : s.archive.files(...a)) });
    await expect(film.at(5)).rejects.toThrow("offline");
    broken = false;
    expect(plain((await film.at(5)).files)).toEqual(plain(s.states[5]!));
  });
});

/** The author of each character. */
const flat = (spans: readonly Span[] | undefined) => (spans ?? []).flatMap((s) => Array.from({ length: s.length }, () => s.author));

test("authors are those who inserted each character", async () => {
  for (const seed of seeds(2)) {
    const s = story(seed, 1500);
    // The same, character by character.
    let letters = new Map([[0, Array.from(s.states[0]!.get(0)!.text.toString(), () => "")]]);
    let spans: Spans = new Map([[0, [{ length: letters.get(0)!.length, author: "" }]]]);
    const at = new Map<number, Map<number, string[]>>();
    for (const e of s.entries) {
      const file = e.file ?? 0;
      letters = new Map(letters);
      if (e.op?.do === "create") letters.set(file, Array.from(e.op.text ?? "", () => e.client));
      else if (e.op?.do === "delete") letters.delete(file);
      else if (!e.op) {
        const next = [...letters.get(file)!];
        let shift = 0;
        ChangeSet.fromJSON(e.changes as unknown[]).iterChanges((fromA, toA, _b, _c, text) => {
          next.splice(fromA + shift, toA - fromA, ...Array.from({ length: text.length }, () => e.client));
          shift += text.length - (toA - fromA);
        });
        letters.set(file, next);
      }
      spans = written(spans, e);
      at.set(e.version, letters);
    }
    for (const [file, list] of letters) expect(flat(spans.get(file)), `seed ${seed}, file ${file}`).toEqual(list);
    const authors = new Authors(await Film.open(s.archive));
    for (const v of [1500, 3, 1001, 1000, 999]) {
      const found = (await authors.at(v))!;
      for (const [file, list] of at.get(v)!) expect(flat(found.get(file)), `seed ${seed}, version ${v}, file ${file}`).toEqual(list);
    }
    expect(await authors.at(1400, () => {}, () => true)).toBe(null);
  }
});

test("time runs at the speed, and long pauses are cut", () => {
  const times = [100, 200, 200, 1_000_000];
  expect(due(0, times, 50, 1)).toEqual({ count: 0, left: 50 });
  expect(due(0, times, 100, 1)).toEqual({ count: 1, left: 0 });
  expect(due(0, times, 50, 4)).toEqual({ count: 3, left: 0 });
  expect(due(200, [1_000_000], longestPause, 1).count).toBe(1);
  expect(due(500, [100], 0, 1).count).toBe(1); // a clock that was set back
});

describe("an archive", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const answer = (status: number, body: object) => new Response(JSON.stringify(body), { status });

  test("asks again at the new address what was under way when the links were renewed", async () => {
    vi.useFakeTimers();
    let now = "/old";
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      if (url.startsWith("/old")) return answer(404, { code: "gone" });
      return answer(200, { epoch: "e", version: 7, files: [] });
    });
    setTimeout(() => (now = "/new"), 500); // the news comes after the answer
    const files = archiveAt(() => now).files(7, "e");
    await vi.advanceTimersByTimeAsync(1000);
    expect(await files).toEqual({ epoch: "e", version: 7, files: [] });
    expect(asked).toEqual(["/old/history/7?epoch=e", "/new/history/7?epoch=e"]);
  });

  test("says that the session is gone when no new address comes, and says anything else at once", async () => {
    vi.useFakeTimers();
    let asked = 0;
    vi.stubGlobal("fetch", async () => (asked++, answer(404, { code: "gone" })));
    const gone = expect(archiveAt(() => "/old").versions()).rejects.toThrow("deleted or its links were renewed");
    await vi.advanceTimersByTimeAsync(5000);
    await gone;
    expect(asked).toBe(1);
    vi.stubGlobal("fetch", async () => answer(429, { code: "quota" }));
    await expect(archiveAt(() => "/old").entries(0, 5, "e")).rejects.toThrow("too many requests");
  });
});
