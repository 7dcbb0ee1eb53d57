// Code generated from collab/wire by make generate. DO NOT EDIT.
//
// Lengths and positions are UTF-16 code units; bytes are base64; members that end in
// _ns are whole nanoseconds. docs/protocol.md says what each message means.

export const protocolVersion = 5;

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
  | ({ type: "ahead" } & AheadMsg)
  | ({ type: "product" } & RunProduct)
  | ({ type: "test" } & RunTest)
  | ({ type: "end" } & RunEnded)
  | ({ type: "moved" } & MovedMsg)
  | ({ type: "error" } & ErrorMsg)
  | ({ type: "ping" } & Ping)
  | ({ type: "pong" } & Pong);

/** A change of a text as @codemirror/state writes it: a number keeps so many units, a list replaces as many as it begins with by its lines. */
export type ChangesJSON = (number | [number, ...string[]])[];

/** Level is the severity of a diagnostic. */
export type Level = (typeof levels)[number];
export const levels = ["error", "warning", "note", "help", "failure-note"] as const;

/** Diagnostic is a message of the compiler about the text that ran. The program can forge diagnostics, so no decision may depend on them. */
export interface Diagnostic {
  level: Level;
  code?: string;
  message: string;
  /** Spans has at least one element. */
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
export const codes = ["stale", "future", "epoch", "too-large", "malformed", "no-file", "exists", "renamed", "not-joined", "read-only", "running", "no-run", "quota", "busy", "resume", "gone", "replaced", "too-old", "internal", "not-found", "method", "forbidden", "host", "no-room", "unsaved", "format"] as const;

/** Problem is the body of every error response of the REST API (RFC 9457). Title and Detail are English, for developers. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: Code;
  /** the limit that was met */
  hit?: Hit;
}

/** File is a file of a session: a text with a path. */
export interface File {
  id?: FileID;
  path: string;
  text: string;
}

/** NamedFile is a file as tools give and get it, without an id. */
export interface NamedFile {
  /** a path; see CheckPath */
  name: string;
  content: string;
}

/** Operation is what a FileOp does. */
export type Operation = (typeof operations)[number];
export const operations = ["create", "rename", "delete"] as const;

/** FileOp is an operation on the list of files. The message or entry that carries it names the file. The author of "create" chooses the id, with NewFileID or, to take back a deletion, that of the deleted file. The main file can be renamed, not deleted. */
export interface FileOp {
  do: Operation;
  /** of "create" and "rename" */
  path?: string;
  /** of "create" */
  text?: string;
}

/** PastVersions tells which versions of a session's files can be read over REST: those from First to Version. */
export interface PastVersions {
  epoch: Epoch;
  first: Version;
  /** the head */
  version: Version;
  created: string;
  /** the time of the last entry, of the creation or of the import */
  edited: string;
  /** Names has the last names of authors, as far as the server knows them. */
  names?: Readonly<Record<string, string>>;
}

/** PastFiles is the files of a session at a version. Entry led to the version, at Time in Unix milliseconds; at the first version of the history, they are nil and 0. */
export interface PastFiles {
  epoch: Epoch;
  version: Version;
  files: File[];
  entry?: EntryMsg;
  time?: number;
}

/** PastEntries is a part of a session's log: the entries after a version, in order. Times has the time of each, in Unix milliseconds. */
export interface PastEntries {
  epoch: Epoch;
  after: Version;
  entries: EntryMsg[];
  times: number[];
}

/** Key is a secret of 128 random bits, in 32 lower case hexadecimal digits. It belongs to one editor instance, or to a person and all of that person's instances. The editor sends it to the server only. Other members see its hash, the ClientID, with which they cannot join. */
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

