import type { KeyboardEvent } from "react";

export interface Tab {
  name: string;
  title: string;
}

interface Props {
  tabs: readonly Tab[];
  now: string;
  choose(name: string): void;
}

/** The ids of a tab and of the part of the page that it shows. */
export const tabId = (name: string) => `tab-${name}`;
export const panelId = (name: string) => `panel-${name}`;

/** What a run has to show, of which one is shown. */
export function Tabs({ tabs, now, choose }: Props) {
  const keys = (e: KeyboardEvent<HTMLElement>) => {
    const at = tabs.findIndex((t) => t.name === now);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    const tab = tabs[to % tabs.length]!;
    choose(tab.name);
    document.getElementById(tabId(tab.name))?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Results" onKeyDown={keys}>
      {tabs.map((t) => (
        <button type="button" key={t.name} role="tab" id={tabId(t.name)} aria-selected={t.name === now} aria-controls={panelId(t.name)} tabIndex={t.name === now ? 0 : -1} onClick={() => choose(t.name)}>
          {t.title}
        </button>
      ))}
    </div>
  );
}
