// What the compiler made of the source, beside it: lines of one source line have one
// colour on both sides, and what the pointer or the cursor is at is emphasised on both.

import { defaultKeymap } from "@codemirror/commands";
import { openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, type ViewUpdate, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useMemo, useRef, useState } from "react";
import { readSetting, writeSetting } from "../collab/person";
import type { Listed, Session } from "../collab/session";
import type { Product } from "../collab/wire.gen";
import { CopyButton } from "../ui/CopyButton";
import { download } from "../ui/download";
import { type Listener, setHot, setTies, shownView, tied } from "./colours";
import { coloured } from "./languages";
import { type Filter, type ListingJSON, type Shown, coloursOf, filters, firstOf, plain, show } from "./listing";
import "./view.css";

export interface Props {
  product: Product;
  title: string;
  /** Address of the content. */
  url: string;
  /** Address of its listing; empty if it has none. */
  listing: string;
  session: Session;
  /** The source's editor. */
  source: EditorView | null;
  /** The file that it shows. */
  opened: Listed;
  /** Whether the run is the last one: a past run's lines are not those of the text. */
  current: boolean;
  wrap: boolean;
  setWrap(on: boolean): void;
  nonce: string;
  /** Of the file that is downloaded. */
  file: string;
}

type Content = { listing: ListingJSON | null; text: string } | { why: string } | null;

const seenKey = "corust.view";

export default function View(p: Props) {
  const { product, title, url, listing: listingURL, wrap } = p;
  const content = useContent(product, url, listingURL);
  const [seen, setSeen] = useState<ReadonlySet<Filter>>(() => new Set((readSetting(seenKey) ?? "").split(" ").filter(Boolean) as Filter[]));
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const listing = content && "text" in content ? content.listing : null;
  const [raw, setRaw] = useState(false); // as the compiler wrote it
  const shown = useMemo<Shown | null>(() => (content && "text" in content ? (content.listing && !raw ? show(content.listing, seen, p.opened.path) : plain(content.text)) : null), [content, seen, raw, p.opened.path]);
  const ready = shown !== null;

  // The editor lives as long as the product is shown.
  useEffect(() => {
    if (!ready || !host.current) return;
    const v = makeView(host.current, title, product.media_type, p.nonce);
    view.current = v;
    return () => {
      view.current = null;
      v.destroy();
    };
  }, [ready, title, product.media_type, p.nonce]);
  useEffect(() => {
    view.current?.dispatch({ effects: wraps.reconfigure(wrap ? EditorView.lineWrapping : []) });
  }, [wrap, ready]);
  useEffect(() => {
    if (view.current && shown) fill(view.current, shown);
  }, [shown]);
  const { current, source, session, opened } = p;
  useEffect(() => {
    const v = view.current;
    if (!v || !source || !current || !shown?.source.some((l) => l > 0)) return;
    return join(v, shown, source, (line) => {
      const place = session.place(line, 1, opened.path);
      return place?.file === opened.id ? place.pos : null;
    });
  }, [shown, source, current, session, opened]);

  const toggle = (f: Filter) => {
    const next = new Set(seen);
    if (!next.delete(f)) next.add(f);
    setSeen(next);
    writeSetting(seenKey, [...next].join(" "));
  };
  const whole = content && "text" in content ? content.text : "";
  const notices = [...(listing?.notices ?? []), ...(listing?.lines.length && !listing.notices?.length && !shown?.text ? ["The filters hide all of it."] : []), ...(product.cut && !listing ? ["The end is missing: it is longer than the server keeps."] : [])];

  return (
    <div className="view">
      <div className="view-tools">
        {listing && !listing.filters.length && (
          <button type="button" aria-pressed={raw} title="As the compiler wrote it" onClick={() => setRaw(!raw)}>
            Unfiltered
          </button>
        )}
        {listing && listing.filters.length > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a line everywhere
          <span role="group" aria-label="Also show" className="filters">
            {filters.map((f) => (
              <button type="button" key={f.name} aria-pressed={seen.has(f.name)} title={f.about} onClick={() => toggle(f.name)}>
                {f.title}
              </button>
            ))}
          </span>
        )}
        <span className="tools">
          <button type="button" disabled={!ready} onClick={() => view.current && openSearchPanel(view.current)}>
            Search
          </button>
          <button type="button" aria-pressed={wrap} aria-label="Wrap long lines" onClick={() => p.setWrap(!wrap)}>
            Wrap
          </button>
          <CopyButton what={title} text={() => shown?.text ?? ""} />
          <button type="button" disabled={!ready} aria-label={`Download ${p.file}`} onClick={() => download(whole, p.file)}>
            Download
          </button>
        </span>
      </div>
      {content === null && (
        <p className="hint view-note" role="status">
          Loading…
        </p>
      )}
      {content && "why" in content && (
        <p className="view-note" role="status">
          {content.why}
        </p>
      )}
      {notices.map((n) => (
        <p className="hint view-note" key={n}>
          {n}
        </p>
      ))}
      <div className="view-text" ref={host} />
    </div>
  );
}

/** Loads a product. */
function useContent(product: Product, url: string, listingURL: string): Content {
  const [content, setContent] = useState<Content>(null);
  useEffect(() => {
    if (product.dropped) return setContent({ why: "The server did not keep this. Run again to see it." });
    const stop = new AbortController();
    const get = async (from: string) => {
      const res = await fetch(from, { signal: stop.signal });
      if (!res.ok) throw new Error(String(res.status));
      return res;
    };
    setContent(null);
    Promise.all([get(url).then((r) => r.text()), listingURL ? get(listingURL).then((r) => r.json() as Promise<ListingJSON>) : null]).then(
      ([text, listing]) => setContent({ text, listing }),
      (err: unknown) => {
        if (stop.signal.aborted) return;
        setContent({ why: err instanceof Error && err.message === "404" ? "The server no longer has this. Run again to see it." : "This could not be loaded. Check the connection, and open it again." });
      },
    );
    return () => stop.abort();
  }, [product.dropped, url, listingURL]);
  return content;
}

