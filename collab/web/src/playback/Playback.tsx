// The history of a session, played back: a slider over its versions, runs as marks on it.

import { rust } from "@codemirror/lang-rust";
import { syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useMemo, useRef, useState } from "react";
import { difference } from "../collab/client";
import { mainFile } from "../collab/files";
import { Palette } from "../collab/person";
import type { NamedFile, PastRun } from "../collab/wire.gen";
import { colours } from "../editor/colours";
import { pastRuns } from "../run/past";
import { runOf } from "../run/runs";
import { Dialog } from "../ui/Dialog";
import { timeOf } from "../ui/Past";
import { describe } from "../ui/verdict";
import { archiveAt } from "./archive";
import { Authors, type Spans } from "./authors";
import { due } from "./clock";
import { Film, type Frame } from "./film";
import "./playback.css";

interface Props {
  /** Address of the session in the REST interface. */
  url: string;
  nonce: string;
  canRestore: boolean;
  nameOf(client: string, name?: string): string;
  /** The main file first. */
  restore(files: NamedFile[]): void;
  close(): void;
}

// An imported log may have any client ids, "constructor" included.
const kept = (names: Readonly<Record<string, string>>, client: string) => (Object.hasOwn(names, client) ? names[client] : undefined);
const speeds = [1, 4, 16, 64, 256];
const message = (err: unknown) => (err instanceof Error ? err.message : String(err));

