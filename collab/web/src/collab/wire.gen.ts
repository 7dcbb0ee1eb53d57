// Code generated from collab/wire by make generate. DO NOT EDIT.
//
// Lengths and positions are UTF-16 code units; bytes are base64; members that end in
// _ns are whole nanoseconds. docs/protocol.md says what each message means.

export const protocolVersion = 4;

export type ClientMessage =
  | ({ type: "hello" } & Hello)
  | ({ type: "push" } & PushMsg)
  | ({ type: "cursor" } & CursorMsg)
  | ({ type: "settings" } & SettingsMsg)
  | ({ type: "run" } & RunMsg)
  | ({ type: "stdin" } & StdinMsg)
  | ({ type: "stop" } & StopMsg)
  | ({ type: "ping" } & Ping)
  | ({ type: "pong" } & Pong);

export type ServerMessage =
  | ({ type: "welcome" } & Welcome)
  | ({ type: "entry" } & EntryMsg)
  | ({ type: "ack" } & AckMsg)
  | ({ type: "member" } & MemberMsg)
  | ({ type: "leave" } & LeaveMsg)
  | ({ type: "cursor" } & CursorOfMsg)
  | ({ type: "settings" } & SettingsOf)
  | ({ type: "run" } & RunStarted)
  | ({ type: "stage" } & RunStage)
  | ({ type: "waiting" } & RunWaiting)
  | ({ type: "output" } & RunOutput)
  | ({ type: "input" } & RunInput)
  | ({ type: "diagnostics" } & RunDiagnostics)
  | ({ type: "end" } & RunEnded)
  | ({ type: "error" } & ErrorMsg)
  | ({ type: "ping" } & Ping)
  | ({ type: "pong" } & Pong);

/** A change of a text as @codemirror/state writes it: a number keeps so many units, a list replaces as many as it begins with by its lines. */
export type ChangesJSON = (number | [number, ...string[]])[];

/** Level is how grave a message of the compiler is. */
export type Level = (typeof levels)[number];
export const levels = ["error", "warning", "note", "help", "failure-note"] as const;

/** Diagnostic is what a compiler says of the text that ran. Its words are the runner's, which the program may have forged: nothing is decided by them. */
export interface Diagnostic {
  level: Level;
  code?: string;
  message: string;
  /** Spans are what it is about; there is at least one. */
  spans: DiagnosticSpan[];
  notes?: DiagnosticNote[];
  suggestions?: Suggestion[];
}

/** DiagnosticSpan is a part of a file's text, which may be empty. */
export interface DiagnosticSpan {
  file?: FileID;
  from: number;
  to: number;
  primary?: boolean;
  label?: string;
}

/** DiagnosticNote is a remark that changes nothing. */
export interface DiagnosticNote {
  level: Level;
  message: string;
}

/** Suggestion is a change that the compiler proposes: all of its edits, which are in order and do not overlap, or none. Only one that is applicable may be offered to be applied; others are to be read. */
export interface Suggestion {
  message: string;
  applicable?: boolean;
  edits: SuggestedEdit[];
}

/** SuggestedEdit replaces a part of a file's text. */
export interface SuggestedEdit {
  file?: FileID;
  from: number;
  to: number;
  insert: string;
}

/** Code names an error: in an Error, as the reason of a close frame, and in a Problem. */
export type Code = (typeof codes)[number];
export const codes = ["stale", "future", "epoch", "too-large", "malformed", "no-file", "not-joined", "read-only", "running", "no-run", "quota", "busy", "resume", "gone", "replaced", "too-old", "internal", "not-found", "method", "forbidden", "host", "no-room", "unsaved", "format"] as const;

/** Problem is the body of every answer of the REST API that is not a success, as RFC 9457 has it. Title and Detail are English, for developers. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: Code;
  /** the limit that was met */
  hit?: Hit;
}

/** Key is a secret of 128 random bits, in 32 lower case hexadecimal digits: of one editor instance, or of a person, for all instances of theirs. It goes from the editor to the server and nowhere else; the others know its hash, the ClientID, and cannot say hello with that. */
export type Key = string;

/** Epoch names one history of a session. Versions of different epochs have nothing to do with each other. */
export type Epoch = string;

