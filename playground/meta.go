package playground

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner"
)

// Crate is a crate that programs may use.
type Crate struct {
	Name    string `json:"name"` // in the registry
	Version string `json:"version"`
	ID      string `json:"id"` // in source code
}

type metaCrates struct {
	Crates []Crate `json:"crates"`
}

// metaAge is how long an answer about crates and versions counts as new, here and in
// the caches of clients.
const metaAge = 10 * time.Minute

// meta is an answer that is made from time to time. One goroutine at a time makes it. Requests
// wait for the first one; later, they get the last one while the next is made. A failure keeps
// the last one.
type meta[T any] struct {
	make  func(ctx context.Context) (T, error)
	start func(work func(ctx context.Context)) // in the background

	turn     chan struct{} // holds a value while no goroutine has the fields below
	value    T
	body     []byte
	changed  time.Time // when body last changed
	made     time.Time
	renewing bool // the next one is being made
}

func newMeta[T any](make_ func(ctx context.Context) (T, error), start func(work func(ctx context.Context))) *meta[T] {
	m := &meta[T]{make: make_, start: start, turn: make(chan struct{}, 1)}
	m.turn <- struct{}{}
	return m
}

// get returns the value, its JSON and the time of its last change.
func (m *meta[T]) get(ctx context.Context) (value T, body []byte, changed time.Time, err error) {
	select {
	case <-m.turn:
		defer func() { m.turn <- struct{}{} }()
	case <-ctx.Done():
		return value, nil, changed, ctx.Err()
	}
	switch {
	case m.body == nil:
		value, body, err := m.next(ctx)
		if err != nil {
			return value, nil, changed, err
		}
		m.keep(value, body)
	case time.Since(m.made) >= metaAge && !m.renewing:
		m.renewing = true
		m.start(m.renew)
	}
	return m.value, m.body, m.changed, nil
}

// next makes an answer and its JSON.
func (m *meta[T]) next(ctx context.Context) (value T, body []byte, err error) {
	if value, err = m.make(ctx); err == nil {
		body, err = json.Marshal(value)
	}
	return value, body, err
}

// keep stores an answer; the caller has the turn.
func (m *meta[T]) keep(value T, body []byte) {
	if !bytes.Equal(body, m.body) {
		m.value, m.body, m.changed = value, body, time.Now()
	}
	m.made = time.Now()
}

// renew makes the next answer while requests get the last one. After a failure, the next
// request has it made again.
func (m *meta[T]) renew(ctx context.Context) {
	value, body, err := m.next(ctx)
	<-m.turn
	if err == nil {
		m.keep(value, body)
	}
	m.renewing = false
	m.turn <- struct{}{}
}

// serveMeta answers with a value that clients may keep.
func serveMeta[T any](h *Handler, w http.ResponseWriter, r *http.Request, m *meta[T], what string) {
	ctx, cancel := context.WithTimeout(r.Context(), metaTime)
	defer cancel()
	_, body, changed, err := m.get(ctx)
	if err != nil {
		h.refuse(w, &failure{what, err})
		return
	}
	tag := fmt.Sprintf(`"pg-ts-%d"`, changed.Unix())
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(metaAge.Seconds())))
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the client may be gone
}

// metaTime bounds the making of an answer, for which programs are run in boxes.
const metaTime = 30 * time.Second

// matches reports whether If-None-Match names a tag (RFC 9110, 13.1.2).
func matches(header []string, tag string) bool {
	for item := range strings.SplitSeq(strings.Join(header, ","), ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == tag {
			return true
		}
	}
	return false
}

func (h *Handler) metaCrates(w http.ResponseWriter, r *http.Request) {
	serveMeta(h, w, r, h.crates, "Unable to find the available crates")
}

func (h *Handler) metaVersions(w http.ResponseWriter, r *http.Request) {
	serveMeta(h, w, r, h.versions, "Unable to find the available versions")
}

// metaVersion answers the original's earlier endpoints: a channel's rustc, or a tool of
// the newest channel that has it.
func (h *Handler) metaVersion(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), metaTime)
	defer cancel()
	all, _, _, err := h.versions.get(ctx)
	if err != nil {
		h.refuse(w, &failure{"Unable to find the available versions", err})
		return
	}
	name := r.PathValue("name")
	if check("channel", name, channels) == nil {
		h.reply(w, http.StatusOK, all[name].Rustc)
		return
	}
	for _, channel := range []string{"nightly", "beta", "stable"} {
		v := all[channel]
		tool := map[string]*version{"rustfmt": &v.Rustfmt, "clippy": &v.Clippy, "miri": v.Miri}[name]
		if tool != nil && tool.Version != "" {
			h.reply(w, http.StatusOK, tool)
			return
		}
	}
	http.NotFound(w, r)
}