export default function Playback({ url, nonce, canRestore, nameOf: nameOfMember, restore, close }: Props) {
  const [film, setFilm] = useState<Film | null>(null);
  const [runs, setRuns] = useState<readonly PastRun[]>([]);
  const [frame, setFrame] = useState<Frame | null>(null);
  const [wanted, setWanted] = useState(0); // where the slider is
  const [file, setFile] = useState(mainFile);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(4);
  const [coloured, setColoured] = useState(false);
  const [spans, setSpans] = useState<Spans | null>(null); // of the frame
  const [said, say] = useState("");
  const [failed, fail] = useState("");
  const nameOf = (client: string) => nameOfMember(client, kept(film?.range.names ?? {}, client) ?? runs.find((r) => r.by === client)?.name);
  const target = useRef(0);
  const busy = useRef(false);
  const address = useRef(url);
  address.current = url;

  // When the links are renewed, the film stays as it is and reads the rest from the new address.
  useEffect(() => {
    let here = true;
    if (!film) Film.open(archiveAt(() => address.current)).then(
      (film) => {
        if (!here) return;
        setFilm(film);
        go(film, film.range.version, true);
      },
      (err: unknown) => here && fail(`The history could not be loaded: ${message(err)}.`),
    );
    pastRuns(url).then((list) => here && setRuns(list), () => {}); // then there are no marks
    return () => {
      here = false;
    };
  }, [url]);

  /** Shows a version, or the last one that was asked for meanwhile. */
  const go = (film: Film, version: number, follow: boolean) => {
    target.current = Math.min(Math.max(version, film.range.first), film.range.version);
    setWanted(target.current);
    if (busy.current) return;
    busy.current = true;
    void (async () => {
      try {
        for (let shown = -1; shown !== target.current; ) {
          const next = await film.at((shown = target.current));
          setFrame(next);
          if (follow && next.entry && next.files.has(next.entry.file ?? mainFile)) setFile(next.entry.file ?? mainFile);
        }
        fail("");
        // What is looked at after a pause is near, most of the time.
        const still = target.current;
        setTimeout(() => target.current === still && film.warm(still).catch(() => {}), 300);
      } catch (err) {
        setPlaying(false);
        fail(`This part of the history could not be loaded: ${message(err)}.`);
      } finally {
        busy.current = false;
      }
    })();
  };

  useEffect(() => {
    if (!playing || !film) return;
    let here = true;
    let left = 0;
    let then = performance.now();
    const tick = async () => {
      const { version } = film.range;
      if (!here) return;
      if (target.current >= version) return setPlaying(false);
      const now = performance.now();
      left += now - then;
      then = now;
      if (!busy.current) {
        try {
          const { times } = await film.from(target.current);
          const { time } = await film.at(target.current);
          if (!here) return;
          const next = due(time, times, left, speed);
          left = next.count === times.length ? 0 : next.left;
          if (next.count) go(film, target.current + next.count, true);
        } catch (err) {
          setPlaying(false);
          fail(`The next part of the history could not be loaded: ${message(err)}.`);
        }
      }
      if (here) requestAnimationFrame(() => void tick());
    };
    requestAnimationFrame(() => void tick());
    return () => {
      here = false;
    };
  }, [playing, film, speed]);

  const authors = useMemo(() => film && new Authors(film), [film]);
  const version = frame?.version;
  useEffect(() => {
    if (!coloured || !authors || version === undefined) return setSpans(null);
    let here = true;
    authors
      .at(version, (v) => here && say(version - v > 5000 ? `Reading who wrote what: ${v.toLocaleString("en")} of ${version.toLocaleString("en")}…` : ""), () => !here)
      .then((spans) => here && spans && setSpans(spans))
      .catch((err: unknown) => here && fail(`The authors could not be loaded: ${message(err)}.`));
    return () => {
      here = false;
      say("");
    };
  }, [coloured, authors, version]);

  const files = frame ? [...frame.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)) : [];
  const shown = frame?.files.get(file) ?? frame?.files.get(mainFile);
  const palette = useRef(new Palette());
  const people = useMemo(() => {
    const clients = new Set([...(spans?.values() ?? [])].flatMap((list) => list.map((s) => s.author)).filter(Boolean));
    palette.current.keep(clients);
    const byColour = new Map([...clients].map((c) => [`${palette.current.of(c)} ${nameOf(c)}`, c]));
    return [...byColour.values()];
  }, [spans, runs]);
  const marks = film ? runs.filter((r) => r.version >= film.range.first && r.version <= film.range.version && r.run.startsWith(`${film.range.epoch}-`)) : [];
  const seek = (v: number) => {
    setPlaying(false);
    if (film) go(film, v, true);
  };
  const range = film?.range;
  const when = frame ? timeOf(new Date(frame.time).toISOString()) : "";
  const author = frame?.entry ? nameOf(frame.entry.client) : "";
  const total = range ? range.version - range.first : 0;

  return (
    <Dialog title="Playback" close={close}>
      <div className="playback">
        <p role="status" className="hint">
          {failed || said || (!range ? "Loading…" : range.first > 0 ? `The server keeps the history from version ${range.first.toLocaleString("en")} on.` : "")}
        </p>
        {files.length > 1 && (
          <label className="which">
            File{" "}
            <select value={shown?.id} onChange={(e) => setFile(Number(e.target.value))}>
              {files.map((f) => (
                <option key={f.id} value={f.id}>
                  {f.path}
                </option>
              ))}
            </select>
          </label>
        )}
        <Picture leaping={frame !== null && Math.abs(wanted - frame.version) >= leap} name={shown?.path ?? ""} text={shown?.text ?? null} spans={coloured && shown ? (spans?.get(shown.id) ?? null) : null} colourOf={(c) => palette.current.of(c)} nonce={nonce} />
        <div className="timeline">
          <input
            type="range"
            aria-label="Version"
            min={range?.first ?? 0}
            max={range?.version ?? 0}
            value={wanted}
            disabled={!range}
            aria-valuetext={frame ? `Version ${frame.version} of ${range?.version}, ${when}${author ? `, by ${author}` : ""}` : undefined}
            onChange={(e) => seek(Number(e.target.value))}
          />
          {total > 0 && (
            <div className="marks">
              {marks.map((r) => {
                const { text, tone } = describe(runOf(r), nameOf);
                const label = `Run of ${timeOf(r.started)}: ${text}`;
                return <button type="button" key={r.run} className={`mark ${tone}`} style={{ left: `${((r.version - range!.first) / total) * 100}%` }} aria-label={label} title={label} onClick={() => seek(r.version)} />;
              })}
            </div>
          )}
        </div>
        <div className="row">
          <button type="button" className="primary" disabled={!total} onClick={() => {
              if (!playing && film && target.current >= film.range.version) go(film, film.range.first, true);
              setPlaying(!playing);
            }}>
            {playing ? "Pause" : "Play"}
          </button>
          <button type="button" aria-label="Previous version" disabled={!range || wanted <= range.first} onClick={() => seek(wanted - 1)}>
            ‹
          </button>
          <button type="button" aria-label="Next version" disabled={!range || wanted >= range.version} onClick={() => seek(wanted + 1)}>
            ›
          </button>
          <label>
            Speed{" "}
            <select value={speed} onChange={(e) => setSpeed(Number(e.target.value))}>
              {speeds.map((s) => (
                <option key={s} value={s}>
                  {s}×
                </option>
              ))}
            </select>
          </label>
          <label>
            <input type="checkbox" checked={coloured} disabled={!range} onChange={(e) => setColoured(e.target.checked)} /> Colour by author
          </label>
          {canRestore && (
            <button
              type="button"
              disabled={!frame}
              onClick={() => {
                restore([...frame!.files.values()].map((f) => ({ name: f.path, content: f.text.toString() })));
                close();
              }}
            >
              Restore this version
            </button>
          )}
        </div>
        <p className="hint at">{frame && `Version ${frame.version.toLocaleString("en")} of ${range!.version.toLocaleString("en")} · ${when}${author ? ` · ${author}` : ""}`}</p>
        {coloured && spans && (
          <ul className="authors" aria-label="Authors">
            {people.map((c) => (
              <li key={c}>
                <span className={`swatch person-${palette.current.of(c)}`} /> <bdi translate="no">{nameOf(c)}</bdi>
              </li>
            ))}
            {people.length === 0 && <li>All of this is from before the history.</li>}
          </ul>
        )}
        {canRestore && <p className="hint">To restore a version is an edit like any other: everyone sees it.</p>}
      </div>
    </Dialog>
  );
}

