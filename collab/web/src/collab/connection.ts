// A WebSocket that comes back, and notices when the other side is gone. It knows
// nothing of what it carries but pings, pongs and the parts of a long message.

export type Ending =
  | { kind: "retry"; reason: string; delay: number } // gone for now; tried again after delay ms
  | { kind: "final"; reason: string }; // gone for good

export interface Handlers {
  open(): void;
  message(data: string): void;
  closed(ending: Ending): void;
}

/** Reasons, in a close frame, after which coming back would change nothing. */
const finalReasons = new Set(["gone", "replaced", "too-old", "forbidden"]);

/** WebSocket.OPEN, also where there is no WebSocket. */
const open = 1;
// The longest wait before another attempt doubles from firstDelay to soonDelay, so that the
// sessions of a killed node are back within seconds. After ten seconds without a good
// connection it is a tenth of that time, up to maxDelay. After "busy" it starts at 4 s and
// doubles.
const firstDelay = 250;
const soonDelay = 1_000;
const maxDelay = 10_000;
/** A connection that lasted this long was a good one: the next wait is short again. */
const goodAfter = 5_000;
/** How many times other links are followed without a delay, until there is a good connection again: links may lead to each other. */
const mostFollows = 5;

const ping = '{"type":"ping"}';
const pong = '{"type":"pong"}';
/** Marks of the parts of a long message; see collab/wire/parts.go. */
const morePart = "+";
const lastPart = "=";

/** The server sends something at least this often, and so does the page where anything comes. */
const pingEvery = 8_000;
/** When no byte has moved for this long, the connection is dead. */
const deadAfter = 24_000;
/** How long opening a connection may take. */
const openWait = 15_000;
/** How often the clock is looked at. A look that comes late means that the machine has slept. */
const lookEvery = 4_000;
/** How long the answer to a ping may take when there is reason to doubt, on a line that is free. */
const doubt = 3_000;
/** Bytes per second of the slowest line that a doubt allows for. */
const slowest = 8_000;

export class Connection {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private openedAt = 0;
  private lostAt = 0; // when the last good connection ended, or the page began
  private ended = false;
  private next = ""; // another address of the session
  private follows = 0; // since the last good connection

  private moved = 0; // when a byte last moved, in either direction, as far as one can see
  private spoke = 0; // when something was last sent
  private buffered = 0; // what the socket had not sent at the last look
  private debt = 0; // bytes that may still be on a slow line, at the time spoke
  private looks: ReturnType<typeof setInterval> | undefined;
  private looked = 0;
  private doubts: ReturnType<typeof setTimeout> | undefined;
  private parts: string[] = [];

  constructor(
    private url: string,
    private readonly handlers: Handlers,
    private readonly make: (url: string) => WebSocket = (u) => new WebSocket(u),
  ) {}

  start(): void {
    this.ended = false;
    for (const [target, events] of this.hints()) for (const e of events) target?.addEventListener?.(e, this.hint);
    globalThis.addEventListener?.("offline", this.offline);
    this.looked = this.lostAt = Date.now();
    clearInterval(this.looks);
    this.looks = setInterval(() => this.look(), lookEvery);
    this.connect();
  }

  send(data: string): boolean {
    const socket = this.socket;
    if (socket?.readyState !== open) return false;
    const now = Date.now();
    this.debt = this.onTheWay(now) + data.length;
    this.spoke = now;
    socket.send(data);
    return true;
  }

  /** Goes on at another address, as soon as the session is gone from this one. */
  follow(url: string): void {
    if (url === this.url) return;
    this.next = url;
    if (!this.ended) return;
    this.goOn();
    this.attempts = this.follows = 0;
    this.start();
  }

  private goOn(): void {
    this.url = this.next;
    this.next = "";
  }

  /** Tries at once, if nothing is open or under way. */
  retryNow(): void {
    if (this.socket || this.ended) return;
    clearTimeout(this.timer);
    this.connect();
  }

  /** Drops a connection that seems dead; a new one is tried. */
  drop(): void {
    const socket = this.socket;
    if (!socket) return;
    this.detach(socket);
    socket.close();
    this.lost("");
  }

