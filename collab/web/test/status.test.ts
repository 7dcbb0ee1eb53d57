// How the page shows its connection, from the server's close reasons to the text on
// the screen.

import { ChangeSet } from "@codemirror/state";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Session } from "../src/collab/session";
import { type ServerMessage, type Welcome, protocolVersion } from "../src/collab/wire.gen";
import { type Run, Runs } from "../src/run/runs";
import { RunLine } from "../src/ui/RunLine";
import { StatusNotice, StatusPill } from "../src/ui/Status";
import { titleOf } from "../src/ui/title";

/** A socket that opens when the test calls open. */
class Socket {
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onclose: ((e: { reason: string }) => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  constructor(readonly url: string) {}
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {}
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  says(m: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(m) });
  }
  ends(reason: string): void {
    this.readyState = 3;
    this.onclose?.({ reason });
  }
}

const limits = { text: 1000, files: 64, parts: 100, ranges: 64, name: 64, message: 1 << 21, members: 8, stdin: 1 << 20 };
const welcome: ServerMessage = { limits, type: "welcome", protocol: protocolVersion, client: "p.i", epoch: "e", version: 0, acked_seq: 0, files: [{ path: "main.rs", text: "" }], members: [] };

function page(readOnly = false) {
  const sockets: Socket[] = [];
  const person = { key: "0".repeat(32), name: "Ada" };
  const session = new Session("ws://x/rust/s/old/socket?protocol=5", person, { readOnly, view: "v", maxText: 1000, choices: null }, (url) => {
    const s = new Socket(url);
    sockets.push(s);
    return s as unknown as WebSocket;
  });
  session.start();
  const shown = () => {
    const { status, loaded } = session.snapshot();
    const pill = renderToStaticMarkup(createElement(StatusPill, { session, status, loaded, locked: false }));
    const text = /^<span class="status[^>]*>(.*?)<\/span><span class="unseen"/.exec(pill);
    expect(text, pill).not.toBeNull();
    return { text: text![1]!.replace(/<[^>]*>/g, " ").trim(), title: / title="([^"]*)"/.exec(pill)![1]!, pill, notice: renderToStaticMarkup(createElement(StatusNotice, { status, loaded, watch: session.snapshot().watch })) };
  };
  return { session, shown, socket: () => sockets[sockets.length - 1]! };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a session that gets other links", () => {
  const push = (s: Socket) => s.sent.map((m) => JSON.parse(m)).filter((m) => m.type === "push");
  const moved: ServerMessage = { type: "moved", edit: "new", view: "w" };

  test("goes on at the new address with the text that is not acknowledged", () => {
    const { session, socket, shown } = page();
    const first = socket();
    first.open();
    first.says(welcome);
    session.client.edit(ChangeSet.of({ from: 0, insert: "x" }, 0));
    session.operate(() => {}); // sends it
    expect(push(first)).toHaveLength(1);
    first.says(moved);
    first.ends("gone");
    expect(socket().url).toBe("ws://x/rust/s/new/socket?protocol=5");
    expect([session.url, session.boot.view]).toEqual([socket().url, "w"]);
    socket().open();
    expect(JSON.parse(socket().sent[0]!)).toMatchObject({ type: "hello", key: session.key, epoch: "e", version: 0 });
    const { files: _, ...same } = welcome as Welcome & { type: "welcome" };
    socket().says({ ...same, entries: [] });
    expect(push(socket())).toEqual(push(first));
    expect(session.snapshot().notice).toContain("links of this session were renewed");
    expect(shown().text).toMatch(/Sav/);
  });

  test("is found when the connection was lost after the message", () => {
    const { session, socket } = page();
    socket().open();
    socket().says(welcome);
    socket().says(moved);
    socket().ends("");
    session.retryNow();
    expect(socket().url).toContain("/s/old/");
    socket().ends("gone");
    expect(socket().url).toContain("/s/new/");
    socket().ends("gone"); // it was deleted there
    expect(session.snapshot().status).toBe("gone");
  });

  test("is found by the page that renews them, also when its connection has ended before", () => {
    const { session, socket } = page();
    socket().open();
    socket().says(welcome);
    socket().says({ type: "moved", view: "w" });
    socket().ends("gone");
    session.move({ edit: "new", view: "w" });
    const { status, watch } = session.snapshot();
    expect([socket().url, status, watch]).toEqual(["ws://x/rust/s/new/socket?protocol=5", "reconnecting", ""]);
    session.move({ edit: "new", view: "w" });
    socket().ends("gone");
    expect(session.snapshot().status).toBe("gone");
  });

  test("is watched on by watchers, and offered to editors who may only watch", () => {
    const watcher = page(true);
    watcher.socket().open();
    watcher.socket().says(welcome);
    watcher.socket().says({ type: "moved", view: "w" });
    watcher.socket().ends("gone");
    expect(watcher.socket().url).toContain("/v/w/socket");

    const { session, socket, shown } = page();
    socket().open();
    socket().says(welcome);
    socket().says({ type: "moved", view: "w" });
    socket().ends("gone");
    expect([session.snapshot().status, session.boot.view, socket().url]).toEqual(["gone", "v", "ws://x/rust/s/old/socket?protocol=5"]);
    expect(shown().notice).toMatch(/links of this session were renewed, and you were let watch.*href="w"/);
  });
});

