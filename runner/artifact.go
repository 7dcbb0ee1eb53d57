package runner

import (
	"slices"
	"sync/atomic"

	"github.com/corust-dev/corust/runner/agent"
)

// Cache selects what a run may take from earlier runs and leave to later ones. The zero
// Cache shares artifacts with everyone, and no results.
type Cache struct {
	// Off executes every step and keeps nothing.
	Off bool `json:"off,omitempty"`
	// Results allows an executor that remembers results to answer with an earlier one, and
	// to keep this one.
	Results bool `json:"results,omitempty"`
	// Scope names those who share: a run takes only what a run of the same scope has left.
	Scope string `json:"scope,omitempty"`
}

// Artifact is what the compile steps of a plan have left: what they have printed, and the
// files that the other steps need. It is a value, and must not be changed once it has been
// handed over.
type Artifact struct {
	Steps []Compiled `json:"steps"`
	// Files are the files of Step.Leaves, in the order of the plan.
	Files []File `json:"files"`
}

// Compiled is what a compile step has printed, as the compiler wrote it. The step has
// exited with 0.
type Compiled struct {
	Stdout []byte `json:"stdout,omitempty"`
	Stderr []byte `json:"stderr,omitempty"`
}

// Size returns the number of bytes in an artifact.
func (a *Artifact) Size() int64 {
	var n int
	for _, s := range a.Steps {
		n += len(s.Stdout) + len(s.Stderr)
	}
	for _, f := range a.Files {
		n += len(f.Data)
	}
	return int64(n)
}

// MaxPrinted is the most bytes that the compile steps of an artifact have printed: what a
// compiler prints of a source full of errors is not worth keeping.
const MaxPrinted = 1 << 20

// Artifacts remembers artifacts by the key of their plan; see Plan.ArtifactKey. Its
// methods may be called from any goroutine.
type Artifacts interface {
	// Artifact returns what is kept under a key, or nil. A wrong artifact is executed as
	// if it were right, so an implementation that keeps artifacts where they can change
	// verifies what it reads. Before it reads an artifact into memory, it calls room with
	// the number of bytes, and returns nil if room returns false.
	Artifact(key Hash, room func(bytes int64) bool) *Artifact
	// Keep keeps an artifact of an owner's run, and reports whether it could. A Runner calls
	// it while the program of the artifact runs.
	Keep(key Hash, owner string, a *Artifact) bool
}

// ArtifactKey returns the key of what the compile steps of a plan leave, in boxes with the
// toolchain and for a scope; ok is false if they leave nothing that another step needs.
//
// The key is the hash of the plan's files, its input and its compile steps, of the
// content of the toolchain, of the set of crates, of the box's linker and C library, and
// of the scope. It does not cover the steps that execute the program, which differ in its
// arguments and environment, nor the limits, which decide whether a compilation ends and
// not what it makes.
func (p Plan) ArtifactKey(tc Toolchain, scope string) (key Hash, ok bool) {
	n := p.compileSteps()
	if n == 0 || n == len(p.Steps) || len(p.leaves()) == 0 || tc.ID == "" {
		return Hash{}, false
	}
	return hashOf("artifact 1", struct {
		Files     []File `json:"files"`
		Steps     []Step `json:"steps"`
		Input     []byte `json:"input"`
		Toolchain string `json:"toolchain"`
		Set       string `json:"set"`
		System    string `json:"system"`
		Scope     string `json:"scope"`
	}{p.Files, p.Steps[:n], p.Input, tc.ID, tc.SetKey, tc.System, scope}), true
}

// compileSteps returns how many steps of StageCompile the plan begins with.
func (p Plan) compileSteps() int {
	n := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Stage != StageCompile })
	if n < 0 {
		return len(p.Steps)
	}
	return n
}

// leaves returns the names of the files that the compile steps leave.
func (p Plan) leaves() []string {
	var list []string
	for _, s := range p.Steps[:p.compileSteps()] {
		list = append(list, s.Leaves...)
	}
	return list
}

// fits reports whether a run with these limits can take the artifact in the place of the
// plan's compile steps. If the limits are too low for it, the steps are executed instead.
func (a *Artifact) fits(plan Plan, l Limits) bool {
	if len(a.Steps) != plan.compileSteps() {
		return false
	}
	for i, s := range a.Steps {
		step := plan.Steps[i]
		if int64(len(s.Stdout)) > step.stdoutLimit(l.Output) || int64(len(s.Stderr)) > step.stderrLimit(l.Output) {
			return false
		}
	}
	if !slices.EqualFunc(a.Files, plan.leaves(), func(f File, name string) bool { return f.Name == name }) {
		return false
	}
	// The box's memory holds the files, too, beside the agent that writes them.
	const page = 4 << 10
	var size, files int64
	for _, f := range slices.Concat(plan.Files, a.Files) {
		size += (int64(len(f.Data)) + page - 1) / page * page
		files++
	}
	const directories = 16
	return size+directories*page <= min(l.Work, l.Memory/2) && files+directories <= l.Inodes
}

// recorder collects the artifact of a run that executes its compile steps.
type recorder struct {
	key     Hash
	owner   string
	store   Artifacts
	loan    loan
	printed int
	pending int64 // bytes that the file under way still lacks
	failed  bool  // the artifact cannot be kept
	Artifact
}

// room bounds the memory of the artifacts that a Runner records, or reads for its boxes.
type room struct{ taken atomic.Int64 }

// maxRoom is the most bytes of all artifacts that a Runner records and reads at once.
// Beyond it, programs are compiled and not kept.
const maxRoom = 4 * agent.MaxLeft

// loan is what one run has of a room.
type loan struct {
	from  *room
	bytes int64
}

// take adds to the loan if the room has as much left.
func (l *loan) take(n int64) bool {
	if l.from.taken.Add(n) > maxRoom {
		l.from.taken.Add(-n)
		return false
	}
	l.bytes += n
	return true
}

// release returns the loan. It may be called again.
func (l *loan) release() {
	if l.from != nil {
		l.from.taken.Add(-l.bytes)
	}
	l.bytes = 0
}

// print adds to what the current compile step has printed.
func (r *recorder) print(to func(*Compiled) *[]byte, data []byte) {
	if r == nil || len(r.Steps) == 0 || r.failed {
		return
	}
	if r.printed += len(data); r.printed > MaxPrinted {
		r.drop()
		return
	}
	stream := to(&r.Steps[len(r.Steps)-1])
	*stream = append(*stream, data...)
}

// begin begins a file; a negative size means that there is none.
func (r *recorder) begin(name string, size int64) {
	if r.failed || size < 0 || !r.loan.take(size) {
		r.drop()
	} else {
		r.Files = append(r.Files, File{Name: name, Data: make([]byte, 0, size)})
	}
	r.pending = max(size, 0)
}

// add adds bytes to the file under way. It reports false if there are more than announced.
func (r *recorder) add(data []byte) bool {
	r.pending -= int64(len(data))
	if r.pending < 0 {
		return false
	}
	if !r.failed {
		f := &r.Files[len(r.Files)-1]
		f.Data = append(f.Data, data...)
	}
	return true
}

// drop ends the recording: nothing is kept.
func (r *recorder) drop() {
	r.failed, r.Artifact = true, Artifact{}
	r.loan.release()
}

// whole reports whether the artifact has all that the plan's compile steps leave.
func (r *recorder) whole(plan Plan) bool {
	return !r.failed && r.pending == 0 && len(r.Steps) == plan.compileSteps() && len(r.Files) == len(plan.leaves())
}
