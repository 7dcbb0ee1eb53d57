package runner

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/corust-dev/corust/runner/agent"
)

// kept is an Artifacts in memory.
type kept struct {
	mu    sync.Mutex
	by    map[Hash]*Artifact
	asked int
	full  bool // nothing is kept
}

func (k *kept) Artifact(key Hash, room func(int64) bool) *Artifact {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	a := k.by[key]
	if a == nil || !room(a.Size()) {
		return nil
	}
	return a
}

func (k *kept) Keep(key Hash, _ string, a *Artifact) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.full {
		return false
	}
	if k.by == nil {
		k.by = map[Hash]*Artifact{}
	}
	k.by[key] = a
	return true
}

// building plans the words of main.rs as those of the compiler, which leaves two programs,
// and the arguments of the request as the words of a program.
type building struct{ words }

func (building) Plan(req Request, tc Toolchain) (Plan, error) {
	return Plan{Files: req.Files, Steps: []Step{
		{Stage: StageCompile, Argv: append([]string{tc.Rustc}, strings.Fields(string(req.Files[0].Data))...), Leaves: []string{".lib/first"}},
		{Stage: StageCompile, Argv: []string{tc.Rustc, "err:second"}, Leaves: []string{".main"}},
		{Stage: StageRun, Argv: append([]string{"/work/.main"}, req.Args...), Stdin: StdinCaller},
	}}, nil
}

// told is everything that a run tells its caller, without times.
func told(t *testing.T, r *Runner, req Request) (Result, string) {
	t.Helper()
	var text strings.Builder
	res, err := r.Run(t.Context(), req, nil, func(e Event) { fmt.Fprintf(&text, "%s %s %q\n", e.Kind, e.Stage, e.Data) })
	if err != nil {
		t.Fatal(err)
	}
	return res, text.String()
}

// A second run of the same source executes no compile step, and tells the same.
func TestSecondRunCompilesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var jobs []agent.Job
		b := &fakeBackend{serve: func(_ int, a *fakeAgent) {
			a.obey()
			jobs = append(jobs, a.job)
		}}
		store := &kept{}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: store})
		defer finish(t, r)
		req := program("out:hello err:warning")
		req.Args = []string{"out:1", "exit:3"}
		first, text := told(t, r, req)
		synctest.Wait()
		again, text2 := told(t, r, req)
		synctest.Wait()
		if text != text2 || text == "" {
			t.Errorf("the first run told\n%sand the second\n%s", text, text2)
		}
		if again.Verdict != first.Verdict || again.ExitCode != 3 || len(again.Stages) != 3 {
			t.Errorf("first %+v, then %+v", first, again)
		}
		for i, s := range again.Stages {
			if cached := i < 2; s.Cached != cached || (s.Usage == Usage{}) != cached || first.Stages[i].Cached {
				t.Errorf("stage %d: first %+v, then %+v", i, first.Stages[i], s)
			}
		}
		if len(jobs) != 2 || len(jobs[1].Steps) != 1 || jobs[0].Programs != nil ||
			!reflect.DeepEqual(jobs[1].Programs, []agent.File{{Name: ".lib/first", Size: 10}, {Name: ".main", Size: 5}}) {
			t.Errorf("jobs %+v", jobs)
		}
		// Other arguments are the same program.
		req.Args = []string{"out:2"}
		if other, _ := told(t, r, req); other.Verdict != VerdictOK || !other.Stages[0].Cached {
			t.Errorf("with other arguments: %+v", other)
		}
	})
}

// showing is building with a product of the first compile step, of at most ten bytes.
type showing struct{ building }

func (p showing) Plan(req Request, tc Toolchain) (Plan, error) {
	plan, err := p.building.Plan(req, tc)
	plan.Steps[0].Product = Product{Name: "view", Cap: 10, Cut: true}
	return plan, err
}

