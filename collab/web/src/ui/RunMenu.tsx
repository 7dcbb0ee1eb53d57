// The menu of actions. Choosing one does it; most also become the session's action, which
// everyone shares.

import { type KeyboardEvent, useEffect, useRef } from "react";
import type { ActionChoice, Choices } from "../run/choices";
import { usePopup } from "./usePopup";

interface Props {
  choices: Choices;
  /** The session's. */
  action: string;
  disabled: boolean;
  /** Chooses an action for everyone, and does it if nothing runs. */
  choose(action: ActionChoice): void;
}

export function RunMenu({ choices, action, disabled, choose }: Props) {
  const { open, ref, show, close } = usePopup<HTMLDivElement>();
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const now = menu.current?.querySelector<HTMLElement>('[aria-checked="true"]') ?? menu.current?.querySelector<HTMLElement>("button");
    now?.focus();
  }, [open]);

  const keys = (e: KeyboardEvent) => {
    const items = [...menu.current!.querySelectorAll<HTMLElement>("button")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const first = (from: number) => items.findIndex((el, i) => i > from && el.textContent!.toLowerCase().startsWith(e.key.toLowerCase()));
    let to = -1;
    if (e.key === "ArrowDown") to = (at + 1) % items.length;
    else if (e.key === "ArrowUp") to = (at - 1 + items.length) % items.length;
    else if (e.key === "Home") to = 0;
    else if (e.key === "End") to = items.length - 1;
    else if (e.key === "Tab") return close();
    else if (e.key.length === 1 && !e.ctrlKey && !e.metaKey && e.key !== " ") to = first(at) >= 0 ? first(at) : first(-1);
    else return;
    e.preventDefault();
    items[to]?.focus();
  };

  const item = (a: ActionChoice) => (
    <button
      type="button"
      key={a.name}
      {...(a.edits ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": a.name === action })}
      aria-disabled={!a.available}
      tabIndex={-1}
      onClick={() => {
        if (!a.available) return;
        close();
        choose(a);
      }}
    >
      <span className="check" aria-hidden="true">
        {a.name === action ? "✓" : ""}
      </span>
      <span className="what">
        <span className="title">{a.title}</span>
        <span className="about">{a.available ? a.about : a.reason?.replace(` (${a.hint})`, "")}</span>
        {!a.available && a.hint && <code>{a.hint}</code>}
      </span>
    </button>
  );
  const views = choices.actions.filter((a) => a.view);
  const rest = choices.actions.filter((a) => !a.view);

  return (
    <div className="popup run-menu" ref={ref}>
      <button type="button" className="run-more" aria-label="Choose what to do" aria-haspopup="menu" aria-expanded={open} disabled={disabled} onClick={open ? close : show}>
        <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div className="menu actions" role="menu" aria-label="What to do" ref={menu} onKeyDown={keys}>
          {rest.map(item)}
          {views.length > 0 && (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset is no group of a menu
            <div role="group" aria-label="Show what the compiler makes of it">
              {views.map(item)}
            </div>
          )}
        </div>
      )}
    </div>
  );
}
