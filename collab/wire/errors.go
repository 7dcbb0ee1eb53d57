package wire

import (
	"errors"
	"fmt"
)

// Errors of messages. Each has a [Code] on the wire.
var (
	// ErrStale is returned for a version before the start of the history, or before
	// the client's last entry. The client resynchronises.
	ErrStale = errors.New("version is too old")
	// ErrFuture is returned for a version above the head.
	ErrFuture = errors.New("version is not reached yet")
	// ErrEpoch is returned for a version of another epoch.
	ErrEpoch = errors.New("another epoch")
	// ErrTooLarge is returned if a change, or the resulting text, exceeds a limit.
	ErrTooLarge = errors.New("too large")
	// ErrMalformed is returned for an invalid message or change.
	ErrMalformed = errors.New("malformed")
	// ErrProtocol is returned if the other side speaks another version of the protocol.
	ErrProtocol = errors.New("another protocol")
	// ErrBusy is returned if the session or server can take no more connections or runs.
	ErrBusy = errors.New("busy")
	// ErrRunning is returned while a run is under way; a session has one at a time.
	ErrRunning = errors.New("a session has one run at a time")
	// ErrNoFile is returned if the session does not have the file.
	ErrNoFile = errors.New("no such file")
	// ErrExists is returned if another file has the path, or the session has the file.
	ErrExists = errors.New("the name is taken")
	// ErrRenamed is returned if the file to be renamed or deleted has been renamed.
	ErrRenamed = errors.New("the file was renamed")
	// ErrReadOnly is returned for a change of the files of a session that is read-only; see
	// [SettingLocked].
	ErrReadOnly = errors.New("the session is read-only")
	// ErrNotJoined is returned if the first message of a connection is not a hello.
	ErrNotJoined = errors.New("not joined")
	// ErrNoRun is returned if the run does not exist, or the server has no runner.
	ErrNoRun = errors.New("no such run")
	// ErrResume is returned when the connection ends and the client can reconnect and
	// continue where it was.
	ErrResume = errors.New("resume")
)

// Code names an error: in an [Error], as the reason of a close frame, and in a
// [Problem].
type Code string

// The codes of a session.
const (
	CodeStale     Code = "stale"      // the version is too old to map from
	CodeFuture    Code = "future"     // the version is above the head
	CodeEpoch     Code = "epoch"      // the version belongs to another epoch
	CodeTooLarge  Code = "too-large"  // a limit is exceeded
	CodeMalformed Code = "malformed"  // the message is invalid
	CodeNoFile    Code = "no-file"    // the session does not have the file
	CodeExists    Code = "exists"     // another file has the path
	CodeRenamed   Code = "renamed"    // another member has renamed the file
	CodeNotJoined Code = "not-joined" // the first message is not a hello
	CodeReadOnly  Code = "read-only"  // the session is read-only, or the link is for watching
	CodeRunning   Code = "running"    // a run is under way
	CodeNoRun     Code = "no-run"     // the run does not exist or has ended
	CodeQuota     Code = "quota"      // the address has used up its quota
	CodeBusy      Code = "busy"       // the session or server is full
	CodeResume    Code = "resume"     // reconnect and continue; nothing is lost
	CodeGone      Code = "gone"       // the session has been deleted, or its links have changed
	CodeReplaced  Code = "replaced"   // the same editor instance has joined elsewhere
	CodeTooOld    Code = "too-old"    // the protocol versions differ; reload the page
	CodeInternal  Code = "internal"   // the server failed
)

// The codes that only the REST API has.
const (
	CodeNotFound  Code = "not-found" // the path does not exist
	CodeMethod    Code = "method"    // the path does not have the method
	CodeForbidden Code = "forbidden" // the request comes from a page of another origin
	CodeHost      Code = "host"      // the server does not answer to this host name
	CodeNoRoom    Code = "no-room"   // the store has no room for another session
	CodeUnsaved   Code = "unsaved"   // the server cannot write to its store
	CodeFormat    Code = "format"    // rustfmt cannot read the source
)

// Problem is the body of every error response of the REST API (RFC 9457). Title and
// Detail are English, for developers.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   Code   `json:"code"`
	Hit    *Hit   `json:"hit,omitempty"` // the limit that was met
}

// LimitError is returned for a value that exceeds a limit. It wraps [ErrTooLarge].
type LimitError struct {
	Hit Hit
	Got int
}

// Exceeds returns a [LimitError] for a limit's name, the value and the maximum.
func Exceeds(limit string, got, most int, unit Unit) *LimitError {
	return &LimitError{Hit{Limit: limit, Amount: float64(most), Unit: unit}, got}
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s of %d %s, limit %.0f: %v", e.Hit.Limit, e.Got, e.Hit.Unit.plural(), e.Hit.Amount, ErrTooLarge)
}

// Unwrap implements the convention of package errors.
func (e *LimitError) Unwrap() error { return ErrTooLarge }

// ErrorOf returns the message that reports err; seq names the push, if it was one.
func ErrorOf(err error, seq Seq) *Error {
	e := &Error{Code: CodeOf(err), Message: err.Error(), Seq: seq}
	var limit *LimitError
	if errors.As(err, &limit) {
		e.Hit = &limit.Hit
	}
	return e
}

// CodeOf returns the code of an error, or [CodeInternal] if it has none.
func CodeOf(err error) Code {
	for _, c := range []struct {
		err  error
		code Code
	}{
		{ErrStale, CodeStale}, {ErrFuture, CodeFuture}, {ErrEpoch, CodeEpoch}, {ErrTooLarge, CodeTooLarge},
		{ErrMalformed, CodeMalformed}, {ErrBusy, CodeBusy}, {ErrRunning, CodeRunning}, {ErrNoFile, CodeNoFile},
		{ErrExists, CodeExists}, {ErrRenamed, CodeRenamed}, {ErrReadOnly, CodeReadOnly}, {ErrNotJoined, CodeNotJoined}, {ErrNoRun, CodeNoRun},
		{ErrProtocol, CodeTooOld},
		{ErrResume, CodeResume},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return CodeInternal
}
