package collab

import (
	"errors"

	"github.com/corust-dev/corust/collab/store"
)

// The words of the log are those of the whole package.
type (
	SessionID = store.SessionID
	Epoch     = store.Epoch
	ClientID  = store.ClientID
	Version   = store.Version
	Seq       = store.Seq
	Entry     = store.Entry
	Ack       = store.Ack
	Snapshot  = store.Snapshot
)

// What is refused. Each has a [Code] on the wire.
var (
	// ErrStale: the version lies before what the history reaches, or before
	// the client's own last entry. The client resynchronises.
	ErrStale = errors.New("version is too old")
	// ErrFuture: the version is above the head.
	ErrFuture = errors.New("version is not reached yet")
	// ErrEpoch: the version belongs to another history.
	ErrEpoch = errors.New("another epoch")
	// ErrTooLarge: the change, or the text it leads to, exceeds a limit.
	ErrTooLarge = errors.New("too large")
	// ErrMalformed: the message or the change is not what it should be.
	ErrMalformed = errors.New("malformed")
	// ErrProtocol: the other side speaks another version of the protocol.
	ErrProtocol = errors.New("another protocol")
	// ErrBusy: a limit on people, sessions or runs is reached.
	ErrBusy = errors.New("busy")
	// ErrNotJoined: the first message of a connection is not a hello.
	ErrNotJoined = errors.New("not joined")
	// ErrNoRun: there is no such run, or nothing to run with.
	ErrNoRun = store.ErrNoRun
	// ErrResume: the connection ends here; whoever comes back goes on where
	// it was.
	ErrResume = errors.New("resume")
)

// Code names an error on the wire.
type Code string

// The codes of [Error] messages, and of a connection's end.
const (
	CodeStale     Code = "stale"
	CodeFuture    Code = "future"
	CodeEpoch     Code = "epoch"
	CodeTooLarge  Code = "too-large"
	CodeMalformed Code = "malformed"
	CodeBusy      Code = "busy"
	CodeNotJoined Code = "not-joined"
	CodeNoRun     Code = "no-run"
	CodeInternal  Code = "internal"
	CodeResume    Code = "resume"   // come back and go on; nothing is lost
	CodeGone      Code = "gone"     // the session has been deleted, or has other links
	CodeReplaced  Code = "replaced" // the same editor instance has joined anew elsewhere
	CodeTooOld    Code = "too-old"  // the protocol is another; a page is loaded again
)

// CodeOf gives the code of an error, [CodeInternal] for one of our own.
func CodeOf(err error) Code {
	for _, c := range []struct {
		err  error
		code Code
	}{
		{ErrStale, CodeStale}, {ErrFuture, CodeFuture}, {ErrEpoch, CodeEpoch}, {ErrTooLarge, CodeTooLarge},
		{ErrMalformed, CodeMalformed}, {ErrBusy, CodeBusy}, {ErrNotJoined, CodeNotJoined}, {ErrNoRun, CodeNoRun},
		{ErrProtocol, CodeTooOld},
		{ErrResume, CodeResume}, {store.ErrNotFound, CodeGone},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return CodeInternal
}

// Limits bound what one session may hold and one message may ask for. A zero
// field stands for its default.
//
// Those with a JSON name are stated in the welcome: a client checks what it is
// about to send against them. A change of more parts or bytes than one push may
// have is split into several by both clients.
type Limits struct {
	Text    int `json:"text"`    // UTF-16 units of the text; 262,144
	Parts   int `json:"parts"`   // sections in one change; 32,768
	History int `json:"-"`       // entries kept in memory for those who lag behind; 4,096
	Bytes   int `json:"-"`       // about what those entries take as JSON, in bytes; 4 MiB
	Clients int `json:"-"`       // clients whose last push is remembered, more if the log is kept for longer; 4,096
	Ranges  int `json:"ranges"`  // ranges in one selection; 64
	Name    int `json:"name"`    // UTF-16 units of a name; 64
	Message int `json:"message"` // bytes of one message; 2 MiB
	Members int `json:"members"` // connections at once; 256
	Stdin   int `json:"stdin"`   // bytes that people may type into one run; 1 MiB
	// Watchers is how many of those may be watching ones; all but 32, or all but half
	// if Members is below 64. So whoever has a link to watch cannot lock editors out.
	Watchers int `json:"-"`
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		or    int
	}{
		{&l.Text, 256 << 10}, {&l.Parts, 32_768}, {&l.History, 4096}, {&l.Bytes, 4 << 20}, {&l.Clients, 4096},
		{&l.Ranges, 64}, {&l.Name, 64}, {&l.Message, 2 << 20}, {&l.Members, 256},
		{&l.Stdin, MaxStdin},
	} {
		if *f.field <= 0 {
			*f.field = f.or
		}
	}
	if l.Watchers <= 0 {
		l.Watchers = l.Members - min(32, l.Members/2)
	}
	return l
}
