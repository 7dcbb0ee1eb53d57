package rest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// Toolchains is the answer to GET /api/v1/toolchains.
type Toolchains struct {
	// Toolchains lists the default first, and at most runner.MaxToolchains.
	Toolchains []Toolchain `json:"toolchains"`
}

// Toolchain is a toolchain that a run may choose by its channel.
type Toolchain struct {
	Channel runner.Channel `json:"channel"`
	// Version is rustc's, and ID names the content of the toolchain.
	Version string `json:"version"`
	ID      string `json:"id"`
	// Default marks the toolchain of runs that choose none. Edition is that of sources that
	// choose none.
	Default bool           `json:"default,omitempty"`
	Edition runner.Edition `json:"edition"`
	// Components are the tools that it has.
	Components []rustc.Tool `json:"components"`
	Actions    []Action     `json:"actions"`
	// Crates are those that programs may use, with all their enabled features.
	Crates []Crate `json:"crates,omitempty"`
}

// Action is an action, and whether the toolchain can do it.
type Action struct {
	Name      runner.Action `json:"name"`
	About     string        `json:"about"`
	Available bool          `json:"available"`
	// Reason is what the toolchain lacks.
	Reason string `json:"reason,omitempty"`
}

// Crate is a crate of a set.
type Crate struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Features []string `json:"features,omitempty"`
}

// Toolchains answers GET /api/v1/toolchains.
func (h *Handler) Toolchains(c Call) {
	data, err := h.list.get(h.describeAll)
	if err != nil {
		c.Fail(err)
		return
	}
	c.Cached(typeJSON, data)
}

// listTime is how long a list is answered again, as backends look at a toolchain again,
// and listWait how long it may take to make one. The first list reads the compilers.
const (
	listTime = 5 * time.Second
	listWait = 30 * time.Second
)

// toolchainCache holds the last list. Requests that come while one is made wait for it.
type toolchainCache struct {
	mu   sync.Mutex
	data []byte
	at   time.Time
}

func (t *toolchainCache) get(list func(context.Context) (Toolchains, error)) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.data != nil && time.Since(t.at) < listTime {
		return t.data, nil
	}
	// Not the context of one request: others wait for the list, too.
	ctx, cancel := context.WithTimeout(context.Background(), listWait)
	defer cancel()
	all, err := list(ctx)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	t.data, t.at = append(data, '\n'), time.Now()
	return t.data, nil
}

func (h *Handler) describeAll(ctx context.Context) (Toolchains, error) {
	list, err := h.cfg.Toolchains(ctx)
	if err != nil {
		return Toolchains{}, err
	}
	first := slices.IndexFunc(list, func(tc runner.Toolchain) bool {
		return h.cfg.Default == "" || tc.Channel == h.cfg.Default || h.cfg.Default.Matches(tc.Version)
	})
	all := Toolchains{Toolchains: []Toolchain{}}
	for i, tc := range list {
		t, err := h.describe(tc)
		if err != nil {
			// It can run programs, but this list would not be right about it.
			h.cfg.Log.Warn("cannot describe a toolchain", "channel", tc.Channel, "err", err)
			continue
		}
		if t.Default = i == first; t.Default {
			all.Toolchains = slices.Insert(all.Toolchains, 0, t)
			continue
		}
		all.Toolchains = append(all.Toolchains, t)
	}
	return all, nil
}

func (h *Handler) describe(tc runner.Toolchain) (Toolchain, error) {
	t := Toolchain{Channel: tc.Channel, Version: tc.Version, ID: tc.ID}
	var err error
	if t.Edition, err = tc.DefaultEdition(); err != nil {
		return t, err
	}
	for _, row := range rustc.Actions() {
		a := Action{Name: row.Name, About: row.About, Available: true}
		var lacks *runner.InvalidError
		if errors.As(row.Check(tc), &lacks) {
			a.Available, a.Reason = false, lacks.Reason
		} else if !slices.Contains(t.Components, row.Tool) {
			t.Components = append(t.Components, row.Tool)
		}
		t.Actions = append(t.Actions, a)
	}
	if rustc.ToolRustdoc.In(tc) { // no action needs it: it adds tests to runner.ActionTest
		t.Components = append(t.Components, rustc.ToolRustdoc)
	}
	if tc.SetKey != "" && h.cfg.Crates != nil {
		t.Crates, err = h.cfg.Crates(tc.SetKey)
	}
	return t, err
}