const setAuthors = StateEffect.define<DecorationSet>();
const authorMarks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, tr) => tr.effects.reduce((m, e) => (e.is(setAuthors) ? e.value : m), tr.docChanged ? Decoration.none : marks),
  provide: (f) => EditorView.decorations.from(f),
});

const language = new Compartment();
/** A change of so many characters is a leap to another text: it is shown at once, and coloured when no other has followed for colourAfter milliseconds. */
const leap = 200;
const colourAfter = 150;

interface PictureProps {
  /** A version far from this one is on its way. */
  leaping: boolean;
  name: string;
  text: Text | null;
  spans: readonly { length: number; author: string }[] | null;
  colourOf(client: string): number;
  nonce: string;
}

/** A file at a version. */
function Picture({ leaping, name, text, spans, colourOf, nonce }: PictureProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const of = useRef("");
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  const uncolour = language.reconfigure([]);
  const colour = () => {
    clearTimeout(later.current);
    if (of.current.endsWith(".rs")) later.current = setTimeout(() => view.current?.dispatch({ effects: language.reconfigure(rust()) }), colourAfter);
  };
  useEffect(() => {
    view.current = new EditorView({ parent: place.current! });
    return () => {
      clearTimeout(later.current);
      view.current?.destroy();
    };
  }, []);
  useEffect(() => {
    const v = view.current;
    if (!v || !text) return;
    if (of.current !== name) {
      of.current = name;
      v.setState(
        EditorState.create({
          doc: text,
          extensions: [
            EditorView.cspNonce.of(nonce), EditorState.readOnly.of(true), EditorView.editable.of(false), lineNumbers(), EditorView.lineWrapping, authorMarks,
            language.of([]), syntaxHighlighting(colours),
            EditorView.contentAttributes.of({ "aria-label": `${name} at this version`, tabindex: "0" }),
          ],
        }),
      );
      return colour();
    }
    const changes = difference(v.state.doc, text);
    if (changes.empty) return;
    let at = 0;
    let changed = 0;
    changes.iterChangedRanges((fromA, toA, fromB, toB) => {
      at = toB;
      changed += toA - fromA + toB - fromB;
    });
    const shown = EditorView.scrollIntoView(at, { y: "nearest", yMargin: 40 });
    if (changed < leap) return v.dispatch({ changes, effects: shown });
    // To parse another text takes longer than to show it.
    v.dispatch({ changes, effects: [shown, uncolour] });
    colour();
  }, [name, text, nonce]);
  useEffect(() => {
    const v = view.current;
    if (!v || !of.current) return;
    if (!leaping) return colour();
    // To parse this text, in pieces of up to 100 ms, would delay the next one.
    clearTimeout(later.current);
    v.dispatch({ effects: uncolour });
  }, [leaping]);
  useEffect(() => {
    const v = view.current;
    if (!v) return;
    const ranges = [];
    let from = 0;
    for (const { length, author } of spans ?? []) {
      const to = Math.min(from + length, v.state.doc.length);
      if (author && to > from) ranges.push(Decoration.mark({ class: `written person-${colourOf(author)}` }).range(from, to));
      from = to;
    }
    v.dispatch({ effects: setAuthors.of(Decoration.set(ranges)) });
  }, [spans, text, colourOf]);
  return <div className="picture" ref={place} translate="no" />;
}
