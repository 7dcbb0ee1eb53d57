package agent

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
)

// Version is the protocol's. Host and agent are normally the same binary; an
// image may carry an older agent, which the host then refuses.
const Version = 4

// StdinWindow is how many bytes of standard input may be under way.
const StdinWindow = 64 << 10

// WorkDir is where a job's files are written and where steps start. The backend
// mounts it writable for the agent, which gives it to the user of the steps.
const WorkDir = boxenv.WorkDir

// Ready reports that an agent waits for its job.
type Ready struct {
	Version int `json:"version"`
}

// Job is everything an agent needs to know before it begins.
type Job struct {
	// Nonce names the job; every report of the agent repeats it.
	Nonce string `json:"nonce"`
	// Files are written below WorkDir before the first step; their bytes follow
	// in TypeFile frames.
	Files []File `json:"files"`
	// Programs are files that an earlier job's steps have left. Their bytes follow those
	// of Files; steps may execute them.
	Programs []File `json:"programs,omitempty"`
	// Steps run in order, each only if the one before exited with 0.
	Steps []Step `json:"steps"`
	// Processors is how many processors the steps may run on; 0 is all. They are
	// consecutive ones of those that the box may use, from index First (modulo their
	// number) on.
	Processors int    `json:"processors,omitempty"`
	First      uint32 `json:"first,omitempty"`
}

// File announces one file of a job.
type File struct {
	// Name is a clean, relative, slash-separated path.
	Name string `json:"name"`
	// Size is its length in bytes.
	Size int64 `json:"size"`
}

// Step is one command.
type Step struct {
	// Argv is the command; Argv[0] is an absolute path in the box.
	Argv Strings `json:"argv"`
	// Env is the whole environment.
	Env Strings `json:"env"`
	// Wall is the most time that the step may take, in nanoseconds.
	Wall time.Duration `json:"wall"`
	// Stdout and Stderr are the most bytes that each may carry. One byte more
	// ends the step.
	Stdout int64 `json:"stdout"`
	Stderr int64 `json:"stderr"`
	// Stdin connects the job's standard input; without it the step reads
	// /dev/null.
	Stdin bool `json:"stdin,omitempty"`
	// Input is the most time of waiting for standard input that does not count
	// against Wall. When it is used up the step is ended.
	Input time.Duration `json:"input,omitempty"`
	// Leaves names files below WorkDir that the agent sends to the host, in this order,
	// if the step has exited with 0. No process exists in the box meanwhile.
	Leaves []string `json:"leaves,omitempty"`
}

// MaxLeft is the most bytes of a file of [Step.Leaves].
const MaxLeft = 64 << 20

// Left begins a file of [Step.Leaves]. Size bytes of it follow in TypeLeftData frames.
type Left struct {
	Nonce string `json:"nonce"`
	Step  int    `json:"step"`
	Name  string `json:"name"`
	// Size is -1, and nothing follows, if there is no such regular file below WorkDir,
	// the agent may not read it, or it has more than MaxLeft bytes.
	Size int64 `json:"size"`
}

// Strings are strings of any bytes, as arguments and environments are. JSON's own
// strings hold only UTF-8, so these are lists of base64 there.
type Strings []string

// MarshalJSON implements [json.Marshaler].
func (s Strings) MarshalJSON() ([]byte, error) {
	list := make([][]byte, len(s))
	for i, text := range s {
		list[i] = []byte(text)
	}
	return json.Marshal(list)
}

// UnmarshalJSON implements [json.Unmarshaler].
func (s *Strings) UnmarshalJSON(data []byte) error {
	var list [][]byte
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*s = make(Strings, len(list))
	for i, text := range list {
		(*s)[i] = string(text)
	}
	return nil
}

