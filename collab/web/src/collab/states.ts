// The states of a client, as tables: state × event → state. collab/client/states.go
// has the same, and testdata/vectors.json there visits every cell of both.

import type { ServerMessage } from "./wire.gen";

/** Whether the session can be talked to. */
export type Link =
  | "offline" // no connection
  | "joining" // hello is sent, welcome has not come
  | "live"; // welcomed

/** What of the user's edits the session has not acknowledged. */
export type Pending =
  | "clean" // nothing
  | "typed" // the buffer
  | "sent" // the outstanding push
  | "sent+typed" // both
  | "unsent" // the outstanding push, to be sent again under its seq
  | "unsent+typed"; // that and the buffer

/** A run that the user asked for. */
export type Request =
  | "none"
  | "asked" // waits until everything typed before is sent
  | "sent"; // unanswered

export type LinkEvent = "hello" | "welcome" | "disconnect";

export const linkTable: Readonly<Record<Link, Partial<Record<LinkEvent, Link>>>> = {
  offline: { hello: "joining", disconnect: "offline" },
  joining: { hello: "joining", welcome: "live", disconnect: "offline" },
  live: { hello: "joining", disconnect: "offline" },
};

/**
 * edit: the user typed. send: the whole buffer, or the outstanding push again, is
 * sent; send-part: the buffer takes several pushes. acknowledge: the outstanding push
 * is in the log. lose: whether it has arrived is unknown. refuse: it never will be in
 * the log, and is taken back. empty: all of the buffer is taken back.
 */
export type PendingEvent = "edit" | "send" | "send-part" | "acknowledge" | "lose" | "refuse" | "empty";

export const pendingTable: Readonly<Record<Pending, Partial<Record<PendingEvent, Pending>>>> = {
  clean: { edit: "typed", lose: "clean" },
  typed: { edit: "typed", send: "sent", "send-part": "sent+typed", lose: "typed", empty: "clean" },
  sent: { edit: "sent+typed", acknowledge: "clean", lose: "unsent", refuse: "clean" },
  "sent+typed": { edit: "sent+typed", acknowledge: "typed", lose: "unsent+typed", refuse: "typed", empty: "sent" },
  unsent: { edit: "unsent+typed", send: "sent", acknowledge: "clean", lose: "unsent", refuse: "clean" },
  "unsent+typed": { edit: "unsent+typed", send: "sent+typed", acknowledge: "typed", lose: "unsent+typed", refuse: "typed", empty: "unsent" },
};

/** answer: a run began, or the session refused something that was no push. lose: the connection ended. */
export type RequestEvent = "ask" | "send" | "answer" | "welcome" | "lose";

export const requestTable: Readonly<Record<Request, Partial<Record<RequestEvent, Request>>>> = {
  none: { ask: "asked", answer: "none", welcome: "none", lose: "none" },
  asked: { send: "sent", answer: "asked", welcome: "asked", lose: "none" },
  sent: { answer: "none", welcome: "none", lose: "none" },
};

/** What a client does with a message; "pass" does nothing. */
export type Action = "pass" | "synchronise" | "apply" | "acknowledge" | "join" | "leave" | "select" | "settle" | "begin" | "end" | "refuse";

/**
 * Messages by the state of the link. Before the welcome they belong to what the
 * welcome replaces. What a run does and prints is not the client's to keep.
 */
export const messageTable: Readonly<Record<ServerMessage["type"], Record<Link, Action>>> = {
  welcome: { offline: "pass", joining: "synchronise", live: "pass" },
  entry: { offline: "pass", joining: "pass", live: "apply" },
  ack: { offline: "pass", joining: "pass", live: "acknowledge" },
  member: { offline: "pass", joining: "pass", live: "join" },
  leave: { offline: "pass", joining: "pass", live: "leave" },
  cursor: { offline: "pass", joining: "pass", live: "select" },
  settings: { offline: "pass", joining: "pass", live: "settle" },
  run: { offline: "pass", joining: "pass", live: "begin" },
  stage: { offline: "pass", joining: "pass", live: "pass" },
  waiting: { offline: "pass", joining: "pass", live: "pass" },
  output: { offline: "pass", joining: "pass", live: "pass" },
  input: { offline: "pass", joining: "pass", live: "pass" },
  ahead: { offline: "pass", joining: "pass", live: "pass" },
  diagnostics: { offline: "pass", joining: "pass", live: "pass" },
  product: { offline: "pass", joining: "pass", live: "pass" },
  test: { offline: "pass", joining: "pass", live: "pass" },
  end: { offline: "pass", joining: "pass", live: "end" },
  error: { offline: "pass", joining: "refuse", live: "refuse" },
  moved: { offline: "pass", joining: "pass", live: "pass" }, // the session's page goes there
  ping: { offline: "pass", joining: "pass", live: "pass" }, // the connection answers
  pong: { offline: "pass", joining: "pass", live: "pass" },
};