/** Limits bounds the content of one session and of one message. A zero field stands for its default. The welcome states the limits that have a JSON name; a client checks messages against them before it sends. Both clients split a change with more parts or bytes than one push may have into several pushes. */
export interface Limits {
  /** UTF-16 units of all files together; 262,144 */
  text: number;
  /** files; 64 */
  files: number;
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

/** Hello joins a session, rejoins it, or asks to resynchronise. */
export interface Hello {
  protocol: number;
  /** Key and Person determine the client's id: Key the part for the editor instance, Person the part that all instances of a person share. See ClientOf. */
  key: Key;
  person?: Key;
  name?: string;
  /** Epoch and Version are those of the last entry that the client has received, and Seq is that of its last push. A new client omits all three. */
  epoch?: Epoch;
  version?: Version;
  seq?: Seq;
  /** Ahead requests an AheadMsg for each compilation ahead of a run. */
  ahead?: boolean;
}

/** PushMsg proposes a change of the files at Version: either Changes of the text of File, or Op on File. A client has one pending push at a time, and repeats it under the same seq until it is acknowledged. */
export interface PushMsg {
  epoch: Epoch;
  version: Version;
  seq: Seq;
  file?: FileID;
  changes?: ChangesJSON;
  op?: FileOp;
  /** in File, after the change; not with Op */
  cursor?: Selection;
}

/** CursorMsg reports the file that the client's user has open, and the selection in it, at Version. A client sends it when it has neither a pending push nor buffered edits; otherwise the push carries the selection. */
export interface CursorMsg {
  epoch: Epoch;
  version: Version;
  file?: FileID;
  cursor: Selection;
}

/** SettingsMsg changes settings of the session. An empty value removes its name. Names that the message omits keep their values. */
export interface SettingsMsg {
  settings: Settings;
}

/** RunMsg starts a run of the session's text. Stdin, if it is not empty, is all that the program reads; otherwise members type while it runs. */
export interface RunMsg {
  options?: RunOptions;
  /** base64 in JSON */
  stdin?: string;
}

/** StdinMsg writes Data to the program's standard input; EOF closes it after Data. */
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

/** Ping asks the other side for a Pong, to check that the connection is alive. Sessions never see pings and pongs. */
export type Ping = object;

/** Pong answers a Ping. */
export type Pong = object;

/** Welcome answers a Hello. It brings the client to Version: either with the entries after the version in the hello, or with all files, of which there is at least one. */
export interface Welcome {
  protocol: number;
  /** Client is the receiver's id, which the other members see. */
  client: ClientID;
  epoch: Epoch;
  version: Version;
  /** AckedSeq is the seq of the client's last push in the log. */
  acked_seq: Seq;
  /** all files, or */
  files?: File[];
  /** the entries that the client has missed */
  entries?: EntryMsg[];
  members: Member[];
  /** what the session accepts */
  limits?: Limits;
  settings?: Settings;
  /** the current or last run */
  run?: RunState;
  /** Ahead is the last compilation ahead of a run, at Version, if the hello requests it and no run began since. */
  ahead?: AheadMsg;
}

/** Member is a client that is in the session, with a selection in the text at the version of the enclosing message. */
export interface Member {
  client: ClientID;
  name?: string;
  /** the open file, that of Cursor */
  file?: FileID;
  cursor?: Selection;
}

/** EntryMsg carries one entry of the log, which leads from Version-1 to Version: either Changes of the text of File, or Op on File. */
export interface EntryMsg {
  version: Version;
  client: ClientID;
  seq: Seq;
  file?: FileID;
  changes?: ChangesJSON;
  op?: FileOp;
  /** the author's in File, at Version */
  cursor?: Selection;
}

/** AckMsg acknowledges the receiver's push: it is durable, as the entry that leads to Version. The receiver gets AckMsg where other members get EntryMsg. */
export interface AckMsg {
  version: Version;
  seq: Seq;
}

/** MemberMsg announces a member that has joined or changed its name. */
export interface MemberMsg {
  client: ClientID;
  name?: string;
  /** the open file, that of Cursor */
  file?: FileID;
  cursor?: Selection;
}

/** LeaveMsg announces that a member has left. */
export interface LeaveMsg {
  client: ClientID;
}

/** MovedMsg announces that the session has other links and has handed them to the receiver. The connection ends with CodeGone after it, and the receiver goes on at the new link: at /s/EDIT if Edit is set, or else at /v/VIEW. */
export interface MovedMsg {
  /** token of the link that lets edit */
  edit?: string;
  /** id of the link that lets watch */
  view: string;
}

/** CursorOfMsg carries another member's selection in the text at Version. */
export interface CursorOfMsg {
  client: ClientID;
  version: Version;
  file?: FileID;
  cursor: Selection;
}

/** SettingsOf carries all settings of the session after the member By changed some. */
export interface SettingsOf {
  by: ClientID;
  settings: Settings;
}

/** RunStarted announces that the member By has started a run of the text at Version. */
export interface RunStarted {
  run: string;
  by: ClientID;
  name?: string;
  version: Version;
  options?: RunOptions;
}

/** RunStage announces the current stage of the run. */
export interface RunStage {
  run: string;
  stage: Stage;
  /** Position is the place in the queue, 1 for the next; with the stage "queued". */
  position?: number;
}

/** RunWaiting announces that the program starts or stops waiting for input. The end of the run also ends the wait. */
export interface RunWaiting {
  run: string;
  waiting: boolean;
}

/** RunOutput carries a piece of a stream. Offset counts the stream's bytes before Data, and is the same for every member. Data is bytes, base64 in JSON: it need not be valid UTF-8, and two pieces may share a character. */
export interface RunOutput {
  run: string;
  stream: Stream;
  offset: number;
  data: string;
  /** By and EOF are set in pieces of the stream "stdin", which a stored run has among the others: the member who typed, and whether the input ended. */
  by?: ClientID;
  eof?: boolean;
}

/** RunInput carries input that the member By has typed. Offset counts the bytes of all earlier input of the run. */
export interface RunInput {
  run: string;
  by: ClientID;
  offset: number;
  data?: string;
  eof?: boolean;
}

/** RunDiagnostics carries the compiler's diagnostics of the text at Version. The session sends it once, when the compiler has finished. */
export interface RunDiagnostics {
  run: string;
  epoch: Epoch;
  version: Version;
  list: Diagnostic[];
}

/** AheadMsg tells what the compiler made of the text at Version before anybody has asked for a run. Its diagnostics take the place of all that the client has. */
export interface AheadMsg {
  epoch: Epoch;
  version: Version;
  state?: AheadState;
  list: Diagnostic[];
}

/** AheadState tells what a run of the text would find. It is void once the text or the settings change. */
export type AheadState = (typeof aheadStates)[number];
export const aheadStates = ["ready", "checked", "errors"] as const;

/** RunProduct announces a product of the run. Its content can be requested over REST from then on. */
export interface RunProduct {
  run: string;
  /** Name is unique in the run: the action or view that made the product, such as "asm". */
  name: string;
  media_type: string;
  /** Size is the length of the content in bytes. */
  size: number;
  /** Cut is set if the content ends before the product did, at the end of a line. */
  cut?: boolean;
  /** Dropped is set if the session does not keep the content. */
  dropped?: boolean;
}

/** RunTest announces the result of a test. */
export interface RunTest {
  run: string;
  /** Name is the path of the test, such as "tests::adds". */
  name: string;
  /** Suite is the file with the root module of the tests that ran together. */
  suite?: string;
  outcome: TestOutcome;
  /** Time is how long the test took; 0 if unknown. */
  time_ns?: number;
  /** Message tells why a test is ignored or failed, if the harness has a reason. */
  message?: string;
  /** Output is what a failed test printed. */
  output?: string;
  /** Place is where a test failed, if the output names a place. */
  place?: TestPlace;
}

/** RunEnded announces how the run ended. Stopped is the member who stopped it, if any. */
export interface RunEnded {
  run: string;
  verdict: Verdict;
  stopped?: ClientID;
  detail?: RunDetail;
}

/** RunState describes a run, as far as stored, to a client that joins during or after it. */
export interface RunState {
  run: string;
  by: ClientID;
  name?: string;
  version: Version;
  options?: RunOptions;
  stage?: Stage;
  position?: number;
  /** whether the program waits for input */
  waiting?: boolean;
  /** stored output and input */
  output?: RunOutput[];
  /** empty while it runs */
  verdict?: Verdict;
  stopped?: ClientID;
  detail?: RunDetail;
  /** Diagnostics refer to the run's version or, in a welcome, to the welcome's. */
  diagnostics?: RunDiagnostics;
  products?: Product[];
  tests?: Test[];
}

/** PastRun is the record of a run. Lists omit Output, Diagnostics, Products, Tests, Source and Files. */
export interface PastRun {
  run: string;
  by: ClientID;
  name?: string;
  version: Version;
  options?: RunOptions;
  stage?: Stage;
  position?: number;
  /** whether the program waits for input */
  waiting?: boolean;
  /** stored output and input */
  output?: RunOutput[];
  /** empty while it runs */
  verdict?: Verdict;
  stopped?: ClientID;
  detail?: RunDetail;
  /** Diagnostics refer to the run's version or, in a welcome, to the welcome's. */
  diagnostics?: RunDiagnostics;
  products?: Product[];
  tests?: Test[];
  started: string;
  /** zero for a run that is under way or was lost */
  ended?: string;
  /** Source is the text of the main file that ran; nil if it was not stored. */
  source?: string;
  /** Files are all files that ran, the main one first, if there was more than DefaultPath. */
  files?: NamedFile[];
}

/** Error reports a refused message. Seq names the push, if it was one. Message is for logs and developers; a client composes its user's text from Code and Hit. */
export interface ErrorMsg {
  code: Code;
  message: string;
  seq?: Seq;
  /** the limit that was met */
  hit?: Hit;
}

/** Action names what a run does with the text. */
export type Action = (typeof actions)[number];
export const actions = ["run", "test", "check", "clippy", "miri", "fmt", "asm", "llvm-ir", "mir", "hir", "expanded", "wasm", "remarks"] as const;

/** Mode selects how code is generated. */
export type Mode = (typeof modes)[number];
export const modes = ["debug", "release"] as const;

/** Edition is a Rust edition. */
export type Edition = (typeof editions)[number];
export const editions = ["2015", "2018", "2021", "2024"] as const;

/** Channel names a toolchain of the server: "stable", "beta", "nightly" or a version. */
export type Channel = string;

/** RunOptions are the options of a run. The server chooses a default for empty options. A value that the server does not support ends the run with the verdict "refused"; an unknown member makes the message malformed. */
export interface RunOptions {
  action?: Action;
  mode?: Mode;
  edition?: Edition;
  channel?: Channel;
  /** Views are actions whose products the compilation also makes, such as "asm". */
  views?: Action[];
  /** AsmSyntax is the syntax of x86 assembly: "intel", the default, or "att". */
  asm_syntax?: string;
  /** Flags are for the compiler, such as "-C" and "opt-level=3". */
  flags?: string[];
  /** CrateType is what the source is compiled to, such as "lib". */
  crate_type?: string;
  /** Args and Env are for the program. An entry of Env is KEY=value. */
  args?: string[];
  env?: string[];
  /** Cache is CacheOff to compile even if the same source was compiled before, and keep nothing. */
  cache?: string;
}

/** Stage names a stage of a run. */
export type Stage = (typeof stages)[number];
export const stages = ["queued", "compile", "run"] as const;

/** Stream names the source of a run's output. */
export type Stream = (typeof streams)[number];
export const streams = ["compiler", "stdout", "stderr", "stdin"] as const;

/** Verdict tells how a run ended. All but the first and the last three are about one stage, which tells a limit of the compiler from one of the program. */
export type Verdict = (typeof verdicts)[number];
export const verdicts = ["ok", "compile-error", "no-program", "exit", "signal", "timeout", "memory", "processes", "output", "disk", "canceled", "refused", "failed", "lost"] as const;

/** Reason tells why a run was refused. */
export type Reason = (typeof reasons)[number];
export const reasons = ["invalid", "busy", "share", "restarting"] as const;

/** RunDetail adds to the verdict of a run. Durations are whole nanoseconds. */
export interface RunDetail {
  /** Stage is the stage of the verdict. */
  stage?: Stage;
  /** ExitCode is that stage's; -1 when a signal ended it or it did not end by itself. */
  exit_code?: number;
  /** Signal is the signal that ended it, such as "SIGSEGV". */
  signal?: string;
  /** Hits are the limits that explain the verdict, the one that decided first. */
  hits?: Hit[];
  /** Reason is set with the verdict "refused". */
  reason?: Reason;
  /** Missing lists crates that the program names and the server does not have. */
  missing_crates?: MissingCrates;
  /** Message has further information, in English, for developers. */
  message?: string;
  /** Stages has the reports of the stages that ended, in order. */
  stages?: StageReport[];
  /** Queued is how long the run waited for a place. */
  queued_ns?: number;
}

/** Hit is a limit that was met. */
export interface Hit {
  /** Limit is its name, a key of the configuration: of limits for a run, of serve for a session and for an address. */
  limit: string;
  /** Amount is the value of the limit, in Unit. */
  amount: number;
  unit: Unit;
  /** Refused counts the processes and threads beyond the limit, where that is known. */
  refused?: number;
}

/** Unit is the unit of an amount. */
export type Unit = (typeof units)[number];
export const units = ["bytes", "ns", "count", "cpus", "utf16", "per-minute", "per-hour"] as const;

/** MissingCrates are crates that the compiler did not find. */
export interface MissingCrates {
  names: string[];
  /** Nearest lists the crates of the server with the most similar names. */
  nearest?: string[];
  /** NoSet is set if the server has no crates at all. */
  no_set?: boolean;
}

/** StageReport reports the end of a stage and its usage. */
export interface StageReport {
  name: Stage;
  exit_code: number;
  signal?: string;
  usage: StageUsage;
  /** Cached is set if the stage was not executed: its output is that of an earlier run. */
  cached?: boolean;
}

/** StageUsage reports the resources that a stage used. */
export interface StageUsage {
  /** Wall is the time from its beginning to its end. */
  wall_ns: number;
  /** Waited is the part of Wall that did not count because the program waited for input. */
  waited_ns?: number;
  /** CPU is user and system time of all the stage's processes. */
  cpu_ns: number;
  /** PeakMemory is the most memory that the box was charged for; 0 if unknown. */
  peak_memory_bytes: number;
  /** OOMKills counts processes that the kernel killed for memory. */
  oom_kills?: number;
  /** ProcessesDenied counts the processes that the kernel refused. */
  processes_denied?: number;
}

/** Product describes a result of a run that is more than output, such as the assembly. Its content is not part of any message: a client that shows it requests it over REST. */
export interface Product {
  /** Name is unique in the run: the action or view that made the product, such as "asm". */
  name: string;
  media_type: string;
  /** Size is the length of the content in bytes. */
  size: number;
  /** Cut is set if the content ends before the product did, at the end of a line. */
  cut?: boolean;
  /** Dropped is set if the session does not keep the content. */
  dropped?: boolean;
}

/** Test is the result of one test, as the harness prints it: the tested code can forge it. */
export interface Test {
  /** Name is the path of the test, such as "tests::adds". */
  name: string;
  /** Suite is the file with the root module of the tests that ran together. */
  suite?: string;
  outcome: TestOutcome;
  /** Time is how long the test took; 0 if unknown. */
  time_ns?: number;
  /** Message tells why a test is ignored or failed, if the harness has a reason. */
  message?: string;
  /** Output is what a failed test printed. */
  output?: string;
  /** Place is where a test failed, if the output names a place. */
  place?: TestPlace;
}

/** TestPlace is a place in a source, as panics print it: Line and Column count from 1, Column in characters. */
export interface TestPlace {
  file: string;
  line: number;
  column?: number;
}

/** TestOutcome tells how a test ended. */
export type TestOutcome = (typeof testOutcomes)[number];
export const testOutcomes = ["ok", "failed", "ignored", "listed"] as const;

/** Range is one selected range; Anchor stays, Head moves. Both count UTF-16 units. Where they are equal, it is a cursor. */
export type Range = [number, number];

/** Selection is the selection of one editor. */
export type Selection = Range[];

/** Settings maps the names of a session's settings to their values. Package wire bounds them. Runs interpret most of them, and sessions interpret SettingName and SettingLocked. The latest change of each name wins, in the order in which the session received the changes. Settings are immutable: With returns a copy. */
export type Settings = Readonly<Record<string, string>>;