// StdinWait reports that processes of the step have begun, or ceased, to wait for
// input that is not there.
type StdinWait struct {
	// At is how many bytes the agent had received. The host ignores the message if
	// it has sent more, or the end.
	At int64 `json:"at"`
	// Want is how many bytes are asked for, or 0 if no process waits any more although
	// there was no input.
	Want int `json:"want"`
	// Blind means that the agent cannot know whether a process waits, from now to the
	// end of the step: the host sends what it has.
	Blind bool `json:"blind,omitempty"`
}

// StepStart reports that a step's process runs.
type StepStart struct {
	Nonce string `json:"nonce"`
	Step  int    `json:"step"`
}

// Killed is why the agent ended a step, if it did.
type Killed string

// Reasons for the agent to end a step.
const (
	KilledNot    Killed = ""
	KilledWall   Killed = "wall"   // Step.Wall is over
	KilledInput  Killed = "input"  // Step.Input is over
	KilledOutput Killed = "output" // Step.Stdout or Step.Stderr is exceeded
)

// StepEnd reports a step that is over. All its processes are gone.
type StepEnd struct {
	Nonce string `json:"nonce"`
	Step  int    `json:"step"`
	// Exit is the exit code of the step's first process, or -1 when a signal
	// ended it. Signal is that signal, or 0.
	Exit   int `json:"exit"`
	Signal int `json:"signal,omitempty"`
	// Killed is why the agent ended the step. A first process that had exited by
	// itself when the deadline passed was not killed; output over its cap counts
	// whether or not the writer was still alive.
	Killed Killed `json:"killed,omitempty"`
	// NotStarted holds the reason why the command could not be executed at all.
	NotStarted string `json:"not_started,omitempty"`

	Wall time.Duration `json:"wall"` // from fork to the end of the first process
	// Waited is how much of Wall was excused: the step waited for input.
	Waited time.Duration `json:"waited,omitempty"`
	CPU    time.Duration `json:"cpu"` // user and system time of all its processes
	// PeakMemory is the most memory, in bytes, that the box was charged for
	// while the step ran, page cache and tmpfs included; 0 if that is not
	// known.
	PeakMemory int64 `json:"peak_memory"`
	// OOMKills counts the processes that the kernel killed for memory during the
	// step; ProcessesDenied the forks it refused for the process limit.
	OOMKills        int64 `json:"oom_kills,omitempty"`
	ProcessesDenied int64 `json:"processes_denied,omitempty"`
	// DiskFull reports whether a writable file system of the box had no block or no
	// inode left when the step ended.
	DiskFull bool `json:"disk_full,omitempty"`
}

// End reports that the job is over and the agent exits.
type End struct {
	Nonce string `json:"nonce"`
}

// Failure reports that the agent itself failed. The box cannot be used any more.
type Failure struct {
	Nonce string `json:"nonce"`
	Error string `json:"error"`
}

// ValidFileName reports why name cannot name a file of a job, nil if it can: relative,
// clean, below the root it is put in, printable, at most 255 bytes a component and
// 1,024 in all. No component begins with a dot, as the files of a runner do.
// One may begin with a dash: callers that put it on a command line write "./" before
// it.
func ValidFileName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("file name is empty")
	case len(name) > 1024:
		return fmt.Errorf("file name of %d bytes, at most 1024", len(name))
	case !cleanRelative(name):
		return fmt.Errorf("file name %q is not a clean relative path", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > 255 {
			return fmt.Errorf("file name %q has a component over 255 bytes", name[:40]+"…")
		}
		if part[0] == '.' {
			return fmt.Errorf("file name %q has a component that begins with %q", name, part[:1])
		}
		for _, r := range part {
			if r < 0x20 || r == 0x7f || r == '\\' || r == 0xfffd {
				return fmt.Errorf("file name %q has a control character, a backslash or invalid UTF-8", name)
			}
		}
	}
	return nil
}

// cleanRelative reports whether a name is a clean path that stays below its directory.
func cleanRelative(name string) bool {
	return !path.IsAbs(name) && path.Clean(name) == name && name != "." && name != ".." && !strings.HasPrefix(name, "../")
}
