// The messages of a session but pings and pongs, as collab/wire/message.go defines them. Lengths and
// positions are UTF-16 code units; bytes are base64.

export const protocolVersion = 3;

/** [anchor, head] of one selected range. */
export type Range = [number, number];

/** A ChangeSet as @codemirror/state writes it. */
export type ChangesJSON = readonly unknown[];

export interface Member {
  client: string;
  name?: string;
  cursor?: Range[];
}

export interface EntryMsg {
  version: number;
  client: string;
  seq: number;
  changes: ChangesJSON;
  cursor?: Range[];
}

export interface RunStarted {
  run: string;
  by: string;
  name?: string;
  version: number;
  options?: RunOptions;
}

export interface RunOutput {
  run: string;
  stream: string; // "compiler", "stdout", "stderr"; "stdin" in what is kept of a run
  offset: number;
  data: string;
  /** Of stdin: who typed it, and whether the input ended with it. */
  by?: string;
  eof?: boolean;
}

export interface RunInput {
  run: string;
  by: string;
  offset: number;
  data?: string;
  eof?: boolean;
}

export interface RunEnded {
  run: string;
  verdict: string;
  stopped?: string;
  detail?: RunDetail;
}

/** A part of the text, which may be empty. */
export interface Part {
  from: number;
  to: number;
}

/** What the compiler says of the text that ran. */
export interface Diagnostic {
  level: string; // "error", "warning", "note", "help"
  code?: string; // as E0308, or the lint's name
  message: string;
  spans: (Part & { primary?: boolean; label?: string })[];
  notes?: { level: string; message: string }[];
  suggestions?: Suggestion[];
}

/** A change that the compiler proposes: all of its edits, or none. */
export interface Suggestion {
  message: string;
  /** Whether the compiler is sure; others are to be read. */
  applicable?: boolean;
  edits: (Part & { insert: string })[];
}

export interface RunDiagnostics {
  run: string;
  epoch: string;
  /** Of the text that positions belong to. */
  version: number;
  list: Diagnostic[];
}

export interface RunState extends RunStarted {
  stage?: string;
  /** For input; while it runs. */
  waiting?: boolean;
  output?: RunOutput[];
  verdict?: string;
  stopped?: string;
  detail?: RunDetail;
  /** In a welcome, at its version. */
  diagnostics?: RunDiagnostics;
}

/** A run that is on record, as the REST interface gives it; in a list without output and source. */
export interface PastRun extends RunState {
  started: string;
  ended?: string;
  /** The text that ran; absent also where it was not kept. */
  source?: string;
}

/** What people have chosen for the whole session, by name. */
export type Settings = Readonly<Record<string, string>>;

/** What a run is asked to be; cmd/corust reads it. */
export interface RunOptions {
  action?: Action;
  mode?: Mode;
  edition?: Edition;
}
export type Action = "run" | "test" | "check" | "clippy" | "fmt";
export type Mode = "debug" | "release";
export type Edition = "2015" | "2018" | "2021" | "2024";

/** How a run ended, beyond its verdict; cmd/corust writes it. */
export interface RunDetail {
  message?: string;
  exit_code?: number;
  stages?: { name: string; wall_ms: number; cpu_ms: number; peak_memory_bytes: number }[];
  queued_ms?: number;
}

export interface Hello {
  type: "hello";
  protocol: number;
  /** The editor instance's secret, and the person's; others see ids made of them. */
  key: string;
  person?: string;
  name?: string;
  epoch?: string;
  version?: number;
  seq?: number;
}
export interface Push {
  type: "push";
  epoch: string;
  version: number;
  seq: number;
  changes: ChangesJSON;
  cursor?: Range[];
}
export type ClientMessage =
  | Hello
  | Push
  | { type: "cursor"; epoch: string; version: number; cursor: Range[] }
  | { type: "settings"; settings: Settings }
  | { type: "run"; options?: RunOptions }
  | { type: "stdin"; run: string; data?: string; eof?: boolean }
  | { type: "stop"; run: string };

/** What the session accepts. */
export interface Limits {
  /** UTF-16 units of the text. */
  text: number;
  /** Sections in one change. */
  parts: number;
  /** Ranges in one selection. */
  ranges: number;
  /** UTF-16 units of a name. */
  name: number;
  /** Bytes of one message. */
  message: number;
  /** Connections at once. */
  members: number;
  /** Bytes that people may type into one run. */
  stdin: number;
}

export interface Welcome {
  type: "welcome";
  protocol: number;
  /** The receiver's id, as all others know it. */
  client: string;
  epoch: string;
  version: number;
  ackedSeq: number;
  text?: string;
  entries?: EntryMsg[];
  members: Member[];
  limits?: Limits;
  settings?: Settings;
  run?: RunState;
}
export interface ErrorMsg {
  type: "error";
  code: string;
  message: string;
  seq?: number;
}
export type ServerMessage =
  | Welcome
  | ({ type: "entry" } & EntryMsg)
  | { type: "ack"; version: number; seq: number }
  | ({ type: "member" } & Member)
  | { type: "leave"; client: string }
  | { type: "cursor"; client: string; version: number; cursor: Range[] }
  | { type: "settings"; by: string; settings: Settings }
  | ({ type: "run" } & RunStarted)
  | { type: "stage"; run: string; stage: string }
  | { type: "waiting"; run: string; waiting: boolean }
  | ({ type: "output" } & RunOutput)
  | ({ type: "input" } & RunInput)
  | ({ type: "diagnostics" } & RunDiagnostics)
  | ({ type: "end" } & RunEnded)
  | ErrorMsg;
