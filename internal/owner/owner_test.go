package owner

import (
	"math"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func TestDead(t *testing.T) {
	t.Parallel()
	me := Self()
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*Process)) Process {
		p := me
		f(&p)
		return p
	}
	ended := func(f func(*Process)) Process {
		return change(func(p *Process) { p.PID = gone.Process.Pid; f(p) })
	}
	for _, tt := range []struct {
		name string
		p    Process
		want bool
	}{
		{"this process", me, false},
		{"its parent", change(func(p *Process) { p.PID = os.Getppid(); p.Start, _ = startOf(p.PID) }), false},
		{"an ended process", ended(func(*Process) {}), true},
		{"of another machine", ended(func(p *Process) { p.Host, p.Boot = "aa", "bb" }), false},
		{"of another machine whose boot is not known", ended(func(p *Process) { p.Host, p.Boot = "aa", "" }), false},
		{"of another PID namespace", ended(func(p *Process) { p.Space = "1" }), false},
		{"before the last boot", change(func(p *Process) { p.Boot = "bb" }), me.Boot != ""},
		{"whose ID is used again", change(func(p *Process) { p.Start++ }), me.Start != 0},
		{"whose start is not known", change(func(p *Process) { p.Start = 0 }), false},
		{"none", Process{}, false},
		{"with a negative ID", change(func(p *Process) { p.PID = -1 }), false},
		{"with an ID that cannot be", change(func(p *Process) { p.PID = math.MaxInt32 }), true},
	} {
		if got := tt.p.Dead(); got != tt.want {
			t.Errorf("process %s: dead is %t, want %t", tt.name, got, tt.want)
		}
		if got, rest, ok := Cut(tt.p.String()); tt.p.PID > 0 && (!ok || rest != "" || got != tt.p) {
			t.Errorf("process %s is named %s, which is read as %+v, %q, %t", tt.name, tt.p, got, rest, ok)
		}
	}
}

// The machine's name may change; the processes of this boot are still known.
func TestDeadAfterTheMachineWasRenamed(t *testing.T) {
	t.Parallel()
	me := Self()
	if me.Boot == "" {
		t.Skip("this system does not tell one boot from another")
	}
	p := me
	p.Host = "aa"
	if p.Dead() {
		t.Error("a live process is dead")
	}
	if p.Start++; !p.Dead() {
		t.Error("an ended process is not dead")
	}
}

// Where the system tells nothing but process IDs, they decide on the same host.
func TestDeadOnASystemThatTellsLittle(t *testing.T) {
	t.Parallel()
	me := Process{PID: os.Getpid(), Host: "aa"}
	for p, want := range map[Process]bool{
		me:                               false,
		{PID: math.MaxInt32, Host: "aa"}: true,
		{PID: math.MaxInt32, Host: "bb"}: false,
		{PID: math.MaxInt32, Host: "aa", Boot: "cc"}: false,
	} {
		if got := p.deadFor(me); got != want {
			t.Errorf("%+v: %t, want %t", p, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	me := Self()
	if p, rest, ok := Cut(me.String() + "-box-1"); !ok || p != me || rest != "box-1" {
		t.Errorf("%+v, %q, %t", p, rest, ok)
	}
	if s := me.String(); len(s) > 100 || !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(s) {
		t.Errorf("%q does not fit everywhere", s)
	}
	for _, s := range []string{
		"", "-", "corust", "system.slice", "user-1000", "12-34-56", "x-1-1-1-1", "0-1-1-a-a", "-1-1-1-a-a",
		"1-1-1-a-a1x", "1-1-1-A-a", "1-1-1-a-a.b", "01-1-1-a-a", "99999999999-1-1-a-a", "4294967296-1-1-a-a",
		"1-99999999999999999999-1-a-a", `{"pid":1}`, " " + me.String(), "1--1-a-a",
	} {
		if p, _, ok := Cut(s); ok {
			t.Errorf("%q names %+v", s, p)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add(Self().String())
	f.Add("999999999-0-0-0-0-x")
	f.Fuzz(func(t *testing.T, s string) {
		p, rest, ok := Cut(s)
		if !ok {
			if p.Dead() {
				t.Errorf("%q names no process, and a dead one", s)
			}
			return
		}
		again, _, ok := Cut(p.String())
		if !ok || again != p || !strings.HasSuffix(s, rest) {
			t.Errorf("%q: %+v, %q, then %+v, %t", s, p, rest, again, ok)
		}
	})
}