describe("what the page says of its connection", () => {
  test("while it comes, when it is there, and when it goes and comes back", () => {
    const { shown, socket, session } = page();
    expect(shown().text).toContain("Connecting");
    socket().open();
    socket().says(welcome);
    expect(shown().text).toBe("Saved");
    socket().ends("resume");
    expect(shown().text).toMatch(/^Reconnecting… +Retry$/);
    vi.advanceTimersByTime(20_000);
    socket().open();
    socket().says(welcome);
    expect(shown().text).toBe("Saved");
    session.stop();
  });

  test("nothing of what is typed is told to a screen reader, the end of the connection is", () => {
    const { shown, socket, session } = page();
    const told = () => /<span class="unseen" role="status">(.*?)<\/span>/.exec(shown().pill)![1];
    socket().open();
    socket().says(welcome);
    expect(told()).toBe("");
    session.client.edit(ChangeSet.of({ from: 0, insert: "x" }, 0));
    session.retryNow();
    expect(told()).toBe("");
    expect(shown().pill.match(/role="(status|alert)"|aria-live/g)).toHaveLength(1);
    socket().ends("resume");
    expect(told()).toBe("Reconnecting…. Connection lost. You can keep typing; your changes are sent when it is back.");
    session.stop();
  });

  test("before anything has come, nobody is invited to write", () => {
    const { shown, socket, session } = page();
    for (let i = 0; i < 3; i++) {
      socket().ends("");
      expect(shown().text).toMatch(/^Not connected +Retry$/);
      expect(shown().title + shown().notice).not.toMatch(/typing|writing/);
      expect(shown().notice).toContain("proxy or firewall");
      expect(session.snapshot().people.filter((p) => p.client === session.snapshot().following && !p.me)).toEqual([]);
      vi.advanceTimersByTime(12_000);
    }
    socket().open();
    socket().says(welcome);
    expect(shown().notice).toBe("");
    socket().ends("");
    expect(shown().title).toContain("You can keep typing");
    expect(shown().notice).toBe("");
    session.stop();
  });

  test("without a network", () => {
    const { shown, socket, session } = page();
    socket().open();
    socket().says(welcome);
    vi.stubGlobal("navigator", { onLine: false });
    socket().ends("");
    expect(shown().text).toMatch(/^Offline/);
    session.stop();
  });

  test("to watch only", () => {
    const { shown, socket, session } = page(true);
    socket().open();
    socket().says(welcome);
    expect(shown().text).toBe("Read-only");
    session.stop();
  });

  test("a full session is told, and tried again", () => {
    const { shown, socket, session } = page();
    socket().open();
    socket().ends("busy");
    expect(shown().text).toMatch(/^Full +Retry$/);
    expect(shown().notice).toContain("takes no more people");
    const before = socket();
    vi.advanceTimersByTime(20_000);
    expect(socket()).not.toBe(before);
    session.stop();
  });

  test.each([
    ["too-old", "Page too old", "Reload the page"],
    ["replaced", "Open elsewhere", "taken over"],
    ["gone", "Invalid link", "was deleted or its links were renewed. Ask for the new link"],
  ])("%s is for good", (reason, text, why) => {
    const { shown, socket } = page();
    socket().open();
    socket().ends(reason);
    expect(shown().text).toContain(text);
    expect(shown().notice).toContain(why);
    const last = socket();
    vi.advanceTimersByTime(60_000);
    expect(socket(), "it comes back all the same").toBe(last);
  });
});

test("a menu shows a choice at once, and what the session decides in the end", () => {
  const { session, socket } = page();
  socket().open();
  socket().says({ ...welcome, settings: { mode: "debug" } } as ServerMessage);
  const mode = () => session.snapshot().settings["mode"];
  expect(mode()).toBe("debug");
  session.choose({ mode: "release" });
  expect(mode()).toBe("release");
  expect(JSON.parse(socket().sent.at(-1)!)).toEqual({ type: "settings", settings: { mode: "release" } });
  socket().says({ type: "settings", by: "o.o", settings: { mode: "debug", edition: "2021" } }); // came before ours
  expect(session.snapshot().settings).toEqual({ mode: "release", edition: "2021" });
  socket().says({ type: "settings", by: "p.i", settings: { mode: "release", edition: "2021" } });
  socket().says({ type: "settings", by: "o.o", settings: { mode: "debug", edition: "2021" } }); // and after
  expect(mode()).toBe("debug");
  session.stop();
});

