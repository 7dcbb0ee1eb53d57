package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// lines is the log handler of every command but serve: a record is one line for the
// person at the terminal,
//
//	corust: warning: box not removed yet: connection refused (box corust-1a2b)
//
// with the attribute "err" after the message and all others in parentheses. Records
// below slog.LevelInfo are discarded.
type lines struct {
	w      io.Writer
	prefix string // of the names of attributes: the open groups
	err    string
	attrs  []string
}

// Enabled implements [slog.Handler].
func (l lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements [slog.Handler]. It makes one call to Write.
func (l lines) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { l = l.with(a); return true })
	b := "corust: "
	switch {
	case r.Level >= slog.LevelError:
		b += "error: "
	case r.Level >= slog.LevelWarn:
		b += "warning: "
	}
	b += r.Message
	if l.err != "" {
		b += ": " + l.err
	}
	if len(l.attrs) > 0 {
		b += " (" + strings.Join(l.attrs, ", ") + ")"
	}
	_, err := io.WriteString(l.w, strings.ReplaceAll(b, "\n", "; ")+"\n")
	return err
}

// with returns the handler with one more attribute.
func (l lines) with(a slog.Attr) lines {
	value := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
	case value.Kind() == slog.KindGroup:
		in := l
		if a.Key != "" {
			in.prefix += a.Key + "."
		}
		for _, part := range value.Group() {
			in = in.with(part)
		}
		in.prefix = l.prefix
		return in
	case l.prefix+a.Key == "err":
		l.err = value.String()
	default:
		l.attrs = append(l.attrs[:len(l.attrs):len(l.attrs)], fmt.Sprintf("%s%s %s", l.prefix, a.Key, value))
	}
	return l
}

// WithAttrs implements [slog.Handler].
func (l lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		l = l.with(a)
	}
	return l
}

// WithGroup implements [slog.Handler].
func (l lines) WithGroup(name string) slog.Handler {
	if name != "" {
		l.prefix += name + "."
	}
	return l
}