// The end of a product and the warning that it was cut come from an artifact, too.
func TestProductsOfASecondRunAreWhole(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"out:short", "out:eleven-byte"} {
		synctest.Test(t, func(t *testing.T) {
			r := newFake(t, &fakeBackend{}, Config{Planner: showing{}, Artifacts: &kept{}})
			defer finish(t, r)
			_, text := told(t, r, program(words))
			synctest.Wait()
			res, again := told(t, r, program(words))
			if text != again || !res.Stages[0].Cached || !strings.Contains(text, string(KindProduct)) {
				t.Errorf("%s: %+v: the first run told\n%sand the second\n%s", words, res, text, again)
			}
		})
	}
}

// What differs in anything that the compiler sees is another artifact.
func TestArtifactKeys(t *testing.T) {
	t.Parallel()
	base := func() (Plan, Toolchain, string) {
		plan, _ := building{}.Plan(program("x"), Toolchain{Rustc: "/rustc"})
		return plan, Toolchain{ID: "id"}, ""
	}
	seen := map[Hash]string{}
	for name, change := range map[string]func(*Plan, *Toolchain, *string){
		"nothing":   func(*Plan, *Toolchain, *string) {},
		"a file":    func(p *Plan, _ *Toolchain, _ *string) { p.Files[0].Data = []byte("y") },
		"a name":    func(p *Plan, _ *Toolchain, _ *string) { p.Files[0].Name = "lib.rs" },
		"a flag":    func(p *Plan, _ *Toolchain, _ *string) { p.Steps[0].Argv = append(p.Steps[0].Argv, "-O") },
		"variable":  func(p *Plan, _ *Toolchain, _ *string) { p.Steps[1].Env = Strings{"A=1"} },
		"input":     func(p *Plan, _ *Toolchain, _ *string) { p.Input = []byte("x") },
		"toolchain": func(_ *Plan, tc *Toolchain, _ *string) { tc.ID = "other" },
		"set":       func(_ *Plan, tc *Toolchain, _ *string) { tc.SetKey = "set" },
		"system":    func(_ *Plan, tc *Toolchain, _ *string) { tc.System = "libc" },
		"scope":     func(_ *Plan, _ *Toolchain, scope *string) { *scope = "a" },
	} {
		plan, tc, scope := base()
		change(&plan, &tc, &scope)
		key, ok := plan.ArtifactKey(tc, scope)
		if !ok || seen[key] != "" {
			t.Errorf("%s: %v, the key of %q", name, ok, seen[key])
		}
		seen[key] = name
	}
	plan, tc, _ := base()
	want, _ := plan.ArtifactKey(tc, "")
	plan.Steps[2].Argv = Strings{"/work/.main", "other"}
	if key, ok := plan.ArtifactKey(tc, ""); !ok || key != want {
		t.Error("the arguments of the program are in the key")
	}
	tc.ID = ""
	if _, ok := plan.ArtifactKey(tc, ""); ok {
		t.Error("an unknown toolchain has a key")
	}
	if _, ok := (Plan{Steps: plan.Steps[:2]}).ArtifactKey(Toolchain{ID: "id"}, ""); ok {
		t.Error("a plan without a program has a key")
	}
}

// Runs that keep nothing: each executes its compile steps the second time.
func TestRunsThatKeepNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		words string
		agent func(*fakeAgent)
		first func(*Request)
		again func(*Request)
	}{
		"the caller wants none":      {first: func(r *Request) { r.Cache.Off = true }},
		"the caller takes none":      {again: func(r *Request) { r.Cache.Off = true }},
		"another scope":              {again: func(r *Request) { r.Cache.Scope = "other" }},
		"the compiler failed":        {words: "exit:1"},
		"too much text":              {agent: (*fakeAgent).chatter},
		"less room for files":        {again: func(r *Request) { r.Limits.Inodes = 16 }},
		"the program cannot be sent": {agent: func(a *fakeAgent) { a.leaves(-1, false) }},
		"a program too few":          {agent: func(a *fakeAgent) { a.leaves(3, true) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &fakeBackend{}
				if c.agent != nil {
					b.serve = func(_ int, a *fakeAgent) { c.agent(a) }
				}
				r := newFake(t, b, Config{Planner: building{}, Artifacts: &kept{}, Limits: Limits{Output: 4 << 20}})
				defer finish(t, r)
				req := program(c.words)
				if c.first != nil {
					c.first(&req)
				}
				told(t, r, req)
				synctest.Wait()
				req.Cache = Cache{}
				if c.again != nil {
					c.again(&req)
				}
				if res, _ := told(t, r, req); res.Stages[0].Cached {
					t.Errorf("%+v", res)
				}
				if n := r.room.taken.Load(); n != 0 {
					t.Errorf("%d bytes of artifacts are still counted", n)
				}
			})
		})
	}
}

