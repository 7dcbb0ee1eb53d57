package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// TestMoved: a store whose files are removed or replaced while it is open takes
// nothing more, since that would be gone with the process; once they are back it
// goes on.
func TestMoved(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		does, undoes string
		want         error
	}{
		{"rm state/db", "", store.ErrMoved},
		{"rm state/db-wal", "", store.ErrMoved},
		{"cp state/db copy && mv copy state/db", "", store.ErrMoved},
		{"mv state/db elsewhere", "mv elsewhere state/db", store.ErrMoved},
		{"mv state elsewhere", "mv elsewhere state", store.ErrMoved},
		{"mv state elsewhere && ln -s elsewhere state", "", nil}, // the name still leads there
	} {
		t.Run(tt.does, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			s := open(t, p.db(), sqlite.Config{})
			p.append(s, 1)
			l := storetest.Open(t, s, "s")
			place{t, filepath.Dir(p.dir)}.sh(tt.does)
			add := func() error { return l.Append(ctx, 11, storetest.Entries("p", 12, 12)) }
			if err := s.Create(ctx, "t", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.UnixMilli(1)); !errors.Is(err, tt.want) {
				t.Errorf("create: %v", err)
			}
			if err := add(); !errors.Is(err, tt.want) {
				t.Errorf("append: %v", err)
			}
			if tt.undoes == "" {
				return
			}
			place{t, filepath.Dir(p.dir)}.sh(tt.undoes)
			if err := add(); err != nil {
				t.Errorf("back in its place: %v", err)
			}
		})
	}
}
