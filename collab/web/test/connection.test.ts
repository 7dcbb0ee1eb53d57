// How the page notices that its connection is dead, and does not mistake a slow line
// for a dead one.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Connection, type Ending } from "../src/collab/connection";

class Socket {
  readyState = 0;
  bufferedAmount = 0;
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onclose: ((e: { reason: string }) => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  says(data: string): void {
    this.onmessage?.({ data });
  }
}

const ping = '{"type":"ping"}';
const pong = '{"type":"pong"}';

/** A window and a document that tell of what happens. */
const page = new EventTarget();
const opened: Connection[] = [];

function connected() {
  const sockets: Socket[] = [];
  const got: string[] = [];
  const connection = new Connection("ws://x", { open() {}, message: (m) => void got.push(m), closed() {} }, () => {
    const s = new Socket();
    sockets.push(s);
    return s as unknown as WebSocket;
  });
  connection.start();
  opened.push(connection);
  const first = sockets[0]!;
  first.opens();
  return { connection, sockets, first, got };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
});
afterEach(() => {
  for (const c of opened.splice(0)) c.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Lets time pass, with something that happens every second. */
function pass(seconds: number, each: (second: number) => void = () => {}): void {
  for (let i = 0; i < seconds; i++) {
    vi.advanceTimersByTime(1000);
    each(i);
  }
}

describe("a connection", () => {
  test("on which nothing comes is dropped within 30 s, and another is tried", () => {
    const { sockets, first } = connected();
    pass(20);
    expect(first.closed).toBe(false);
    pass(10);
    expect(first.closed).toBe(true);
    expect(sockets).toHaveLength(2);
  });

  test("that is pinged stays, and answers", () => {
    const { sockets, first, got } = connected();
    pass(3600, (s) => s % 8 === 0 && first.says(ping));
    expect(sockets).toHaveLength(1);
    expect(first.sent.filter((m) => m === pong).length).toBeGreaterThan(400);
    expect(got).toEqual([]);
  });

  test("that does not open is given up", () => {
    const sockets: Socket[] = [];
    const c = new Connection("ws://x", { open() {}, message() {}, closed() {} }, () => {
      sockets.push(new Socket());
      return sockets.at(-1) as unknown as WebSocket;
    });
    opened.push(c);
    c.start();
    pass(25);
    expect(sockets.length).toBeGreaterThan(1);
  });

  test("on which a long message comes in parts stays, and the server hears of it", () => {
    const { sockets, first, got } = connected();
    pass(200, () => first.says("+" + "x".repeat(10)));
    first.says(ping);
    first.says("=y");
    expect(got).toEqual(["x".repeat(2000) + "y"]);
    expect(sockets).toHaveLength(1);
    expect(first.sent.filter((m) => m === pong).length).toBeGreaterThan(20);
  });

  test("loses the parts of what did not arrive whole", () => {
    const { sockets, first, got } = connected();
    first.says('+{"half"');
    vi.setSystemTime(Date.now());
    first.onclose?.({ reason: "" });
    pass(5);
    sockets[1]!.opens();
    sockets[1]!.says("+{}");
    sockets[1]!.says("= ");
    expect(got).toEqual(["{} "]);
  });

  test("that carries a large paste on a slow line stays, whoever looks at the page", () => {
    const { connection, sockets, first } = connected();
    first.bufferedAmount = 1_000_000;
    connection.send("x".repeat(1_000_000));
    pass(60, (s) => {
      first.bufferedAmount -= 16_000;
      if (s % 5 === 0) page.dispatchEvent(new Event("focus"));
    });
    expect(sockets).toHaveLength(1);
    // The system has taken the rest; the server answers.
    first.bufferedAmount = 0;
    pass(30, (s) => {
      if (s % 8 === 0) first.says(ping);
      if (s % 5 === 0) page.dispatchEvent(new Event("focus"));
    });
    expect(sockets).toHaveLength(1);
  });

  test("that takes nothing of what is to be sent is dead", () => {
    const { connection, sockets, first } = connected();
    first.bufferedAmount = 1_000_000;
    connection.send("x".repeat(1_000_000));
    pass(30);
    expect(sockets.length).toBeGreaterThan(1);
  });

  test.each(["online", "focus", "pageshow", "visibilitychange", "resume"])("is doubted at %s: without an answer it is dropped at once", (event) => {
    const { sockets, first } = connected();
    pass(5);
    page.dispatchEvent(new Event(event));
    expect(first.sent).toEqual([ping]);
    pass(4);
    expect(sockets).toHaveLength(2);
  });

  test("that answers a doubt stays", () => {
    const { sockets, first } = connected();
    page.dispatchEvent(new Event("focus"));
    first.says(pong);
    pass(10);
    expect(sockets).toHaveLength(1);
  });

  test("is doubted when the machine wakes; what came meanwhile counts", () => {
    for (const alive of [true, false]) {
      const { sockets, first } = connected();
      pass(5);
      vi.setSystemTime(Date.now() + 3_600_000);
      vi.advanceTimersByTime(4000);
      expect(first.closed, "dropped before what came is read").toBe(false);
      expect(first.sent).toEqual([ping]);
      if (alive) first.says(pong);
      pass(5);
      expect(sockets).toHaveLength(alive ? 1 : 2);
    }
  });

  test("that is lost is tried at once when there is a network again", () => {
    const { sockets, first } = connected();
    for (let i = 0; i < 8; i++) {
      sockets.at(-1)!.onclose?.({ reason: "" });
      pass(10);
    }
    sockets.at(-1)!.onclose?.({ reason: "" });
    const n = sockets.length;
    page.dispatchEvent(new Event("online"));
    expect(sockets).toHaveLength(n + 1);
    expect(first.sent).toEqual([]);
  });

  /** Lets time pass for a page whose connections end at once, and returns when it lost each and how long it waited then. */
  function refused(reason: string, seconds: number): { at: number; delay: number }[] {
    const tries: { at: number; delay: number }[] = [];
    const began = Date.now();
    const closed = (e: Ending) => {
      if (e.kind === "retry") tries.push({ at: Date.now() - began, delay: e.delay });
    };
    const c = new Connection("ws://x", { open() {}, message() {}, closed }, () => {
      const s = new Socket();
      setTimeout(() => s.onclose?.({ reason }), 1);
      return s as unknown as WebSocket;
    });
    opened.push(c);
    c.start();
    pass(seconds);
    return tries;
  }

  test("that is lost is tried about every second for 10 s, and more rarely after that", () => {
    const tries = refused("", 300);
    for (const { at, delay } of tries) expect(delay, `after ${at} ms`).toBeLessThanOrEqual(Math.min(10_000, Math.max(1000, at / 10)));
    expect(tries[0]!.delay).toBeLessThanOrEqual(250);
    expect(tries.filter(({ at }) => at < 10_000).length).toBeLessThan(25);
    for (const { at, delay } of tries.filter(({ at }) => at >= 100_000)) expect(delay, `after ${at} ms`).toBeGreaterThanOrEqual(5000);
  });

  test("that a full server ends is not tried again soon", () => {
    for (const { at, delay } of refused("busy", 60)) expect(delay, `after ${at} ms`).toBeGreaterThanOrEqual(2000);
  });

  test("whose links lead to each other follows a few at once, and then waits as after a loss", () => {
    const began = Date.now();
    const tries: { at: number; url: string }[] = [];
    const delays: number[] = [];
    const c = new Connection("ws://a", { open() {}, message: (url) => c.follow(url), closed: (e) => void (e.kind === "retry" && delays.push(e.delay)) }, (url) => {
      tries.push({ at: Date.now() - began, url });
      const s = new Socket();
      setTimeout(() => {
        s.opens();
        s.says(url === "ws://a" ? "ws://b" : "ws://a");
        s.onclose?.({ reason: "gone" });
      }, 1);
      return s as unknown as WebSocket;
    });
    opened.push(c);
    c.start();
    pass(60);
    expect(tries.slice(0, 4).map((t) => t.url)).toEqual(["ws://a", "ws://b", "ws://a", "ws://b"]);
    expect(delays.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(Math.min(...delays.slice(5))).toBeGreaterThanOrEqual(125);
    expect(tries.filter(({ at }) => at < 10_000).length).toBeLessThan(30);
    expect(Math.min(...delays.slice(-3))).toBeGreaterThanOrEqual(2000);
  });

  test("that was good follows other links at once again", () => {
    const delays: number[] = [];
    const sockets: Socket[] = [];
    const c = new Connection("ws://0", { open() {}, message: (url) => c.follow(url), closed: (e) => void (e.kind === "retry" && delays.push(e.delay)) }, () => {
      const s = new Socket();
      sockets.push(s);
      return s as unknown as WebSocket;
    });
    opened.push(c);
    c.start();
    for (let n = 1; n <= 12; n++) {
      const s = sockets.at(-1)!;
      s.opens();
      pass(6);
      s.says(`ws://${n}`);
      s.onclose?.({ reason: "gone" });
    }
    expect(delays).toEqual(Array(12).fill(0));
  });
});
