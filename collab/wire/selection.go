package wire

import (
	"encoding/json"
	"fmt"

	"github.com/corust-dev/corust/collab/ot"
)

// Range is one selected range; Anchor stays, Head moves. Both count UTF-16
// units. Where they are equal, it is a cursor.
type Range struct{ Anchor, Head int }

// MarshalJSON writes [anchor, head].
func (r Range) MarshalJSON() ([]byte, error) { return json.Marshal([2]int{r.Anchor, r.Head}) }

// UnmarshalJSON reads [anchor, head].
func (r *Range) UnmarshalJSON(data []byte) error {
	var both []int
	if err := json.Unmarshal(data, &both); err != nil {
		return err
	}
	if len(both) != 2 {
		return fmt.Errorf("a range has two ends: %w", ErrMalformed)
	}
	r.Anchor, r.Head = both[0], both[1]
	return nil
}

// Selection is the selection of one editor.
type Selection []Range

// Check returns an error that wraps [ErrTooLarge] if s has too many ranges, or
// [ErrMalformed] if it exceeds a text of length units.
func (s Selection) Check(length int, lim Limits) error {
	if len(s) > lim.Ranges {
		return Exceeds("ranges", len(s), lim.Ranges, UnitCount)
	}
	for _, r := range s {
		if min(r.Anchor, r.Head) < 0 || max(r.Anchor, r.Head) > length {
			return fmt.Errorf("selection %d..%d in a text of %d units: %w", r.Anchor, r.Head, length, ErrMalformed)
		}
	}
	return nil
}

// Map maps a selection through another member's change: a cursor stays before text
// inserted at it, and a range does not grow at its ends. Positions outside the text move
// to its end.
func (s Selection) Map(c ot.ChangeSet) Selection { return s.move(s.mapper(c), -1) }

// Follow maps a selection through its owner's change: a cursor moves after text inserted
// at it.
func (s Selection) Follow(c ot.ChangeSet) Selection { return s.move(s.mapper(c), 1) }

// mapper is worth an index for more than a few positions.
func (s Selection) mapper(c ot.ChangeSet) ot.Mapper {
	if len(s) > 2 {
		return c.Mapper()
	}
	return ot.Mapper{ChangeSet: c}
}

// MapBy maps like Map, with a mapper that several selections share.
func (s Selection) MapBy(m ot.Mapper) Selection { return s.move(m, -1) }

func (s Selection) move(m ot.Mapper, assoc int) Selection {
	if len(s) == 0 || m.Empty() {
		return s
	}
	out := make(Selection, len(s))
	at := func(p, assoc int) int {
		q, err := m.MapPos(max(p, 0), assoc)
		if err != nil {
			return m.NewLength()
		}
		return q
	}
	for i, r := range s {
		switch {
		case r.Anchor == r.Head:
			p := at(r.Head, assoc)
			out[i] = Range{p, p}
		case r.Anchor < r.Head:
			from, to := at(r.Anchor, 1), at(r.Head, -1)
			out[i] = Range{from, max(from, to)}
		default:
			from, to := at(r.Head, 1), at(r.Anchor, -1)
			out[i] = Range{max(from, to), from}
		}
	}
	return out
}
