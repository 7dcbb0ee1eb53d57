// The client against a real corust serve over real sockets. CORUST names the
// binary; without it these tests are skipped with that reason.

import { ChangeSet, Text } from "@codemirror/state";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { Client } from "../src/collab/client";
import { newKey } from "../src/collab/person";
import { type ServerMessage, protocolVersion } from "../src/collab/wire.gen";
import { random, seeds } from "./random";

const corust = process.env["CORUST"];
let url = "";
let server: ChildProcess | undefined;
let dir = "";

beforeAll(async () => {
  if (!corust) return;
  dir = mkdtempSync(join(tmpdir(), "corust-live-"));
  server = spawn(corust, ["serve", "--listen", "127.0.0.1:0", "--database", join(dir, "sessions.db")], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, CORUST_SERVE_ADDRESS_SESSIONS: "1000000", CORUST_SERVE_ADDRESS_REQUESTS: "1000000", CORUST_SERVE_ADDRESS_BYTES: "1000GiB", CORUST_SERVE_MESSAGE_RATE: "100000", CORUST_POOL_WARM: "0" },
  });
  url = await new Promise((resolve, reject) => {
    let log = "";
    server!.stderr!.on("data", (d) => {
      log += String(d);
      const m = /listening on (http:\S+)\//.exec(log);
      if (m) resolve(m[1]!);
    });
    server!.once("exit", () => reject(new Error(`corust serve ended: ${log}`)));
  });
}, 30_000);

afterAll(async () => {
  if (server?.exitCode === null) {
    const ended = new Promise((r) => server!.once("exit", r));
    server.kill("SIGTERM");
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
});

/** An editor on a real socket that is lost now and then. */
class Site {
  shown = Text.empty;
  private socket: WebSocket | null = null;
  constructor(
    readonly client: Client,
    private readonly address: string,
  ) {}
  connect(): void {
    if (this.socket) return;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.on("open", () => socket.send(JSON.stringify(this.client.hello())));
    socket.on("message", (data) => {
      const m = JSON.parse(String(data)) as ServerMessage | { type: "ping" };
      if (this.socket === socket && m.type !== "ping") this.receive(m);
    });
    socket.on("close", () => {
      if (this.socket === socket) this.disconnect();
    });
    socket.on("error", () => {});
  }
  disconnect(): void {
    this.socket?.terminate();
    this.socket = null;
    this.client.disconnect();
  }
  receive(m: ServerMessage): void {
    try {
      for (const c of this.client.receive(m).changes) this.shown = c.changes!.apply(this.shown);
    } catch {
      this.socket?.send(JSON.stringify(this.client.hello()));
    }
    this.flush();
  }
  edit(changes: ChangeSet): void {
    this.client.edit(changes);
    this.shown = changes.apply(this.shown);
    this.flush();
  }
  flush(): void {
    for (let m = this.client.next(); m; m = this.client.next()) if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(m));
  }
}

const turn = () => new Promise((r) => setImmediate(r));

async function until(what: string, test: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await test()); await turn()) if (Date.now() > end) throw new Error(`never: ${what}`);
}

test.skipIf(!corust)(
  "converges with a real server over seeded schedules with disconnects (skipped unless CORUST names the binary)",
  async () => {
    for (const seed of seeds(2000, "LIVE_SCHEDULES")) {
      const rnd = random(seed);
      const int = (n: number) => Math.floor(rnd() * n);
      const res = await fetch(`${url}/api/v1/sessions`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ source: "fn main() {}\n" }) });
      const made = (await res.json()) as { token: string; edit: string };
      const address = `${url.replace("http", "ws")}${made.edit}/socket?protocol=${protocolVersion}`;
      const sites = Array.from({ length: 2 + int(2) }, () => new Site(new Client(newKey()), address));
      for (const s of sites) s.connect();
      await until("all have joined", () => sites.every((s) => s.client.live));
      for (let step = 0; step < 40; step++) {
        const s = sites[int(sites.length)]!;
        if (int(12) === 0) s.disconnect();
        else if (int(6) === 0) s.connect();
        else if (int(5) === 0) for (let n = int(4); n >= 0; n--) await turn();
        else {
          const n = s.client.text.length;
          const from = int(n + 1);
          const to = Math.min(n, from + (rnd() < 0.4 ? int(4) : 0));
          s.edit(ChangeSet.of({ from, to, insert: Text.of(["a", "é", "\n", "xy", ""][int(5)]!.split("\n")) }, n));
        }
      }
      await until(`quiet, SEED=${seed}`, () => {
        for (const s of sites) s.connect();
        return sites.every((s) => s.client.live && s.client.synced) && new Set(sites.map((s) => s.client.version)).size === 1;
      });
      const text = await (await fetch(`${url}/api/v1/sessions/${made.token}/text`)).text();
      for (const s of sites) {
        expect(s.client.text.toString(), `SEED=${seed}`).toBe(text);
        expect(s.shown.toString(), `SEED=${seed}`).toBe(text);
        s.disconnect();
      }
    }
  },
  600_000,
);
