// Package ot is the operational transform that collaborative sessions are
// built on: CodeMirror's ChangeSet, in Go.
//
// # Model
//
// A [ChangeSet] describes how a text of one exact length becomes another. It
// is a list of sections that together cover the old text: keep n units, or
// replace n units by some (possibly empty) new text. A ChangeSet and a [Text]
// are immutable values; every operation returns a new one. All of it is pure
// and may be used from any number of goroutines at once.
//
// # Units
//
// Every length and position counts UTF-16 code units, as the editors in
// browsers do: "é" is 1, "😀" is 2. A line break is one unit, "\n". Texts are
// held as UTF-8 and are always well formed: half of a surrogate pair cannot be
// stored, so an operation that would cut a pair in two fails with
// [ErrSurrogate] where the peer would produce a broken string.
//
// # Laws
//
// For changes a and b of the same text:
//
//	a.Compose(b.Map(a, false))  =  b.Compose(a.Map(b, true))     (as text)
//
// so two sites that apply a and b in different order agree, provided that they
// agree on which of the two comes first. For a, b, c in sequence, composing is
// associative (as text), and a.Compose(a.Invert(text)) changes nothing.
//
// What does NOT hold is that mapping over a composed change equals mapping
// over its parts one after the other:
//
//	c.Map(a, x).Map(b, x)  ≠  c.Map(a.Compose(b), x)             (in general)
//
// Two sites that transform over differently grouped histories diverge without
// any error. To synchronise texts with this package, transform over one log entry
// at a time, on both sides.
//
// # Wire form
//
// The JSON form is CodeMirror's: an array in which a number keeps that many
// units, and an array replaces the number of units in its first element by the
// lines that follow it, joined by "\n":
//
//	[5,[2],[0,"fn main() {","}"],7]
//
// keeps 5, deletes 2, inserts two lines and keeps 7. [Decode] is strict, since
// its input is untrusted; see there for what it refuses.
//
// # Equality with the peer
//
// Results are equal to those of @codemirror/state, sections included, on every
// vector that vectors/generate.mjs makes. This package refuses more than the
// peer does in four places, all deliberate: JSON that the peer would accept
// although no editor writes it (negative and fractional numbers, line breaks
// within a line, lone surrogates, sections without effect); changes that cut a
// surrogate pair; lengths that do not match when one of two sets is empty,
// where the peer does not look (nor does its map always end when they differ);
// and positions below zero.
//
// # Errors
//
// Every failure wraps one of [ErrMalformed], [ErrLimit], [ErrLength],
// [ErrSurrogate] or [ErrRange]. Nothing panics on input.
package ot
