// Settings that the user chose and the session has not answered, as
// collab/client/choices.go keeps them.

import type { Settings } from "./wire.gen";

interface Choice {
  value: string;
  /** Values that the session may report although no other member has chosen. */
  over: readonly string[];
  sent: boolean;
}

export class Choices {
  private readonly list = new Map<string, Choice>();
  private sent = 0; // changes under way

  /** Takes a choice in place of what the session last told. */
  choose(name: string, value: string, told: string): void {
    const before = this.list.get(name);
    this.list.set(name, { value, over: before ? [...before.over, before.value] : [told], sent: false });
  }

  /** The settings with the choices in place. */
  over(told: Settings): Settings {
    const all: Record<string, string> = { ...told };
    for (const [name, { value }] of this.list) {
      if (value) all[name] = value;
      else delete all[name];
    }
    return all;
  }

  /** What is to be sent, or null. */
  next(): Settings | null {
    const unsent = Array.from(this.list).filter(([, c]) => !c.sent);
    if (!unsent.length) return null;
    for (const [, c] of unsent) c.sent = true;
    this.sent++;
    return Object.fromEntries(unsent.map(([name, c]) => [name, c.value]));
  }

  /** Takes the answer to one change. Answers come in order; with the last nothing is open. */
  answered(): void {
    if (--this.sent <= 0) this.forget();
  }

  /** Gives up what has been sent. */
  forget(): void {
    this.sent = 0;
    for (const [name, c] of this.list) if (c.sent) this.list.delete(name);
  }

  /**
   * Settles what was sent before a welcome: what did not arrive is sent again,
   * unless another member has chosen meanwhile.
   */
  welcomed(told: Settings): void {
    this.sent = 0;
    for (const [name, c] of this.list) {
      if (!c.sent) continue;
      const now = told[name] ?? "";
      if (now === c.value || !c.over.includes(now)) this.list.delete(name);
      else c.sent = false;
    }
  }
}
