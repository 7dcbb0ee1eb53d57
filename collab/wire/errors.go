package wire

import (
	"errors"
	"fmt"
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
	// ErrBusy: there is no place for another connection or run.
	ErrBusy = errors.New("busy")
	// ErrRunning: a run is under way, and a session has one at a time.
	ErrRunning = errors.New("a session has one run at a time")
	// ErrNoFile: the session has no such file.
	ErrNoFile = errors.New("no such file")
	// ErrNotJoined: the first message of a connection is not a hello.
	ErrNotJoined = errors.New("not joined")
	// ErrNoRun: there is no such run, or nothing to run with.
	ErrNoRun = errors.New("no such run")
	// ErrResume: the connection ends here; whoever comes back goes on where
	// it was.
	ErrResume = errors.New("resume")
)

// Code names an error: in an [Error], as the reason of a close frame, and in a
// [Problem].
type Code string

// The codes of a session.
const (
	CodeStale     Code = "stale"      // the version is older than what can be mapped over
	CodeFuture    Code = "future"     // the version is above the head
	CodeEpoch     Code = "epoch"      // the version is of another history
	CodeTooLarge  Code = "too-large"  // a limit is exceeded
	CodeMalformed Code = "malformed"  // the message is not what it should be
	CodeNoFile    Code = "no-file"    // there is no such file
	CodeNotJoined Code = "not-joined" // the first message is no hello
	CodeReadOnly  Code = "read-only"  // the link lets watch
	CodeRunning   Code = "running"    // a run is under way
	CodeNoRun     Code = "no-run"     // there is no such run, or it is over
	CodeQuota     Code = "quota"      // the address has used what it may
	CodeBusy      Code = "busy"       // there is no place
	CodeResume    Code = "resume"     // come back and go on; nothing is lost
	CodeGone      Code = "gone"       // the session has been deleted, or has other links
	CodeReplaced  Code = "replaced"   // the same editor instance has joined anew elsewhere
	CodeTooOld    Code = "too-old"    // the protocol is another; a page is loaded again
	CodeInternal  Code = "internal"   // the server failed
)

// The codes that only the REST API has.
const (
	CodeNotFound  Code = "not-found" // there is no such path
	CodeMethod    Code = "method"    // the path has no such method
	CodeForbidden Code = "forbidden" // a page of another origin asks
	CodeHost      Code = "host"      // the server does not have this name
	CodeNoRoom    Code = "no-room"   // there is no room for another session
	CodeUnsaved   Code = "unsaved"   // the server cannot write
	CodeFormat    Code = "format"    // rustfmt cannot read the source
)

// Problem is the body of every answer of the REST API that is not a success, as RFC
// 9457 has it. Title and Detail are English, for developers.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   Code   `json:"code"`
	Hit    *Hit   `json:"hit,omitempty"` // the limit that was met
}

// LimitError says that something exceeds a limit. It wraps [ErrTooLarge].
type LimitError struct {
	Hit Hit
	Got int
}

// Exceeds makes a [LimitError] of a limit's name, what there is, and what there may be.
func Exceeds(limit string, got, most int, unit Unit) *LimitError {
	return &LimitError{Hit{Limit: limit, Amount: float64(most), Unit: unit}, got}
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s of %d %s, limit %.0f: %v", e.Hit.Limit, e.Got, e.Hit.Unit.plural(), e.Hit.Amount, ErrTooLarge)
}

// Unwrap implements the convention of package errors.
func (e *LimitError) Unwrap() error { return ErrTooLarge }

// ErrorOf is the message that tells of an error.
func ErrorOf(err error, seq Seq) *Error {
	e := &Error{Code: CodeOf(err), Message: err.Error(), Seq: seq}
	var limit *LimitError
	if errors.As(err, &limit) {
		e.Hit = &limit.Hit
	}
	return e
}

// CodeOf gives the code of an error, [CodeInternal] for one of our own.
func CodeOf(err error) Code {
	for _, c := range []struct {
		err  error
		code Code
	}{
		{ErrStale, CodeStale}, {ErrFuture, CodeFuture}, {ErrEpoch, CodeEpoch}, {ErrTooLarge, CodeTooLarge},
		{ErrMalformed, CodeMalformed}, {ErrBusy, CodeBusy}, {ErrRunning, CodeRunning}, {ErrNoFile, CodeNoFile}, {ErrNotJoined, CodeNotJoined}, {ErrNoRun, CodeNoRun},
		{ErrProtocol, CodeTooOld},
		{ErrResume, CodeResume},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return CodeInternal
}
