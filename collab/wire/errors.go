package wire

import "errors"

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
	ErrNoRun = errors.New("no such run")
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
		{ErrResume, CodeResume},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return CodeInternal
}