test("a run is asked for behind all that was typed before", () => {
  const { session, socket } = page();
  socket().open();
  socket().says(welcome);
  const type = (insert: string) => session.client.edit(ChangeSet.of({ from: 0, insert }, session.client.text.length));
  const sent = () => socket().sent.slice(1).map((data) => (JSON.parse(data) as { type: string }).type);
  type("a");
  session.run({});
  expect(sent()).toEqual(["push", "run"]);
  socket().says({ type: "error", code: "busy", message: "busy" });
  type("b"); // while the first is under way
  session.run({});
  expect(sent(), "it would run a text without the b").toEqual(["push", "run"]);
  socket().says({ type: "ack", version: 1, seq: 1 });
  expect(sent()).toEqual(["push", "run", "push", "run"]);
  socket().says({ type: "error", code: "busy", message: "busy" });
  type("c");
  session.run({});
  socket().ends("resume");
  vi.advanceTimersByTime(20_000);
  socket().open();
  socket().says({ ...welcome, version: 1, files: [{ path: "main.rs", text: "a" }], acked_seq: 1 } as ServerMessage);
  expect(sent(), "what was asked of a connection that is gone is not done later").toEqual(["push"]);
  session.stop();
});

describe("a choice under way when the connection is lost", () => {
  const lose = (told: Record<string, string>) => {
    const p = page();
    const settings = () => p.socket().sent.map((m) => JSON.parse(m) as { type: string }).filter((m) => m.type === "settings");
    p.socket().open();
    p.socket().says({ ...welcome, settings: { mode: "debug" } } as ServerMessage);
    p.session.choose({ mode: "release" });
    p.socket().ends("resume"); // whether it was received is unknown
    expect(p.session.snapshot().settings["mode"]).toBe("release");
    vi.advanceTimersByTime(20_000);
    p.socket().open();
    p.socket().says({ ...welcome, settings: told } as ServerMessage);
    return { ...p, settings, mode: () => p.session.snapshot().settings["mode"] };
  };

  test("is sent again if it did not arrive", () => {
    const { session, socket, settings, mode } = lose({ mode: "debug" });
    expect(settings()).toEqual([{ type: "settings", settings: { mode: "release" } }]);
    expect(mode()).toBe("release");
    socket().says({ type: "settings", by: "p.i", settings: { mode: "release" } });
    socket().says({ type: "settings", by: "o.o", settings: { mode: "debug" } });
    expect(mode()).toBe("debug");
    session.stop();
  });

  test("is not sent again if it did, or if somebody else has chosen meanwhile", () => {
    for (const told of ["release", "profiling"]) {
      const { session, settings, mode } = lose({ mode: told });
      expect(settings()).toEqual([]);
      expect(mode()).toBe(told);
      session.stop();
    }
  });

  test("follows an earlier one that alone arrived", () => {
    const { session, socket, settings } = lose({ mode: "debug" });
    session.choose({ mode: "debug" });
    socket().ends("resume");
    vi.advanceTimersByTime(20_000);
    socket().open();
    socket().says({ ...welcome, settings: { mode: "release" } } as ServerMessage);
    expect(settings()).toEqual([{ type: "settings", settings: { mode: "debug" } }]);
    session.stop();
  });
});

test("a run that is asked for twice runs once, and nobody complains", () => {
  const { session, socket } = page();
  socket().open();
  socket().says(welcome);
  const runs = () => socket().sent.filter((data) => (JSON.parse(data) as { type: string }).type === "run").length;
  session.run({});
  session.run({}); // before the answer
  socket().says({ type: "run", run: "r1", by: "p.i", version: 0 });
  session.run({}); // while it runs
  expect(runs()).toBe(1);
  expect(session.snapshot().notice).toBe("");
  socket().says({ type: "end", run: "r1", verdict: "ok" });
  session.run({});
  expect(runs()).toBe(2);
  socket().ends("resume"); // unanswered
  vi.advanceTimersByTime(20_000);
  socket().open();
  socket().says(welcome);
  session.run({});
  expect(runs(), "asked of the new connection").toBe(1);
  session.stop();
});

