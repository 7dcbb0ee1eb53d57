package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/corust-dev/corust/collab/ot"
)

// A journal is where appends go first. The appends of a transaction are one row
// of its table, whichever sessions they belong to, so that a commit writes what
// it was given and little else. In the table entries each append would change
// three pages of its own: the session's row, its log, and the index over that.
//
// What is in the journal and not yet in entries is a session's tail, which is
// kept in memory, too. The writer moves tails to entries a whole one at a time,
// the oldest first, while it commits, and all of them when it has nothing to do;
// see fold.go. So memory and the time to open a file stay bounded, a session that
// nobody edits has no tail, and a file that was closed has none at all.
//
// The journal's last row is never removed: its number is that of the last append
// of all, which the mark is compared with.
//
// A journal belongs to the writer. What others may call from their goroutines is
// look and heads.
type journal struct {
	order  []turn // the tails in the order in which they are to be folded
	broken []*tail
	size   int   // what the tails take, roughly, in bytes
	oldest int64 // no row is before it
	sids   int64 // the highest sid that a session or a record has had

	touched []*tail // those that the transaction under way changes
	staged  []byte  // its records in their binary form

	mu    sync.RWMutex // guards tails and, in each, what is not of a transaction
	tails map[SessionID]*tail
}

// A tail is what the journal holds of a session behind base, its head in entries.
type tail struct {
	id      SessionID
	sid     int64
	epoch   Epoch
	base    Version
	records []record
	row     int64 // where the first record is
	// seen has, for some clients, a number that none of their pushes in the log
	// is above.
	seen map[ClientID]Seq
	// err is why the records cannot be folded: what is in the file contradicts
	// them. The session is not to be appended to.
	err error

	// What the transaction under way does once it is committed: the first
	// folded records are in entries, and the staged ones behind the rest.
	// gone says that the session was deleted.
	staged []record
	folded int
	gone   bool
}

// turn says that a tail is to be folded, if its first record is still in the row.
type turn struct {
	tail *tail
	row  int64
}

func (t turn) past() bool { return t.tail.row != t.row || t.tail.err != nil }

// record is an entry in the form in which it is kept.
type record struct {
	client  ClientID
	seq     Seq
	at      int64 // Unix milliseconds
	changes []byte
}

// recordSize is what a record takes in memory besides its changes.
const recordSize = 80

func newRecords(entries []Entry) []record {
	out := make([]record, len(entries))
	var buf []byte
	for i, e := range entries {
		from := len(buf)
		buf = e.Changes.AppendJSON(buf)
		out[i] = record{e.Client, e.Seq, millis(e.At), buf[from:len(buf):len(buf)]}
	}
	return out
}

func (r record) sum(v Version) int64 {
	return checksum([]int64{int64(v), int64(r.seq), r.at}, string(r.client), string(r.changes))
}

func (r record) entry(v Version) (Entry, error) {
	changes, err := ot.Decode(r.changes, ot.Limits{})
	if err != nil {
		return Entry{}, fmt.Errorf("entry %d: %w: %w", v, ErrCorrupt, err)
	}
	return Entry{Client: r.client, Seq: r.seq, Changes: changes, At: fromMillis(r.at)}, nil
}

// appendRecord gives the binary form of a record in a row: sid, version, seq, at
// and the lengths as varints, client and changes as they are.
func appendRecord(b []byte, sid int64, v Version, r record) []byte {
	b = binary.AppendUvarint(b, uint64(sid))
	b = binary.AppendUvarint(b, uint64(v))
	b = binary.AppendVarint(b, int64(r.seq))
	b = binary.AppendVarint(b, r.at)
	b = binary.AppendUvarint(b, uint64(len(r.client)))
	b = append(b, r.client...)
	b = binary.AppendUvarint(b, uint64(len(r.changes)))
	return append(b, r.changes...)
}

var errRecord = fmt.Errorf("a record of the journal is cut short: %w", ErrCorrupt)

// cutRecord takes the first record off a row. What it gives is part of b.
func cutRecord(b []byte) (sid int64, v Version, r record, rest []byte, err error) {
	unsigned := func() uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			err, size = errRecord, len(b)
		}
		b = b[size:]
		return n
	}
	signed := func() int64 {
		n := unsigned() // zigzag
		return int64(n>>1) ^ -int64(n&1)
	}
	bytes := func() []byte {
		n := unsigned()
		if n > uint64(len(b)) {
			err, n = errRecord, uint64(len(b))
		}
		part := b[:n:n]
		b = b[n:]
		return part
	}
	sid, v = int64(unsigned()), Version(unsigned())
	r.seq, r.at = Seq(signed()), signed()
	r.client, r.changes = ClientID(bytes()), bytes()
	return sid, v, r, b, err
}

