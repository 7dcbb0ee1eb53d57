package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// printed is what the program writes: 64,000 bytes, all that a run may, with
// every 64 of them different.
var printed = func() string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "%063d\n", i)
	}
	return b.String()
}()

const printing = `fn main() {
    for i in 0..1000 {
        println!("{i:063}");
    }
}
`

// viewer is a member who watches a run.
type viewer struct {
	socket      *socket
	got         []byte
	first, last time.Time // when the first and the last byte came
}

// runOutput runs a program that all members watch, and compares what each receives
// with what the program prints: every byte, at its offset, once.
func (l *load) runOutput() error {
	made, err := create(l.url, []wire.NamedFile{{Name: wire.DefaultPath, Content: printing}})
	if err != nil {
		return err
	}
	base := "ws" + strings.TrimPrefix(l.url, "http")
	viewers := make([]*viewer, l.readers)
	for i := range viewers {
		s, err := dial(base + made.View + "/socket")
		if err != nil {
			return err
		}
		defer s.Close()
		viewers[i] = &viewer{socket: s}
		if err := viewers[i].join(); err != nil {
			return err
		}
	}
	author, err := dial(base + made.Edit + "/socket")
	if err != nil {
		return err
	}
	defer author.Close()
	before, err := used(l.metrics)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := author.SendRaw([]byte(`{"type":"run","options":{}}`)); err != nil {
		return err
	}
	errs := make([]error, len(viewers))
	var all sync.WaitGroup
	for i, v := range viewers {
		all.Go(func() { errs[i] = v.watch() })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	first, last := viewers[0].first, viewers[0].last
	for _, v := range viewers {
		if v.first.Before(first) {
			first = v.first
		}
		if v.last.After(last) {
			last = v.last
		}
	}
	l.length = last.Sub(began)
	after, err := used(l.metrics)
	if err != nil {
		return err
	}
	fmt.Printf("  %s: each byte once to each of them; the first %v after Run was pressed, all after %v\n",
		l.what, first.Sub(began).Round(time.Millisecond), last.Sub(began).Round(time.Millisecond))
	l.usage(before, after)
	took := last.Sub(first)
	return row(l.what, fmt.Sprintf("all of it in %v", took.Round(10*time.Microsecond)), fmt.Sprintf("≤ %v", l.toAll), took <= l.toAll)
}

// runTime is what compiler and program may take.
const runTime = 2 * time.Minute

// join reads the welcome, before which a viewer would miss what happens.
func (v *viewer) join() error {
	time.AfterFunc(runTime, v.socket.Close)
	m, err := v.next()
	if err == nil && m.Type != "welcome" {
		err = fmt.Errorf("%q in place of a welcome", m.Type)
	}
	return err
}

func (v *viewer) next() (message, error) {
	data, err := v.socket.Receive()
	if err != nil {
		return message{}, err
	}
	m, err := parse(data)
	if err == nil && m.Type == "error" {
		err = fmt.Errorf("refused: %s", data)
	}
	return m, err
}

// watch reads until the run has ended.
func (v *viewer) watch() error {
	for {
		m, err := v.next()
		if err != nil {
			return err
		}
		switch m.Type {
		case "output":
			if m.Stream != "stdout" || m.Offset != len(v.got) {
				return fmt.Errorf("%s at offset %d (%q), want offset %d", m.Stream, m.Offset, m.Data, len(v.got))
			}
			v.last = time.Now()
			if len(v.got) == 0 {
				v.first = v.last
			}
			v.got = append(v.got, m.Data...)
		case "end":
			if m.Verdict != "ok" || string(v.got) != printed {
				return fmt.Errorf("the run ended as %q after %d bytes, want ok and the %d that it prints", m.Verdict, len(v.got), len(printed))
			}
			return nil
		}
	}
}
