// Prints test vectors for collab/ot, one JSON object a line, made by
// @codemirror/state from a seed:
//
//   node generate.mjs [--seed 1] [--count 5000]
//
// kind "ops":   text doc; a, b changes of doc; c a change of what a makes.
// kind "json":  a raw JSON text and what ChangeSet.fromJSON makes of it.
// kind "len":   operands whose lengths do not match.
//
// A result is the peer's, or {"e":1} where the peer throws, or {"cut":1} where
// a boundary of a section lies inside a surrogate pair, or
// {"strict":"why"} where collab/ot refuses what the peer lets pass.
import {ChangeSet, Text} from "@codemirror/state"

const arg = (name, or) => {
  const i = process.argv.indexOf("--" + name)
  return i < 0 ? or : Number(process.argv[i + 1])
}
const seed = arg("seed", 1), count = arg("count", 5000)

// mulberry32: small, seeded, good enough to choose test cases.
let state = seed >>> 0
function rnd() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const int = n => Math.floor(rnd() * n)
const pick = a => a[int(a.length)]
const chance = p => rnd() < p

const alphabets = [
  [..."abcdefghijkl {}();_"],
  [..."äöüßéñçøåλжя"],
  [..."日本語中文한국어ไทยعربيעברית"],
  ["😀", "👍", "🦀", "𝄞", "👨‍👩‍👧", "🇩🇪", "e\u0301", "\u2028", "\u0000", "\t", "\"", "\\", "\ufeff", "</script>", "\u007f"],
]
function text(max) {
  let s = "", n = int(max + 1), a = pick(alphabets)
  while (s.length < n) {
    if (chance(0.2)) a = pick(alphabets)
    s += chance(0.12) ? "\n" : pick(a)
  }
  return s
}
const toText = s => Text.of(s.split("\n"))

function insidePair(s, p) {
  return p > 0 && p < s.length && (s.charCodeAt(p - 1) & 0xfc00) == 0xd800 && (s.charCodeAt(p) & 0xfc00) == 0xdc00
}
function position(s, mayCut) {
  let p = int(s.length + 1)
  if (!mayCut && insidePair(s, p)) p++
  return p
}
function edit(s, mayCut) {
  let from = position(s, mayCut)
  if (chance(0.45)) return {from, insert: text(chance(0.1) ? 30 : 5)}
  let to = chance(0.5) ? position(s, mayCut) : Math.min(s.length, from + int(5))
  if (!mayCut && insidePair(s, to)) to++
  if (to < from) [from, to] = [to, from]
  return chance(0.5) ? {from, to} : {from, to, insert: text(5)}
}
function change(s, mayCut = false) {
  let set
  if (chance(0.25)) {
    // A history composed of several steps, as a client's buffer is.
    set = ChangeSet.empty(s.length)
    let doc = s
    for (let n = 1 + int(4); n > 0; n--) {
      let next = ChangeSet.of(edit(doc), doc.length)
      doc = next.apply(toText(doc)).toString()
      set = set.compose(next)
    }
  } else {
    let edits = []
    for (let n = chance(0.05) ? 0 : 1 + int(chance(0.1) ? 8 : 3); n > 0; n--) edits.push(edit(s, mayCut))
    set = ChangeSet.of(edits, s.length)
  }
  return set
}

// cuts: is a boundary of a section inside a pair?
function cuts(set, s) {
  let cut = false
  set.iterChangedRanges((from, to) => { cut ||= insidePair(s, from) || insidePair(s, to) }, true)
  return cut
}
const attempt = f => { try { return f() } catch { return {e: 1} } }
const flat = (set, individual) => {
  let out = []
  set.iterChangedRanges((...r) => out.push(...r.slice(0, 4)), individual)
  return out
}

function ops() {
  let doc = text(chance(0.08) ? 200 : chance(0.5) ? 24 : 8)
  let mayCut = chance(0.04)
  let a = change(doc, mayCut), b = change(doc)
  let v = {k: "ops", doc, a: a.toJSON(), b: b.toJSON()}
  let max = Math.min(doc.length + 2, 40)
  v.pos = []
  for (let p = 0; p < max; p++) v.pos.push(attempt(() => a.mapPos(p, -1)), attempt(() => a.mapPos(p, 1)))
  v.r0 = flat(a, false)
  v.r1 = flat(a, true)
  v.ab = attempt(() => a.map(b).toJSON())
  v.ab1 = attempt(() => a.map(b, true).toJSON())
  v.ba = attempt(() => b.map(a).toJSON())
  v.ba1 = attempt(() => b.map(a, true).toJSON())
  if (cuts(a, doc)) {
    v.at = v.inv = {cut: 1}
    if (!JSON.stringify(v.ab).isWellFormed()) throw new Error("a mapped change cannot be broken")
    return v
  }
  let after = a.apply(toText(doc)).toString()
  v.at = after
  v.inv = a.invert(toText(doc)).toJSON()
  let c = change(after, chance(0.04))
  v.c = c.toJSON()
  let within = false // does c cut a pair that a has inserted?
  a.iterChanges((_a, _b, from, to) => {
    c.iterChangedRanges((start, end) => {
      for (let p of [start, end]) within ||= p > from && p < to && insidePair(after, p)
    }, true)
  })
  v.ac = within ? {cut: 1} : attempt(() => a.compose(c).toJSON())
  v.ct = cuts(c, after) ? {cut: 1} : attempt(() => c.apply(toText(after)).toString())
  return v
}

