// A WebSocket that comes back. It knows nothing of what it carries.

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
const firstDelay = 250;
const maxDelay = 10_000;
/** A connection that lasted this long was a good one: the next wait is short again. */
const goodAfter = 5_000;

export class Connection {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private openedAt = 0;
  private ended = false;

  constructor(
    private readonly url: string,
    private readonly handlers: Handlers,
    private readonly make: (url: string) => WebSocket = (u) => new WebSocket(u),
  ) {}

  start(): void {
    this.ended = false;
    this.connect();
  }

  send(data: string): boolean {
    if (this.socket?.readyState !== open) return false;
    this.socket.send(data);
    return true;
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
    const socket = this.socket;
    if (socket) {
      this.detach(socket);
      socket.close();
    }
  }

  private detach(socket: WebSocket): void {
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    this.socket = null;
  }

  private connect(): void {
    const socket = this.make(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.openedAt = Date.now();
      this.handlers.open();
    };
    socket.onmessage = (e) => this.handlers.message(String(e.data));
    socket.onclose = (e) => {
      this.detach(socket);
      this.lost(e.reason);
    };
  }

  private lost(reason: string): void {
    if (this.ended) return;
    if (finalReasons.has(reason)) {
      this.ended = true;
      this.handlers.closed({ kind: "final", reason });
      return;
    }
    if (this.openedAt && Date.now() - this.openedAt > goodAfter) this.attempts = 0;
    this.openedAt = 0;
    if (reason === "busy") this.attempts = Math.max(this.attempts, 4);
    const most = Math.min(maxDelay, firstDelay * 2 ** this.attempts++);
    const delay = most / 2 + (Math.random() * most) / 2; // so that a thousand tabs do not come back as one
    this.handlers.closed({ kind: "retry", reason, delay });
    this.timer = setTimeout(() => this.connect(), delay);
  }
}