/** ClientID names one editor instance: two tabs of a person are two. */
export type ClientID = string;

/** Version counts the entries that lead to a text. */
export type Version = number;

/** Seq numbers the pushes of one client, from 1. */
export type Seq = number;

/** FileID names a file of a session; it survives renaming the file. */
export type FileID = number;

/** Limits bound what one session may hold and one message may ask for. A zero field stands for its default. Those with a JSON name are stated in the welcome: a client checks what it is about to send against them. A change of more parts or bytes than one push may have is split into several by both clients. */
export interface Limits {
  /** UTF-16 units of the text; 262,144 */
  text: number;
  /** sections in one change; 32,768 */
  parts: number;
  /** ranges in one selection; 64 */
  ranges: number;
  /** UTF-16 units of a name; 64 */
  name: number;
  /** bytes of one message; 2 MiB */
  message: number;
  /** connections at once; 256 */
  members: number;
  /** bytes that people may type into one run; 1 MiB */
  stdin: number;
}

/** Hello joins a session, comes back to it, or asks to be synchronised again. */
export interface Hello {
  protocol: number;
  /** Key makes the client's id, and Person what is common to the ids of one person; see ClientOf. */
  key: Key;
  person?: Key;
  name?: string;
  /** Epoch, Version and Seq say where the client left off: what it has received, and the seq of the last push that it sent. A new client leaves them out. */
  epoch?: Epoch;
  version?: Version;
  seq?: Seq;
}

/** PushMsg offers a change of the text at Version. A client has one push under way at a time, and repeats it under the same seq until it is acknowledged. */
export interface PushMsg {
  epoch: Epoch;
  version: Version;
  seq: Seq;
  file?: FileID;
  changes: ChangesJSON;
  /** after the change */
  cursor?: Selection;
}

/** CursorMsg tells where the client's selection is in the text at Version. It is sent when nothing is pushed or buffered; otherwise the push carries it. */
export interface CursorMsg {
  epoch: Epoch;
  version: Version;
  file?: FileID;
  cursor: Selection;
}

/** SettingsMsg changes settings of the session. An empty value removes its name; names that are not there stay as they are. */
export interface SettingsMsg {
  settings: Settings;
}

/** RunMsg starts a run of the session's text. */
export interface RunMsg {
  options?: RunOptions;
}

/** StdinMsg types into the program; EOF closes its standard input behind Data. */
export interface StdinMsg {
  run: string;
  /** base64 in JSON */
  data?: string;
  eof?: boolean;
}

/** StopMsg ends the run. */
export interface StopMsg {
  run: string;
}

/** Ping asks the other side for a Pong, and Pong answers. They show that a connection is alive; a session never sees them. */
export type Ping = object;

/** Pong answers a Ping. */
export type Pong = object;

/** Welcome answers a Hello. It brings the client to Version: either with the entries behind the version that it named, or with the whole text. */
export interface Welcome {
  protocol: number;
  /** Client is the receiver's id, as all others know it. */
  client: ClientID;
  epoch: Epoch;
  version: Version;
  /** AckedSeq is the client's last push that is in the log. */
  acked_seq: Seq;
  /** the whole text, or */
  text?: string;
  /** the entries that the client has missed */
  entries?: EntryMsg[];
  members: Member[];
  /** what the session accepts */
  limits?: Limits;
  settings?: Settings;
  /** the current or last run */
  run?: RunState;
}

/** Member is somebody who is here, with a selection in the text at the version of the message that tells of it. */
export interface Member {
  client: ClientID;
  name?: string;
  /** that Cursor is in */
  file?: FileID;
  cursor?: Selection;
}

/** EntryMsg is one entry of the log: it leads from Version-1 to Version. */
export interface EntryMsg {
  version: Version;
  client: ClientID;
  seq: Seq;
  file?: FileID;
  changes: ChangesJSON;
  /** the author's, at Version */
  cursor?: Selection;
}

/** AckMsg says that the receiver's push is durable and is the entry that leads to Version. It stands in the stream where others get the entry. */
export interface AckMsg {
  version: Version;
  seq: Seq;
}

/** MemberMsg tells of somebody who came or changed a name. */
export interface MemberMsg {
  client: ClientID;
  name?: string;
  /** that Cursor is in */
  file?: FileID;
  cursor?: Selection;
}

