// Who sits here: a name and a colour that stay, for all tabs and visits.

import { graphemes } from "../text";

const adjectives = ["Brave", "Calm", "Clever", "Eager", "Gentle", "Happy", "Jolly", "Keen", "Lucky", "Merry", "Nimble", "Patient", "Quick", "Quiet", "Sunny", "Witty"];
const animals = ["Badger", "Beaver", "Crab", "Crane", "Dolphin", "Falcon", "Ferris", "Finch", "Fox", "Gecko", "Heron", "Lynx", "Marten", "Otter", "Owl", "Seal"];

export const colours = 8;

export interface Person {
  /** A secret, common to all editors of this person; the server makes a part of their ids of it. */
  key: string;
  name: string;
}

const personKey = "corust.person";
const nameKey = "corust.name";

/**
 * A secret of 128 bits. Each editor instance has a new one, which lives as long as
 * its page: what outlives the page (sessionStorage) is copied with a tab that is
 * duplicated, and then two editors are one.
 */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function pick(list: readonly string[]): string {
  return list[crypto.getRandomValues(new Uint8Array(1))[0]! % list.length]!;
}

export function loadPerson(): Person {
  let key = read(personKey);
  if (!key || !/^[0-9a-f]{32}$/.test(key)) write(personKey, (key = newKey()));
  let name = cleanName(read(nameKey) ?? "");
  if (!name) write(nameKey, (name = `${pick(adjectives)} ${pick(animals)}`));
  return { key, name };
}

export function saveName(name: string): void {
  write(nameKey, name);
}

/** The person's first colour, the same for every client of theirs. */
export function preferredColour(client: string): number {
  let hash = 0x811c9dc5;
  for (const c of client.split(".")[0] ?? "") hash = Math.imul(hash ^ c.charCodeAt(0), 0x01000193);
  return (hash >>> 0) % colours;
}

/**
 * Keeps colours apart: the first person to come gets the preferred one, others the
 * next that is free; tabs of one person share theirs.
 */
export class Palette {
  private readonly given = new Map<string, number>();

  keep(clients: Iterable<string>): void {
    const people = new Set(Array.from(clients, personOf));
    for (const p of this.given.keys()) if (!people.has(p)) this.given.delete(p);
  }

  of(client: string): number {
    const person = personOf(client);
    const known = this.given.get(person);
    if (known !== undefined) return known;
    const taken = new Set(this.given.values());
    let colour = preferredColour(client);
    for (let i = 0; i < colours && taken.has(colour); i++) colour = (colour + 1) % colours;
    this.given.set(person, colour);
    return colour;
  }
}

const personOf = (client: string) => client.split(".")[0] ?? client;

/** Whether two editors are one person's. */
export const samePerson = (a: string, b: string): boolean => a !== "" && personOf(a) === personOf(b);

/** Longest name that is sent, in UTF-16 units. */
export const maxName = 32;

/** Longest name of a session, in UTF-16 units. */
export const maxSessionName = 100;

/**
 * A name as it may be shown: without controls, and without characters that are
 * invisible or that reorder the text around them, except those that join others: emoji,
 * Persian and Indic names are made of them. A name of nothing visible is empty.
 */
export function cleanName(name: string, most = maxName): string {
  name = name.replace(/[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?![\u200c\u200d\u{e0020}-\u{e007f}])\p{Cf}/gu, "");
  name = name.trim().replace(/\s+/g, " ");
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(name)) return "";
  let clean = "";
  for (const g of graphemes(name)) {
    if (clean.length + g.length > most) break;
    clean += g;
  }
  return clean.trim();
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be forbidden
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it lasts as long as the tab.
  }
}

export const readSetting = read;
export const writeSetting = write;