function len() {
  let doc = text(12), other = text(12)
  let a = change(doc), b = change(other), bad = a.newLength != b.length
  let strict = f => {
    let r = attempt(f)
    return r.e ? r : {strict: "mismatched length, one set is empty"}
  }
  return {
    k: "len", doc: other, a: a.toJSON(), b: b.toJSON(),
    at: doc.length == other.length && cuts(a, other) ? {cut: 1} : attempt(() => a.apply(toText(other)).toString()),
    // The peer does not end when b deletes beyond the end of a.
    ab: doc.length == other.length ? attempt(() => a.map(b).toJSON()) : {strict: "mismatched length, the peer may loop"},
    ac: bad ? strict(() => a.compose(b)) : undefined,
  }
}

const junk = [
  "", "null", "{}", "3", "\"x\"", "[", "[]", "[1", "[1,]", "[,1]", "[1]]", "[1] 2", "[[]]", "[[\"a\"]]", "[[1,2]]", "[[1,null]]",
  "[[1,[\"a\"]]]", "[true]", "[\"a\"]", "[-1]", "[1.5]", "[1e2]", "[1E2]", "[1.0]", "[01]", "[+1]", "[-0]", "[0]", "[[0]]", "[[0,\"\"]]",
  "[[3,\"\"]]", "[[0,\"\",\"\"]]", "[[0,\"a\\nb\"]]", "[[0,\"a\\rb\"]]", "[[0,\"a\\u000ab\"]]", "[[0,\"a\\u000Db\"]]", "[[0,\"a\nb\"]]",
  "[[0,\"\\ud83d\"]]", "[[0,\"\\ude00\"]]", "[[0,\"\\ude00\\ud83d\"]]", "[[0,\"\\ud83d\\ude00\"]]", "[[0,\"\\uD83D\\uDE00x\"]]",
  "[[0,\"\\ud83d\\ud83d\\ude00\"]]", "[[0,\"\\ud83dx\"]]", "[[0,\"\\ud83d\\n\"]]", "[[0,\"\\ud83d\",\"\\ude00\"]]", "[[0,\"\\u00e9\\/\\b\\f\\t\\\"\\\\\"]]",
  "[[0,\"\\x41\"]]", "[[0,\"\\u12\"]]", "[[0,\"\\u12g4\"]]", "[[0,\"abc]]", "[[0,\"abc\\", "[99999999999999999999]", "[1e999]", "[268435456]",
  "[268435457]", "[[268435457]]", "[268435456,1]", "[2147483648]", "[9007199254740993]", "[3,4]", "[[1],[2]]", "[[0,\"a\"],[0,\"b\"]]",
  " [ 1 , [ 2 , \"a\" ] ] ", "[1\u00a0]", "[1\u0000]", "[[0,\"\\u0000\"]]", "[[0,\"\u2028\"]]", "[NaN]", "[Infinity]", "[0x10]", "[1,2,3,[4,\"x\",\"y\",\"z\"]]",
]
function mutate(s) {
  let cs = [...s]
  for (let n = 1 + int(3); n > 0; n--) {
    let i = int(cs.length + 1)
    if (chance(0.4)) cs.splice(i, 1)
    else if (chance(0.5)) cs.splice(i, 0, pick(["[", "]", ",", "\"", "-", ".", "1", "0", "e", "\\", "\\n", "\\ud800", "\\udc00", "u", "a", " ", "null", "😀", "\r"]))
    else cs[i] = pick(["0", "9", ",", "\"", "x", "]"])
  }
  return cs.join("")
}
// strictly says why collab/ot refuses JSON that the peer takes, or nothing.
function strictly(raw, json) {
  let old = 0, now = 0
  for (let part of json) {
    let n = Array.isArray(part) ? part[0] : part
    if (!Number.isInteger(n) || n < 0 || Object.is(n, -0)) return "number"
    let ins = -1
    if (Array.isArray(part)) {
      for (let line of part.slice(1)) {
        if (/[\r\n]/.test(line)) return "line break"
        if (!line.isWellFormed()) return "lone surrogate"
        ins += line.length + 1
      }
      if (ins < 0) ins = 0
    }
    if (n == 0 && ins <= 0) return "no effect"
    old += n
    now += ins < 0 ? n : ins
    if (old > 2 ** 28 || now > 2 ** 28) return "huge"
  }
  if (/\d[.eE]/.test(raw.replace(/"([^"\\]|\\.)*"/g, ""))) return "number"
}
function json() {
  let raw = chance(0.3) ? pick(junk) : JSON.stringify(change(text(12)).toJSON())
  if (chance(0.6)) raw = mutate(raw)
  if (!raw.isWellFormed()) raw = raw.toWellFormed()
  let out = attempt(() => {
    let parsed = JSON.parse(raw), set = ChangeSet.fromJSON(parsed)
    let why = strictly(raw, parsed)
    return why ? {strict: why} : {json: set.toJSON(), len: set.length, new: set.newLength}
  })
  return {k: "json", raw, out}
}

let buffer = ""
for (let i = 0; i < count; i++) {
  let r = rnd()
  buffer += JSON.stringify(r < 0.84 ? ops() : r < 0.95 ? json() : len()) + "\n"
  if (buffer.length > 1 << 20) { process.stdout.write(buffer); buffer = "" }
}
process.stdout.write(buffer)
