// The current or last run, put together from messages: every byte once, in the
// order of its stream, at whatever time a member joins.

import type { Diagnostic, PastRun, Product, RunDetail, RunOptions, RunOutput, RunStarted, RunState, ServerMessage, Stage, Stream, Test, Verdict } from "../collab/wire.gen";

export interface Chunk {
  stream: Stream | "note"; // "stdin" for typed input, "note" for the page's notes
  text: string;
  by?: string;
}

export interface Run {
  id: string;
  by: string;
  name: string;
  version: number;
  options: RunOptions;
  stage: Stage | "";
  /** In the queue, 1 for the next; while it is queued. */
  position: number;
  chunks: readonly Chunk[];
  ended: boolean;
  /** The program waits for input. */
  waiting: boolean;
  verdict: Verdict | "";
  stopped: string;
  inputClosed: boolean;
  detail: RunDetail;
  /** Their positions are those of the text of Session.diagnosed. */
  diagnostics: readonly Diagnostic[];
  /** What it made besides output; the contents are requested when they are shown. */
  products: readonly Product[];
  tests: readonly Test[];
}

const none: readonly Diagnostic[] = [];

interface Received {
  have: number;
  decoder: TextDecoder;
}

export class Runs {
  current: Run | null = null;
  private streams = new Map<string, Received>();

  /** How many bytes have been typed into the run. */
  get typed(): number {
    return this.streams.get("stdin")?.have ?? 0;
  }

  /** Takes a message; reports whether the run has changed. */
  receive(m: ServerMessage): boolean {
    switch (m.type) {
      case "welcome":
        return this.welcome(m.run);
      case "run":
        this.begin(m);
        return true;
      case "stage":
        return this.update(m.run, { stage: m.stage, position: m.position ?? 0 });
      case "waiting":
        return this.update(m.run, { waiting: m.waiting });
      case "output":
        return this.output(m);
      case "input":
        return this.output({ ...m, stream: "stdin", data: m.data ?? "" });
      case "diagnostics":
        return this.update(m.run, { diagnostics: m.list });
      case "product": {
        const { type: _, run, ...product } = m;
        return this.update(run, { products: this.with(product) });
      }
      case "test": {
        const { type: _, run, ...test } = m;
        return this.update(run, { tests: [...(this.current?.tests ?? []), test] });
      }
      case "end":
        return this.update(m.run, { ended: true, waiting: false, verdict: m.verdict, stopped: m.stopped ?? "", detail: m.detail ?? {} });
      default:
        return false;
    }
  }

  /** The run's products with one more; it may have been announced before. */
  private with(p: Product): readonly Product[] {
    const have = this.current?.products ?? [];
    return have.some((q) => q.name === p.name) ? have : [...have, p];
  }

  private update(run: string, fields: Partial<Run>): boolean {
    if (this.current?.id !== run) return false;
    this.current = { ...this.current, ...fields };
    return true;
  }

  private begin(m: RunStarted): void {
    this.streams = new Map();
    this.current = {
      id: m.run, by: m.by, name: m.name ?? "", version: m.version, options: m.options ?? {},
      stage: "", position: 0, chunks: [], ended: false, waiting: false, verdict: "", stopped: "", inputClosed: false, detail: {}, diagnostics: none, products: [], tests: [],
    };
  }

  /** After a reconnect, what was there stays and only what was missed is added. */
  private welcome(state: RunState | undefined): boolean {
    if (!state) {
      const had = this.current !== null;
      this.current = null;
      return had;
    }
    if (this.current?.id !== state.run) this.begin(state);
    for (const o of state.output ?? []) this.output(o);
    this.update(state.run, {
      stage: state.stage ?? "",
      position: state.position ?? 0,
      ended: Boolean(state.verdict),
      waiting: Boolean(state.waiting) && !state.verdict,
      verdict: state.verdict ?? "",
      stopped: state.stopped ?? "",
      detail: state.detail ?? {},
      products: state.products ?? [],
      tests: state.tests ?? [],
      ...(state.diagnostics && !this.current?.diagnostics.length && { diagnostics: state.diagnostics.list }),
    });
    return true;
  }

  private output(m: RunOutput): boolean {
    const r = this.current;
    if (!r || r.id !== m.run) return false;
    let s = this.streams.get(m.stream);
    if (!s) this.streams.set(m.stream, (s = { have: 0, decoder: new TextDecoder() }));
    let data = fromBase64(m.data);
    let { chunks } = r;
    if (m.offset < s.have) data = data.subarray(s.have - m.offset);
    else if (m.offset > s.have) chunks = [...chunks, { stream: "note", text: `[${m.offset - s.have} bytes of ${m.stream} are not kept]\n` }];
    const ends = Boolean(m.eof) && !r.inputClosed;
    if (data.length === 0 && !ends) return false;
    s.have = Math.max(m.offset, s.have) + data.length;
    const text = s.decoder.decode(data, { stream: true });
    if (m.stream === "stdin") chunks = [...chunks, { stream: "stdin", text: text || "(end of input)\n", by: m.by ?? "" }];
    else chunks = join(chunks, { stream: m.stream, text });
    this.current = { ...r, chunks, inputClosed: r.inputClosed || ends };
    return true;
  }
}

/** A run that is on record, as if it had been watched. */
export function runOf(past: PastRun): Run {
  const runs = new Runs();
  runs.receive({ type: "welcome", protocol: 0, client: "", epoch: "", version: 0, acked_seq: 0, members: [], run: past });
  return runs.current!;
}

/** Longest chunk that still grows: many small pieces become few. */
const maxChunk = 8192;

function join(chunks: readonly Chunk[], c: Chunk): readonly Chunk[] {
  const last = chunks[chunks.length - 1];
  if (last && last.stream === c.stream && last.text.length < maxChunk) return [...chunks.slice(0, -1), { ...last, text: last.text + c.text }];
  return [...chunks, c];
}

function fromBase64(data: string): Uint8Array {
  return Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
}

export function toBase64(text: string | Uint8Array): string {
  let binary = "";
  for (const b of typeof text === "string" ? new TextEncoder().encode(text) : text) binary += String.fromCharCode(b);
  return btoa(binary);
}
