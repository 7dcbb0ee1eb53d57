package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// A journal is where appends go first. The appends of a transaction are one row
// of its table, whichever sessions they belong to, so that a commit writes what
// it was given and little else. In the table entries each append would change
// three pages of its own: the session's row, its log, and the index over that.
//
// What is in the journal and not yet in entries is a session's tail, which is
// kept in memory, too. The writer moves tails to entries a whole one at a time,
// the oldest first, while it commits, and all of them when it has nothing to do;
// see fold.go. So memory, the table and the time to open a file stay bounded, a
// session that nobody edits has no tail, and a file that was closed has none at all.
//
// The journal's last row is never removed: its number is that of the last append
// of all, which the mark is compared with.
//
// A journal belongs to the writer. What others may call from their goroutines is
// look and looks.
type journal struct {
	order   []turn // the tails in the order in which they are to be folded
	broken  []*tail
	size    int   // of the tails' records, in bytes
	written int   // bytes of all rows since the one that was the first at the opening
	oldest  int64 // no row is before it
	sids    int64 // the highest sid that a session or a record has had

	touched []*tail // those that the transaction under way changes
	staged  []byte  // its records in their binary form

	mu    sync.RWMutex // guards tails and, in each, what is not of a transaction
	tails map[wire.SessionID]*tail
}

// A tail is what the journal holds of a session behind base, its head in entries.
type tail struct {
	id      wire.SessionID
	sid     int64
	epoch   wire.Epoch
	base    wire.Version
	records records
	row     int64 // where the first record is; below 0 where they are set aside
	// seen has, for some clients, a number that none of their pushes in the log
	// is above.
	seen map[wire.ClientID]wire.Seq
	// err is why the records cannot be folded: what is in the file contradicts
	// them. The session is not to be appended to.
	err error
	gap bool // the rows have more of the session than records

	// What the transaction under way does once it is committed: the records are
	// in entries if they are folded, or set aside, the staged ones stand behind
	// them, or the session is gone.
	staged records
	folded bool
	aside  bool
	gone   bool
}

// turn says that a tail is to be folded, if its first record is still in the row.
type turn struct {
	tail    *tail
	row     int64
	written int // bytes of the rows up to it
}

func (t turn) past() bool { return t.tail.row != t.row || t.tail.err != nil }

func (t *tail) head() wire.Version { return t.base + wire.Version(t.records.n+t.staged.n) }

