// Package mutants holds faults that a cluster must not have, and shows that a test of the
// module finds each of them.
package mutants

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var plant = flag.Bool("plant", false, "plant the mutants and run the tests that must find them")

// A mutant is a change of one file of the module: texts that the file contains once, and what
// stands in their place. A test of a package must fail with it.
type mutant struct {
	file  string
	edits []edit
	pkg   string
	test  string // for -run
}

type edit struct{ old, new string }

var mutants = map[string]mutant{
	"an append does not compare the term": {
		file:  "collab/store/postgres/append.go",
		edits: []edit{{"term = $2 AND owner <> ''", "$2::bigint > 0 AND owner <> ''"}},
		pkg:   "./collab/store/postgres", test: "^TestPostgres$/^(fenced|contested)$",
	},
	"other writes do not compare the term": {
		file:  "collab/store/postgres/log.go",
		edits: []edit{{`owner == "" || term != l.grant.Term`, `owner == ""`}},
		pkg:   "./collab/store/postgres", test: "^TestPostgres$/^fenced$",
	},
	"a warning during a write is ignored": {
		file:  "collab/store/postgres/postgres.go",
		edits: []edit{{`if text := s.warning(c.Conn().PgConn()); text != "" {`, `if text := s.warning(c.Conn().PgConn()); text == "ignored" {`}},
		pkg:   "./collab/store/postgres", test: "^TestCancelledWaitForTheStandbyIsUnknown$",
	},
	"a session is read before it is acquired": {
		file: "collab/session.go",
		edits: []edit{
			{"	l, err := db.Open(ctx, s.id, s.hub.cfg.Node)\n", "	doc, unread := s.restore(ctx)\n	l, err := db.Open(ctx, s.id, s.hub.cfg.Node)\n"},
			{"	doc, err := s.restore(ctx)\n", "	err = unread\n"},
		},
		pkg: "./collab", test: "^TestOpenedBeforeItIsRead$",
	},
	"an edit is acknowledged before it is appended": {
		file: "collab/session.go",
		edits: []edit{
			{"	if err := s.commit(context.Background()); err != nil {\n		return err\n	}\n", ""},
			{"	s.work()\n	return nil\n}\n", "	s.work()\n	return s.commit(context.Background())\n}\n"},
		},
		pkg: "./collab", test: "^TestUnknownOutcomeIsSettled$",
	},
	"a run is repeated after output": {
		file:  "runner/remote/executor.go",
		edits: []edit{{"case r.shown || in.read() || again:", "case in.read() || again:"}},
		pkg:   "./runner/remote", test: "^TestLostWorker$",
	},
	"a run is repeated after input": {
		file:  "runner/remote/executor.go",
		edits: []edit{{"case r.shown || in.read() || again:", "case r.shown || again:"}},
		pkg:   "./runner/remote", test: "^TestLostWorker$",
	},
	"messages wait for a broker that is away": {
		file:  "cmd/corust/bus.go",
		edits: []edit{{" nats.ReconnectBufSize(-1),", ""}},
		pkg:   "./cmd/corust", test: "^TestBusKeepsNothing$",
	},
}

// TestMutants has each fault found. Without -plant it only shows that the code is still that
// which the mutants change.
func TestMutants(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(root, m.file)
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			changed := string(source)
			for _, e := range m.edits {
				if n := strings.Count(changed, e.old); n != 1 {
					t.Fatalf("%q is %d times in %s, want once: change the mutant with the code", e.old, n, m.file)
				}
				changed = strings.Replace(changed, e.old, e.new, 1)
			}
			if *plant {
				out := fails(t, root, file, changed, m)
				if !strings.Contains(out, "--- FAIL: ") || strings.Contains(out, "[build failed]") {
					t.Errorf("%s of %s does not find it:\n%s", m.test, m.pkg, out)
				}
			}
		})
	}
}

// fails runs the test of a mutant and returns what it printed.
func fails(t *testing.T, root, file, changed string, m mutant) string {
	t.Helper()
	dir := t.TempDir()
	planted, overlay := filepath.Join(dir, filepath.Base(file)), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {file: planted}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{planted: []byte(changed), overlay: list} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-timeout=5m", "-overlay="+overlay, "-run="+m.test, m.pkg)
	cmd.Dir = root
	out, _ := cmd.CombinedOutput() // it fails, or the caller fails
	return string(out)
}
