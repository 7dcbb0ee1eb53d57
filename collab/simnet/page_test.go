package simnet_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/simnet"
)

// built is the bundle of the page's client, built once.
var built struct {
	sync.Once
	dir, bundle string
	err         error
}

// idle are processes of the page's client that no test uses.
var idle struct {
	sync.Mutex
	pages []*simnet.Page
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, p := range idle.pages {
		if err := p.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// bundle returns the path of the page's client. Without Node.js, it skips the test.
func bundle(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "simnet"); built.err == nil {
			built.bundle, built.err = simnet.BuildPage("../web", built.dir)
		}
	})
	if errors.Is(built.err, simnet.ErrNoNode) {
		t.Skip(built.err)
	}
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.bundle
}

func startPage(t *testing.T, bundle string) *simnet.Page {
	t.Helper()
	p, err := simnet.StartPage(bundle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// A mixture names the clients of a world's editors.
type mixture struct {
	name  string
	kinds []simnet.Kind
	page  *simnet.Page
}

var mixtures = map[string][]simnet.Kind{
	"go":         {simnet.Go},
	"typescript": {simnet.TypeScript},
	"both":       {simnet.TypeScript, simnet.Go},
}

func newMixture(t *testing.T, name string) *mixture {
	t.Helper()
	m := &mixture{name: name, kinds: mixtures[name]}
	if name == "go" {
		return m
	}
	shipped := bundle(t)
	idle.Lock()
	if n := len(idle.pages); n > 0 {
		m.page, idle.pages = idle.pages[n-1], idle.pages[:n-1]
	}
	idle.Unlock()
	if m.page == nil {
		var err error
		if m.page, err = simnet.StartPage(shipped); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		idle.Lock()
		defer idle.Unlock()
		idle.pages = append(idle.pages, m.page)
	})
	return m
}

func eachMixture(t *testing.T, test func(*testing.T, *mixture)) {
	for _, name := range []string{"go", "typescript", "both"} {
		t.Run(name, func(t *testing.T) { test(t, newMixture(t, name)) })
	}
}

func (m *mixture) new(cfg simnet.Config) *simnet.World {
	cfg.Kinds = m.kinds
	return m.page.New(cfg)
}

// mutants are faults planted into the page's client: a text that the bundle must contain
// exactly once, and its replacement.
var mutants = []struct{ name, old, new string }{
	{
		"the outstanding push is mapped over the entries that came since, composed",
		"const changes = own.changes.map(r);",
		`let changes = own.changes.map(r);
				if (own === this.out) {
					const sent = this.live && this.sent?.seq === own.seq ? { ...this.sent, since: this.sent.since.compose(r) } : { seq: own.seq, first: own.changes, since: r };
					this.sent = this.live ? sent : null;
					changes = sent.first.map(sent.since);
				}`,
	},
	{"the buffer is put before the log", "own.changes.map(r)", "own.changes.map(r, own !== this.out)"},
	{"the log is put after the outstanding push", "r = r.map(own.changes, true)", "r = r.map(own.changes, own !== this.out)"},
	{"the buffer is not mapped", "own.changes.map(r)", "own === this.out ? own.changes.map(r) : own.changes"},
	{"edits of one file are mapped over those of another", "if (own.file !== file) return own;", ""},
	{"edits after the deletion of their file are mapped", `if (isOp(own, "delete")) live = false;`, ""},
	{"a push is not sent again after a welcome", `case "unsent":`, `case "never":`},
	{
		"what was sent gains edits under its seq",
		"const last = this.buffer[this.buffer.length - 1];",
		`if (this.pending === "unsent" && this.out.changes && this.out.file === file) {
			this.out = { ...this.out, changes: this.out.changes.compose(changes) };
			return;
		}
		const last = this.buffer[this.buffer.length - 1];`,
	},
	{"an acknowledgement takes the buffer with it", "out.changes && !this.buffer.length && before", "out.changes && before"},
	{"own entries are taken for others'", "m.client === this.id && m.seq === this.out?.seq", "false"},
	{"a push that is in a whole text is kept as outstanding", "m.acked_seq >= this.out.seq", "m.acked_seq > this.out.seq"},
	{"the edits on top of a refused push are kept from its author", "for (const own of taken) {", "for (const own of taken.slice(0, 1)) {"},
	{"the rest of a change that takes several pushes is forgotten", "[...rest, ...this.buffer.slice(1)]", "this.buffer.slice(1)"},
	{"a choice is never settled", "this.choices.answered();", ""},
	{"a choice that was under way is given up", "this.choices.welcomed(this.settings);", ""},
	{"a line changes while an input method composes in it", "waiting ||= !force && this.mustWait(m);", ""},
}

// The checks find each fault planted into the page's client within a few schedules. One
// schedule that finds the first fault is shrunk to a few steps: the script fails with the
// fault and passes without it.
func TestSchedulesFindFaultsOfThePagesClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: dozens of faulty clients take a while")
	}
	shipped := bundle(t)
	source, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	sound := startPage(t, shipped)
	for i, mutant := range mutants {
		t.Run(mutant.name, func(t *testing.T) {
			if n := strings.Count(string(source), mutant.old); n != 1 {
				t.Fatalf("%q is %d times in the client, want once", mutant.old, n)
			}
			file := filepath.Join(t.TempDir(), "mutant.mjs")
			if err := os.WriteFile(file, []byte(strings.Replace(string(source), mutant.old, mutant.new, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			p := startPage(t, file)
			for seed := uint64(1); seed <= 100; seed++ {
				s := simnet.Generate(seed, steps)
				s.Kinds = mixtures["typescript"]
				err := p.Run(s)
				if err == nil {
					continue
				}
				t.Logf("schedule %d: %v", seed, err)
				if i == 0 {
					short := shrink(p, s)
					if len(short.Steps) > 8 {
						continue // another schedule may come closer to the fault
					}
					if err := sound.Run(short); err != nil || p.Run(short) == nil {
						t.Errorf("%v, shrunk to\n%s", err, short)
					}
				}
				return
			}
			t.Error("no schedule of 100 notices")
		})
	}
}

// A client that runs for ever is killed: its world fails, and the next world has a new
// process.
func TestPageThatDoesNotAnswerIsKilled(t *testing.T) {
	t.Parallel()
	shipped := bundle(t)
	source, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	const answer = "answer = handle(JSON.parse(text));"
	if strings.Count(string(source), answer) != 1 {
		t.Fatalf("the bundle has not one %q", answer)
	}
	file := filepath.Join(t.TempDir(), "endless.mjs")
	endless := strings.Replace(string(source), answer, `for (; text.includes('"do":"set"');) {}`+"\n"+answer, 1)
	if err := os.WriteFile(file, []byte(endless), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startPage(t, file)
	s := simnet.Script{Config: simnet.Config{Kinds: mixtures["typescript"]}, Servers: 1, Editors: 1}
	p.Patience = 2 * time.Second
	s.Steps = []simnet.Step{{Op: simnet.Set, Text: "a"}}
	if err := p.Run(s); !errors.Is(err, simnet.ErrNoAnswer) {
		t.Errorf("a client in an endless loop: %v", err)
	}
	p.Patience = time.Minute
	s.Steps = []simnet.Step{{Op: simnet.Insert, Text: "a"}}
	if err := p.Run(s); err != nil {
		t.Errorf("the world after it: %v", err)
	}
}