// chatter obeys, and its compiler prints more than is kept.
func (a *fakeAgent) chatter() {
	if a.begin() != nil {
		return
	}
	for i := range a.job.Steps {
		a.start(i)
		for range MaxPrinted/agent.MaxPayload + 1 {
			a.w.Write(agent.TypeStderr, make([]byte, agent.MaxPayload))
		}
		a.end(i)
		for _, name := range a.job.Steps[i].Leaves {
			a.leave(i, name)
		}
	}
	a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
}

// The artifacts that are recorded at once take a bounded amount of memory; beyond it, they
// are not kept.
func TestRecordingIsBounded(t *testing.T) {
	t.Parallel()
	var r room
	list := make([]recorder, maxRoom/agent.MaxLeft+1)
	for i := range list {
		list[i].loan.from = &r
		list[i].begin(".main", agent.MaxLeft)
	}
	last := &list[len(list)-1]
	if !last.failed || !last.add([]byte("x")) || list[0].failed || r.taken.Load() != maxRoom {
		t.Errorf("%d bytes are taken", r.taken.Load())
	}
	for i := range list {
		list[i].loan.release()
	}
	if r.taken.Load() != 0 {
		t.Errorf("%d bytes are left", r.taken.Load())
	}
}

// A program is compiled again if the artifacts that other runs have just read leave no room for
// its own, and the room is returned when the box has the artifact.
func TestReadingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{Planner: building{}, Artifacts: &kept{}})
		defer finish(t, r)
		told(t, r, program("out:x"))
		synctest.Wait()
		for _, taken := range []int64{0, maxRoom, 0} {
			r.room.taken.Store(taken)
			res, _ := told(t, r, program("out:x"))
			synctest.Wait()
			if res.Verdict != VerdictOK || res.Stages[0].Cached != (taken == 0) || r.room.taken.Load() != taken {
				t.Errorf("with %d bytes taken: %+v, and %d bytes are taken", taken, res, r.room.taken.Load())
			}
		}
	})
}

// leaves obeys, but says that each file has so many bytes, and may keep one back.
func (a *fakeAgent) leaves(size int64, one bool) {
	if a.begin() != nil {
		return
	}
	for i := range a.job.Steps {
		a.start(i)
		a.end(i)
		for _, name := range a.job.Steps[i].Leaves {
			if one && i > 0 {
				continue
			}
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: i, Name: name, Size: size})
			if size > 0 {
				a.w.Write(agent.TypeLeftData, bytes.Repeat([]byte("x"), int(size)))
			}
		}
	}
	a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
}

