package collab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Runs lists the last [store.MaxRuns] runs of a session, the newest first. One
// that is under way has no verdict.
func (h *Hub) Runs(ctx context.Context, id wire.SessionID) ([]wire.PastRun, error) {
	list, err := h.cfg.Store.Runs(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]wire.PastRun, 0, len(list))
	for _, r := range slices.Backward(list) {
		out = append(out, h.pastRun(id, r))
	}
	return out, nil
}

// Run gives a run whole, as far as it is on record: the tail of its output once
// it has ended, and the text that ran. The error wraps [store.ErrNoRun] when it is
// not one of the last.
func (h *Hub) Run(ctx context.Context, id wire.SessionID, run string) (wire.PastRun, error) {
	r, err := h.cfg.Store.Run(ctx, id, run)
	if err != nil {
		return wire.PastRun{}, err
	}
	return h.pastRun(id, r), nil
}

func (h *Hub) pastRun(id wire.SessionID, r store.Run) wire.PastRun {
	// A session that is loaded has settled what happened to the runs before.
	if r.Verdict == "" && !h.loaded(id) {
		r.Verdict = verdictLost
	}
	return wire.PastRun{RunState: *fromRecord(r), Started: r.Started, Ended: r.Ended, Source: r.Source}
}

// loadRuns brings the last run back. Those that never ended went with the
// server under them, and now that is put on record.
func (s *Session) loadRuns(ctx context.Context) error {
	db := s.hub.cfg.Store
	list, err := db.Runs(ctx, s.id)
	if err != nil {
		return err
	}
	// So that no run's name is used again.
	number := time.Now().UnixMilli()
	s.auth.RecallRun(nil, number)
	if len(list) == 0 {
		return nil
	}
	for _, r := range list {
		if r.Verdict != "" {
			continue
		}
		if r, err = db.Run(ctx, s.id, r.ID); err == nil {
			r.Verdict = verdictLost
			err = db.PutRun(ctx, s.id, r)
		}
		if err != nil {
			return err
		}
	}
	last, err := db.Run(ctx, s.id, list[len(list)-1].ID)
	if errors.Is(err, store.ErrNoRun) {
		return nil
	}
	if err == nil {
		s.auth.RecallRun(fromRecord(last), number)
	}
	return err
}

// about is what the store keeps of a run beside what it knows by itself; lists
// have it.
type about struct {
	Name    string          `json:"name,omitempty"`
	Options json.RawMessage `json:"options,omitempty"`
	Stage   string          `json:"stage,omitempty"`
	Stopped wire.ClientID   `json:"stopped,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
}

// said is what the program and the compiler said; it may be large.
type said struct {
	Output      []*wire.RunOutput    `json:"output,omitempty"`
	Diagnostics *wire.RunDiagnostics `json:"diagnostics,omitempty"`
}

// maxRecord bounds the bytes of output in a record: its tail.
const maxRecord = 64 << 10

func toRecord(st *wire.RunState, started, ended time.Time) (store.Run, error) {
	rec := store.Run{ID: st.Run, Version: st.Version, By: st.By, Started: started, Ended: ended, Verdict: st.Verdict}
	var err1, err2 error
	rec.About, err1 = json.Marshal(about{st.Name, st.Options, st.Stage, st.Stopped, st.Detail})
	rec.Output, err2 = json.Marshal(said{tail(st.Output, maxRecord), st.Diagnostics})
	if err := errors.Join(err1, err2); err != nil {
		return rec, fmt.Errorf("record of run %s: %w", st.Run, err)
	}
	return rec, nil
}

// tail is the last of what is kept, in at most so many bytes.
func tail(pieces []*wire.RunOutput, most int) []*wire.RunOutput {
	n := len(pieces)
	for n > 0 && len(pieces[n-1].Data) <= most {
		n--
		most -= len(pieces[n].Data)
	}
	if n == 0 || most == 0 {
		return pieces[n:]
	}
	cut := *pieces[n-1]
	cut.Offset += int64(len(cut.Data) - most)
	cut.Data = cut.Data[len(cut.Data)-most:]
	return append([]*wire.RunOutput{&cut}, pieces[n:]...)
}

// fromRecord reads a record; what of it cannot be read is left out.
func fromRecord(r store.Run) *wire.RunState {
	var a about
	var out said
	_ = json.Unmarshal(r.About, &a)
	_ = json.Unmarshal(r.Output, &out)
	return &wire.RunState{
		RunStarted: wire.RunStarted{Run: r.ID, By: r.By, Name: a.Name, Version: r.Version, Options: a.Options},
		Stage:      a.Stage, Output: out.Output, Verdict: r.Verdict, Stopped: a.Stopped, Detail: a.Detail,
		Diagnostics: out.Diagnostics,
	}
}