  stop(): void {
    this.ended = true;
    clearTimeout(this.timer);
    clearInterval(this.looks);
    for (const [target, events] of this.hints()) for (const e of events) target?.removeEventListener?.(e, this.hint);
    globalThis.removeEventListener?.("offline", this.offline);
    const socket = this.socket;
    if (socket) {
      this.detach(socket);
      socket.close();
    }
  }

  private readonly offline = () => this.drop();
  /** The user is back at the page, or the machine is back on a network. */
  private readonly hint = () => {
    if (!this.socket) this.retryNow();
    else this.check();
  };

  private hints(): [EventTarget | undefined, string[]][] {
    return [
      [globalThis as unknown as EventTarget, ["online", "focus", "pageshow"]],
      [typeof document === "undefined" ? undefined : document, ["visibilitychange", "resume"]],
    ];
  }

  private detach(socket: WebSocket): void {
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    this.socket = null;
    this.parts = [];
    clearTimeout(this.doubts);
    this.doubts = undefined;
  }

  private connect(): void {
    const socket = this.make(this.url);
    this.socket = socket;
    this.moved = Date.now();
    this.buffered = this.debt = 0;
    socket.onopen = () => {
      this.openedAt = this.moved = Date.now();
      this.handlers.open();
    };
    socket.onmessage = (e) => this.came(String(e.data));
    socket.onclose = (e) => {
      this.detach(socket);
      this.lost(e.reason);
    };
  }

  private came(data: string): void {
    const now = Date.now();
    this.moved = now;
    clearTimeout(this.doubts);
    this.doubts = undefined;
    if (data === ping) return void this.send(pong);
    // So that the server hears something while a long answer is on the way to here.
    if (now - this.spoke >= pingEvery) this.send(pong);
    if (data === pong) return;
    if (data[0] === morePart || data[0] === lastPart) {
      this.parts.push(data.slice(1));
      if (data[0] === morePart) return;
      data = this.parts.join("");
      this.parts = [];
    }
    this.handlers.message(data);
  }

  /** Looks at the clock, and at what has left. */
  private look(): void {
    const now = Date.now();
    const slept = now - this.looked >= 2 * lookEvery;
    this.looked = now;
    const socket = this.socket;
    if (!socket) return;
    const left = socket.bufferedAmount < this.buffered;
    this.buffered = socket.bufferedAmount;
    if (left) this.moved = now;
    // Messages that came meanwhile may still be queued after this call.
    if (slept) return this.check();
    if (now - this.moved >= (socket.readyState === open ? deadAfter : openWait)) this.drop();
  }

  /**
   * Asks for a sign of life. When nothing comes in a moment, or in what the line may
   * need for what was sent before, the connection is dropped.
   */
  private check(): void {
    if (this.doubts || this.socket?.readyState !== open) return;
    const patience = doubt + (this.onTheWay(Date.now()) / slowest) * 1000;
    this.send(ping);
    this.doubts = setTimeout(() => {
      this.doubts = undefined;
      this.drop();
    }, patience);
  }

  /** How much of what was sent a slow line may still have to carry. */
  private onTheWay(now: number): number {
    return Math.max(0, this.debt - ((now - this.spoke) / 1000) * slowest);
  }

  private lost(reason: string): void {
    if (this.ended) return;
    const now = Date.now();
    if (this.openedAt && now - this.openedAt > goodAfter) {
      this.attempts = this.follows = 0;
      this.lostAt = now;
    }
    this.openedAt = 0;
    if (reason === "gone" && this.next) {
      this.goOn();
      if (++this.follows <= mostFollows) {
        this.attempts = 0;
        this.handlers.closed({ kind: "retry", reason, delay: 0 });
        return this.connect();
      }
    } else if (finalReasons.has(reason)) {
      this.ended = true;
      this.handlers.closed({ kind: "final", reason });
      return;
    }
    const full = reason === "busy";
    if (full) this.attempts = Math.max(this.attempts, 4);
    const patience = full ? maxDelay : Math.max(soonDelay, (now - this.lostAt) / 10);
    const most = Math.min(firstDelay * 2 ** this.attempts++, patience, maxDelay);
    const delay = most / 2 + (Math.random() * most) / 2; // so that a thousand tabs do not come back as one
    this.handlers.closed({ kind: "retry", reason, delay });
    this.timer = setTimeout(() => this.connect(), delay);
  }
}
