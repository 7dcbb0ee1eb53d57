package ot

import "fmt"

// cursor walks over the sections of a set, piece by piece.
type cursor struct {
	s   []section
	i   int   // index of the section after the current one
	len int32 // what is left of the current section's old length
	ins int32 // its new length, keep, or done
	off int32 // how far into the section
}

// done is the ins of a cursor behind the last section.
const done = -2

func (c *cursor) next() {
	if c.i < len(c.s) {
		c.len, c.ins = c.s[c.i].len, c.s[c.i].ins
		c.i++
	} else {
		c.len, c.ins = 0, done
	}
	c.off = 0
}

// forward moves over n units of the old text.
func (c *cursor) forward(n int32) {
	if n == c.len {
		c.next()
	} else {
		c.len -= n
		c.off += n
	}
}

// forwardNew moves over n units of the new text.
func (c *cursor) forwardNew(n int32) {
	switch {
	case c.ins == keep:
		c.forward(n)
	case n == c.ins:
		c.next()
	default:
		c.ins -= n
		c.off += n
	}
}

// Map moves c, a change of the same text as over, so that it applies after
// over. Where both insert at one place, c's text comes first if before is
// true and over's otherwise. Text that over deleted and c replaces is gone,
// what c inserts is always kept whole.
func (c ChangeSet) Map(over ChangeSet, before bool) (ChangeSet, error) {
	if c.length != over.length {
		return ChangeSet{}, fmt.Errorf("map: change of %d units over change of %d: %w", c.length, over.length, ErrLength)
	}
	if over.Empty() {
		return c, nil
	}
	out := builder{out: make([]section, 0, len(c.sections)+len(over.sections))}
	a, b := cursor{s: c.sections}, cursor{s: over.sections}
	a.next()
	b.next()
	// inserted is the index of the last section of a whose text has been
	// put out; a section is passed in pieces, its text goes out once.
	for inserted := -1; ; {
		switch {
		case a.ins == done && b.len > 0 || b.ins == done && a.len > 0:
			return ChangeSet{}, fmt.Errorf("map: %w", ErrLength)
		case a.ins == keep && b.ins == keep:
			n := min(a.len, b.len)
			out.add(n, keep)
			a.forward(n)
			b.forward(n)
		case b.ins >= 0 && (a.ins < 0 || inserted == a.i || a.off == 0 && (b.len < a.len || b.len == a.len && !before)):
			// A change in b that starts before the next one in a (by start,
			// then length, then before): keep what it inserts, and put out
			// whatever a inserts within what it deletes.
			n := b.len
			out.add(b.ins, keep)
			for n > 0 {
				piece := min(a.len, n)
				if a.ins >= 0 && inserted < a.i && a.len <= piece {
					out.add(0, a.ins)
					inserted = a.i
				}
				a.forward(piece)
				n -= piece
			}
			b.next()
		case a.ins >= 0:
			// The part of a change in a up to the next change in b that is
			// not a deletion inside of it.
			n, left := int32(0), a.len
			for left > 0 {
				if b.ins == keep {
					piece := min(left, b.len)
					n += piece
					left -= piece
					b.forward(piece)
				} else if b.ins == 0 && b.len < left {
					left -= b.len
					b.next()
				} else {
					break
				}
			}
			if inserted < a.i {
				out.add(n, a.ins)
			} else {
				out.add(n, 0)
			}
			inserted = a.i
			a.forward(a.len - left)
		case a.ins == done && b.ins == done:
			m := ChangeSet{sections: out.out, text: c.text, wide: c.wide, length: over.newLength}
			for _, s := range out.out {
				if s.ins < 0 {
					m.newLength += s.len
				} else {
					m.newLength += s.ins
				}
			}
			return m, nil
		default:
			return ChangeSet{}, fmt.Errorf("map: %w", ErrLength)
		}
	}
}

// Compose is the change that does c and then next, a change of the text that
// c results in.
func (c ChangeSet) Compose(next ChangeSet) (ChangeSet, error) {
	if c.newLength != next.length {
		return ChangeSet{}, fmt.Errorf("compose: change to %d units with change of %d: %w", c.newLength, next.length, ErrLength)
	}
	if c.Empty() {
		return next, nil
	}
	if next.Empty() {
		return c, nil
	}
	out := builder{out: make([]section, 0, len(c.sections)+len(next.sections))}
	var textBuf [128]byte
	text := textBuf[:0]
	if n := len(c.text) + len(next.text); n > len(textBuf) {
		text = make([]byte, 0, n)
	}
	// Of c's text, each part is taken or skipped in turn; next's is taken
	// section by section.
	textA, textB := c.inserts(), next.inserts()
	a, b := cursor{s: c.sections}, cursor{s: next.sections}
	a.next()
	b.next()
	// open says that the section being put out goes on in the next round.
	for open := false; ; {
		switch {
		case a.ins == done && b.ins == done:
			set := ChangeSet{sections: out.out, length: c.length, newLength: next.newLength}
			set.wide = (c.wide || next.wide) && !ascii(text)
			switch {
			case len(c.text) == 0:
				set.text = next.text
			case len(next.text) == 0 && len(text) == len(c.text):
				set.text = c.text
			default:
				set.text = string(text)
			}
			return set, nil
		case a.ins == 0: // a deleted this
			out.put(a.len, 0, open)
			a.next()
		case b.len == 0 && b.ins != done: // b inserts here
			out.put(0, b.ins, open)
			s, _ := textB.take(b.ins)
			text = append(text, s...)
			b.next()
		case a.ins == done || b.ins == done:
			return ChangeSet{}, fmt.Errorf("compose: %w", ErrLength)
		default:
			n := b.len
			if a.ins < 0 {
				n = min(n, a.len)
			} else {
				n = min(n, a.ins)
			}
			before := len(out.out)
			switch {
			case a.ins == keep:
				ins := b.ins
				if ins > 0 && b.off > 0 {
					ins = 0
				}
				out.put(n, ins, open)
				if ins > 0 {
					s, _ := textB.take(ins)
					text = append(text, s...)
				}
			case b.ins == keep:
				old := a.len
				if a.off > 0 {
					old = 0
				}
				out.put(old, n, open)
				s, ok := textA.take(n)
				if !ok {
					return ChangeSet{}, fmt.Errorf("compose: %w", ErrSurrogate)
				}
				text = append(text, s...)
			default:
				old, ins := a.len, b.ins
				if a.off > 0 {
					old = 0
				}
				if b.off > 0 {
					ins = 0
				}
				out.put(old, ins, open)
				if ins > 0 {
					s, _ := textB.take(ins)
					text = append(text, s...)
				}
				if _, ok := textA.take(n); !ok {
					return ChangeSet{}, fmt.Errorf("compose: %w", ErrSurrogate)
				}
			}
			open = (a.ins > n || b.ins >= 0 && b.len > n) && (open || len(out.out) > before)
			a.forwardNew(n)
			b.forward(n)
		}
	}
}

func ascii(s []byte) bool {
	for _, c := range s {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// byteOffset finds the byte at which the given UTF-16 unit starts.
func byteOffset(s string, units int) (int, bool) {
	i := 0
	for units > 0 {
		if i >= len(s) {
			return 0, false
		}
		switch c := s[i]; {
		case c < 0x80:
			i, units = i+1, units-1
		case c < 0xE0:
			i, units = i+2, units-1
		case c < 0xF0:
			i, units = i+3, units-1
		case units == 1:
			return 0, false
		default:
			i, units = i+4, units-2
		}
	}
	return i, true
}
