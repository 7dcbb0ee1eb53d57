import { Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { undo, redo } from "@codemirror/commands";
import { EditorView } from "@codemirror/view";
import { type Members, deleteSession, keepSnapshot, renewLinks } from "./collab/links";
import { defaultPath, mainFile } from "./collab/files";
import type { Session } from "./collab/session";
import { cleanName, maxSessionName, readSetting, samePerson, writeSetting } from "./collab/person";
import type { PastRun, RunOptions } from "./collab/wire.gen";
import { type Actions, createEditor, setReadOnly, setVim } from "./editor/editor";
import { FileBar } from "./files/FileBar";
import { FileEntries, FileTools, type Tool, undoFiles, useDeletion } from "./files/FileTools";
import { becomeAll, zipped } from "./files/import";
import { chosenFiles } from "./files/incoming";
import { useOpening } from "./files/useOpening";
import { chosen, formatOf, noChoices, titleOf } from "./run/choices";
import { asked as askedFor } from "./run/options";
import { countByFile, countOf } from "./run/diagnostics";
import { sessionURL } from "./run/past";
import { fileOf, listingFor, outputTab, tabFor, tabsOf, testsTab } from "./run/results";
import { runOf } from "./run/runs";
import { choicesWith } from "./run/toolchains";
import { useOf } from "./run/use";
import { Boundary } from "./ui/Boundary";
import { CopyButton } from "./ui/CopyButton";
import { Dialog } from "./ui/Dialog";
import { Keys } from "./ui/Keys";
import { More } from "./ui/More";
import { Options } from "./ui/Options";
import { Output, outputText } from "./ui/Output";
import { Past, timeOf } from "./ui/Past";
import { Notices } from "./ui/Notices";
import { People } from "./ui/People";
import { SessionName } from "./ui/SessionName";
import { RunButton } from "./ui/RunButton";
import { RunMenu } from "./ui/RunMenu";
import { RunLine } from "./ui/RunLine";
import { Share } from "./ui/Share";
import { firstLine } from "./start/recent";
import { StatusNotice, StatusPill, isFinal } from "./ui/Status";
import { Stdin } from "./ui/Stdin";
import { Tabs, panelId, tabId } from "./ui/Tabs";
import { download } from "./ui/download";
import { formatFile, replaceText } from "./ui/format";
import { loadParts, part } from "./ui/part";
import { mod } from "./ui/platform";
import { titleOf as pageTitle } from "./ui/title";
import { useToolchains } from "./ui/useToolchains";

const vimKey = "corust.vim";
const wrapKey = "corust.wrap";
const viewWrapKey = "corust.view-wrap";
const View = part(() => import("./view/View"));
const Tests = part(() => import("./view/Tests"));
const Playback = part(() => import("./playback/Playback"));
const Sessions = part(() => import("./start/Sessions"));
const Crates = part(() => import("./view/Crates"));

/** How long after the session is there the code of other parts is loaded, in milliseconds. */
const partsAfter = 2000;

/** Where parts of the page are that the document has from the start. */
export interface Places {
  /**
   * The editor's. It is outside of what React renders: React listens to every event
   * in there, and for each key it would ask the browser where things are, and draw
   * a frame more.
   */
  editor: HTMLElement;
  output: HTMLElement;
}

export function App({ session, places, nonce }: { session: Session; places: Places; nonce: string }) {
  const snap = useSyncExternalStore(session.subscribe, session.snapshot);
  const { readOnly, view: viewToken } = session.boot;
  const editor = useRef<EditorView | null>(null);
  const channel = snap.settings["channel"] ?? "";
  const { list: offered } = useToolchains(channel || null); // without the list, the menu has what the default toolchain can do
  const choices = useMemo(() => choicesWith(session.boot.choices ?? noChoices, offered ?? [], channel), [session, offered, channel]);
  const { action, edition } = chosen(choices, snap.settings);
  const formatter = formatOf(choices);
  const [vim, setVimOn] = useState(readSetting(vimKey) === "on");
  const [wrap, setWrap] = useState(readSetting(wrapKey) !== "off");
  const [viewWrap, setViewWrap] = useState(readSetting(viewWrapKey) === "on");
  const [source, setSource] = useState<EditorView | null>(null);
  const [dialog, setDialog] = useState<"" | "share" | "keys" | "past" | "crates" | "sessions" | "playback">("");
  const [past, setPast] = useState<PastRun | null>(null); // shown in place of the current run
  const [busy, setBusy] = useState(false);
  const [tool, setTool] = useState<Tool>(null);
  const [naming, setNaming] = useState(false);
  const { run } = snap;
  const sessionName = cleanName(snap.settings["name"] ?? "", maxSessionName);
  const locked = snap.settings["locked"] === "true"; // for everyone
  const running = run !== null && !run.ended;
  const canRun = !readOnly && session.boot.choices !== null && snap.status === "live" && !running;

  const untouched = useRef(false); // since the run was asked for, nothing was pressed here
  const act = {
    run: (name: string = action, more: RunOptions = {}) => {
      if (!canRun && (readOnly || snap.status === "live")) return;
      const run = askedFor(choices, snap.settings, name);
      if ("why" in run) return session.notice(`Not run. ${run.why}.`);
      session.run({ ...run.options, ...more }, run.input);
      // After the key that asked for it.
      setTimeout(() => (untouched.current = true), 0);
    },
    saved: () => (readOnly ? "This link is read-only." : session.saved() ? "All changes are saved as you make them." : "Not saved yet. Your changes are sent as soon as the server answers."),
    format: () => {
      if (readOnly || busy) return;
      if (!editable) return session.notice(`Not formatted: ${whyNot()}.`);
      if (!formatter?.available) return session.notice(`Not formatted: ${formatter?.reason ?? "this server has no formatter"}.`);
      void format();
    },
  };
  const latest = useRef(act);
  latest.current = act;
  const [actions] = useState<Actions>({ run: () => latest.current.run(), format: () => latest.current.format(), saved: () => latest.current.saved() });

  async function format() {
    setBusy(true);
    try {
      const whole = await formatFile(session, snap.opened, `${sessionURL(location)}/format`, edition);
      if (!whole) session.notice("Formatted, except for what was edited meanwhile. Format again for the rest.");
    } catch (err) {
      session.notice(`Not formatted: ${err instanceof Error ? err.message : String(err)}.`);
    } finally {
      setBusy(false);
    }
  }

  const joined = snap.status === "live";
  useEffect(() => {
    if (!joined) return;
    const timer = setTimeout(() => void loadParts(), partsAfter);
    return () => clearTimeout(timer);
  }, [joined]);

  useEffect(() => {
    const view = createEditor(places.editor, session, actions, nonce);
    editor.current = view;
    setSource(view);
    if (readSetting(vimKey) === "on") void setVim(view, true, actions);
    const key = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.defaultPrevented || e.repeat) return;
      if (e.key === "Enter") latest.current.run();
      else if (e.key === "s") latest.current.format();
      else return;
      e.preventDefault();
    };
    const touch = () => void (untouched.current = false);
    addEventListener("keydown", key);
    addEventListener("keydown", touch, true);
    addEventListener("pointerdown", touch, true);
    return () => {
      removeEventListener("keydown", key);
      removeEventListener("keydown", touch, true);
      removeEventListener("pointerdown", touch, true);
      view.destroy();
    };
  }, [session, places, nonce, actions]);

  // Editing goes on without a connection, but not before the text has come.
  const editable = !readOnly && !locked && snap.loaded && !isFinal(snap.status);
  // Why the files cannot be changed, as a clause.
  const whyNot = () => (readOnly ? "this link is read-only" : locked ? "the session is read-only" : "the session is not connected");
  const { open, dialog: replacing } = useOpening(session, editor, () => (editable ? "" : whyNot()));
  useEffect(() => {
    if (editor.current) setReadOnly(editor.current, !editable);
  }, [editable]);

  const title = pageTitle(run, viewToken, sessionName);
  useEffect(() => {
    document.title = title;
  }, [title]);

  // A run that begins takes the place of a past one that is shown.
  useEffect(() => setPast(null), [run?.id]);

  const insertUse = (crate: string) => {
    const view = editor.current;
    if (!view || !editable) return;
    const { from, insert, cursor } = useOf(view.state.doc, crate);
    view.dispatch({ changes: { from, insert }, selection: { anchor: cursor }, scrollIntoView: true, userEvent: "input.use" });
    view.focus();
  };

  const restore = ({ source, files }: PastRun) => {
    const view = editor.current;
    if (!view || !editable) return;
    if (source === undefined) return session.notice("The text of that run was not kept.");
    if (files || snap.files.length > 1) return becomeAll(session, files ?? [{ name: defaultPath, content: source }]);
    session.open(mainFile);
    replaceText(view, source, "input.restore");
  };

  const manage = {
    renew: async (members: Members) => {
      session.move(await renewLinks(location, members));
      setDialog("");
    },
    exported: `${sessionURL(location)}/export`,
    lock: (on: boolean) => session.choose({ locked: on ? "true" : "" }),
    remove: async () => {
      await deleteSession(location);
      setDialog("");
    },
  };

  const nameOf = (client: string, name?: string) => {
    const p = snap.people.find((p) => p.client === client);
    // A member who has left may be this person before a reload.
    if (p?.me || (!p && samePerson(client, snap.me.client))) return "you";
    return p?.name ?? (cleanName(name ?? "") || "somebody");
  };
  const jump = (line: number, column: number, path: string) => {
    const view = editor.current;
    if (!view) return;
    const place = past ? null : session.place(line, column, path);
    const file = place?.file ?? snap.files.find((f) => f.path === path)?.id;
    if (file === undefined || !session.open(file)) return;
    const doc = view.state.doc;
    goTo(file, place?.pos ?? doc.line(Math.min(Math.max(1, line), doc.lines)).from);
  };
  const goTo = (file: number, pos: number) => {
    const view = editor.current;
    if (!view || !session.open(file)) return;
    const doc = view.state.doc;
    view.dispatch({ selection: { anchor: Math.min(pos, doc.length) }, effects: EditorView.scrollIntoView(Math.min(pos, doc.length), { y: "center" }) });
    view.focus();
  };

  const base = new URL("..", location.href).href;
  const label = titleOf(choices, action);
  const shown = useMemo(() => (past ? runOf(past) : run), [past, run]);
  const counts = useMemo(() => countOf(shown?.diagnostics ?? []), [shown?.diagnostics]);
  const countsByFile = useMemo(() => countByFile(session.diagnostics), [session.diagnostics]);
  const deletion = useDeletion(session);

  const tabs = tabsOf(choices, shown);
  const [wanted, setWanted] = useState(outputTab);
  const [of, setOf] = useState(""); // the run that wanted is about
  if (shown && shown.id !== of) {
    setOf(shown.id);
    setWanted(tabFor(choices, shown.options, wanted));
  }
  const tab = tabs.some((t) => t.name === wanted) ? wanted : outputTab;
  const opened = snap.files.find((f) => f.id === snap.opened) ?? snap.files[0]!;
  const product = shown?.products.find((p) => p.name === tab);
  const productURL = (name: string) => `${sessionURL(location)}/runs/${encodeURIComponent(shown!.id)}/products/${encodeURIComponent(name)}`;

  return (
    <Boundary session={session}>
      <header>
        <h1>
          <a href={new URL("start/", base).href} title="New and recent sessions">
            <img src={icon()} alt="" width="22" height="22" /> corust
          </a>
        </h1>
        <SessionName name={sessionName} canEdit={!readOnly && snap.status === "live"} editing={naming} setEditing={setNaming} rename={(name) => session.choose({ name: cleanName(name, maxSessionName) })} />
        <div className="controls" role="toolbar" aria-label="Run">
          <RunButton
            running={running}
            ready={snap.ahead.ready}
            label={label}
            title={`${label} (${mod}+Enter)`}
            offered={!readOnly && session.boot.choices !== null && snap.loaded}
            enabled={!readOnly && snap.status === "live"}
            run={() => act.run()}
            stop={() => session.stopRun()}
          />
          <RunMenu
            choices={choices}
            action={action}
            disabled={readOnly || snap.status !== "live" || !choices.actions.length}
            choose={(a) => {
              if (a.edits) return act.format();
              session.choose({ action: a.name });
              act.run(a.name);
            }}
          />
          <Options choices={choices} settings={snap.settings} disabled={readOnly || snap.status !== "live"} choose={(c) => session.choose(c)} canRun={canRun} runAnew={() => act.run(action, { cache: "off" })} />
          <button type="button" className="wide-only" onClick={act.format} disabled={!editable || busy || snap.status !== "live" || !formatter?.available} title={formatter?.available ? `Format (${mod}+S)` : formatter?.reason}>
            Format
          </button>
        </div>
        <div className="right">
          <StatusPill session={session} status={snap.status} loaded={snap.loaded} locked={locked} />
          <People people={snap.people} following={snap.following} follow={(c) => session.follow(c)} rename={(n) => session.rename(n)} />
          <button type="button" onClick={() => setDialog("share")}>
            Share
          </button>
          <More
            readOnly={!editable}
            vim={vim}
            setVim={(on) => {
              setVimOn(on);
              writeSetting(vimKey, on ? "on" : "off");
              if (editor.current) void setVim(editor.current, on, actions);
            }}
            open={(files) => open(chosenFiles(files))}
            download={() => download(session.doc, session.name)}
            undo={() => editor.current && undo(editor.current)}
            redo={() => editor.current && redo(editor.current)}
            crates={() => setDialog("crates")}
            name={session.name}
            files={(then) => (
              <FileEntries
                snap={snap}
                readOnly={!editable}
                then={then}
                setTool={setTool}
                remove={deletion.remove}
                undo={() => undoFiles(session)}
                openAll={(list) => open(chosenFiles(list))}
                zip={() => void zipped(session).then((zip) => download(zip, "session.zip"))}
              />
            )}
            past={() => setDialog("past")}
            canName={!readOnly && snap.status === "live"}
            nameSession={() => setNaming(true)}
            sessions={() => setDialog("sessions")}
            playback={readOnly ? null : () => setDialog("playback")}
            keys={() => setDialog("keys")}
          />
        </div>
      </header>

      <StatusNotice status={snap.status} loaded={snap.loaded} watch={snap.watch && new URL(`v/${snap.watch}`, base).href} />
      <Notices session={session} snap={snap} />
      {deletion.notice}
      <FileBar
        session={session}
        snap={snap}
        counts={countsByFile}
        readOnly={!editable}
        create={() => setTool({ name: -1 })}
        rename={(file) => setTool({ name: file })}
        remove={deletion.remove}
        focusEditor={() => editor.current?.focus()}
      />
      <FileTools session={session} snap={snap} tool={tool} setTool={setTool} go={goTo} />

      {createPortal(
        <>
          {past && (
            <div className="shown-past" role="status">
              <span>{`The run of ${timeOf(past.started)}`}</span>
              <button type="button" onClick={() => setPast(null)}>
                Back to the last run
              </button>
            </div>
          )}
          <div className="output-head">
            <RunLine run={shown} nameOf={nameOf} counts={counts} />
            {shown && tab === outputTab && (
              <span className="tools">
                <button
                  type="button"
                  aria-pressed={wrap}
                  aria-label="Wrap long lines"
                  onClick={() => {
                    setWrap(!wrap);
                    writeSetting(wrapKey, wrap ? "off" : "on");
                  }}
                >
                  Wrap
                </button>
                <CopyButton what="the output" text={() => places.output.querySelector(`.${outputText}`)?.textContent ?? ""} />
              </span>
            )}
          </div>
          {tabs.length > 1 && <Tabs tabs={tabs} now={tab} choose={setWanted} />}
          {tab !== outputTab && shown && (
            <div className="panel-of-tab" role="tabpanel" id={panelId(tab)} aria-labelledby={tabId(tab)}>
              <Suspense
                fallback={
                  <p className="hint view-note" role="status">
                    Loading…
                  </p>
                }
              >
                {tab === testsTab ? (
                  <Tests tests={shown.tests} files={snap.files.map((f) => f.path)} canRun={canRun} run={(only) => act.run("test", { args: [...only] })} jump={jump} />
                ) : (
                  product && (
                    <View
                      key={`${shown.id} ${tab}`}
                      product={product}
                      title={tabs.find((t) => t.name === tab)!.title}
                      url={productURL(tab)}
                      listing={listingFor(shown.products, product) ? productURL(listingFor(shown.products, product)!.name) : ""}
                      session={session}
                      source={source}
                      opened={opened}
                      current={!past}
                      wrap={viewWrap}
                      setWrap={(on) => {
                        setViewWrap(on);
                        writeSetting(viewWrapKey, on ? "on" : "off");
                      }}
                      nonce={nonce}
                      file={fileOf(tab)}
                    />
                  )
                )}
              </Suspense>
            </div>
          )}
          {shown ? (
            <div
              className="panel-of-tab"
              hidden={tab !== outputTab}
              {...(tabs.length > 1 && { role: "tabpanel", id: panelId(outputTab), "aria-labelledby": tabId(outputTab) })}
            >
              <Output run={shown} wrap={wrap} nameOf={nameOf} jump={jump} />
            </div>
          ) : (
            <div className="empty">
              <p>
                {readOnly ? "Nothing has been run yet." : session.boot.choices ? <>Press <kbd>{mod}</kbd> <kbd>Enter</kbd> to run.</> : "This server has nothing to run Rust with."}
              </p>
              <p className="hint">Everyone in the session sees the same output.</p>
            </div>
          )}
          {!readOnly && (
            <Stdin
              open={running && !past && !run.inputClosed}
              waiting={running && run.waiting}
              live={snap.status === "live"}
              mayFocus={() => untouched.current && run?.by === snap.me.client}
              send={(t, eof) => session.input(t, eof)}
              leave={() => places.output.querySelector<HTMLElement>(`.${outputText}`)?.focus()}
            />
          )}
        </>,
        places.output,
      )}

      {dialog === "share" && (
        <Share edit={readOnly ? null : location.href} view={new URL(`v/${viewToken}`, base).href} manage={readOnly ? null : manage} locked={locked} snapshot={() => keepSnapshot(location)} close={() => setDialog("")} />
      )}
      {dialog === "past" && (
        <Past
          url={sessionURL(location)}
          choices={choices}
          turn={`${run?.id ?? ""} ${run?.ended}`}
          canRestore={editable}
          nameOf={nameOf}
          show={setPast}
          restore={restore}
          close={() => setDialog("")}
        />
      )}
      {dialog === "crates" && (
        <Suspense fallback={null}>
          <Crates channel={channel} canInsert={editable} insert={insertUse} close={() => setDialog("")} />
        </Suspense>
      )}
      {dialog === "playback" && (
        <Suspense fallback={null}>
          <Playback url={sessionURL(location)} nonce={nonce} canRestore={editable} nameOf={nameOf} restore={(files) => becomeAll(session, files)} close={() => setDialog("")} />
        </Suspense>
      )}
      {dialog === "sessions" && (
        <Dialog title="Sessions" close={() => setDialog("")}>
          <Suspense fallback={<p className="hint">Loading…</p>}>
            <Sessions base={base} here={viewToken} line={firstLine(session.client.files.get(mainFile)!.text.toString())} />
          </Suspense>
        </Dialog>
      )}
      {dialog === "keys" && <Keys close={() => setDialog("")} />}
      {replacing}
    </Boundary>
  );
}

function icon(): string {
  return document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? "";
}
