package ot

import (
	"fmt"
	"slices"
	"strings"
)

// MapPos moves a position through the change. At an insertion it stays in
// front of the new text if assoc is negative, and moves after it otherwise;
// inside a deletion it moves to the place of the deleted text.
func (c ChangeSet) MapPos(pos, assoc int) (int, error) {
	if pos < 0 || pos > int(c.length) {
		return 0, fmt.Errorf("position %d in a text of %d units: %w", pos, c.length, ErrRange)
	}
	posA, posB := 0, 0
	for _, s := range c.sections() {
		endA := posA + int(s.len)
		if s.ins < 0 {
			if endA > pos {
				return posB + pos - posA, nil
			}
			posB += int(s.len)
		} else {
			if endA > pos || endA == pos && assoc < 0 && s.len == 0 {
				if pos == posA || assoc < 0 {
					return posB, nil
				}
				return posB + int(s.ins), nil
			}
			posB += int(s.ins)
		}
		posA = endA
	}
	return posB, nil
}

// A Mapper is a change that maps positions in a time that grows with the logarithm
// of its parts. It is for many positions and a change in many places. The zero
// index, Mapper{ChangeSet: c}, is for few positions.
type Mapper struct {
	ChangeSet
	// Of each section, where it ends before the change and where it begins after
	// it; nil where there are few.
	ends, begins []int32
}

// Mapper makes a Mapper. It takes time proportional to the parts of c, once.
func (c ChangeSet) Mapper() Mapper {
	m := Mapper{ChangeSet: c}
	if c.many == nil {
		return m
	}
	m.ends, m.begins = make([]int32, c.n), make([]int32, c.n)
	a, b := int32(0), int32(0)
	for i, s := range c.many {
		a += s.len
		m.ends[i], m.begins[i] = a, b
		if s.ins < 0 {
			b += s.len
		} else {
			b += s.ins
		}
	}
	return m
}

// MapPos is [ChangeSet.MapPos].
func (m Mapper) MapPos(pos, assoc int) (int, error) {
	if m.ends == nil || pos < 0 || pos > int(m.length) {
		return m.ChangeSet.MapPos(pos, assoc)
	}
	// Find the first section that ends after pos or, on the left side, that inserts
	// there.
	i, _ := slices.BinarySearch(m.ends, int32(pos))
	if assoc >= 0 {
		i, _ = slices.BinarySearch(m.ends, int32(pos)+1)
	} else if i < len(m.ends) && int(m.ends[i]) == pos && m.many[i].len > 0 {
		i++
	}
	if i == len(m.ends) {
		return int(m.newLength), nil
	}
	s, begin := m.many[i], int(m.begins[i])
	into := pos - int(m.ends[i]-s.len)
	switch {
	case s.ins < 0:
		return begin + into, nil
	case into == 0 || assoc < 0:
		return begin, nil
	}
	return begin + int(s.ins), nil
}

// Range is a changed part of a text: FromA..ToA before, FromB..ToB after.
type Range struct {
	FromA, ToA, FromB, ToB int
	Text                   string // replaces FromA..ToA
}

// Ranges lists the replaced ranges, in order. Neighbouring changes are
// kept apart when individual is true and reported as one otherwise.
func (c ChangeSet) Ranges(individual bool) []Range {
	var out []Range
	posA, posB := 0, 0
	touching := false
	texts := c.inserts()
	for _, s := range c.sections() {
		if s.ins < 0 {
			posA += int(s.len)
			posB += int(s.len)
			touching = false
			continue
		}
		text := texts.section(s.ins)
		if touching && !individual {
			last := &out[len(out)-1]
			last.ToA += int(s.len)
			last.ToB += int(s.ins)
			last.Text += text
		} else {
			out = append(out, Range{posA, posA + int(s.len), posB, posB + int(s.ins), text})
		}
		posA += int(s.len)
		posB += int(s.ins)
		touching = true
	}
	return out
}

// Touches reports whether the change replaces anything in, or inserts at the
// edge of, the range from..to of the old text.
func (c ChangeSet) Touches(from, to int) bool {
	pos := 0
	for _, s := range c.sections() {
		if pos > to {
			break
		}
		end := pos + int(s.len)
		if s.ins >= 0 && end >= from {
			return true
		}
		pos = end
	}
	return false
}

// Invert is the change that takes c back. before is the text that c was made
// for.
func (c ChangeSet) Invert(before Text) (ChangeSet, error) {
	if before.Len() != int(c.length) {
		return ChangeSet{}, fmt.Errorf("invert: change of %d units, text of %d: %w", c.length, before.Len(), ErrLength)
	}
	out := make([]section, c.n)
	var text strings.Builder
	r := before.reader()
	for i, s := range c.sections() {
		out[i] = s
		if s.ins < 0 {
			if !r.skip(int(s.len)) {
				return ChangeSet{}, fmt.Errorf("invert: %w", ErrSurrogate)
			}
			continue
		}
		old, ok := r.take(int(s.len))
		if !ok {
			return ChangeSet{}, fmt.Errorf("invert: %w", ErrSurrogate)
		}
		text.WriteString(old)
		out[i] = section{s.ins, s.len}
	}
	return newSet(out, text.String()), nil
}