/** LeaveMsg tells of somebody who went. */
export interface LeaveMsg {
  client: ClientID;
}

/** CursorOfMsg is another's selection in the text at Version. */
export interface CursorOfMsg {
  client: ClientID;
  version: Version;
  file?: FileID;
  cursor: Selection;
}

/** SettingsOf tells all settings of the session, after somebody's change. */
export interface SettingsOf {
  by: ClientID;
  settings: Settings;
}

/** RunStarted tells that somebody has started a run of the text at Version. */
export interface RunStarted {
  run: string;
  by: ClientID;
  name?: string;
  version: Version;
  options?: RunOptions;
}

/** RunStage tells what the run does now. */
export interface RunStage {
  run: string;
  stage: Stage;
  /** Position is the place in the queue, 1 for the next; with the stage "queued". */
  position?: number;
}

/** RunWaiting tells that the program has begun, or ceased, to wait for input. The end of the run ends it, too. */
export interface RunWaiting {
  run: string;
  waiting: boolean;
}

/** RunOutput is a piece of a stream. Offset counts the stream's bytes before Data, and is the same for everyone. Data is bytes, base64 in JSON: it need not be valid UTF-8, and a character may be split over two pieces. */
export interface RunOutput {
  run: string;
  stream: Stream;
  offset: number;
  data: string;
  /** In what is kept of a run, pieces of the stream "stdin" stand between the others for what was typed: by whom, and whether it was the end. */
  by?: ClientID;
  eof?: boolean;
}

/** RunInput tells what somebody typed into the program. Offset counts the bytes that were typed before. */
export interface RunInput {
  run: string;
  by: ClientID;
  offset: number;
  data?: string;
  eof?: boolean;
}

/** RunDiagnostics tells what the compiler says of the text at Version: once, when it is done. */
export interface RunDiagnostics {
  run: string;
  epoch: Epoch;
  version: Version;
  list: Diagnostic[];
}

/** RunEnded tells how the run ended. Stopped names who stopped it, if anybody did. */
export interface RunEnded {
  run: string;
  verdict: Verdict;
  stopped?: ClientID;
  detail?: RunDetail;
}

/** RunState is a run as those see it who come in its middle. */
export interface RunState {
  run: string;
  by: ClientID;
  name?: string;
  version: Version;
  options?: RunOptions;
  stage?: Stage;
  position?: number;
  /** for input, while it runs */
  waiting?: boolean;
  /** what is kept of it, and of what was typed */
  output?: RunOutput[];
  /** empty while it runs */
  verdict?: Verdict;
  stopped?: ClientID;
  detail?: RunDetail;
  /** Diagnostics are at the run's version; in a welcome, at the welcome's. */
  diagnostics?: RunDiagnostics;
}

/** PastRun is a run that is on record. In a list, Output, Diagnostics and Source are left out. */
export interface PastRun {
  run: string;
  by: ClientID;
  name?: string;
  version: Version;
  options?: RunOptions;
  stage?: Stage;
  position?: number;
  /** for input, while it runs */
  waiting?: boolean;
  /** what is kept of it, and of what was typed */
  output?: RunOutput[];
  /** empty while it runs */
  verdict?: Verdict;
  stopped?: ClientID;
  detail?: RunDetail;
  /** Diagnostics are at the run's version; in a welcome, at the welcome's. */
  diagnostics?: RunDiagnostics;
  started: string;
  /** zero while it runs, and for one that was lost */
  ended?: string;
  /** Source is the text that ran; nil where it was not kept. */
  source?: string;
}

/** Error says what was refused. Seq names the push, if it was one. The message is for logs and developers: a client words what its user sees, by code and Hit. */
export interface ErrorMsg {
  code: Code;
  message: string;
  seq?: Seq;
  /** the limit that was met */
  hit?: Hit;
}

/** Action is what a run does with the text. */
export type Action = (typeof actions)[number];
export const actions = ["run", "test", "check", "clippy", "fmt"] as const;

/** Mode is how code is generated. */
export type Mode = (typeof modes)[number];
export const modes = ["debug", "release"] as const;

/** Edition is a Rust edition. */
export type Edition = (typeof editions)[number];
export const editions = ["2015", "2018", "2021", "2024"] as const;

