package server_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// TestSessionOfFiles creates a session of several files over REST, and reads them back.
func TestSessionOfFiles(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	var made struct{ Token, Session string }
	body := `{"files":[{"name":"util/mod.rs","content":"a\r\nb"},{"name":"src/main.rs","content":"mod util;"},{"name":"data.csv","content":""}]}`
	if status := f.do("POST", "/api/v1/sessions", body, &made); status != 201 {
		t.Fatalf("create: %d", status)
	}
	var got struct {
		Epoch   wire.Epoch
		Version wire.Version
		Files   []wire.NamedFile
	}
	if status := f.do("GET", "/api/v1/sessions/"+made.Token+"/files", "", &got); status != 200 {
		t.Fatalf("files: %d", status)
	}
	want := []wire.NamedFile{{Name: "src/main.rs", Content: "mod util;"}, {Name: "util/mod.rs", Content: "a\nb"}, {Name: "data.csv"}}
	if !reflect.DeepEqual(got.Files, want) || got.Epoch == "" || got.Version != 0 {
		t.Errorf("files %+v, want %+v", got, want)
	}
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	many := strings.TrimSuffix(strings.Repeat(`{"name":"x%d","content":""},`, 65), ",")
	var numbers []any
	for i := range 65 {
		numbers = append(numbers, i)
	}
	for body, want := range map[string]wire.Code{
		`{"files":[{"name":"a.rs","content":""},{"name":"A.rs","content":""}]}`: wire.CodeExists,
		`{"files":[{"name":"a","content":""},{"name":"a/b","content":""}]}`:     wire.CodeExists,
		`{"files":[{"name":"../a","content":""}]}`:                              wire.CodeMalformed,
		`{"files":[{"name":"","content":""}]}`:                                  wire.CodeMalformed,
		`{"files":[],"source":""}`:                                              wire.CodeMalformed,
		`{"files":[{"name":"a.rs","content":"","id":1}]}`:                       wire.CodeMalformed,
		`{"files":[` + fmt.Sprintf(many, numbers...) + `]}`:                     wire.CodeTooLarge,
		`{"files":[{"name":"a","content":"` + strings.Repeat("x", 200<<10) + `"},{"name":"b","content":"` + strings.Repeat("y", 100<<10) + `"}]}`: wire.CodeTooLarge,
	} {
		var problem wire.Problem
		if status := f.do("POST", "/api/v1/sessions", body, &problem); status < 400 || status >= 500 || problem.Code != want {
			t.Errorf("%.80s: %d %+v, want %s", body, status, problem, want)
		}
	}
}
