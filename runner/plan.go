package runner

// Plan is what a box is to do for a request.
//
// A Plan is a value, as a Request is: it can cross a network, key a cache and stand in a
// golden file. In JSON, what may be any bytes is base64.
type Plan struct {
	// Files are written below /work before the first step.
	Files []File `json:"files,omitempty"`
	// Steps run in order, each only if the one before exited with 0.
	Steps []Step `json:"steps"`
	// Input is what steps with StdinPlan read.
	Input []byte `json:"input,omitempty"`
	// NoProgram says that the steps compile something that cannot be run. Where
	// they end well, the verdict is VerdictNoProgram.
	NoProgram bool `json:"no_program,omitempty"`
	// Warnings say what the request asks for and the steps do not do, a sentence
	// each. They are handed over as events of KindWarning.
	Warnings []string `json:"warnings,omitempty"`
}

// Equal reports whether two plans are the same. A nil list equals an empty one.
func (p Plan) Equal(other Plan) bool { return equal(p, other) }

// Hash names the plan. Every field is part of it. What comes of a plan depends on the
// toolchain, the set of crates, the limits and standard input as well.
func (p Plan) Hash() Hash { return hashOf("plan 1", p) }

// Step is one command of a plan.
type Step struct {
	Stage StageName `json:"stage"`
	// Argv is the command; Argv[0] is an absolute path in the box. Env is its whole
	// environment.
	Argv Strings `json:"argv"`
	Env  Strings `json:"env,omitempty"`
	// Stdin says what standard input is.
	Stdin Stdin `json:"stdin,omitempty"`
	// Product, if it has a name, is what the step writes to standard output.
	Product Product `json:"product,omitzero"`
	// Stderr says how standard error is to be read. The cap on output then holds for
	// the text that comes out of it.
	Stderr Format `json:"stderr,omitzero"`
}

// stdoutLimit is the most bytes that the step may write to standard output, where runs
// may print output bytes. A product has a cap of its own.
func (s Step) stdoutLimit(output int64) int64 {
	if s.Product.Name == "" {
		return output
	}
	return max(output, s.Product.Cap)
}

// Product is a result of an action that is more than what its tools say: it is handed
// over in events of KindProduct.
type Product struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	// Text says that it is UTF-8 if its source is.
	Text bool `json:"text,omitempty"`
	// Cap is its most bytes, or Limits.Output if that is more.
	Cap int64 `json:"cap_bytes"`
}

// Stdin is where the standard input of a step comes from.
type Stdin string

// The inputs.
const (
	StdinNone   Stdin = ""       // it is empty
	StdinCaller Stdin = "caller" // the stream beside the request
	StdinPlan   Stdin = "plan"   // Plan.Input
)

// Format says how a step writes its standard error when that is made for machines. The
// zero Format is text.
type Format struct {
	// Name is one of the planner's formats; "" is text.
	Name string `json:"name"`
	// File is the file of the request that the messages are about.
	File string `json:"file,omitempty"`
	// Source is what the request has in File, if the plan has another text there:
	// positions are those in the request's.
	Source []byte `json:"source,omitempty"`
}

// text reports whether standard error is read as it comes.
func (f Format) text() bool { return f.Name == "" }

// Planner turns a request into a plan, and reads what its steps write for machines.
// Its methods may be called from any goroutine.
type Planner interface {
	// Check refuses what the planner can refuse without reading the files, with an
	// *InvalidError, before the request waits for its turn: an action that it does not
	// know, or that the toolchain has no tool for.
	Check(req Request, tc Toolchain) error
	// Plan must be pure: the same request and toolchain give the same plan. The request
	// has passed the runner's checks, and its defaults are filled in. What only the
	// planner can refuse it refuses with an *InvalidError. It reads hostile text outside
	// of any box, so its time and memory are linear in the request; a Runner makes at
	// most as many plans at once as it has places.
	Plan(req Request, tc Toolchain) (Plan, error)
	// Decoder begins to read the standard error of one of the plan's steps. The decoder
	// hands over, in order and before its methods return, the bytes that a person would
	// have seen, which the receiver must not keep, and the diagnostics between them. A
	// format that is not the planner's own is an error.
	Decoder(plan Plan, f Format, text func([]byte), found func(*Diagnostic)) (Decoder, error)
}

// A Decoder reads one stream.
type Decoder interface {
	// Write takes the next bytes, cut anywhere.
	Write(data []byte)
	// Close says that no more will come.
	Close()
}