func (t *tail) head() Version { return t.base + Version(len(t.records)+len(t.staged)) }

func sizeOf(records []record) int {
	n := 0
	for _, r := range records {
		n += recordSize + len(r.changes)
	}
	return n
}

// tail is that of a session, with what the transaction under way has staged.
func (s *SQLite) tail(ctx context.Context, id SessionID) (*tail, error) {
	t := s.journal.tails[id]
	if t != nil && t.gone {
		return nil, errRefused{fmt.Errorf("session %q: %w", id, ErrNotFound)}
	}
	if t == nil {
		r, err := scanRow(s.stmt.find.QueryRowContext(ctx, string(id)), id)
		if err != nil {
			return nil, err
		}
		t = &tail{id: id, sid: r.sid, epoch: r.epoch, base: r.head}
	}
	if t.err != nil {
		return nil, errRefused{t.err}
	}
	return t, nil
}

// stage appends records to a session, to be committed with the transaction.
func (s *SQLite) stage(ctx context.Context, id SessionID, epoch Epoch, expected Version, records []record) error {
	t, err := s.tail(ctx, id)
	if err != nil {
		return err
	}
	if t.epoch != epoch || t.head() != expected {
		return errRefused{&ConflictError{t.epoch, t.head()}}
	}
	if len(records) == 0 {
		return nil
	}
	for i, r := range records {
		dup, err := s.duplicate(ctx, t, records[:i], r)
		if err != nil {
			return err
		}
		if dup {
			return errRefused{fmt.Errorf("push %d of %q: %w", r.seq, r.client, ErrDuplicate)}
		}
	}
	j := &s.journal
	j.publish(t)
	j.touch(t)
	for i, r := range records {
		j.staged = appendRecord(j.staged, t.sid, expected+Version(i)+1, r)
	}
	t.staged = append(t.staged, records...)
	s.changes++
	return nil
}

// duplicate says whether a push is in the log, or among those before it in its
// append. Almost always a client's pushes come in order, and the file need not be
// asked more than once a tail.
func (s *SQLite) duplicate(ctx context.Context, t *tail, before []record, r record) (bool, error) {
	last, known := t.seen[r.client]
	if !known {
		if err := s.stmt.last.QueryRowContext(ctx, t.sid, string(r.client)).Scan(&last); err != nil {
			return false, classify(err)
		}
		for _, have := range t.records {
			if have.client == r.client {
				last = max(last, have.seq)
			}
		}
		if t.seen == nil {
			t.seen = map[ClientID]Seq{}
		}
	}
	t.seen[r.client] = max(last, r.seq)
	if r.seq > last {
		return false, nil
	}
	for _, have := range [][]record{t.records, t.staged, before} {
		for _, h := range have {
			if h.client == r.client && h.seq == r.seq {
				return true, nil
			}
		}
	}
	var n int
	err := s.stmt.pushed.QueryRowContext(ctx, t.sid, string(r.client), int64(r.seq)).Scan(&n)
	return n > 0, classify(err)
}