func (h *Handler) listCrates(ctx context.Context) (metaCrates, error) {
	all := metaCrates{Crates: []Crate{}}
	if h.cfg.Crates == nil {
		return all, nil
	}
	list, err := h.cfg.Crates(ctx)
	all.Crates = append(all.Crates, list...)
	return all, err
}

// channelVersions are the versions of a channel's tools. They are empty for a channel
// that is not installed, since clients expect all three channels.
type channelVersions struct {
	Rustc   version  `json:"rustc"`
	Rustfmt version  `json:"rustfmt"`
	Clippy  version  `json:"clippy"`
	Miri    *version `json:"miri,omitempty"`
}

type version struct {
	Version string `json:"version"`
	Hash    string `json:"hash"`
	Date    string `json:"date"`
}

func (h *Handler) listVersions(ctx context.Context) (map[string]channelVersions, error) {
	all := map[string]channelVersions{}
	for _, name := range channels {
		channel, err := h.channel(ctx, name)
		if errors.As(err, new(*unavailable)) {
			all[name] = channelVersions{}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", name, err)
		}
		tc, err := h.cfg.Toolchain(ctx, channel)
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", name, err)
		}
		if all[name], err = h.ask(ctx, channel, tc); err != nil {
			return nil, fmt.Errorf("channel %s: %w", name, err)
		}
	}
	return all, nil
}

// askTools starts each tool that its arguments name and prints what it says of itself.
const askTools = `
use std::{env, process::Command};

fn main() {
    let mut args = env::args().skip(1);
    while let (Some(tool), Some(flag)) = (args.next(), args.next()) {
        let out = Command::new(&tool).arg(flag).output().expect(&tool);
        print!("{}\0", String::from_utf8_lossy(&out.stdout));
    }
}
`

// ask returns the versions of the tools of a toolchain. Only they know, so it asks them
// in a box.
func (h *Handler) ask(ctx context.Context, channel runner.Channel, tc runner.Toolchain) (channelVersions, error) {
	var v channelVersions
	req := runner.Request{
		Owner: Owner, Action: runner.ActionRun, Mode: runner.ModeDebug, Channel: channel,
		Files: []runner.File{{Name: runner.MainFile, Data: []byte(askTools)}},
		Args:  runner.Strings{tc.Rustc, "-vV"},
	}
	fields := []*version{&v.Rustc}
	for _, tool := range []struct {
		path  string
		field *version
	}{{tc.Rustfmt, &v.Rustfmt}, {tc.ClippyDriver, &v.Clippy}} {
		if tool.path != "" {
			req.Args = append(req.Args, tool.path, "-V")
			fields = append(fields, tool.field)
		}
	}
	if tc.LibraryPath != "" {
		req.Env = runner.Strings{"LD_LIBRARY_PATH=" + tc.LibraryPath}
	}
	var stdout strings.Builder
	res, err := h.cfg.Executor.Run(ctx, req, nil, func(e runner.Event) {
		if e.Kind == runner.KindStdout && e.Stage == runner.StageRun {
			stdout.Write(e.Data)
		}
	})
	if err != nil {
		return v, err
	}
	parts := strings.Split(stdout.String(), "\x00")
	if res.Verdict != runner.VerdictOK || len(parts) != len(fields)+1 {
		return v, fmt.Errorf("the tools do not tell their versions: %s", res.Verdict)
	}
	for i, field := range fields {
		*field = parseVersion(parts[i])
	}
	return v, nil
}

// parseVersion reads what a tool says of itself: the fields of rustc -vV, or
// "rustfmt 1.9.0-stable (59807616e1 2026-04-14)".
func parseVersion(text string) version {
	var v version
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "release":
			v.Version = value
		case "commit-hash":
			v.Hash = value
		case "commit-date":
			v.Date = value
		}
	}
	if v.Version == "" {
		words := strings.Fields(strings.NewReplacer("(", " ", ")", " ").Replace(text))
		for i, field := range []*string{new(string), &v.Version, &v.Hash, &v.Date} {
			if i < len(words) {
				*field = words[i]
			}
		}
	}
	return v
}
