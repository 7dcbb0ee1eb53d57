package collab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Runs lists the last [store.MaxRuns] runs of a session, the newest first. A run that
// is under way has no verdict.
func (h *Hub) Runs(ctx context.Context, id wire.SessionID) ([]wire.PastRun, error) {
	info, err := h.cfg.Store.Info(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := h.cfg.Store.Runs(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]wire.PastRun, 0, len(list))
	for _, r := range slices.Backward(list) {
		out = append(out, pastRun(info, r))
	}
	return out, nil
}

// Run returns the whole record of a run, and the text that ran. Until the run has ended, the
// last seconds of its output may be missing. The error wraps [store.ErrNoRun] if the run is not
// one of the last.
func (h *Hub) Run(ctx context.Context, id wire.SessionID, run string) (wire.PastRun, error) {
	info, err := h.cfg.Store.Info(ctx, id)
	if err != nil {
		return wire.PastRun{}, err
	}
	r, err := h.cfg.Store.Run(ctx, id, run)
	if err != nil {
		return wire.PastRun{}, err
	}
	return pastRun(info, r), nil
}

// Product returns a product of a run with its content. The error wraps [store.ErrNoRun] if
// the run is not one of the last, has no such product, or the product was dropped.
func (h *Hub) Product(ctx context.Context, id wire.SessionID, run, name string) (runs.Product, error) {
	if _, err := h.cfg.Store.Info(ctx, id); err != nil {
		return runs.Product{}, err
	}
	var list []runs.Product
	if s := h.loaded(id); s != nil {
		list = s.products(ctx, run)
	}
	find := func() (runs.Product, bool) {
		i := slices.IndexFunc(list, func(p runs.Product) bool { return p.Name == name && p.Gzip != nil })
		if i < 0 {
			return runs.Product{}, false
		}
		return list[i], true
	}
	if p, ok := find(); ok {
		return p, nil
	}
	r, err := h.cfg.Store.Run(ctx, id, run)
	if err != nil {
		return runs.Product{}, err
	}
	list = runs.DecodeProducts(r.Output)
	if p, ok := find(); ok {
		return p, nil
	}
	return runs.Product{}, fmt.Errorf("product %.40q of run %.40q: %w", name, run, store.ErrNoRun)
}

// products returns the products of the session's run with that id, nil if it is another
// run, or if the session or ctx ends first.
func (s *Session) products(ctx context.Context, run string) []runs.Product {
	reply := make(chan []runs.Product, 1)
	if s.post(ctx, mail{do: func() { reply <- s.auth.RunProducts(run) }}) != nil {
		return nil
	}
	select {
	case list := <-reply:
		return list
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return nil
	}
}

// pastRun reads a record of the session that info described before it was read.
func pastRun(info store.Info, r store.Run) wire.PastRun {
	if r.Lost(info) {
		r.Verdict = string(wire.VerdictLost)
	}
	past := wire.PastRun{RunState: *fromRecord(r), Started: r.Started, Ended: r.Ended}
	past.Source, past.Files = keptFiles(r.Source)
	return past
}

// keepFiles gives the files that run in the form in which a record keeps them: the text of
// one that has the default path, or else a carriage return, which no text has, and a list
// in JSON, the file that is compiled first.
func keepFiles(list []wire.File) *string {
	if len(list) == 1 && list[0].Path == wire.DefaultPath {
		return &list[0].Text
	}
	return keepNamed(files.NamedOf(list))
}

func keepNamed(list []wire.NamedFile) *string {
	data, err := json.Marshal(list)
	if err != nil {
		return nil // it is strings
	}
	source := "\r" + string(data)
	return &source
}

// keptFiles reads what keepFiles wrote; nil if nothing was kept.
func keptFiles(source *string) (main *string, named []wire.NamedFile) {
	if source == nil || !strings.HasPrefix(*source, "\r") {
		return source, nil
	}
	if err := json.Unmarshal([]byte(*source)[1:], &named); err != nil || len(named) == 0 {
		return nil, nil
	}
	return &named[0].Content, named
}

// loadRuns brings the last run back. Those that never ended went with the owners
// before, since the session is now ours, and that is put on record.
func (s *Session) loadRuns(ctx context.Context) error {
	db := s.hub.cfg.Store
	list, err := db.Runs(ctx, s.id)
	if err != nil {
		return err
	}
	// So that no run's name is used again: another owner has another term.
	number := int64(s.log.Grant().Term) << 20
	s.auth.RecallRun(nil, number)
	if len(list) == 0 {
		return nil
	}
	for _, r := range list {
		if r.Verdict != "" {
			continue
		}
		if r, err = db.Run(ctx, s.id, r.ID); err == nil {
			r.Verdict = string(wire.VerdictLost)
			err = s.log.PutRun(ctx, r)
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

// toRecord and fromRecord convert between a run and its record.
func toRecord(st *wire.RunState, products []runs.Product, started, ended time.Time) (store.Run, error) {
	rec := store.Run{ID: st.Run, Version: st.Version, By: st.By, Started: started, Ended: ended, Verdict: string(st.Verdict)}
	var err error
	rec.About, rec.Output, err = runs.Encode(st, products)
	return rec, err
}

func fromRecord(r store.Run) *wire.RunState {
	st := &wire.RunState{RunStarted: wire.RunStarted{Run: r.ID, By: r.By, Version: r.Version}, Verdict: wire.Verdict(r.Verdict)}
	runs.Decode(st, r.About, r.Output)
	return st
}
