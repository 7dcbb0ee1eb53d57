// What to run and how: menus that everyone in the session shares.

import type { Settings } from "../collab/wire.gen";
import { type Choice, type Choices, chosen, menuOf } from "../run/choices";

interface Props {
  choices: Choices;
  settings: Settings;
  disabled: boolean;
  choose(s: Settings): void;
}

export function Menus({ choices, settings, disabled, choose }: Props) {
  const { action, mode, edition } = chosen(choices, settings);
  const actions = menuOf(choices);
  const modeless = actions.some((a) => a.name === action && !a.mode);
  return (
    <>
      <Menu label="What to do" name="action" value={action} list={actions} disabled={disabled} choose={choose} />
      <Menu label="Mode" name="mode" value={mode} list={choices.modes} disabled={disabled || modeless} choose={choose} />
      <Menu label="Edition" name="edition" value={edition} list={choices.editions} disabled={disabled} choose={choose} />
    </>
  );
}

interface MenuProps {
  label: string;
  name: string;
  value: string;
  list: readonly Choice[];
  disabled: boolean;
  choose(s: Settings): void;
}

function Menu({ label, name, value, list, disabled, choose }: MenuProps) {
  return (
    <select aria-label={label} value={value} disabled={disabled} onChange={(e) => choose({ [name]: e.target.value })}>
      {list.map(({ name, title, available, reason }) => (
        <option key={name} value={name} disabled={!available}>
          {available ? title : `${title} (${reason})`}
        </option>
      ))}
    </select>
  );
}
