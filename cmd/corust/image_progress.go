package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/corust-dev/corust/images"
	"github.com/docker/go-units"
)

// buildProgress shows how far a build is: on a terminal in one line that
// changes, elsewhere in a line for each thing that begins.
type buildProgress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	start    time.Time
	shown    string // the last plain line
	width    int    // of the line that changes
}

func newBuildProgress(w io.Writer, terminal bool) *buildProgress {
	return &buildProgress{w: w, terminal: terminal, now: time.Now, start: time.Now()}
}

// lineWidth is the most that a line which changes has: it must not wrap.
const lineWidth = 78

func (p *buildProgress) event(e images.Event) {
	what := string(e.Stage)
	if e.Steps > 0 {
		what = fmt.Sprintf("step %d of %d", e.Step, e.Steps)
		_, e.Text, _ = strings.Cut(e.Text, " : ")
	}
	text := plain(e.Text)
	if !p.terminal {
		// Not every line of a build's output, and no line for mere bytes.
		if e.Stage == images.StageBuild && e.Steps == 0 || text == "" || p.shown == what+text {
			return
		}
		p.shown = what + text
		fmt.Fprintf(p.w, "corust: image: %s: %s\n", what, text)
		return
	}
	if e.Stage == images.StageDone {
		return
	}
	parts := []string{what, p.elapsed()}
	if e.Bytes > 0 {
		parts = append(parts, units.BytesSize(float64(e.Bytes)))
	}
	if text != "" {
		parts = append(parts, text)
	}
	p.line("corust: image: " + strings.Join(parts, ", "))
}

// plain is a text in one line and without control characters: it comes from
// programs of the base.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func (p *buildProgress) elapsed() string {
	return p.now().Sub(p.start).Round(time.Second).String()
}

// line replaces the line that changes.
func (p *buildProgress) line(text string) {
	if runes := []rune(text); len(runes) > lineWidth {
		text = string(runes[:lineWidth-1]) + "…"
	}
	n := utf8.RuneCountInString(text)
	fmt.Fprintf(p.w, "\r%s%s", text, strings.Repeat(" ", max(0, p.width-n)))
	p.width = n
}

// end ends the last line of progress.
func (p *buildProgress) end(built bool) {
	if p.terminal && p.width > 0 {
		p.line("")
		fmt.Fprint(p.w, "\r")
	}
	if built {
		fmt.Fprintf(p.w, "corust: image: built in %s\n", p.now().Sub(p.start).Round(100*time.Millisecond))
	}
}
