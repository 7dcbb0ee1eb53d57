// What to run and how: menus that everyone in the session shares.

import type { Action, Edition, Mode, RunOptions, Settings } from "../collab/wire";

const actions: readonly [Action, string][] = [["run", "Run"], ["test", "Test"], ["check", "Check"], ["clippy", "Clippy"]];
const modes: readonly [Mode, string][] = [["debug", "Debug"], ["release", "Release"]];
const editions: readonly [Edition, string][] = (["2015", "2018", "2021", "2024"] as const).map((e) => [e, e]);

/** What the settings stand for. What this page does not know counts as not set. */
export function choices(s: Settings): Required<Pick<RunOptions, "action" | "mode" | "edition">> {
  const known = <T extends string>(list: readonly [T, string][], value: string | undefined, or: T): T => list.find(([v]) => v === value)?.[0] ?? or;
  return { action: known(actions, s["action"], "run"), mode: known(modes, s["mode"], "debug"), edition: known(editions, s["edition"], "2024") };
}

export const labelOf = (action: Action | undefined): string => actions.find(([a]) => a === action)?.[1] ?? "Format";

interface Props {
  settings: Settings;
  disabled: boolean;
  choose(s: Settings): void;
}

export function Menus({ settings, disabled, choose }: Props) {
  const { action, mode, edition } = choices(settings);
  return (
    <>
      <Menu label="What to do" name="action" value={action} list={actions} disabled={disabled} choose={choose} />
      <Menu label="Mode" name="mode" value={mode} list={modes} disabled={disabled} choose={choose} />
      <Menu label="Edition" name="edition" value={edition} list={editions} disabled={disabled} choose={choose} />
    </>
  );
}

interface MenuProps {
  label: string;
  name: string;
  value: string;
  list: readonly [string, string][];
  disabled: boolean;
  choose(s: Settings): void;
}

function Menu({ label, name, value, list, disabled, choose }: MenuProps) {
  return (
    <select aria-label={label} value={value} disabled={disabled} onChange={(e) => choose({ [name]: e.target.value })}>
      {list.map(([v, text]) => (
        <option key={v} value={v}>
          {text}
        </option>
      ))}
    </select>
  );
}
