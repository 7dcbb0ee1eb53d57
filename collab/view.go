package collab

import (
	"context"
	"fmt"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/wire"
)

// View observes a session without being a member; members cannot see it. Its
// methods may be called from one goroutine at a time.
type View struct {
	conn  *Conn
	first *authority.View
}

// Observe begins to observe a session, loading it if need be. The caller closes the
// view. A view takes a place of a watching connection. The error wraps
// [store.ErrNotFound] if the session does not exist, and [wire.ErrBusy] if the session,
// or the hub, is full.
func (h *Hub) Observe(ctx context.Context, id wire.SessionID) (*View, error) {
	return h.observe(ctx, id, func(*authority.Authority) error { return nil })
}

// StartRun starts a run of a session's text for a caller that is not a member, and gives
// a view whose next frame is a *[wire.RunStarted] of it. stdin is all that the program
// reads. The error is that of [Hub.Observe]; or it wraps [wire.ErrBusy] if a run is
// under way, [wire.ErrTooLarge], or [wire.ErrNoRun] if the hub runs nothing.
func (h *Hub) StartRun(ctx context.Context, id wire.SessionID, c authority.Caller, options wire.RunOptions, stdin []byte) (*View, error) {
	if h.cfg.Runner == nil {
		return nil, fmt.Errorf("this server runs nothing: %w", wire.ErrNoRun)
	}
	return h.observe(ctx, id, func(a *authority.Authority) error {
		_, err := a.RunFor(c, options, stdin)
		return err
	})
}

// Set changes settings of a session for a caller that is not a member, as a
// [wire.SettingsMsg] does, and returns all settings once they are stored. The error is that
// of [Hub.Observe], or wraps [wire.ErrMalformed] or [wire.ErrTooLarge].
func (h *Hub) Set(ctx context.Context, id wire.SessionID, c authority.Caller, change wire.Settings) (settings wire.Settings, err error) {
	v, err := h.observe(ctx, id, func(a *authority.Authority) (err error) {
		settings, err = a.SetFor(c, change)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.Close()
	return settings, nil
}

// observe lets an observer in, and calls do in the same step of the session.
func (h *Hub) observe(ctx context.Context, id wire.SessionID, do func(*authority.Authority) error) (*View, error) {
	conn, err := h.join(ctx, id, func(a *authority.Authority, conn authority.ConnID) error {
		if err := a.Observe(conn); err != nil {
			return err
		}
		err := do(a)
		if err != nil {
			a.Leave(conn)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	v := &View{conn: conn}
	err = conn.wait(ctx, func() (bool, error) {
		if v.first = conn.view; v.first != nil {
			return true, nil
		}
		return false, conn.over()
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return v, nil
}

// First returns the state of the session at the start of the view.
func (v *View) First() *authority.View { return v.first }

// Next waits for the next frame of the session, in order: what all members are sent. The
// frame is shared: neither its message nor its bytes may be changed. When the session
// ends the view, the error is an *[Ended], after everything that came before; the code
// "resume" says that the view was too slow, or that the server is closing.
func (v *View) Next(ctx context.Context) (f *authority.Frame, err error) {
	err = v.conn.wait(ctx, func() (bool, error) {
		f, err = v.conn.take()
		return f != nil, err
	})
	return f, err
}

// Close ends the view. It never blocks, and may be called again.
func (v *View) Close() { v.conn.Close() }