// tail is that of a session, with what the transaction under way has staged.
func (s *Store) tail(ctx context.Context, id wire.SessionID) (*tail, error) {
	t := s.journal.tails[id]
	if t != nil && t.gone {
		return nil, notFound(id)
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
func (s *Store) stage(ctx context.Context, id wire.SessionID, epoch wire.Epoch, expected wire.Version, r records) error {
	t, err := s.tail(ctx, id)
	if err != nil {
		return err
	}
	if t.epoch != epoch || t.head() != expected {
		return errRefused{&store.ConflictError{Epoch: t.epoch, Head: t.head()}}
	}
	if r.n == 0 {
		return nil
	}
	for i, e := range r.all() {
		dup, err := s.duplicate(ctx, t, r, i, e)
		if err != nil {
			return err
		}
		if dup {
			return errRefused{fmt.Errorf("push %d of %q: %w", e.seq, e.client, store.ErrDuplicate)}
		}
	}
	j := &s.journal
	j.publish(t)
	j.touch(t)
	j.staged = appendGroup(j.staged, t.sid, expected+1, r)
	t.staged.join(r)
	s.changes++
	return nil
}

// duplicate says whether the i-th push of an append is in the log, or before it in
// its append. Almost always a client's pushes come in order, and the file need not
// be asked more than once a tail.
func (s *Store) duplicate(ctx context.Context, t *tail, appended records, i int, e record) (bool, error) {
	last, known := t.seen[e.client]
	if !known {
		if err := s.stmt.last.QueryRowContext(ctx, t.sid, string(e.client)).Scan(&last); err != nil {
			return false, classify(err)
		}
		for _, have := range t.records.all() {
			if have.client == e.client {
				last = max(last, have.seq)
			}
		}
		if t.seen == nil {
			t.seen = map[wire.ClientID]wire.Seq{}
		}
	}
	t.seen[e.client] = max(last, e.seq)
	if e.seq > last {
		return false, nil
	}
	for _, pushed := range []records{t.records, t.staged, {n: i, data: appended.data}} {
		for _, have := range pushed.all() {
			if have.client == e.client && have.seq == e.seq {
				return true, nil
			}
		}
	}
	var n int
	err := s.stmt.pushed.QueryRowContext(ctx, t.sid, string(e.client), int64(e.seq)).Scan(&n)
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
func (j *journal) remove(id wire.SessionID) {
	if t := j.tails[id]; t != nil {
		j.touch(t)
		t.gone = true
	}
}

func (j *journal) touch(t *tail) {
	if t.staged.n == 0 && !t.folded && !t.aside && !t.gone {
		j.touched = append(j.touched, t)
	}
}

// writeJournal puts what was staged into the transaction.
func (s *Store) writeJournal(ctx context.Context) error {
	j := &s.journal
	if len(j.staged) == 0 {
		return nil
	}
	_, err := s.stmt.journal.ExecContext(ctx, s.changes, j.staged, checksum([]int64{s.changes}, j.staged))
	return classify(err)
}

// settle makes what the transaction did what the journal holds, or, if that was
// not committed, forgets it. row is the transaction's row.
func (j *journal) settle(committed bool, row int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if committed {
		j.written += len(j.staged)
	}
	for _, t := range j.touched {
		if committed {
			j.keep(t, row)
		}
		t.staged, t.folded, t.aside, t.gone = records{}, false, false, false
		if t.records.n == 0 && t.err == nil && j.tails[t.id] == t {
			delete(j.tails, t.id)
		}
	}
	j.touched, j.staged = j.touched[:0], j.staged[:0]
	if cap(j.staged) > maxRoom {
		j.staged = nil
	}
	for len(j.order) > 0 && j.order[0].past() {
		j.order = j.order[1:]
	}
}

// maxRoom is how large a buffer for a row may be to be used again, in bytes. A row
// of hundreds of entries is smaller, as a rule.
const maxRoom = 1 << 20

func (j *journal) keep(t *tail, row int64) {
	before := t.records
	if t.gone || t.folded {
		j.size -= len(before.data)
		t.records, t.row = records{}, 0
		t.seen = nil // a session that is always at work always has a tail
	}
	if t.gone {
		j.broken = slices.DeleteFunc(j.broken, func(b *tail) bool { return b == t })
		t.err = nil
		return
	}
	if t.folded {
		t.base += wire.Version(before.n)
	}
	if t.aside {
		t.row = -t.sid
	}
	j.size += len(t.staged.data)
	if t.records.n == 0 && t.staged.n > 0 {
		t.row = row
		j.order = append(j.order, turn{t, row, j.written})
	}
	t.records.join(t.staged)
}

// What a reader sees of a tail.
type look struct {
	sid     int64
	base    wire.Version
	records records
	err     error
}

// look gives the tail of a session. Who wants all entries takes it first and
// then a state of the file: what has left the one by then is in the other.
func (j *journal) look(id wire.SessionID) look {
	j.mu.RLock()
	defer j.mu.RUnlock()
	t := j.tails[id]
	if t == nil {
		return look{}
	}
	return look{t.sid, t.base, t.records, t.err}
}

// looks are those of all sessions that have a tail.
func (j *journal) looks() map[wire.SessionID]look {
	j.mu.RLock()
	defer j.mu.RUnlock()
	out := make(map[wire.SessionID]look, len(j.tails))
	for id, t := range j.tails {
		out[id] = look{t.sid, t.base, t.records, t.err}
	}
	return out
}

// head is the version of the session's last entry, and edited when that was made;
// zero where the row knows at least as much.
func (l look) head(r row) (head wire.Version, edited int64) {
	head = l.base + wire.Version(l.records.n)
	if l.sid != r.sid || head <= r.head {
		return r.head, 0
	}
	for _, e := range l.records.all() {
		edited = e.at
	}
	return head, edited
}

// between gives the records after one version up to another.
func (l look) between(from, to wire.Version) iter.Seq2[wire.Version, record] {
	return func(yield func(wire.Version, record) bool) {
		for i, e := range l.records.all() {
			if v := l.base + wire.Version(i) + 1; v > from && v <= to && !yield(v, e) {
				return
			}
		}
	}
}

// loadJournal reads what a file that was not closed has in its journal.
func (s *Store) loadJournal(ctx context.Context) error {
	j := &s.journal
	j.tails = map[wire.SessionID]*tail{}
	if err := s.conn.QueryRowContext(ctx, "SELECT coalesce(max(sid), 0) FROM sessions").Scan(&j.sids); err != nil {
		return classify(err)
	}
	rows, err := s.conn.QueryContext(ctx, "SELECT n, records, sum, form FROM journal ORDER BY n")
	if err != nil {
		return classify(err)
	}
	type journalRow struct {
		n, sum  int64
		records []byte
		form    int
	}
	var all []journalRow
	for rows.Next() {
		var r journalRow
		if err := rows.Scan(&r.n, &r.records, &r.sum, &r.form); err != nil {
			rows.Close()
			return classify(err)
		}
		all = append(all, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return classify(err)
	}
	if len(all) == 0 { // a new file, or one of a corust that had no journal
		_, err := s.stmt.journal.ExecContext(ctx, s.changes, []byte{}, checksum([]int64{s.changes}, nil))
		return classify(err)
	}
	tails := map[int64]*tail{} // nil where the session is gone
	aside := false
	for i, r := range all {
		if r.sum != checksum([]int64{r.n}, r.records) {
			return fmt.Errorf("checksum of row %d of the journal: %w", r.n, store.ErrCorrupt)
		}
		switch {
		case r.n < 0:
			aside = true
		case i == 0 || all[i-1].n < 0:
			j.oldest = r.n
		}
		j.written += len(r.records)
		for rest := r.records; len(rest) > 0; {
			var sid int64
			var first wire.Version
			var group records
			if sid, first, group, rest, err = cutGroup(rest, r.form); err != nil {
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
			for i, e := range group.all() {
				if v := first + wire.Version(i); t != nil && v > t.base {
					j.put(t, r.n, v, e)
				}
			}
		}
	}
	if aside { // perhaps they can be folded now; if not, nobody may append to them
		return s.foldAll(ctx, func() bool { return true })
	}
	return nil
}

// emptyTail is the tail of a session before its records are known; nil where
// there is no such session.
func (s *Store) emptyTail(ctx context.Context, sid int64) (*tail, error) {
	t := &tail{sid: sid}
	err := s.conn.QueryRowContext(ctx, "SELECT id, epoch, head FROM sessions WHERE sid = ?", sid).Scan(&t.id, &t.epoch, &t.base)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return t, classify(err)
}

// put adds a record that was read.
func (j *journal) put(t *tail, row int64, v wire.Version, r record) {
	if t.err != nil || t.row < 0 && v <= t.head() { // it is in the row that was set aside
		return
	}
	if t.records.n == 0 {
		t.row, j.tails[t.id] = row, t
		j.order = append(j.order, turn{t, row, j.written})
	}
	if want := t.head() + 1; v != want {
		t.gap = true
		j.breaks(t, fmt.Errorf("the journal has entry %d, want %d: %w", v, want, store.ErrCorrupt))
		return
	}
	before := len(t.records.data)
	t.records.add(r)
	j.size += len(t.records.data) - before
}

// breaks sets a tail aside that cannot be folded.
func (j *journal) breaks(t *tail, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t.err = fmt.Errorf("session %q: %w", t.id, err)
	j.broken = append(j.broken, t)
}
