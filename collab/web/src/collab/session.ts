// A session as the page sees it: joins the connection, the exchange with its client
// and one editor view, and gives the rest of the page a snapshot to draw.

import { isolateHistory } from "@codemirror/commands";
import { ChangeSet, type EditorState, type Extension, StateEffect } from "@codemirror/state";
import { EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { Client, type Other, type Update } from "./client";
import { type Change, type Files, Refused, type SessionFile, mainFile, baseName } from "./files";
import { Connection, type Ending } from "./connection";
import { Exchange, type Surface, fromSession, keepWithin, remote } from "./exchange";
import { Palette, type Person, cleanName, newKey, saveName } from "./person";
import { Bases, type Watch } from "../run/bases";
import type { Base } from "../run/diagnostics";
import type { Choices } from "../run/choices";
import { type Run, Runs, toBase64 } from "../run/runs";
import { lineChanges } from "../ui/format";
import { sayError, sayLost, sayRefused } from "../ui/words";
import type { AheadMsg, Diagnostic, MovedMsg, RunOptions, ServerMessage, Settings } from "./wire.gen";

export type Status = "connecting" | "live" | "reconnecting" | "offline" | "full" | "gone" | "replaced" | "too-old" | "forbidden";

/** What the server tells of the session in the page itself. */
export interface Bootstrap {
  /** The page shows no session, but what one can open. */
  start?: boolean;
  readOnly: boolean;
  /** Token of the read-only link. */
  view: string;
  /** Most UTF-16 units that the text may have. */
  maxText: number;
  /** What may be chosen of a run; null where nothing can be run. */
  choices: Choices | null;
}

export interface Participant {
  client: string;
  name: string;
  colour: number;
  me: boolean;
  /** The open one. */
  file: number;
}

/** Text that the server refused for good and that is out of the session now. */
export interface Lost {
  why: string;
  path: string;
  /** The whole text as its user had it. */
  text: string;
}

/** A file as the page lists it. */
export interface Listed {
  readonly id: number;
  readonly path: string;
}

export interface Ahead {
  ready: boolean;
  list: readonly Diagnostic[] | null;
}

/** Lost texts that are kept for a user: the newest. */
export const mostLost = 64;

const notAhead: Ahead = { ready: false, list: null };
const noDiagnostics: readonly Diagnostic[] = [];

export interface Snapshot {
  status: Status;
  /** Whether a text has ever arrived. */
  loaded: boolean;
  me: { client: string; name: string };
  people: readonly Participant[];
  /** By path. */
  files: readonly Listed[];
  /** The open file. */
  opened: number;
  settings: Settings;
  run: Run | null;
  /** What was compiled ahead of a run: whether a run of the text as it is here finds it, and the diagnostics, null when the run's are newer. */
  ahead: Ahead;
  notice: string;
  /** Until their user lets them go. */
  lost: readonly Lost[];
  following: string;
  /** Public id under which the session goes on and this page, which could edit, may watch it; empty otherwise. */
  watch: string;
}

/** Marks a transaction in which other people's selections have changed. */
export const othersMoved = StateEffect.define<null>();

/** No file: the one that the view shows was deleted. */
const gone = -1;
/** For so long everything must be acknowledged before it is said to be saved. */
const savedAfter = 250;
const notLoaded = "Not run: there is no connection to the server.";
const notConnected = "Not run: there is no connection to the server. You can keep typing.";
/** For so long after a key or a press, scrolling is the person's doing. */
const ownScroll = 400;

export class Session {
  /** The secret of this page's client. */
  readonly key = newKey();
  readonly client: Client;
  readonly palette = new Palette();
  private readonly runs = new Runs();
  private readonly bases: Bases;
  private readonly connection: Connection;
  private readonly exchange: Exchange;
  private readonly listeners = new Set<() => void>();
  private view: EditorView | null = null;
  private shown = mainFile; // the file whose state the view has
  private readonly states = new Map<number, EditorState>(); // of files that were shown before
  /** Makes the editor's state for a file: that of the last time that it was shown, or else a new one. The editor sets it. */
  stateOf: ((file: SessionFile, before: EditorState | undefined) => EditorState) | null = null;
  private drawing = false; // others' cursors, in the next frame
  private frame = 0; // in which the listeners are told
  private allSaved = true;
  private savedTimer: ReturnType<typeof setTimeout> | undefined;
  private snap: Snapshot;
  private touchedAt = 0; // when the person last did something that scrolls the editor
  private pressing = false; // a button of the mouse, as on the scrollbar
  private followedAt = 0; // when the editor was last scrolled to the person that is followed
  private others: Client["others"] = new Map(); // as last drawn

  constructor(
    /** Address of the socket, beside which the page is. */
    public url: string,
    readonly person: Person,
    public boot: Bootstrap,
    make?: (url: string) => WebSocket,
  ) {
    this.client = new Client(this.key, person.name, person.key);
    this.bases = new Bases(this.client);
    this.connection = new Connection(
      url,
      { open: () => this.exchange.hello(), message: (data) => this.exchange.incoming(data), closed: (e) => this.closed(e) },
      make,
    );
    this.exchange = new Exchange(this.client, this.connection, this.surface());
    this.snap = {
      status: "connecting", loaded: false, me: { client: this.client.id, name: person.name },
      people: [], files: listOf(this.client.files), opened: mainFile, settings: {}, run: null, ahead: notAhead, notice: "", lost: [], following: "", watch: "",
    };
  }

  // For React's useSyncExternalStore.
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): Snapshot => this.snap;
  /**
   * Everything typed here is in the server's log, and has been for a moment: it
   * does not flicker with each key. It is separate from the snapshot, since
   * it changes during typing and little is drawn from it.
   */
  readonly saved = (): boolean => this.allSaved;

  private set(fields: Partial<Snapshot>): void {
    this.snap = { ...this.snap, ...fields };
    this.tell();
  }

  /** Is set for what comes in many pieces: it is drawn once a frame. */
  private setSoon(fields: Partial<Snapshot>): void {
    this.snap = { ...this.snap, ...fields };
    this.frame ||= requestAnimationFrame(() => this.tell());
  }

  private tell(): void {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = 0;
    for (const l of this.listeners) l();
  }

  start(): void {
    this.connection.start();
  }

  stop(): void {
    clearTimeout(this.savedTimer);
    this.connection.stop();
  }

  /**
   * Goes on at the session's other links, with what is typed here and not sent yet. If this
   * page could edit and is only let watch, it ends where it is, and the snapshot has the link.
   */
  move(to: MovedMsg): void {
    const { readOnly } = this.boot;
    if (!to.edit && !readOnly) return this.set({ watch: to.view });
    this.url = new URL(`../../${to.edit ? `s/${to.edit}` : `v/${to.view}`}/socket${new URL(this.url).search}`, this.url).href;
    this.boot = { ...this.boot, view: to.view };
    this.connection.follow(this.url);
    const { status } = this.snap;
    this.set({ watch: "", status: status === "gone" ? "reconnecting" : status });
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  /** Most UTF-16 units that the text may have. */
  get maxText(): number {
    return this.client.limits?.text ?? this.boot.maxText;
  }

  /** The name of the open file, without its directory. */
  get name(): string {
    return baseName(this.client.files.get(this.client.opened)!.path);
  }

  /** The text of the open file. */
  get doc(): string {
    return this.client.text.toString();
  }

  /** The newest diagnostics, of a run or ahead of one. Their positions are those of diagnosed. */
  get diagnostics(): readonly Diagnostic[] {
    return this.snap.ahead.list ?? this.snap.run?.diagnostics ?? noDiagnostics;
  }

  /** Where a line and column of a file that ran, in characters from 1, is now. */
  place(line: number, column: number, path: string): { file: number; pos: number } | null {
    return this.bases.place(line, column, path);
  }

  /** What the positions of the run's diagnostics of a file count in, and how the text here has changed from it, if that is known. */
  diagnosed(file: number): Base | null {
    return this.bases.diagnosed(file);
  }

  /** Watches how the text of a file changes from here on, until end is called. */
  watch(file: number): Watch {
    return this.bases.watch(file);
  }

  // What the user does.

  /** Turns the text of a file into another by the fewest lines. It throws Refused if the files would be too long. */
  rewrite(file: number, text: string): void {
    const before = this.client.files.get(file)!.text.toString();
    const changes = ChangeSet.of(lineChanges(before, text), before.length);
    if (!this.client.fits(changes.newLength, file)) throw new Refused("too-large", `Not done: the files would be longer than ${this.maxText.toLocaleString("en")} characters together.`);
    this.change(file, changes, "input.open");
  }

  /** Changes the text of a file for its user, as one step of undo. It throws Refused if the files would be too long. */
  change(file: number, changes: ChangeSet, userEvent: string): void {
    if (changes.empty) return;
    const spec = { changes, userEvent, annotations: isolateHistory.of("full") };
    if (file === this.shown && this.view) return this.view.dispatch(spec);
    this.exchange.operate((client) => client.edit(changes, undefined, file));
    const state = this.states.get(file);
    if (state) this.states.set(file, state.update(spec).state);
    this.bases.changed({ file, changes });
    this.outdated();
  }

  /** Shows a file in the editor. It gives false if there is no such file. */
  open(file: number): boolean {
    if (!this.client.files.has(file)) return false;
    this.exchange.open(file);
    this.showOpened();
    return true;
  }

  /** Does an operation on a file, which throws Refused if the session would refuse it. */
  operate(operation: (client: Client) => void): void {
    const before = this.client.files;
    this.exchange.operate(operation);
    for (const f of before.values()) if (!this.client.files.has(f.id)) this.changed({ file: f.id, op: { do: "delete" } });
    this.filesChanged();
  }
  /** Changes settings of the session, for everyone. */
  choose(settings: Settings): void {
    this.exchange.choose(settings);
    this.outdated();
    this.set({ settings: this.client.chosen });
  }
  /** Asks for a run of the text as it is here: the session runs what it has been sent. Input, if there is some, is all that the program reads. */
  run(options: RunOptions, input = ""): void {
    if (this.snap.status !== "live") return this.notice(this.snap.loaded ? notConnected : notLoaded);
    this.exchange.run(options, toBase64(input)); // once, if asked for twice
  }
  stopRun(): void {
    const r = this.snap.run;
    if (r && !r.ended) this.exchange.send({ type: "stop", run: r.id });
  }
  /** Types into the program, and may end its input. Returns false where that cannot be done; the text is to be kept then. */
  input(text: string, eof = false): boolean {
    const r = this.snap.run;
    if (!r || r.ended || r.inputClosed || this.snap.status !== "live") return false;
    const bytes = new TextEncoder().encode(text);
    const most = this.client.limits?.stdin ?? Infinity;
    if (this.runs.typed + bytes.length > most) {
      this.notice(`Not sent: a program takes at most ${most.toLocaleString("en")} bytes of input in one run, and this would be ${(this.runs.typed + bytes.length).toLocaleString("en")}.`);
      return false;
    }
    this.exchange.send({ type: "stdin", run: r.id, ...(text && { data: toBase64(bytes) }), ...(eof && { eof }) });
    return true;
  }
  rename(name: string): void {
    name = cleanName(name) || this.client.name;
    saveName(name);
    this.client.name = name;
    this.set({ me: { ...this.snap.me, name } });
    if (this.client.live) this.exchange.hello();
    this.peopleChanged();
  }
  follow(client: string): void {
    this.set({ following: this.snap.following === client ? "" : client });
    this.scrollToFollowed();
  }
  dismiss(): void {
    this.set({ notice: "" });
  }
  /** The user has what was refused, or does not want it. */
  letGo(lost: Lost): void {
    this.set({ lost: this.snap.lost.filter((l) => l !== lost) });
  }
  notice(notice: string): void {
    this.set({ notice });
  }

  // The editor.

  /** Everything that an editor state needs to be the session's. */
  extension(): Extension {
    const session = this;
    return [
      keepWithin(
        (length) => this.client.fits(length),
        (length) => queueMicrotask(() => this.notice(`That does not fit: the text would have ${length.toLocaleString("en")} characters, and a session holds at most ${this.maxText.toLocaleString("en")}.`)),
      ),
      ViewPlugin.define((view) => {
        session.view = view;
        return {
          update: (u) => session.updated(u),
          destroy: () => {
            session.view = null;
          },
        };
      }),
      EditorView.domEventHandlers({
        // The view still says "composing" within the event.
        compositionend: () => {
          setTimeout(() => this.exchange.composed(), 0);
          return false;
        },
        blur: () => {
          setTimeout(() => this.exchange.composed(), 0);
          return false;
        },
      }),
      // A person who scrolls wants to look elsewhere.
      EditorView.domEventObservers({
        wheel: () => this.followNobody(),
        touchmove: () => this.followNobody(),
        keydown: () => void (this.touchedAt = Date.now()),
        scroll: () => this.scrolled(),
      }),
      ViewPlugin.define((view) => {
        // The scrollbar's presses do not reach the text.
        const press = () => void (this.pressing = true);
        const release = () => {
          if (this.pressing) this.touchedAt = Date.now();
          this.pressing = false;
        };
        view.scrollDOM.addEventListener("pointerdown", press);
        addEventListener("pointerup", release);
        addEventListener("pointercancel", release);
        return {
          destroy: () => {
            view.scrollDOM.removeEventListener("pointerdown", press);
            removeEventListener("pointerup", release);
            removeEventListener("pointercancel", release);
          },
        };
      }),
    ];
  }

  /** The editor was scrolled: by the person, by following, or since the text above has changed. */
  private scrolled(): void {
    const now = Date.now();
    if (now - this.followedAt < 100) return;
    if (this.pressing || now - this.touchedAt < ownScroll) this.followNobody();
  }

  private followNobody(): void {
    if (this.snap.following) this.set({ following: "" });
  }

  private updated(u: ViewUpdate): void {
    const mine = this.exchange.edited(u.transactions, u.state);
    for (const tr of u.transactions) if (tr.docChanged) this.bases.changed({ file: this.shown, changes: tr.changes });
    if (u.docChanged) this.outdated();
    // Typing, moving the cursor and searching are ways to look elsewhere, too.
    if (mine || u.transactions.some((tr) => tr.selection && !tr.annotation(fromSession))) this.followNobody();
  }

  // The connection and what comes over it.

  private closed(ending: Ending): void {
    this.exchange.closed();
    let status: Status = navigatorOnline() ? "reconnecting" : "offline";
    if (ending.kind === "retry" && ending.reason === "busy") status = "full";
    if (ending.kind === "final") status = ending.reason as Status;
    this.set({ status });
    this.peopleChanged();
  }

  private surface(): Surface {
    return {
      composing: () => {
        if (!this.view?.composing) return null;
        const { doc, selection } = this.view.state;
        return doc.lineAt(selection.main.head);
      },
      show: (changes) => {
        for (const c of changes) this.show(c);
        if (changes.some((c) => c.op)) this.filesChanged();
      },
      early: (m) => this.runChanged(m),
      took: (m, update, early) => this.took(m, update, early),
      flushed: () => this.tellSaved(this.client.synced),
    };
  }

  private moved(m: MovedMsg): void {
    if (m.view === this.boot.view) return; // this page has renewed the links
    this.move(m);
    if (!this.snap.watch) this.notice("The links of this session were renewed. You are at the new one, and the old ones no longer work.");
  }

  /** Shows what others did to a file, or what the client took back. */
  private show(change: Change): void {
    const { file, changes } = change;
    if (changes && file === this.shown && this.view) return this.view.dispatch(remote(changes));
    const state = this.states.get(file);
    if (changes && state) this.states.set(file, state.update(remote(changes)).state);
    this.changed(change);
  }

  /** Follows a change of a file that the editor does not show. */
  private changed(change: Change): void {
    const { file, op } = change;
    this.bases.changed(change);
    this.outdated();
    if (!op || op.do === "rename") return;
    this.states.delete(file);
    if (file === this.shown) this.shown = gone;
  }

  /** The list of files, or a path, has changed. */
  private filesChanged(): void {
    this.showOpened();
    this.set({ files: listOf(this.client.files), opened: this.client.opened });
    this.peopleChanged();
  }

  /** Shows the client's open file in the editor, each file with its own history of edits. */
  private showOpened(): void {
    const { opened } = this.client;
    const f = this.client.files.get(opened);
    if (opened === this.shown || !f) return;
    if (this.view && this.stateOf) {
      const { view } = this;
      if (this.shown !== gone) this.states.set(this.shown, view.state);
      const state = this.stateOf(f, this.states.get(opened));
      this.states.delete(opened);
      this.shown = opened;
      view.setState(state);
      this.exchange.selected(state);
    }
    this.shown = opened;
    this.set({ opened });
    this.drawOthers();
  }

  private runChanged(m: ServerMessage): boolean {
    const changed = this.runs.receive(m);
    if (changed && (m.type === "stage" || m.type === "output")) this.setSoon({ run: this.runs.current });
    else if (changed) this.set({ run: this.runs.current });
    return changed;
  }

  /** The text or a setting has changed since it was compiled ahead. */
  private outdated(): void {
    if (this.snap.ahead.ready) this.set({ ahead: { ...this.snap.ahead, ready: false } });
  }

  private compiled(m: AheadMsg): void {
    this.set({ ahead: { ready: m.state === "ready" && this.client.synced, list: m.list } });
  }

  private took(m: ServerMessage, update: Update, early: boolean): void {
    this.bases.took(m, this.snap.run);
    if (m.type === "moved") this.moved(m);
    if (m.type === "ahead") this.compiled(m);
    else if (m.type === "welcome" && m.ahead) this.compiled(m.ahead);
    else if (m.type === "welcome") this.set({ ahead: notAhead });
    else if (m.type === "run") this.set({ ahead: { ...this.snap.ahead, list: null } });
    else if (m.type === "settings") this.outdated();
    for (const { code, path, text, op } of update.lost) {
      if (text === undefined) this.set({ notice: sayRefused(code, path, op) });
      else this.set({ lost: [...this.snap.lost, { why: sayLost(code, path), path, text }].slice(-mostLost) });
    }
    if (m.type === "welcome") {
      const notice = this.snap.notice === notConnected ? "" : this.snap.notice;
      this.set({ status: "live", loaded: true, notice, me: { ...this.snap.me, client: this.client.id }, settings: this.client.chosen });
    } else if (m.type === "settings") {
      this.set({ settings: this.client.chosen });
    } else if (m.type === "error" && !m.seq) {
      this.set({ notice: sayError(m.code, m.hit), settings: this.client.chosen });
    }
    if (!early) this.runChanged(m);
    if (this.client.others !== this.others || m.type === "welcome") this.peopleChanged();
  }

  private tellSaved(synced: boolean): void {
    if (!synced) {
      clearTimeout(this.savedTimer);
      this.savedTimer = undefined;
    }
    if (synced === this.allSaved || this.savedTimer) return;
    const tell = () => {
      this.savedTimer = undefined;
      this.allSaved = synced;
      this.tell();
    };
    if (synced) this.savedTimer = setTimeout(tell, savedAfter);
    else tell();
  }

  private peopleChanged(): void {
    const { others } = this.client;
    this.others = others;
    this.palette.keep([this.client.id, ...others.keys()]);
    const person = (client: string, name: string, file: number, me: boolean): Participant => ({ client, name: cleanName(name) || "Somebody", colour: this.palette.of(client), me, file });
    const people = [person(this.client.id, this.client.name, this.client.opened, true), ...Array.from(others.values(), (o) => person(o.client, o.name, o.file, false))];
    const following = this.snap.following && !others.has(this.snap.following) ? "" : this.snap.following;
    if (!samePeople(people, this.snap.people) || following !== this.snap.following) this.set({ people, following });
    this.drawOthers();
  }

  /** However many have moved, the editor is drawn once a frame. */
  private drawOthers(): void {
    if (!this.view || this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.view?.dispatch({ effects: othersMoved.of(null) });
      this.scrollToFollowed();
    });
  }

  private scrollToFollowed(): void {
    const followed = this.client.others.get(this.snap.following);
    if (followed && followed.file !== this.client.opened && !this.open(followed.file)) return;
    const head = followed?.cursor[0]?.[1];
    if (head === undefined || !this.view) return;
    this.followedAt = Date.now();
    this.view.dispatch({ effects: EditorView.scrollIntoView(Math.min(head, this.view.state.doc.length), { y: "center" }) });
  }
}

function samePeople(a: readonly Participant[], b: readonly Participant[]): boolean {
  return a.length === b.length && a.every((p, i) => p.client === b[i]!.client && p.name === b[i]!.name && p.colour === b[i]!.colour && p.file === b[i]!.file);
}

const listOf = (files: Files): Listed[] => Array.from(files.values(), ({ id, path }) => ({ id, path })).sort((a, b) => (a.path < b.path ? -1 : 1));

function navigatorOnline(): boolean {
  return typeof navigator === "undefined" || navigator.onLine !== false;
}

export type { Other };