test("input that cannot be sent is not taken, and says why", () => {
  const { session, socket } = page();
  socket().open();
  socket().says(welcome);
  expect(session.input("a\n")).toBe(false);
  socket().says({ type: "run", run: "r1", by: "p.i", version: 0 });
  expect(session.input("3\n1 2\n5 6\n")).toBe(true);
  expect(JSON.parse(socket().sent.at(-1)!)).toEqual({ type: "stdin", run: "r1", data: btoa("3\n1 2\n5 6\n") });
  socket().says({ type: "input", run: "r1", by: "p.i", offset: 0, data: btoa("3\n1 2\n5 6\n") });
  const sent = socket().sent.length;
  expect(session.input("é".repeat(524_284))).toBe(false);
  expect(session.snapshot().notice).toContain("1,048,576 bytes of input in one run, and this would be 1,048,578");
  expect(socket().sent).toHaveLength(sent);
  expect(session.input("", true)).toBe(true);
  socket().says({ type: "input", run: "r1", by: "p.i", offset: 10, eof: true });
  expect(session.input("late\n")).toBe(false);
  session.stop();
});

test.each<[Partial<Run>, string]>([
  [{}, "▶ Starting · 0a1b2c · corust"],
  [{ stage: "compile" }, "▶ Compiling · 0a1b2c · corust"],
  [{ stage: "run" }, "▶ Running · 0a1b2c · corust"],
  [{ stage: "run", waiting: true }, "⌨ Waiting for input · 0a1b2c · corust"],
  [{ stage: "run", ended: true }, "0a1b2c · corust"],
])("the tab's title of %j", (state, title) => {
  const runs = new Runs();
  runs.receive({ type: "run", run: "r", by: "c", version: 1 });
  expect(titleOf({ ...runs.current!, ...state }, "0a1b2c3d")).toBe(title);
  expect(titleOf(null, "0a1b2c3d")).toBe("0a1b2c · corust");
  expect(titleOf(null, "0a1b2c3d", "Lesson 1")).toBe("Lesson 1 · corust");
});

test("an edit that the server refuses is said to be too large only if it is", () => {
  for (const [code, message, said] of [["too-large", "text of 9 units", "would be too large"], ["malformed", "half a character", "refused by the server and has been taken back"]] as const) {
    const { session, socket } = page();
    socket().open();
    socket().says(welcome);
    session.client.edit(ChangeSet.of({ from: 0, insert: "x" }, 0));
    session.client.next();
    socket().says({ type: "error", code, message, seq: 1 });
    const { lost } = session.snapshot();
    expect(lost).toEqual([{ why: expect.stringContaining(said), path: "main.rs", text: "x" }]);
    expect(session.doc).toBe("");
    session.letGo(lost[0]!);
    expect(session.snapshot().lost).toEqual([]);
    session.stop();
  }
});

test("who presses Run without a connection is told, until there is one", () => {
  const { session, socket } = page();
  socket().open();
  socket().says(welcome);
  socket().ends("resume");
  session.run({});
  expect(session.snapshot().notice).toContain("no connection");
  vi.advanceTimersByTime(20_000);
  socket().open();
  socket().says(welcome);
  expect(session.snapshot().notice).toBe("");
  expect(socket().sent.map((m) => (JSON.parse(m) as { type: string }).type)).toEqual(["hello"]);
  session.stop();
});

test("who presses Run a moment after another is told so, and who stopped it is said once", () => {
  const { session, socket } = page();
  socket().open();
  socket().says(welcome);
  session.run({});
  socket().says({ type: "run", run: "r1", by: "o.o", name: "Bo", version: 0 });
  socket().says({ type: "error", code: "running", message: "run r1 is not over" });
  expect(session.snapshot().notice).toBe("Not now: a run is under way.");
  socket().says({ type: "end", run: "r1", verdict: "canceled", stopped: "o.o", detail: { message: "stopped" } });
  const line = createElement(RunLine, { run: session.snapshot().run, nameOf: () => "Bo", counts: { errors: 0, warnings: 0 } });
  expect(renderToStaticMarkup(line)).toContain(">Stopped by Bo</span>");
  socket().says({ type: "error", code: "quota", message: "words for developers", hit: { limit: "address_runs", amount: 60, unit: "per-minute" } });
  expect(session.snapshot().notice).toBe("Not now: too many runs from this address, which may make 60 a minute. Wait a little.");
  session.stop();
});

test("the key goes to the server, and the id comes from it", () => {
  const { session, socket } = page();
  socket().open();
  const hello = JSON.parse(socket().sent[0]!) as { key: string; person: string; client?: string };
  expect(hello.key).toMatch(/^[0-9a-f]{32}$/);
  expect(hello.key).not.toBe(hello.person);
  expect(hello.client).toBeUndefined();
  socket().says(welcome);
  expect(session.snapshot().me.client).toBe("p.i");
  session.stop();
});
