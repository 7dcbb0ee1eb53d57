package authority

import (
	"encoding/binary"
	"fmt"

	"github.com/corust-dev/corust/collab/wire"
)

// spanLen is how many entries a span holds. The last entries, at most twice as many, are
// not packed: clients that type at the same time need no older ones.
const spanLen = 16

// history is the last part of a log. Most of it is packed into spans, which take a
// quarter of the memory and hold no pointers: with thousands of sessions, the garbage
// collector would do little else than follow them. The times of entries are not kept.
type history struct {
	spans  []span
	recent []wire.Entry
	gone   int // entries of the first span that have been forgotten
	n      int
	cost   int // the EntryCost of all entries held
}

// span is spanLen entries. data has for each entry its file, the index of its client in
// clients, its seq and the length of its change as varints, then the change as
// [wire.Entry.AppendChange] writes it.
type span struct {
	clients []wire.ClientID
	data    []byte
	cost    int
}

// EntryCost gives the size of an entry on the wire and in the log, in bytes,
// approximately.
func EntryCost(e wire.Entry) int {
	n := 96 + e.Changes.Size()
	if e.Op != nil {
		n += len(e.Op.Path) + len(e.Op.Text)
	}
	return n
}

// add appends an entry.
func (h *history) add(e wire.Entry) {
	if len(h.recent) == 2*spanLen {
		h.spans = append(h.spans, pack(h.recent[:spanLen]))
		n := copy(h.recent, h.recent[spanLen:])
		clear(h.recent[n:])
		h.recent = h.recent[:n]
	}
	h.recent = append(h.recent, e)
	h.n++
	h.cost += EntryCost(e)
}

func pack(entries []wire.Entry) span {
	var s span
	var change []byte
	places := map[wire.ClientID]int{}
	for _, e := range entries {
		at, ok := places[e.Client]
		if !ok {
			at = len(s.clients)
			places[e.Client] = at
			s.clients = append(s.clients, e.Client)
		}
		change = e.AppendChange(change[:0])
		s.data = binary.AppendUvarint(s.data, uint64(e.File))
		s.data = binary.AppendUvarint(s.data, uint64(at))
		s.data = binary.AppendUvarint(s.data, uint64(e.Seq))
		s.data = binary.AppendUvarint(s.data, uint64(len(change)))
		s.data = append(s.data, change...)
		s.cost += EntryCost(e)
	}
	return s
}

// unpack appends the entries of a span to a slice.
func (s span) unpack(to []wire.Entry) ([]wire.Entry, error) {
	number := func() uint64 {
		n, size := binary.Uvarint(s.data)
		s.data = s.data[size:]
		return n
	}
	for len(s.data) > 0 {
		e := wire.Entry{File: wire.FileID(number()), Client: s.clients[number()], Seq: wire.Seq(number())}
		size := number()
		if err := e.DecodeChange(s.data[:size]); err != nil { // it was encoded here
			return nil, fmt.Errorf("history: %w: %w", ErrCorrupt, err)
		}
		s.data = s.data[size:]
		to = append(to, e)
	}
	return to, nil
}

// last gives the last k entries. The slice may be the history's: it must not be changed,
// and is valid until the next add or forget.
func (h *history) last(k int) ([]wire.Entry, error) {
	if k <= len(h.recent) {
		return h.recent[len(h.recent)-k:], nil
	}
	spans := h.spans
	for packed := k - len(h.recent); packed <= (len(spans)-1)*spanLen; {
		spans = spans[1:]
	}
	all := make([]wire.Entry, 0, len(spans)*spanLen+len(h.recent))
	var err error
	for _, s := range spans {
		if all, err = s.unpack(all); err != nil {
			return nil, err
		}
	}
	all = append(all, h.recent...)
	return all[len(all)-k:], nil
}

// forget removes the oldest entry.
func (h *history) forget() {
	h.n--
	if len(h.spans) == 0 {
		h.cost -= EntryCost(h.recent[0])
		n := copy(h.recent, h.recent[1:])
		clear(h.recent[n:])
		h.recent = h.recent[:n]
		return
	}
	if h.gone++; h.gone == spanLen {
		h.cost -= h.spans[0].cost
		h.spans[0] = span{}
		h.spans, h.gone = h.spans[1:], 0
	}
}