// An artifact that does not fit its plan is as good as none, whoever kept it.
func TestArtifactsThatDoNotFit(t *testing.T) {
	t.Parallel()
	req := program("out:x")
	plan, _ := building{}.Plan(req, Toolchain{Rustc: "/rustc"})
	key, _ := plan.ArtifactKey(Toolchain{ID: "fake"}, "")
	file := func(name string, n int) File { return File{Name: name, Data: make([]byte, n)} }
	two := []Compiled{{}, {}}
	for name, a := range map[string]*Artifact{
		"empty":          {},
		"a step too few": {Steps: two[:1], Files: []File{file(".lib/first", 1), file(".main", 1)}},
		"a file too few": {Steps: two, Files: []File{file(".main", 1)}},
		"another order":  {Steps: two, Files: []File{file(".main", 1), file(".lib/first", 1)}},
		"other names":    {Steps: two, Files: []File{file("../first", 1), file(".main", 1)}},
		"larger":         {Steps: two, Files: []File{file(".lib/first", 1), file(".main", 80<<20)}},
		"louder":         {Steps: []Compiled{{Stderr: make([]byte, 70_000)}, {}}, Files: []File{file(".lib/first", 1), file(".main", 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newFake(t, &fakeBackend{}, Config{Planner: building{}, Artifacts: &kept{by: map[Hash]*Artifact{key: a}}, Limits: Limits{Memory: 128 << 20, Work: 50 << 20}})
				defer finish(t, r)
				if res, _ := told(t, r, req); res.Verdict != VerdictOK || res.Stages[0].Cached {
					t.Errorf("%+v", res)
				}
			})
		})
	}
}

// A warm box that dies before it has begun is replaced, with an artifact, too, and the
// compiler's output comes once.
func TestArtifactSurvivesADeadBox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{serve: func(n int, a *fakeAgent) {
			if n == 1 { // the warm box that the second run takes
				a.begin()
				return
			}
			a.obey()
		}}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: &kept{}, Warm: 1})
		defer finish(t, r)
		synctest.Wait()
		_, text := told(t, r, program("err:warning"))
		synctest.Wait()
		res, again := told(t, r, program("err:warning"))
		if text != again || !res.Stages[0].Cached {
			t.Errorf("%+v: %s, want %s", res, again, text)
		}
	})
}

// A warm box with the toolchain before an update neither leaves an artifact for the
// toolchain after it nor takes one.
func TestStaleBoxesShareNoArtifact(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, store := &fakeBackend{}, &kept{}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: store, Warm: 1})
		defer finish(t, r)
		synctest.Wait()
		b.id = "new"
		for n, cached := range []bool{false, false, true} {
			res, _ := told(t, r, program("out:x"))
			synctest.Wait()
			if res.Stages[0].Cached != cached || len(store.by) != min(n, 1) {
				t.Errorf("run %d: %+v, and %d artifacts", n, res, len(store.by))
			}
		}
		b.id = "old"
		again := newFake(t, b, Config{Planner: building{}, Artifacts: store, Warm: 1})
		synctest.Wait()
		b.id = "new"
		if res, _ := told(t, again, program("out:x")); res.Verdict != VerdictOK || res.Stages[0].Cached {
			t.Errorf("with an artifact: %+v", res)
		}
		if err := again.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A program that cannot be executed, such as one for another machine, is as without a
// cache.
func TestArtifactThatCannotBeExecuted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{serve: func(n int, a *fakeAgent) {
			if n == 0 {
				a.obey()
				return
			}
			a.begin()
			a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Exit: -1, NotStarted: "cannot execute it"})
			a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
		}}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: &kept{}})
		defer finish(t, r)
		told(t, r, program(""))
		synctest.Wait()
		if res, _ := told(t, r, program("")); res.Verdict != VerdictNoProgram || res.Stage != StageRun || len(res.Stages) != 3 {
			t.Errorf("%+v", res)
		}
	})
}

// Close returns when the artifacts of all runs are kept.
func TestCloseWaitsForArtifacts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &slow{kept: &kept{}, go_: make(chan struct{})}
		r := newFake(t, &fakeBackend{}, Config{Planner: building{}, Artifacts: store})
		told(t, r, program(""))
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.Close(context.Background())
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Error("closed, and an artifact is not kept")
		default:
		}
		close(store.go_)
		<-done
	})
}

type slow struct {
	*kept
	go_ chan struct{}
}

func (s *slow) Keep(key Hash, owner string, a *Artifact) bool {
	<-s.go_
	return s.kept.Keep(key, owner, a)
}
