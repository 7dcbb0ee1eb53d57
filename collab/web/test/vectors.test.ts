// The client against the vectors that the Go client is held to: collab/client/testdata.

import { ChangeSet } from "@codemirror/state";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Client, OutOfStep, type Update } from "../src/collab/client";
import { type Change, Refused, defaultPath } from "../src/collab/files";
import type { ClientMessage, Range, ServerMessage } from "../src/collab/wire.gen";

interface Step {
  do: "hello" | "disconnect" | "next" | "edit" | "select" | "set" | "run" | "receive" | "open" | "create" | "rename" | "delete" | "undo-files" | "redo-files";
  file?: number;
  path?: string;
  content?: string;
  changes?: unknown[];
  cursor?: Range[];
  name?: string;
  value?: string;
  message?: ServerMessage;
  want: object;
}

const vectors = JSON.parse(readFileSync(new URL("../../client/testdata/vectors.json", import.meta.url), "utf8")) as { name: string; steps: Step[] }[];

function play(client: Client, s: Step): object {
  let sent: ClientMessage | null = null;
  let update: Update | null = null;
  let error = "";
  let done = false;
  try {
    if (s.do === "hello") sent = client.hello();
    else if (s.do === "disconnect") client.disconnect();
    else if (s.do === "next") sent = client.next();
    else if (s.do === "edit") client.edit(ChangeSet.fromJSON(s.changes));
    else if (s.do === "select") client.select(s.cursor ?? []);
    else if (s.do === "set") client.set(s.name!, s.value!);
    else if (s.do === "run") done = client.run({});
    else if (s.do === "open") done = client.open(s.file ?? 0);
    else if (s.do === "create") client.create(s.file!, s.path!, s.content);
    else if (s.do === "rename") client.rename(s.file ?? 0, s.path!);
    else if (s.do === "delete") client.delete(s.file ?? 0);
    else if (s.do === "undo-files") done = client.undoFiles() >= 0;
    else if (s.do === "redo-files") done = client.redoFiles() >= 0;
    else update = client.receive(s.message!);
  } catch (err) {
    if (err instanceof OutOfStep) error = "out-of-step";
    else if (err instanceof Refused) error = "refused";
    else throw err;
  }
  const files = [...client.files.values()].map((f) => ({ id: f.id, path: f.path, text: f.text.toString() }));
  return {
    ...client.states,
    error,
    done,
    sent,
    changes: update?.changes.map(asJSON),
    lost: update?.lost.map((l) => ({ ...l, changes: l.changes?.toJSON() })),
    resync: update?.resync,
    open: client.opened,
    text: client.text.toString(),
    epoch: client.epoch,
    version: client.version,
    cursor: client.cursor,
    others: [...client.others.values()].sort((a, b) => (a.client < b.client ? -1 : 1)),
    chosen: client.chosen,
    running: client.running,
    files: files.length > 1 || files[0]!.path !== defaultPath ? files : [],
  };
}

const asJSON = ({ file, changes, op }: Change) => ({ file, changes: changes?.toJSON(), op });

/** A value as JSON has it, without what is zero, which messages may leave out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const rest = Object.entries(value).map(([k, v]): [string, unknown] => [k, plain(v)]);
  return Object.fromEntries(rest.filter(([, v]) => v && !(typeof v === "object" && Object.keys(v).length === 0)));
}

test.each(vectors)("$name", ({ steps }) => {
  const client = new Client("00000000000000000000000000000001");
  steps.forEach((s, i) => expect(plain(play(client, s)), `step ${i + 1}: ${s.do}`).toEqual(plain(s.want)));
});
