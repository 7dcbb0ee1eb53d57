package ot

import "fmt"

// frameSections is how many sections fit into a result while it is made on the
// stack: more than nearly all have.
const frameSections = 16

// edit is a change of a set with its place: len units at from become ins. i is
// the index of the section after it.
type edit struct{ from, len, ins, i int32 }

// end is the place after the last edit.
const end = 1 << 30

// after gives the first change in s from section i on, which starts at pos.
func after(s []section, i, pos int32) edit {
	for int(i) < len(s) {
		next := s[i]
		i++
		if next.ins >= 0 {
			return edit{pos, next.len, next.ins, i}
		}
		pos += next.len
	}
	return edit{from: end, i: i}
}

// Map moves c, a change of the same text as over, so that it applies after
// over. Where both insert at one place, c's text comes first if before is
// true and over's otherwise. Text that over deleted and c replaces is gone; text
// that c inserts is always kept whole.
func (c ChangeSet) Map(over ChangeSet, before bool) (m ChangeSet, err error) {
	if c.length != over.length {
		return m, fmt.Errorf("map: change of %d units over change of %d: %w", c.length, over.length, ErrLength)
	}
	if over.n <= 1 && over.Empty() {
		return c, nil
	}
	// What is left of a change of c whose beginning is done: whole, or cut, or
	// what it inserts has been put out as well.
	const (
		whole = iota
		cut
		told
	)
	var frame [frameSections]section
	out := builder{out: frame[:0]}
	sa, sb := c.sections(), over.sections()
	a, b := after(sa, 0, 0), after(sb, 0, 0)
	left := whole
	pos := int32(0) // in the old text; everything before it is done
	for a.from != end || b.from != end {
		if b.from < a.from || b.from == a.from && (left == told || left == whole && (b.len < a.len || b.len == a.len && !before)) {
			// The change in b starts before that in a (by start, then length,
			// then before): keep what it inserts, and put out what a inserts
			// within what it deletes.
			out.keep += b.from - pos + b.ins
			pos = b.from + b.len
			for a.from < pos {
				stop := a.from + a.len
				if stop > pos {
					a.from, a.len, left = pos, stop-pos, max(left, cut)
					break
				}
				if left != told {
					out = out.change(0, a.ins, false)
				}
				a, left = after(sa, a.i, stop), whole
			}
			b = after(sb, b.i, pos)
			continue
		}
		// The part of the change in a up to the next change in b that is not
		// a deletion inside of it.
		stop, n := a.from+a.len, a.len
		out.keep += a.from - pos
		pos = stop
		if b.from < stop {
			pos, n = a.from, 0
			for pos < stop {
				if pos < b.from {
					piece := min(stop, b.from) - pos
					n += piece
					pos += piece
				} else if b.ins == 0 && pos+b.len < stop {
					pos += b.len
					b = after(sb, b.i, pos)
				} else {
					break
				}
			}
		}
		ins := a.ins
		if left == told {
			ins = 0
		}
		out = out.change(n, ins, false)
		if pos == stop {
			a, left = after(sa, a.i, stop), whole
		} else {
			a.from, a.len, left = pos, stop-pos, told
		}
	}
	out.keep += c.length - pos
	m.text, m.inserted = c.text, c.inserted
	m.length, m.newLength = over.newLength, over.newLength+out.grown
	m.hold(out.end())
	return m, nil
}

// Compose is the change that does c and then next, a change of the text that
// c results in.
func (c ChangeSet) Compose(next ChangeSet) (both ChangeSet, err error) {
	if c.newLength != next.length {
		return both, fmt.Errorf("compose: change to %d units with change of %d: %w", c.newLength, next.length, ErrLength)
	}
	if c.n <= 1 && c.Empty() {
		return next, nil
	}
	if next.n <= 1 && next.Empty() {
		return c, nil
	}
	var frame [frameSections]section
	out := builder{out: frame[:0]}
	var textFrame [128]byte
	text := textFrame[:0]
	// Of c's text, each part is taken or skipped in turn; next's is taken
	// section by section.
	textA, textB := c.inserts(), next.inserts()
	sa, sb := c.sections(), next.sections()
	a, b := after(sa, 0, 0), after(sb, 0, 0)
	dropped := int32(0) // units of c's text
	pos := int32(0)     // in the text between the two; everything before it is done
	// open reports whether the last output change continues in the next round.
	for open := false; a.from != end || b.from != end; {
		if at := min(a.from, b.from); at > pos {
			out.keep += at - pos
			pos = at
		}
		size := len(out.out)
		var n int32 // how many units between the texts this round is about
		switch {
		case a.from == pos && a.ins == 0: // a has deleted something here
			out = out.change(a.len, 0, open)
			a = after(sa, a.i, pos)
			continue
		case b.from == pos && b.len == 0: // b inserts here
			out = out.change(0, b.ins, open)
			text = append(text, textB.section(b.ins)...)
			b = after(sb, b.i, pos)
			continue
		case a.from > pos: // b changes what a keeps
			n = min(b.len, a.from-pos)
			out = out.change(n, b.ins, open)
			text = append(text, textB.section(b.ins)...)
		case b.from > pos: // b keeps what a has inserted
			n = min(a.ins, b.from-pos)
			out = out.change(a.len, n, open)
			s, ok := textA.take(n)
			if !ok {
				return both, fmt.Errorf("compose: %w", ErrSurrogate)
			}
			text = append(text, s...)
		default: // b changes what a has inserted
			n = min(a.ins, b.len)
			out = out.change(a.len, b.ins, open)
			text = append(text, textB.section(b.ins)...)
			if _, ok := textA.take(n); !ok {
				return both, fmt.Errorf("compose: %w", ErrSurrogate)
			}
			dropped += n
		}
		pos += n
		more := false // is one of the changes longer than that?
		if a.from < pos {
			if a.ins > n {
				a.from, a.len, a.ins = pos, 0, a.ins-n
				more = true
			} else {
				a = after(sa, a.i, pos)
			}
		}
		if b.from < pos {
			if b.len > n {
				b.from, b.len, b.ins = pos, b.len-n, 0
				more = true
			} else {
				b = after(sb, b.i, pos)
			}
		}
		open = more && (open || len(out.out) > size)
	}
	out.keep += c.newLength - pos
	both.length, both.newLength = c.length, next.newLength
	both.inserted = c.inserted + next.inserted - dropped
	both.hold(out.end())
	switch {
	case len(c.text) == 0:
		both.text = next.text
	case len(next.text) == 0 && dropped == 0:
		both.text = c.text
	default:
		both.text = string(text)
	}
	return both, nil
}

// byteOffset finds the byte at which the given UTF-16 unit starts.
func byteOffset(s string, units int) (int, bool) {
	i := 0
	for units > 0 {
		if i >= len(s) {
			return 0, false
		}
		size := sizes[s[i]>>4]
		i += int(size & 7)
		units -= int(size >> 4)
	}
	return i, units == 0
}

// sizes are those of a code point by the upper half of its first byte: its
// units in the upper half, its bytes in the lower. A table, since texts mix
// them in ways that no processor foresees.
var sizes = [16]uint8{
	0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
	0x11, 0x11, 0x11, 0x11, // within a code point; not met
	0x12, 0x12, 0x13, 0x24,
}