// publish lets readers find a tail.
func (j *journal) publish(t *tail) {
	if j.tails[t.id] == t {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tails[t.id] = t
}

// remove lets a session that was deleted have no tail.
func (j *journal) remove(id SessionID) {
	if t := j.tails[id]; t != nil {
		j.touch(t)
		t.gone = true
	}
}

func (j *journal) touch(t *tail) {
	if len(t.staged) == 0 && t.folded == 0 && !t.gone {
		j.touched = append(j.touched, t)
	}
}

// writeJournal puts what was staged into the transaction.
func (s *SQLite) writeJournal(ctx context.Context) error {
	j := &s.journal
	if len(j.staged) == 0 {
		return nil
	}
	_, err := s.stmt.journal.ExecContext(ctx, s.changes, j.staged, checksum([]int64{s.changes}, string(j.staged)))
	return classify(err)
}

// settle makes what the transaction did what the journal holds, or, if that was
// not committed, forgets it. row is the transaction's row.
func (j *journal) settle(committed bool, row int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range j.touched {
		if committed {
			j.keep(t, row)
		}
		t.staged, t.folded, t.gone = nil, 0, false
		if len(t.records) == 0 && t.err == nil && j.tails[t.id] == t {
			delete(j.tails, t.id)
		}
	}
	j.touched, j.staged = j.touched[:0], j.staged[:0]
	for len(j.order) > 0 && j.order[0].past() {
		j.order = j.order[1:]
	}
}

func (j *journal) keep(t *tail, row int64) {
	was := t.records
	if t.gone {
		j.size -= sizeOf(was)
		j.broken = slices.DeleteFunc(j.broken, func(b *tail) bool { return b == t })
		t.records, t.row, t.err = nil, 0, nil
		return
	}
	if t.folded > 0 {
		j.size -= sizeOf(was[:t.folded])
		t.base += Version(t.folded)
		// A copy: readers may hold what was.
		t.records = append([]record(nil), was[t.folded:]...)
	}
	j.size += sizeOf(t.staged)
	t.records = append(t.records, t.staged...)
	switch {
	case len(t.records) == 0:
		t.row = 0
	case len(was) == 0 || t.folded > 0:
		t.row = row
		j.order = append(j.order, turn{t, row})
	}
}

// What a reader sees of a tail.
type look struct {
	sid     int64
	base    Version
	records []record
	err     error
}

// look gives the tail of a session. Who wants all entries takes it first and
// then a state of the file: what has left the one by then is in the other.
func (j *journal) look(id SessionID) look {
	j.mu.RLock()
	defer j.mu.RUnlock()
	t := j.tails[id]
	if t == nil {
		return look{}
	}
	return look{t.sid, t.base, t.records[:len(t.records):len(t.records)], t.err}
}

// looks are those of all sessions that have a tail.
func (j *journal) looks() map[SessionID]look {
	j.mu.RLock()
	defer j.mu.RUnlock()
	out := make(map[SessionID]look, len(j.tails))
	for id, t := range j.tails {
		out[id] = look{t.sid, t.base, t.records[:len(t.records):len(t.records)], t.err}
	}
	return out
}

// behind are the records that a session's row does not know of.
func (l look) behind(r row) []record {
	known := r.head - l.base
	if l.sid != r.sid || known < 0 || int(known) >= len(l.records) {
		return nil
	}
	return l.records[known:]
}

// loadJournal reads what a file that was not closed has in its journal.
func (s *SQLite) loadJournal(ctx context.Context) error {
	j := &s.journal
	j.tails = map[SessionID]*tail{}
	if err := s.conn.QueryRowContext(ctx, "SELECT coalesce(max(sid), 0) FROM sessions").Scan(&j.sids); err != nil {
		return classify(err)
	}
	rows, err := s.conn.QueryContext(ctx, "SELECT n, records, sum FROM journal ORDER BY n")
	if err != nil {
		return classify(err)
	}
	type journalRow struct {
		n, sum  int64
		records []byte
	}
	var all []journalRow
	for rows.Next() {
		var r journalRow
		if err := rows.Scan(&r.n, &r.records, &r.sum); err != nil {
			rows.Close()
			return classify(err)
		}
		all = append(all, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return classify(err)
	}
	if len(all) == 0 { // a new file, or one of a corust that had no journal
		_, err := s.stmt.journal.ExecContext(ctx, s.changes, []byte{}, checksum([]int64{s.changes}, ""))
		return classify(err)
	}
	tails := map[int64]*tail{} // nil where the session is gone
	for i, r := range all {
		if r.sum != checksum([]int64{r.n}, string(r.records)) {
			return fmt.Errorf("checksum of row %d of the journal: %w", r.n, ErrCorrupt)
		}
		if i == 0 {
			j.oldest = r.n
		}
		for rest := r.records; len(rest) > 0; {
			var sid int64
			var v Version
			var rec record
			if sid, v, rec, rest, err = cutRecord(rest); err != nil {
				return err
			}
			j.sids = max(j.sids, sid)
			t, known := tails[sid]
			if !known {
				if t, err = s.emptyTail(ctx, sid); err != nil {
					return err
				}
				tails[sid] = t
			}
			if t != nil && v > t.base {
				j.put(t, r.n, v, rec)
			}
		}
	}
	return nil
}

// emptyTail is the tail of a session before its records are known; nil where
// there is no such session.
func (s *SQLite) emptyTail(ctx context.Context, sid int64) (*tail, error) {
	t := &tail{sid: sid}
	err := s.conn.QueryRowContext(ctx, "SELECT id, epoch, head FROM sessions WHERE sid = ?", sid).Scan(&t.id, &t.epoch, &t.base)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return t, classify(err)
}

// put adds a record that was read.
func (j *journal) put(t *tail, row int64, v Version, r record) {
	if t.err != nil {
		return
	}
	if len(t.records) == 0 {
		t.row, j.tails[t.id] = row, t
		j.order = append(j.order, turn{t, row})
	}
	if want := t.head() + 1; v != want {
		j.breaks(t, fmt.Errorf("the journal has entry %d, want %d: %w", v, want, ErrCorrupt))
		return
	}
	t.records = append(t.records, r)
	j.size += sizeOf([]record{r})
}

// breaks sets a tail aside that cannot be folded.
func (j *journal) breaks(t *tail, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t.err = fmt.Errorf("session %q: %w", t.id, err)
	j.broken = append(j.broken, t)
}
