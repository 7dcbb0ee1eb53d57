package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	const pkg = `"Package":"github.com/corust-dev/corust/x"`
	tests := []struct {
		name, in, want string
		ok             bool
	}{
		{"passed", `{"Action":"pass",` + pkg + `,"Test":"A"}` + "\n" + `{"Action":"pass",` + pkg + `,"Elapsed":1}`, "1 passed, 0 failed, 0 skipped", true},
		{"failed", `{"Action":"output",` + pkg + `,"Test":"A","Output":"a.go:1: broken\n"}` + "\n" + `{"Action":"fail",` + pkg + `,"Test":"A"}`, "a.go:1: broken", false},
		{"skipped", `{"Action":"pass",` + pkg + `,"Test":"B"}` + "\n" + `{"Action":"output",` + pkg + `,"Test":"A","Output":"    a_test.go:1: no engine\n"}` + "\n" + `{"Action":"skip",` + pkg + `,"Test":"A"}`, "skipped: x A: no engine", true},
		{"skipped script", `{"Action":"pass",` + pkg + `,"Test":"B"}` + "\n" +
			`{"Action":"output",` + pkg + `,"Test":"A","Output":"        WHY=no boxes: none\n"}` + "\n" +
			`{"Action":"output",` + pkg + `,"Test":"A","Output":"        > [!boxes] skip $WHY\n"}` + "\n" +
			`{"Action":"output",` + pkg + `,"Test":"A","Output":"--- SKIP: A\n"}` + "\n" +
			`{"Action":"skip",` + pkg + `,"Test":"A"}`, "skipped: x A: no boxes: none", true},
		{"nothing ran", `{"Action":"pass",` + pkg + `}`, "0 passed", false},
		{"does not build", `{"Action":"build-output","ImportPath":"x","Output":"x.go:1: undefined\n"}` + "\n" + `{"Action":"build-fail","ImportPath":"x"}`, "undefined", false},
		{"other text", "go: downloading\n" + `{"Action":"pass",` + pkg + `,"Test":"A"}`, "go: downloading", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := &summary{out: &out, output: map[string][]string{}}
			if err := s.read(strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			if ok := s.report(); ok != tt.ok || !strings.Contains(out.String(), tt.want) {
				t.Errorf("ok is %v, want %v, with %q in\n%s", ok, tt.ok, tt.want, out.String())
			}
		})
	}
}

func TestSlowestTestsAreListedFirst(t *testing.T) {
	t.Parallel()
	var in strings.Builder
	for i := range slowest + 2 {
		fmt.Fprintf(&in, `{"Action":"pass","Package":"github.com/corust-dev/corust/x","Test":"T%02d","Elapsed":%d}`+"\n", i, i)
	}
	in.WriteString(`{"Action":"pass","Package":"github.com/corust-dev/corust/x","Test":"T00/sub","Elapsed":99}` + "\n")
	var out bytes.Buffer
	s := &summary{out: &out, output: map[string][]string{}}
	if err := s.read(strings.NewReader(in.String())); err != nil {
		t.Fatal(err)
	}
	s.report()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != slowest+1 {
		t.Fatalf("%d lines, want %d tests and the count:\n%s", len(lines), slowest, out.String())
	}
	if want := "slow:      11s  x T11"; lines[0] != want {
		t.Errorf("the first line is %q, want %q", lines[0], want)
	}
	if want := "slow:       2s  x T02"; lines[slowest-1] != want {
		t.Errorf("the last test is %q, want %q", lines[slowest-1], want)
	}
}
