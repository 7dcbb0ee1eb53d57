package runner

// Plan lists the steps that a box carries out for a request.
//
// A Plan is a value, as a Request is: it can cross a network, key a cache and be stored
// in a golden file. In JSON, arbitrary bytes are base64.
type Plan struct {
	// Files are written below /work before the first step.
	Files []File `json:"files,omitempty"`
	// Steps run in order, each only if the one before exited with 0.
	Steps []Step `json:"steps"`
	// Input is the standard input of steps with StdinPlan.
	Input []byte `json:"input,omitempty"`
	// NoProgram is set if the steps compile something that cannot be run. If they
	// succeed, the verdict is VerdictNoProgram.
	NoProgram bool `json:"no_program,omitempty"`
	// Warnings tell, a sentence each, what the request asks for and the steps do not do.
	// The runner emits them as events of KindWarning.
	Warnings []string `json:"warnings,omitempty"`
}

// Equal reports whether two plans are the same. A nil list equals an empty one.
func (p Plan) Equal(other Plan) bool { return equal(p, other) }

// Hash returns a hash of every field of the plan. The result of a plan also depends on
// the toolchain, the set of crates, the limits and standard input.
func (p Plan) Hash() Hash { return hashOf("plan 1", p) }

// Step is one command of a plan.
type Step struct {
	Stage StageName `json:"stage"`
	// Argv is the command; Argv[0] is an absolute path in the box. Env is its whole
	// environment.
	Argv Strings `json:"argv"`
	Env  Strings `json:"env,omitempty"`
	// Stdin selects the standard input of the step.
	Stdin Stdin `json:"stdin,omitempty"`
	// Product, if it has a name, describes what the step writes to standard output.
	Product Product `json:"product,omitzero"`
	// Stderr is the format of standard error. The cap on output then applies to the
	// decoded text.
	Stderr Format `json:"stderr,omitzero"`
	// Leaves names the files, relative to /work, that steps of StageRun need of a step
	// of StageCompile: the programs that they execute. See Artifact.
	Leaves []string `json:"leaves,omitempty"`
	// Stdout is the format of standard output, which is passed on as it is; a Format only
	// adds events.
	Stdout Format `json:"stdout,omitzero"`
}

// stderrLimit returns the most bytes that the step may write to standard error. With a
// Format, it bounds the time that this process spends on decoding. It is then far above
// what the cap on text needs, except for messages about lines of many kilobytes, which
// the compiler quotes in full in JSON and in part in text.
func (s Step) stderrLimit(output int64) int64 {
	if s.Stderr.text() {
		return output
	}
	return max(64<<20, 32*output)
}

// Stdin is where the standard input of a step comes from.
type Stdin string

// The inputs.
const (
	StdinNone   Stdin = ""       // empty
	StdinCaller Stdin = "caller" // the stream beside the request
	StdinPlan   Stdin = "plan"   // Plan.Input
)

// Format is the format of one of a step's streams. The zero Format is text.
type Format struct {
	// Name is one of the planner's formats; "" is text.
	Name string `json:"name"`
	// File is the file of the request that the stream is about.
	File string `json:"file,omitempty"`
	// Source is the request's text of File if the plan changes it. Positions refer to
	// the request's text.
	Source []byte `json:"source,omitempty"`
}

// text reports whether the stream is passed on without decoding.
func (f Format) text() bool { return f.Name == "" }

// Planner turns a request into a plan, and decodes the streams of its steps.
// Its methods may be called from any goroutine.
type Planner interface {
	// SourceOptions returns the options that the main file of a request sets at its top, or
	// an *InvalidError that names the line of a wrong one. The runner calls it before the
	// request enters the queue, so it must read no more than a bounded part of the file.
	SourceOptions(req Request) (Choices, error)
	// Check returns an *InvalidError if it can reject the request without reading its
	// files, such as for an unknown action or one whose tool the toolchain lacks. The
	// runner calls it before the request enters the queue.
	Check(req Request, tc Toolchain) error
	// Plan returns the plan of a request that has passed the runner's checks and has its
	// defaults filled in, or an *InvalidError. Plan must be pure: the same request and
	// toolchain give the same plan. Because it reads hostile text outside of any box, its
	// time and memory must be linear in the request. A Runner makes at most MaxBoxes plans
	// at once.
	Plan(req Request, tc Toolchain) (Plan, error)
	// Decoder returns a decoder for a stream of one of the plan's steps. It calls the
	// functions of to in order, and before its methods return. Decoder returns an error for
	// a format of another planner.
	Decoder(plan Plan, f Format, to Sink) (Decoder, error)
}

// Sink receives what a Decoder finds.
type Sink struct {
	// Text receives the bytes to show to a person, which it must not retain. For standard
	// output it ignores them.
	Text func([]byte)
	// Diagnostic and Test receive what stands between these bytes.
	Diagnostic func(*Diagnostic)
	Test       func(*Test)
}

// Decoder decodes one stream.
type Decoder interface {
	// Write adds the next bytes, which may be cut anywhere.
	Write(data []byte)
	// Close ends the stream.
	Close()
}
