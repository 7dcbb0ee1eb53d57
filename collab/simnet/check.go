package simnet

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Quiet ends all faults, reconnects every editor, waits until no message is under way
// and checks the law.
func (w *World) Quiet() error {
	if err := w.Run(); err != nil {
		return err
	}
	if err := w.checkTold(); err != nil {
		return err
	}
	w.healing = true
	for _, s := range w.servers {
		s.down, s.failAppend = false, false
	}
	// Twice: the first round sends pending pushes, the second updates editors
	// whose last message was lost, or that are connected to another server.
	for range 2 {
		for _, s := range w.servers {
			if len(w.servers) > 1 {
				s.reset()
			}
		}
		for _, e := range w.editors {
			e.release()
			if e.conn == nil {
				e.Connect()
			} else {
				e.hello()
			}
		}
		if err := w.Run(); err != nil {
			return err
		}
	}
	// Several servers take the log from one another; the editors retry until
	// every push is in it.
	for round := 0; w.unsynced() && round < 50; round++ {
		for _, s := range w.servers {
			s.reset()
		}
		if err := w.Run(); err != nil {
			return err
		}
	}
	if len(w.servers) > 1 {
		for _, s := range w.servers {
			s.reset()
		}
		if err := w.Run(); err != nil {
			return err
		}
	}
	return w.check()
}

func (w *World) unsynced() bool {
	for _, e := range w.editors {
		if !e.site.state().synced {
			return true
		}
	}
	return false
}

// Committed is the text of the main file that the log leads to.
func (w *World) Committed() (string, wire.Version, error) {
	set, v, err := w.committed()
	f, _ := set.Get(wire.MainFile)
	return f.Text.String(), v, err
}

// committed are the files that the log leads to.
func (w *World) committed() (files.Set, wire.Version, error) {
	ctx := context.Background()
	snap, err := w.log.Snapshot(ctx, session)
	if err != nil {
		return files.Set{}, 0, err
	}
	entries, err := store.Read(ctx, w.log, session, snap.Epoch, snap.Version, 0)
	if err != nil {
		return files.Set{}, 0, err
	}
	set, err := files.Of(snap.Files)
	if err != nil {
		return files.Set{}, 0, err
	}
	for i, e := range entries {
		if set, err = set.Apply(e); err != nil {
			return files.Set{}, 0, fmt.Errorf("entry %d: %w", snap.Version+wire.Version(i)+1, err)
		}
	}
	return set, snap.Version + wire.Version(len(entries)), nil
}

// readLog counts the tokens that entries brought into the session, before the log lets the
// entries go.
func (w *World) readLog() error {
	ctx := context.Background()
	info, err := w.log.Info(ctx, session)
	if err != nil {
		return err
	}
	return w.log.Replay(ctx, session, info.Epoch, w.read, store.Head, func(v wire.Version, e wire.Entry) error {
		w.read = v
		for _, part := range e.Changes.Ranges(true) {
			for _, r := range part.Text {
				w.logged[r]++
			}
		}
		if e.Op != nil {
			for _, r := range e.Op.Text {
				w.logged[r]++
			}
		}
		return nil
	})
}