/** Channel names a toolchain of the server: "stable", "beta", "nightly" or a version. */
export type Channel = string;

/** RunOptions are what a run is asked to be. The server chooses what is left out. A value that it does not have ends the run with the verdict "refused"; a member that is none of these makes the message malformed. */
export interface RunOptions {
  action?: Action;
  mode?: Mode;
  edition?: Edition;
  channel?: Channel;
}

/** Stage is what a run does. */
export type Stage = (typeof stages)[number];
export const stages = ["queued", "compile", "run"] as const;

/** Stream is where bytes of a run come from. */
export type Stream = (typeof streams)[number];
export const streams = ["compiler", "stdout", "stderr", "stdin"] as const;

/** Verdict says how a run ended. All but the first and the last three are about a stage, so a compiler that meets a limit is not blamed on the program. */
export type Verdict = (typeof verdicts)[number];
export const verdicts = ["ok", "compile-error", "no-program", "exit", "signal", "timeout", "memory", "processes", "output", "disk", "canceled", "refused", "failed", "lost"] as const;

/** Reason says why a run was refused. */
export type Reason = (typeof reasons)[number];
export const reasons = ["invalid", "busy", "share", "restarting"] as const;

/** RunDetail tells how a run ended, beside its verdict. Durations are whole nanoseconds. */
export interface RunDetail {
  /** Stage is the one that the verdict is about. */
  stage?: Stage;
  /** ExitCode is that stage's; -1 when a signal ended it or it did not end by itself. */
  exit_code?: number;
  /** Signal is the signal that ended it, such as "SIGSEGV". */
  signal?: string;
  /** Hits are the limits that explain the verdict, the one that decided first. */
  hits?: Hit[];
  /** Reason is set with the verdict "refused". */
  reason?: Reason;
  /** Missing are crates that the program names and the server does not have. */
  missing_crates?: MissingCrates;
  /** Message is what else there is to know, in English and for people who program. */
  message?: string;
  /** Stages are the reports of those that ended, in order. */
  stages?: StageReport[];
  /** Queued is how long the run waited for a place. */
  queued_ns?: number;
}

/** Hit is a limit that was met. */
export interface Hit {
  /** Limit is its name, a key of the configuration: of limits for a run, of serve for a session and for an address. */
  limit: string;
  /** Amount is what the limit is, in Unit. */
  amount: number;
  unit: Unit;
  /** Refused counts the processes and threads beyond the limit, where that is known. */
  refused?: number;
}

/** Unit is what an amount counts. */
export type Unit = (typeof units)[number];
export const units = ["bytes", "ns", "count", "cpus", "utf16", "per-minute", "per-hour"] as const;

/** MissingCrates are crates that the compiler did not find. */
export interface MissingCrates {
  names: string[];
  /** Nearest are crates of the server whose names are nearest. */
  nearest?: string[];
  /** NoSet says that the server has no crates at all. */
  no_set?: boolean;
}

/** StageReport tells what a stage did and used. */
export interface StageReport {
  name: Stage;
  exit_code: number;
  signal?: string;
  usage: StageUsage;
}

/** StageUsage is what a stage used. */
export interface StageUsage {
  /** Wall is the time from its beginning to its end. */
  wall_ns: number;
  /** Waited is the part of it that did not count, because the program waited for input. */
  waited_ns?: number;
  /** CPU is user and system time of all the stage's processes. */
  cpu_ns: number;
  /** PeakMemory is the most that the box was charged for; 0 where that is not known. */
  peak_memory_bytes: number;
  /** OOMKills counts processes that the kernel killed for memory. */
  oom_kills?: number;
  /** ProcessesDenied counts the processes that the kernel refused. */
  processes_denied?: number;
}

/** Range is one selected range; Anchor stays, Head moves. Both count UTF-16 units. Where they are equal, it is a cursor. */
export type Range = [number, number];

/** Selection is what one editor has selected. */
export type Selection = Range[];

/** Settings are what people have chosen for their whole session, by name. What they mean is the page's and the runner's affair: here they are words, few and short. The latest change of each name holds, in the order in which the session received them. A Settings is not changed once it has been handed over. */
export type Settings = Readonly<Record<string, string>>;
