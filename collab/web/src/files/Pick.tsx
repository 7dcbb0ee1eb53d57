import { useId, useState } from "react";
import type { Files } from "../collab/files";
import { Dialog } from "../ui/Dialog";

/** A place to go to. */
export interface Found {
  file: number;
  pos: number;
  label: string;
  detail: string;
}

interface Props {
  title: string;
  placeholder: string;
  find(query: string): Found[];
  go(found: Found): void;
  close(): void;
}

/** A field and what it finds: the arrows choose, Enter goes there. */
export function Pick({ title, placeholder, find, go, close }: Props) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const list = find(query);
  const chosen = Math.min(at, list.length - 1);
  const take = (found: Found | undefined) => {
    if (!found) return;
    close();
    go(found);
  };
  return (
    <Dialog title={title} close={close}>
      <input
        className="pick"
        role="combobox"
        aria-label={placeholder}
        aria-expanded="true"
        aria-controls={`${id}list`}
        aria-activedescendant={list.length ? `${id}${chosen}` : undefined}
        autoFocus
        spellCheck={false}
        placeholder={placeholder}
        value={query}
        onChange={(e) => {
          setQuery(e.target.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, list.length));
          else if (e.key === "ArrowUp") setAt((chosen - 1 + list.length) % Math.max(1, list.length));
          else if (e.key === "Enter") take(list[chosen]);
          else return;
          e.preventDefault();
        }}
      />
      <div className="found" role="listbox" id={`${id}list`} aria-label={title}>
        {list.map((f, i) => (
          <div key={`${f.file} ${f.pos}`} id={`${id}${i}`} role="option" tabIndex={-1} aria-selected={i === chosen} ref={i === chosen ? (item) => item?.scrollIntoView({ block: "nearest" }) : undefined} onClick={() => take(f)}>
            <span translate="no">{f.label}</span> <span className="hint" translate="no">{f.detail}</span>
          </div>
        ))}
      </div>
      <p className="hint" role="status">{query && !list.length ? "Nothing found." : ""}</p>
    </Dialog>
  );
}

/** Files whose path has the query's characters in order: first those that have it as a whole, then the shortest. */
export function findFiles(files: Files, query: string): Found[] {
  const whole = query.toLowerCase().replace(/\s/g, "");
  const wanted = [...whole];
  const apart = (path: string) => Number(!path.toLowerCase().includes(whole));
  const matches = (path: string) => {
    let from = 0;
    return wanted.every((c) => (from = path.indexOf(c, from) + 1) > 0);
  };
  return [...files.values()]
    .filter((f) => matches(f.path.toLowerCase()))
    .sort((a, b) => apart(a.path) - apart(b.path) || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .map((f) => ({ file: f.id, pos: 0, label: f.path, detail: "" }));
}

/** Most places that a search gives. */
const most = 200;

/** Places of a text, in upper or lower case, in all files. */
export function findText(files: Files, query: string): Found[] {
  const found: Found[] = [];
  if (!query) return found;
  const wanted = query.toLowerCase();
  for (const f of [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)))
    for (let n = 1; n <= f.text.lines; n++) {
      const line = f.text.line(n);
      const at = line.text.toLowerCase().indexOf(wanted);
      if (at < 0) continue;
      if (found.length === most) return found;
      found.push({ file: f.id, pos: line.from + Math.min(at, line.length), label: `${f.path}:${n}`, detail: line.text.trim().slice(0, 120) });
    }
  return found;
}
