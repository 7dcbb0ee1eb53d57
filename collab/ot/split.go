package ot

// A Bound is what one change may be where it is sent or kept.
type Bound struct {
	Parts int // sections
	Bytes int // of its JSON
	Text  int // UTF-16 units of the text that it leads to
}

// partSlack is the size of the JSON of the two kept sections around a part of a change.
const partSlack = 24

// Split divides c into two changes, c = first.Compose(rest) as text. If c is
// within the bound, first is c and rest is empty. Otherwise first does a part of
// what c does: within Parts and Bytes, and, if c itself leads to no more than Text
// units, within Text. Bounds too small for any change (fewer than 3 parts or 64
// bytes) count as that small a bound. Splitting until rest is empty takes time
// proportional to the size of c times the number of pieces.
func (c ChangeSet) Split(b Bound) (first, rest ChangeSet) {
	b.Parts, b.Bytes = max(b.Parts, 3), max(b.Bytes, 64)
	if c.Parts() <= b.Parts && c.jsonBound() <= b.Bytes {
		return c, Empty(c.NewLength())
	}
	// size[i] is the size of the JSON of the sections before i, grown[i] the growth in
	// length by them, text[i] the end of their text.
	sections := c.sections()
	size, grown, text := make([]int, len(sections)+1), make([]int, len(sections)+1), make([]int, len(sections)+1)
	r := c.inserts()
	var scratch []byte
	for i, s := range sections {
		grown[i+1], text[i+1] = grown[i], text[i]
		one := ChangeSet{n: 1, length: s.len, newLength: s.len, few: [fewSections]section{s}}
		if s.ins >= 0 {
			one.text, one.inserted, one.newLength = r.section(s.ins), s.ins, s.ins
			grown[i+1] += int(s.ins - s.len)
			text[i+1] += len(one.text)
		}
		scratch = one.AppendJSON(scratch[:0])
		size[i+1] = size[i] + len(scratch) - 1 // without brackets, with a comma
	}
	if c.Parts() <= b.Parts && size[len(sections)]+1 <= b.Bytes {
		return c, Empty(c.NewLength())
	}
	most := max(b.Text, c.Length())
	i, j := 0, len(sections)
	for j-i > 1 && (j-i+2 > b.Parts || size[j]-size[i]+partSlack > b.Bytes) {
		mid := (i + j) / 2
		// Take the half that leads to a text within the bound: if the left one grows
		// too far, the right one shrinks.
		left := c.Length()+grown[mid]-grown[i] <= most
		switch {
		case mid-i == 1 && sections[i].ins < 0:
			left = false // it does nothing
		case j-mid == 1 && sections[mid].ins < 0:
			left = true
		}
		if left {
			j = mid
		} else {
			i = mid
		}
	}
	cut := c.text[text[i]:text[j]] // the text that first inserts
	if j-i == 1 && size[j]-size[i]+partSlack > b.Bytes {
		cut = cut[:fitting(cut, b.Bytes-partSlack-16)]
	}
	var one, two builder
	for k, s := range sections {
		switch {
		case s.ins < 0:
			one.keep += s.len
			two.keep += s.len
		case k < i || k >= j:
			one.keep += s.len
			two = two.change(s.len, s.ins, false)
		default:
			ins := s.ins
			if j-i == 1 {
				ins = int32(Len(cut))
			}
			one = one.change(s.len, ins, false)
			two.keep += ins
			two = two.change(0, s.ins-ins, false)
		}
	}
	return newSet(one.end(), cut), newSet(two.end(), c.text[:text[i]]+c.text[text[i]+len(cut):])
}

// jsonBound returns an upper bound on the length of the JSON form. It does not encode anything.
func (c *ChangeSet) jsonBound() int { return 2 + 16*c.Parts() + 6*len(c.text) }

// fitting is the length of the longest prefix of s, of at least one code point,
// whose JSON takes at most limit bytes. A line break takes three.
func fitting(s string, limit int) int {
	size := 0
	for i, r := range s {
		switch {
		case r == '\n':
			size += len(`","`)
		case r < 0x20 || r == '"' || r == '\\':
			size += len(`\u0000`)
		default:
			size += len(string(r))
		}
		if size > limit && i > 0 {
			return i
		}
	}
	return len(s)
}
