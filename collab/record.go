package collab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/corust-dev/corust/collab/store"
)

// PastRun is a run that is on record. In a list, Output, Diagnostics and Source
// are left out.
type PastRun struct {
	RunState
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"` // zero while it runs, and for one that was lost
	// Source is the text that ran; nil where it was not kept.
	Source *string `json:"source,omitempty"`
}

// Runs lists the last [store.MaxRuns] runs of a session, the newest first. One
// that is under way has no verdict.
func (h *Hub) Runs(ctx context.Context, id SessionID) ([]PastRun, error) {
	list, err := h.cfg.Store.Runs(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]PastRun, 0, len(list))
	for _, r := range slices.Backward(list) {
		out = append(out, h.pastRun(id, r))
	}
	return out, nil
}

// Run gives a run whole, as far as it is on record: the tail of its output once
// it has ended, and the text that ran. The error wraps [ErrNoRun] when it is
// not one of the last.
func (h *Hub) Run(ctx context.Context, id SessionID, run string) (PastRun, error) {
	r, err := h.cfg.Store.Run(ctx, id, run)
	if err != nil {
		return PastRun{}, err
	}
	return h.pastRun(id, r), nil
}

func (h *Hub) pastRun(id SessionID, r store.Run) PastRun {
	// A session that is loaded has settled what happened to the runs before.
	if r.Verdict == "" && !h.loaded(id) {
		r.Verdict = verdictLost
	}
	return PastRun{RunState: *fromRecord(r), Started: r.Started, Ended: r.Ended, Source: r.Source}
}

// loadRuns brings the last run back. Those that never ended went with the
// server under them, and now that is put on record.
func (s *Session) loadRuns(ctx context.Context) error {
	db := s.hub.cfg.Store
	list, err := db.Runs(ctx, s.id)
	if err != nil || len(list) == 0 {
		return err
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
	if errors.Is(err, ErrNoRun) {
		return nil
	}
	if err == nil {
		s.auth.recallRun(fromRecord(last))
	}
	return err
}

// recallRun puts the record of a run in its place.
func (a *Authority) recallRun(st *RunState) {
	a.run = &run{started: st.RunStarted, stage: st.Stage, output: st.Output, ended: true, verdict: st.Verdict, stopped: st.Stopped, detail: st.Detail, diagnostics: st.Diagnostics}
}

// about is what the store keeps of a run beside what it knows by itself; lists
// have it.
type about struct {
	Name    string          `json:"name,omitempty"`
	Options json.RawMessage `json:"options,omitempty"`
	Stage   string          `json:"stage,omitempty"`
	Stopped ClientID        `json:"stopped,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
}

// said is what the program and the compiler said; it may be large.
type said struct {
	Output      []*RunOutput    `json:"output,omitempty"`
	Diagnostics *RunDiagnostics `json:"diagnostics,omitempty"`
}

// maxRecord bounds the bytes of output in a record: its tail.
const maxRecord = 64 << 10

func toRecord(st *RunState, started, ended time.Time) (store.Run, error) {
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
func tail(pieces []*RunOutput, most int) []*RunOutput {
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
	return append([]*RunOutput{&cut}, pieces[n:]...)
}

// fromRecord reads a record; what of it cannot be read is left out.
func fromRecord(r store.Run) *RunState {
	var a about
	var out said
	_ = json.Unmarshal(r.About, &a)
	_ = json.Unmarshal(r.Output, &out)
	return &RunState{
		RunStarted: RunStarted{Run: r.ID, By: r.By, Name: a.Name, Version: r.Version, Options: a.Options},
		Stage:      a.Stage, Output: out.Output, Verdict: r.Verdict, Stopped: a.Stopped, Detail: a.Detail,
		Diagnostics: out.Diagnostics,
	}
}