const wraps = new Compartment();
const behaviour = new Compartment();
const symbols = new Compartment();
const scheme = new Compartment();

function makeView(parent: HTMLElement, title: string, mediaType: string, nonce: string): EditorView {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  return new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        EditorView.cspNonce.of(nonce),
        scheme.of(EditorView.theme({}, { dark: dark.matches })),
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ "aria-label": title, "aria-readonly": "true", tabindex: "0", spellcheck: "false" }),
        lineNumbers(), highlightSpecialChars(), highlightActiveLine(), search({ top: true }),
        keymap.of([...searchKeymap, ...defaultKeymap]),
        coloured(mediaType),
        wraps.of([]),
        behaviour.of([]),
        symbols.of([]),
      ],
    }),
  });
}

/** Shows lines in a view, whose symbols lead to their definitions. */
function fill(view: EditorView, shown: Shown): void {
  const go = (to: number) => {
    const { from } = view.state.doc.line(to + 1);
    view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  };
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: shown.text },
    selection: { anchor: 0 },
    effects: [EditorView.scrollIntoView(0), symbols.reconfigure(links(shown, go))],
  });
}

/** Joins a view with the file of the source that is open, if its lines come from there. Returns what undoes that. */
function join(view: EditorView, shown: Shown, source: EditorView, placeOf: (line: number) => number | null): () => void {
  const colour = coloursOf(shown.source);
  const both = (line: number) => {
    for (const v of [view, source]) v.dispatch({ effects: setHot.of(line) });
  };
  view.dispatch({
    effects: behaviour.reconfigure(
      tied({
        hot: both,
        chosen: (line) => {
          both(line);
          const at = placeOf(line);
          if (at !== null) source.dispatch({ effects: EditorView.scrollIntoView(at, { y: "nearest", yMargin: 40 }) });
        },
      }),
    ),
  });
  const made: { from: number; line: number; colour: number }[] = [];
  let from = 0;
  let at = 0;
  for (const text of view.state.doc.iterLines()) {
    const line = shown.source[at++] ?? 0;
    if (line > 0) made.push({ from, line, colour: colour.get(line)! });
    from += text.length + 1;
  }
  view.dispatch({ effects: setTies.of(made) });

  const mine: Listener = {
    hot: both,
    chosen: (line) => {
      both(line);
      const at = firstOf(shown.source, line);
      if (at >= 0) view.dispatch({ effects: EditorView.scrollIntoView(view.state.doc.line(at + 1).from, { y: "center" }) });
    },
  };
  shownView.listener = mine;
  const taken = new Set<number>(); // an edit may have joined two lines
  const ties = [...colour].flatMap(([line, c]) => {
    const at = placeOf(line);
    if (at === null) return [];
    const { from } = source.state.doc.lineAt(Math.min(at, source.state.doc.length));
    return taken.has(from) ? [] : (taken.add(from), [{ from, line, colour: c }]);
  });
  source.dispatch({ effects: setTies.of(ties) });
  return () => {
    if (shownView.listener === mine) shownView.listener = null;
    source.dispatch({ effects: [setTies.of([]), setHot.of(0)] });
    view.dispatch({ effects: behaviour.reconfigure([]) });
  };
}

/** Symbols that lead to their definitions, by a click or with F12. */
function links(shown: Shown, go: (line: number) => void) {
  const mark = Decoration.mark({ class: "view-link", attributes: { title: "Go to the definition" } });
  const linkAt = (view: EditorView, pos: number) => {
    const line = view.state.doc.lineAt(pos);
    return shown.links.get(line.number - 1)?.find((l) => l.start <= pos - line.from && pos - line.from <= l.end);
  };
  const drawn = ViewPlugin.define(
    (view) => {
      const make = (v: EditorView) =>
        Decoration.set(
          v.visibleRanges.flatMap(({ from, to }) => {
            const list = [];
            for (let pos = from; pos <= to; ) {
              const line = v.state.doc.lineAt(pos);
              for (const l of shown.links.get(line.number - 1) ?? []) if (l.end <= line.length && l.start < l.end) list.push(mark.range(line.from + l.start, line.from + l.end));
              pos = line.to + 1;
            }
            return list;
          }),
          true,
        );
      const plugin = {
        marks: make(view),
        update(u: ViewUpdate) {
          if (u.docChanged || u.viewportChanged) plugin.marks = make(u.view);
        },
      };
      return plugin;
    },
    { decorations: (d) => d.marks },
  );
  const follow = (view: EditorView) => {
    const link = linkAt(view, view.state.selection.main.head);
    if (link) go(link.to);
    return link !== undefined;
  };
  return [
    drawn,
    keymap.of([{ key: "F12", run: follow }]),
    EditorView.domEventObservers({
      click: (e, view) => {
        if (!(e.target as HTMLElement).closest(".view-link") || !view.state.selection.main.empty) return;
        const pos = view.posAtCoords({ x: e.clientX, y: e.clientY });
        const link = pos === null ? undefined : linkAt(view, pos);
        if (link) go(link.to);
      },
    }),
  ];
}
