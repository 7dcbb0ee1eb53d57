// A session as the page sees it: joins the connection, the client and one
// editor view, and gives the rest of the page a snapshot to draw.

import { ChangeSet, type Extension, Annotation, EditorState, StateEffect, Transaction } from "@codemirror/state";
import { EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { Client, OutOfStep, type Other } from "./client";
import { Connection, type Ending } from "./connection";
import { Palette, type Person, cleanName, newKey, saveName } from "./person";
import type { Base } from "../run/diagnostics";
import type { Choices } from "../run/choices";
import { type Run, Runs, toBase64 } from "../run/runs";
import type { ClientMessage, Range, RunOptions, ServerMessage, Settings } from "./wire";

export type Status = "connecting" | "live" | "reconnecting" | "offline" | "full" | "gone" | "replaced" | "too-old" | "forbidden";

/** What the server tells of the session in the page itself. */
export interface Bootstrap {
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
}

/** Text that the server refused for good and that is out of the session now. */
export interface Lost {
  why: string;
  /** The whole text as its user had it. */
  text: string;
}

export interface Snapshot {
  status: Status;
  /** Whether a text has ever arrived. */
  loaded: boolean;
  me: { client: string; name: string };
  people: readonly Participant[];
  settings: Settings;
  run: Run | null;
  notice: string;
  /** Until their user lets them go. */
  lost: readonly Lost[];
  following: string;
}

/** Marks transactions that came from the session. */
export const fromSession = Annotation.define<true>();
/** Tells that other people's selections have changed. */
export const othersMoved = StateEffect.define<null>();

/** For so long everything must be acknowledged before it is said to be saved. */
const savedAfter = 250;
const notLoaded = "Not run: there is no connection to the server.";
const notConnected = "Not run: there is no connection to the server. You can keep typing.";
/** For so long after a key or a press, scrolling is the person's doing. */
const ownScroll = 400;

export class Session {
  readonly client: Client;
  readonly palette = new Palette();
  private readonly runs = new Runs();
  private readonly connection: Connection;
  private readonly listeners = new Set<() => void>();
  private view: EditorView | null = null;
  private drawing = false; // others' cursors, in the next frame
  private held: Held[] = []; // while an input method composes
  private allSaved = true;
  private savedTimer: ReturnType<typeof setTimeout> | undefined;
  private snap: Snapshot;
  /**
   * Settings that were chosen here and not answered: shown at once, though others'
   * may come after. What they are over is what the session may say without
   * anybody else's having chosen.
   */
  private readonly chosen = new Map<string, { value: string; over: readonly string[] }>();
  private unanswered = 0;
  /** A run that was asked for and waits until all that was typed before it is sent. */
  private asked: RunOptions | null = null;
  private starting = false; // a run was asked for, and there is no answer
  private touchedAt = 0; // when the person last did something that scrolls the editor
  private pressing = false; // a button of the mouse, as on the scrollbar
  private followedAt = 0; // when the editor was last scrolled to the person that is followed
  /** What the run runs, and how the text here has changed from it, while that is known. */
  private ran: Base | null = null;
  private readonly watches = new Set<{ since: ChangeSet }>();
  /** The same for the text that the run's diagnostics are about: for those who came later, a later one. */
  private said: Base | null = null;

  constructor(
    url: string,
    readonly person: Person,
    readonly boot: Bootstrap,
    make?: (url: string) => WebSocket,
  ) {
    this.client = new Client(newKey(), person.name, person.key);
    this.connection = new Connection(
      url,
      { open: () => this.opened(), message: (data) => this.incoming(data), closed: (e) => this.closed(e) },
      make,
    );
    this.snap = {
      status: "connecting", loaded: false, me: { client: this.client.id, name: person.name },
      people: [], settings: {}, run: null, notice: "", lost: [], following: "",
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
   * does not flicker with each key. Apart from the snapshot, since it changes
   * while somebody types, and little is drawn from it.
   */
  readonly saved = (): boolean => this.allSaved;

  private set(fields: Partial<Snapshot>): void {
    this.snap = { ...this.snap, ...fields };
    for (const l of this.listeners) l();
  }

  start(): void {
    this.connection.start();
  }

  stop(): void {
    clearTimeout(this.savedTimer);
    this.connection.stop();
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  /** Most UTF-16 units that the text may have. */
  get maxText(): number {
    return this.client.limits?.text ?? this.boot.maxText;
  }

  get doc(): string {
    return this.client.text.toString();
  }

  /** Where a line and column of the run's text, in characters from 1, is now. */
  place(line: number, column: number): number | null {
    if (!this.ran || line < 1 || line > this.ran.text.lines) return null;
    const l = this.ran.text.line(line);
    const units = [...l.text].slice(0, Math.max(0, column - 1)).join("").length;
    return this.ran.since.mapPos(l.from + units, 1);
  }

  /** What the positions of the run's diagnostics count in, and how the text here has changed from it, if that is known. */
  get diagnosed(): Base | null {
    return this.said;
  }

  /** Watches how the view's text changes from here on, until end is called. */
  watch(): { readonly since: ChangeSet; end(): void } {
    const watch = { since: ChangeSet.empty(this.client.text.length), end: () => void this.watches.delete(watch) };
    this.watches.add(watch);
    return watch;
  }

  // What the user does.

  /** Changes settings of the session, for everyone. */
  choose(settings: Settings): void {
    for (const [name, value] of Object.entries(settings)) {
      const before = this.chosen.get(name);
      this.chosen.set(name, { value, over: before ? [...before.over, before.value] : [this.client.settings[name] ?? ""] });
    }
    if (this.client.live) this.sendSettings(settings); // else after the welcome
    this.settingsChanged();
  }
  /** Asks for a run of the text as it is here: the session runs what it has been sent. */
  run(options: RunOptions): void {
    if (this.snap.status !== "live") return this.notice(this.snap.loaded ? notConnected : notLoaded);
    if (this.starting || (this.snap.run && !this.snap.run.ended)) return; // asked for twice
    this.starting = true;
    this.asked = options;
    this.flush();
  }
  stopRun(): void {
    const r = this.snap.run;
    if (r && !r.ended) this.send({ type: "stop", run: r.id });
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
    this.send({ type: "stdin", run: r.id, ...(text && { data: toBase64(bytes) }), ...(eof && { eof }) });
    return true;
  }
  rename(name: string): void {
    name = cleanName(name) || this.client.name;
    saveName(name);
    this.client.name = name;
    this.set({ me: { ...this.snap.me, name } });
    if (this.client.live) this.hello();
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
      EditorState.transactionFilter.of((tr) => this.refuseTooMuch(tr)),
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
          setTimeout(() => this.release(), 0);
          return false;
        },
        blur: () => {
          setTimeout(() => this.release(), 0);
          return false;
        },
      }),
      // Whoever scrolls wants to look elsewhere.
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

  private refuseTooMuch(tr: Transaction): Transaction | readonly Transaction[] {
    if (!tr.docChanged || tr.annotation(fromSession)) return tr;
    const grown = tr.newDoc.length;
    if (grown <= this.maxText || grown <= tr.startState.doc.length) return tr;
    queueMicrotask(() => this.notice(`That does not fit: the text would have ${grown.toLocaleString("en")} characters, and a session holds at most ${this.maxText.toLocaleString("en")}.`));
    return [];
  }

  private updated(u: ViewUpdate): void {
    let mine = false;
    for (const tr of u.transactions) {
      if (!tr.docChanged) continue;
      if (!tr.annotation(fromSession)) {
        this.client.edit(tr.changes, tr.newDoc);
        mine = true;
      }
      for (const w of this.watches) w.since = w.since.compose(tr.changes);
      const { ran, said } = this;
      this.ran = after(ran, tr.changes);
      this.said = said === ran ? this.ran : after(said, tr.changes);
    }
    if (u.selectionSet || u.docChanged) this.client.select(rangesOf(u.state));
    // Typing, moving the cursor and searching are a person's own ways to look elsewhere.
    if (mine || u.transactions.some((tr) => tr.selection && !tr.annotation(fromSession))) this.followNobody();
    if (u.docChanged || u.selectionSet) this.flush();
  }

  // Messages.

  private opened(): void {
    this.hello();
  }

  private hello(): void {
    this.connection.send(JSON.stringify(this.client.hello()));
  }

  private closed(ending: Ending): void {
    this.drain(true);
    this.client.disconnect();
    this.asked = null;
    this.starting = false;
    let status: Status = navigatorOnline() ? "reconnecting" : "offline";
    if (ending.kind === "retry" && ending.reason === "busy") status = "full";
    if (ending.kind === "final") status = ending.reason as Status;
    this.set({ status });
    this.peopleChanged();
  }

  private incoming(data: string): void {
    let m: ServerMessage;
    try {
      m = JSON.parse(data) as ServerMessage;
    } catch {
      return this.connection.drop();
    }
    this.held.push({ m, told: false });
    this.drain(false);
  }

  private release(): void {
    if (!this.view?.composing) this.drain(false);
  }

  /**
   * Handles what has come, in order. While an input method composes, a change of the
   * line that it composes in would break the word: it waits, and so does what counts
   * in the text after it. What a run does and prints waits for nothing.
   */
  private drain(force: boolean): void {
    const list = this.held;
    this.held = [];
    let waiting = false;
    let welcome = false;
    for (const h of list) {
      const { m } = h;
      waiting ||= !force && this.mustWait(m);
      if (!waiting || (!welcome && !inOrder(m))) {
        this.receive(m, h.told);
        continue;
      }
      welcome ||= m.type === "welcome"; // it may tell of a run
      if (!welcome && !h.told && this.runs.receive(m)) {
        this.set({ run: this.runs.current });
        h.told = true;
      }
      this.held.push(h);
    }
    this.flush();
  }

  /** Whether a message changes the line that an input method composes in. */
  private mustWait(m: ServerMessage): boolean {
    if (!this.view?.composing) return false;
    if (m.type === "welcome") return m.text !== undefined || Boolean(m.entries?.length);
    if (m.type === "error") return Boolean(m.seq);
    if (m.type !== "entry" || m.client === this.client.id) return false;
    const { doc, selection } = this.view.state;
    const line = doc.lineAt(selection.main.head);
    const changes = this.client.foresee(m);
    return !changes || Boolean(changes.touchesRange(line.from, line.to));
  }

  /** Told: that the run has been updated by it. */
  private receive(m: ServerMessage, told: boolean): void {
    let moved = false;
    try {
      const { others, text } = this.client;
      const update = this.client.receive(m);
      if (!update.changes.empty && this.view) {
        this.view.dispatch({
          changes: update.changes,
          annotations: [fromSession.of(true), Transaction.remote.of(true), Transaction.addToHistory.of(false)],
          filter: false,
        });
      }
      moved = this.client.others !== others;
      if (update.lost && m.type === "error") this.set({ lost: [...this.snap.lost, { why: sayLost(m.code, m.message), text: text.toString() }] });
    } catch (err) {
      if (!(err instanceof OutOfStep)) throw err;
      this.hello();
      return;
    }
    if (m.type === "welcome") {
      const known = this.snap.run?.id === m.run?.run && this.snap.run?.diagnostics.length;
      if (!known) this.said = m.run?.diagnostics?.version === m.version ? this.here() : null;
      if (m.run?.version !== this.snap.run?.version) this.ran = m.run?.version === m.version ? this.here() : null;
      const notice = this.snap.notice === notConnected ? "" : this.snap.notice;
      this.set({ status: "live", loaded: true, notice, me: { ...this.snap.me, client: this.client.id } });
      this.settleChosen();
    } else if (m.type === "settings") {
      if (m.by === this.client.id && this.client.live) this.settingsAnswered();
      else this.settingsChanged();
    } else if (m.type === "run") {
      this.starting = false;
      this.ran = m.version === this.client.version ? this.here() : null;
      this.said = null;
    } else if (m.type === "diagnostics") {
      const { run } = this.snap;
      this.said = run?.id === m.run && run.version === m.version && this.ran ? this.ran : m.version === this.client.version ? this.here() : null;
    } else if (m.type === "error" && !m.seq) {
      this.starting = false;
      this.set({ notice: sayError(m.code, m.message, this.snap.run) });
      this.forgetChosen(); // it may have been about them
    }
    if (!told && this.runs.receive(m)) this.set({ run: this.runs.current });
    if (moved || m.type === "welcome") this.peopleChanged();
  }

  private sendSettings(settings: Settings): void {
    this.unanswered++;
    this.send({ type: "settings", settings });
  }

  private settingsAnswered(): void {
    if (--this.unanswered <= 0) this.forgetChosen();
    else this.settingsChanged();
  }

  private forgetChosen(): void {
    this.unanswered = 0;
    this.chosen.clear();
    this.settingsChanged();
  }

  /** After a welcome: what did not arrive is sent again, unless somebody else has chosen meanwhile. */
  private settleChosen(): void {
    this.unanswered = 0;
    for (const [name, { value, over }] of this.chosen) {
      const now = this.client.settings[name] ?? "";
      if (now === value || !over.includes(now)) this.chosen.delete(name);
    }
    if (this.chosen.size) this.sendSettings(this.choices());
    this.settingsChanged();
  }

  private choices(): Settings {
    return Object.fromEntries(Array.from(this.chosen, ([name, { value }]) => [name, value]));
  }

  private settingsChanged(): void {
    this.set({ settings: { ...this.client.settings, ...this.choices() } });
  }

  private here(): Base {
    return { text: this.client.shared, since: this.client.pending() };
  }

  private flush(): void {
    for (let m = this.client.next(); m; m = this.client.next()) this.send(m);
    if (this.asked && this.client.told) {
      this.send({ type: "run", options: this.asked });
      this.asked = null;
    }
    this.tellSaved(this.client.synced);
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
      for (const l of this.listeners) l();
    };
    if (synced) this.savedTimer = setTimeout(tell, savedAfter);
    else tell();
  }

  private send(m: ClientMessage): void {
    this.connection.send(JSON.stringify(m));
  }

  private peopleChanged(): void {
    const { others } = this.client;
    this.palette.keep([this.client.id, ...others.keys()]);
    const person = (client: string, name: string, me: boolean): Participant => ({ client, name: cleanName(name) || "Somebody", colour: this.palette.of(client), me });
    const people = [person(this.client.id, this.client.name, true), ...Array.from(others.values(), (o) => person(o.client, o.name, false))];
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
    const head = this.client.others.get(this.snap.following)?.cursor[0]?.[1];
    if (head === undefined || !this.view) return;
    this.followedAt = Date.now();
    this.view.dispatch({ effects: EditorView.scrollIntoView(Math.min(head, this.view.state.doc.length), { y: "center" }) });
  }
}

/** What has come and waits; told says that the run has been updated by it. */
interface Held {
  m: ServerMessage;
  told: boolean;
}

/** Whether a message counts in the text, or in the members, as those before it leave them. */
function inOrder(m: ServerMessage): boolean {
  return !["settings", "stage", "waiting", "output", "input", "end"].includes(m.type) && !(m.type === "error" && !m.seq);
}

const after = (base: Base | null, changes: ChangeSet): Base | null => base && { ...base, since: base.since.compose(changes) };

export function rangesOf(state: EditorState): Range[] {
  return state.selection.ranges.slice(0, 32).map((r): Range => [r.anchor, r.head]);
}

function samePeople(a: readonly Participant[], b: readonly Participant[]): boolean {
  return a.length === b.length && a.every((p, i) => p.client === b[i]!.client && p.name === b[i]!.name && p.colour === b[i]!.colour);
}

function navigatorOnline(): boolean {
  return typeof navigator === "undefined" || navigator.onLine !== false;
}

function sayLost(code: string, message: string): string {
  return code === "too-large" ? "Your last edit has been taken back: with it, the text would be too large." : `Your last edit was refused by the server and has been taken back (${message}).`;
}

function sayError(code: string, message: string, run: Run | null): string {
  switch (code) {
    case "busy":
      if (run && !run.ended) return "Not now: a run is under way."; // another was quicker
      return `Not now: ${message.replace(/: busy$/, "")}.`;
    case "no-run":
      return "That run is over.";
    case "read-only":
      return "This link is read-only.";
    default:
      return `The server refused that: ${message}.`;
  }
}

export type { Other };