func (w *World) check() error {
	set, version, err := w.committed()
	if err == nil {
		err = w.readLog()
	}
	if err != nil {
		return err
	}
	settings, err := w.settings()
	if err != nil {
		return err
	}
	insertOnly := true
	for _, e := range w.editors {
		insertOnly = insertOnly && !e.deleted
		at, look := e.site.state(), e.site.look()
		switch {
		case w.failure != nil:
			return w.failure
		case !at.live:
			return fmt.Errorf("c%d has not come back", e.index+1)
		case !at.synced:
			return fmt.Errorf("c%d has typed what is not acknowledged", e.index+1)
		case !slices.Equal(e.Files(), set.Wire()):
			return fmt.Errorf("c%d at version %d shows %+v, the log at %d leads to %+v", e.index+1, at.version, e.Files(), version, set.Wire())
		case at.version != version:
			return fmt.Errorf("c%d is at version %d, the log at %d", e.index+1, at.version, version)
		}
		if got := look.settings; !maps.Equal(got, settings) {
			return fmt.Errorf("c%d has the settings %v, the store %v", e.index+1, got, settings)
		}
		if !maps.Equal(look.chosen, settings) {
			return fmt.Errorf("c%d shows the settings %v, the store has %v", e.index+1, look.chosen, settings)
		}
		for _, s := range look.others {
			for _, r := range s.Cursor {
				f, ok := set.Get(s.File)
				if n := f.Text.Len(); !ok || min(r.Anchor, r.Head) < 0 || max(r.Anchor, r.Head) > n {
					return fmt.Errorf("c%d sees %s's cursor at %v in file %d with a text of %d", e.index+1, s.Client, r, s.File, n)
				}
			}
		}
	}
	if err := w.checkLog(); err != nil {
		return err
	}
	for _, e := range w.editors {
		for r, n := range e.typed {
			if n > 0 && !e.deleted && w.logged[r] == 0 {
				return fmt.Errorf("%q, which c%d typed, is not in the log, and was not handed back", r, e.index+1)
			}
		}
	}
	if !insertOnly {
		return nil
	}
	count, text := map[rune]int{}, ""
	for _, f := range set.Wire() {
		text += f.Text
	}
	for _, r := range text {
		count[r]++
	}
	for _, r := range w.initial {
		count[r]--
	}
	for _, e := range w.editors {
		for r, n := range e.typed {
			count[r] -= n
		}
	}
	for _, r := range slices.Sorted(maps.Keys(count)) {
		if n := count[r]; n != 0 {
			return fmt.Errorf("%q is in the text %+d times too often: %q", r, n, text)
		}
	}
	return nil
}

// settings are those in the store.
func (w *World) settings() (wire.Settings, error) {
	data, err := w.log.Settings(context.Background(), session)
	if err != nil {
		return nil, err
	}
	return wire.DecodeSettings(data)
}

// checkTold checks that, in a world that loses no message, each connected editor has
// the server's settings, and shows them, without another hello: with the last answer, no
// choice is open.
func (w *World) checkTold() error {
	if w.cfg.Drop > 0 || w.cfg.Unsafe {
		return nil
	}
	for _, e := range w.editors {
		if e.conn == nil || !e.site.state().live || e.conn.server.auth == nil {
			continue
		}
		look, want := e.site.look(), e.conn.server.auth.Settings()
		if !maps.Equal(look.settings, want) || !maps.Equal(look.chosen, want) {
			return fmt.Errorf("c%d was told the settings %v and shows %v, its server has %v", e.index+1, look.settings, look.chosen, want)
		}
	}
	return nil
}

// checkLog checks that each acknowledged push is exactly once in the log or in what the
// snapshot remembers.
func (w *World) checkLog() error {
	ctx := context.Background()
	snap, err := w.log.Snapshot(ctx, session)
	if err != nil {
		return err
	}
	entries, err := store.Read(ctx, w.log, session, snap.Epoch, snap.Version, 0)
	if err != nil {
		return err
	}
	last := map[wire.ClientID]wire.Seq{}
	for id, a := range snap.Acked {
		last[id] = a.Seq
	}
	for i, e := range entries {
		if e.Seq <= last[e.Client] {
			return fmt.Errorf("push %d of %s is in the log again at %d", e.Seq, e.Client, snap.Version+wire.Version(i)+1)
		}
		last[e.Client] = e.Seq
	}
	for _, e := range w.editors {
		for seq, epoch := range e.acked {
			// Pushes acknowledged after a back-up are lost with their epoch.
			if epoch == snap.Epoch && seq > last[e.ID()] {
				return fmt.Errorf("push %d of c%d was acknowledged and is not in the log", seq, e.index+1)
			}
		}
	}
	return nil
}
