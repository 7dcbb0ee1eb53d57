// How to run: options that everyone in the session shares, and that it keeps.

import { useEffect, useId, useRef, useState } from "react";
import type { Settings } from "../collab/wire.gen";
import { type Choice, type Choices, actionOf, chosen } from "../run/choices";
import { faultOf, otherOptions, type typed, viewsOf } from "../run/options";
import { channelsOf } from "../run/toolchains";
import { usePopup } from "./usePopup";
import { useToolchains } from "./useToolchains";
import "./options.css";

interface Props {
  choices: Choices;
  settings: Settings;
  disabled: boolean;
  choose(s: Settings): void;
}

interface OptionsProps extends Props {
  canRun: boolean;
  /** Runs what the session runs, and compiles it even if the same source was compiled before. */
  runAnew(): void;
}

export function Options({ choices, settings, disabled, choose, canRun, runAnew }: OptionsProps) {
  const { open, ref, show, close } = usePopup<HTMLDivElement>();
  const id = useId();
  const { mode, edition } = chosen(choices, settings);
  const title = (list: readonly Choice[], name: string) => list.find((c) => c.name === name)?.title ?? name;
  const others = otherOptions(choices, settings);
  const summary = [title(choices.modes, mode), title(choices.editions, edition), others.length && `+${others.length}`].filter(Boolean).join(" · ");
  return (
    <div className="popup options" ref={ref}>
      <button type="button" aria-expanded={open} aria-controls={open ? id : undefined} aria-label={`Options: ${summary}`} disabled={!choices.actions.length} onClick={open ? close : show}>
        {summary}
      </button>
      {open && (
        <section className="menu panel" id={id} aria-label="Options">
          <Panel choices={choices} settings={settings} disabled={disabled} choose={choose} />
          <p className="hint">Everyone in the session shares these options, and they are kept.</p>
          <button
            type="button"
            disabled={!canRun}
            title="Compiles even if the same source was compiled before. Only this run does."
            onClick={() => {
              close();
              runAnew();
            }}
          >
            Run without the cache
          </button>
        </section>
      )}
    </div>
  );
}

function Panel({ choices, settings, disabled, choose }: Props) {
  const { action, mode, edition } = chosen(choices, settings);
  const row = actionOf(choices, action);
  const views = choices.actions.filter((a) => a.view);
  const shown = viewsOf(choices, settings);
  const toolchains = channelsOf(useToolchains("").list ?? []); // without the list, the menu has what the session has chosen
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => {
    first.current?.querySelector<HTMLElement>("select:enabled")?.focus();
  }, []);
  const menu = (label: string, name: string, value: string, list: readonly Choice[], off = false) => <Menu label={label} name={name} value={value} list={list} disabled={disabled || off} choose={choose} />;
  const text = (label: string, name: (typeof typed)[number], hint: string, rows = 1) => <Text label={label} name={name} hint={hint} rows={rows} value={settings[name] ?? ""} disabled={disabled} choose={choose} />;
  const channel = settings["channel"] ?? "";
  const known = toolchains.some((c) => c.name === channel) || !channel ? toolchains : [...toolchains, { name: channel, title: channel, available: true }];
  return (
    <>
      <div className="row" ref={first}>
        {menu("Mode", "mode", mode, choices.modes, row ? !row.mode : false)}
        {menu("Edition", "edition", edition, choices.editions)}
        {menu("Toolchain", "channel", channel, known.some((c) => c.name === "") ? known : [{ name: "", title: "Default", available: true }, ...known])}
      </div>
      <div className="row">
        {menu("Backtrace", "backtrace", settings["backtrace"] ?? "", backtraces)}
        {menu("Crate type", "crate_type", settings["crate_type"] ?? "", [automatic, ...choices.crate_types])}
        {menu("Assembly", "asm_syntax", settings["asm_syntax"] ?? "", choices.asm_syntaxes.map((c, i) => (i ? c : { ...c, name: "" })))}
      </div>
      {views.length > 0 && (
        <fieldset disabled={disabled}>
          <legend>Also show</legend>
          {views.map((v) => (
            <label key={v.name} title={v.available ? v.about : v.reason}>
              <input
                type="checkbox"
                checked={shown.includes(v.name)}
                disabled={!v.available}
                onChange={(e) => choose({ views: views.map((w) => w.name).filter((n) => (n === v.name ? e.target.checked : shown.includes(n))).join(" ") })}
              />{" "}
              {v.title}
            </label>
          ))}
        </fieldset>
      )}
      {text("Arguments", "args", "For the program, separated by spaces")}
      {text("Environment", "env", "NAME=value, one a line", 2)}
      {text("Input", "input", "All that the program reads. Leave it empty to type while it runs.", 3)}
      {text("Compiler flags", "flags", "Such as -C opt-level=3 -C target-cpu=native")}
    </>
  );
}

const automatic: Choice = { name: "", title: "Automatic", available: true };
const backtraces: Choice[] = [
  { name: "", title: "Off", available: true },
  { name: "short", title: "Short", available: true },
  { name: "full", title: "Full", available: true },
];

interface MenuProps {
  label: string;
  name: string;
  value: string;
  list: readonly Choice[];
  disabled: boolean;
  choose(s: Settings): void;
}

function Menu({ label, name, value, list, disabled, choose }: MenuProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} disabled={disabled} onChange={(e) => choose({ [name]: e.target.value })}>
        {list.map(({ name, title, available, reason }) => (
          <option key={name} value={name} disabled={!available}>
            {available ? title : `${title} (${reason})`}
          </option>
        ))}
      </select>
    </div>
  );
}

interface TextProps {
  label: string;
  name: (typeof typed)[number];
  hint: string;
  rows: number;
  value: string;
  disabled: boolean;
  choose(s: Settings): void;
}

/** A text is shared so many milliseconds after the last key. */
const pause = 600;

/** A text that all members share. Their changes do not replace what the user is typing. */
function Text({ label, name, hint, rows, value, disabled, choose }: TextProps) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null); // while it differs from what is shared
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const share = useRef(() => {});
  share.current = () => {
    clearTimeout(timer.current);
    if (draft !== null && draft !== value) choose({ [name]: draft });
    setDraft(null);
  };
  useEffect(() => () => share.current(), []); // the panel closes
  const text = draft ?? value;
  const fault = faultOf(name, text);
  const props = {
    id, disabled, value: text, placeholder: hint, spellCheck: false, autoCapitalize: "off", autoComplete: "off",
    "aria-invalid": fault !== "", "aria-describedby": fault ? `${id}fault` : undefined,
    onBlur: () => share.current(),
    onChange: (e: { target: { value: string } }) => {
      setDraft(e.target.value);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => share.current(), pause);
    },
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows > 1 ? <textarea rows={rows} {...props} /> : <input {...props} />}
      {fault && (
        <span className="failure" id={`${id}fault`}>
          {fault}
        </span>
      )}
    </div>
  );
}
