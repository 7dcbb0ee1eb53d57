package wire

import (
	"reflect"
	"time"

	"github.com/corust-dev/corust/collab/ot"
)

// ProtocolVersion is the version of the protocol, which both sides send in their first
// message. An incompatible change increments it.
const ProtocolVersion = 5

// ClientMessage is a message of an editor: one of clientMessages.
type ClientMessage interface{ clientMessage() }

// ServerMessage is a message of a session: one of serverMessages.
type ServerMessage interface{ serverMessage() }

// clientMessages and serverMessages are the messages of each side, by the value of
// "type". Everything else follows from them and from the types: the codec, the types of
// the page, the schema; see docs/contributing.md.
var clientMessages = []kind[ClientMessage]{
	{"hello", func() ClientMessage { return new(Hello) }},
	{"push", func() ClientMessage { return new(PushMsg) }},
	{"cursor", func() ClientMessage { return new(CursorMsg) }},
	{"settings", func() ClientMessage { return new(SettingsMsg) }},
	{"run", func() ClientMessage { return new(RunMsg) }},
	{"stdin", func() ClientMessage { return new(StdinMsg) }},
	{"stop", func() ClientMessage { return new(StopMsg) }},
	{"ping", func() ClientMessage { return new(Ping) }},
	{"pong", func() ClientMessage { return new(Pong) }},
}

var serverMessages = []kind[ServerMessage]{
	{"welcome", func() ServerMessage { return new(Welcome) }},
	{"entry", func() ServerMessage { return new(EntryMsg) }},
	{"ack", func() ServerMessage { return new(AckMsg) }},
	{"member", func() ServerMessage { return new(MemberMsg) }},
	{"leave", func() ServerMessage { return new(LeaveMsg) }},
	{"cursor", func() ServerMessage { return new(CursorOfMsg) }},
	{"settings", func() ServerMessage { return new(SettingsOf) }},
	{"run", func() ServerMessage { return new(RunStarted) }},
	{"stage", func() ServerMessage { return new(RunStage) }},
	{"waiting", func() ServerMessage { return new(RunWaiting) }},
	{"output", func() ServerMessage { return new(RunOutput) }},
	{"input", func() ServerMessage { return new(RunInput) }},
	{"diagnostics", func() ServerMessage { return new(RunDiagnostics) }},
	{"ahead", func() ServerMessage { return new(AheadMsg) }},
	{"product", func() ServerMessage { return new(RunProduct) }},
	{"test", func() ServerMessage { return new(RunTest) }},
	{"end", func() ServerMessage { return new(RunEnded) }},
	{"moved", func() ServerMessage { return new(MovedMsg) }},
	{"error", func() ServerMessage { return new(Error) }},
	{"ping", func() ServerMessage { return new(Ping) }},
	{"pong", func() ServerMessage { return new(Pong) }},
}

// kind pairs the name of a message type with a function that returns a new value.
type kind[M any] struct {
	name string
	make func() M
}

// Kind describes a type of message: the value of "type", and the struct.
type Kind struct {
	Name string
	Type reflect.Type
}

// ClientKinds returns the messages of an editor.
func ClientKinds() []Kind { return kindsOf(clientMessages) }

// ServerKinds returns the messages of a session.
func ServerKinds() []Kind { return kindsOf(serverMessages) }

func kindsOf[M any](kinds []kind[M]) []Kind {
	var list []Kind
	for _, k := range kinds {
		list = append(list, Kind{k.name, reflect.TypeOf(k.make()).Elem()})
	}
	return list
}

// Hello joins a session, rejoins it, or asks to resynchronise.
type Hello struct {
	Protocol int `json:"protocol"`
	// Key and Person determine the client's id: Key the part for the editor instance,
	// Person the part that all instances of a person share. See ClientOf.
	Key    Key    `json:"key"`
	Person Key    `json:"person,omitempty"`
	Name   string `json:"name,omitempty"`
	// Epoch and Version are those of the last entry that the client has received, and
	// Seq is that of its last push. A new client omits all three.
	Epoch   Epoch   `json:"epoch,omitempty"`
	Version Version `json:"version,omitempty"`
	Seq     Seq     `json:"seq,omitempty"`
	// Ahead requests an [AheadMsg] for each compilation ahead of a run.
	Ahead bool `json:"ahead,omitempty"`
}

// PushMsg proposes a change of the files at Version: either Changes of the text of File,
// or Op on File. A client has one pending push at a time, and repeats it under the same
// seq until it is acknowledged.
type PushMsg struct {
	Epoch   Epoch        `json:"epoch"`
	Version Version      `json:"version"`
	Seq     Seq          `json:"seq"`
	File    FileID       `json:"file,omitempty"`
	Changes ot.ChangeSet `json:"changes,omitzero"`
	Op      *FileOp      `json:"op,omitempty"`
	Cursor  Selection    `json:"cursor,omitempty"` // in File, after the change; not with Op
}

// CursorMsg reports the file that the client's user has open, and the selection in it, at
// Version. A client sends it when it has neither a pending push nor buffered edits;
// otherwise the push carries the selection.
type CursorMsg struct {
	Epoch   Epoch     `json:"epoch"`
	Version Version   `json:"version"`
	File    FileID    `json:"file,omitempty"`
	Cursor  Selection `json:"cursor"`
}

// SettingsMsg changes settings of the session. An empty value removes its name. Names
// that the message omits keep their values.
type SettingsMsg struct {
	Settings Settings `json:"settings"`
}

// RunMsg starts a run of the session's text. Stdin, if it is not empty, is all that the
// program reads; otherwise members type while it runs.
type RunMsg struct {
	Options RunOptions `json:"options,omitzero"`
	Stdin   []byte     `json:"stdin,omitempty"` // base64 in JSON
}

// StdinMsg writes Data to the program's standard input; EOF closes it after Data.
type StdinMsg struct {
	Run  string `json:"run"`
	Data []byte `json:"data,omitempty"` // base64 in JSON
	EOF  bool   `json:"eof,omitempty"`
}

// StopMsg ends the run.
type StopMsg struct {
	Run string `json:"run"`
}

// Ping asks the other side for a [Pong], to check that the connection is alive. Sessions
// never see pings and pongs.
type Ping struct{}

// Pong answers a [Ping].
type Pong struct{}

func (*Ping) clientMessage()        {}
func (*Pong) clientMessage()        {}
func (*Hello) clientMessage()       {}
func (*PushMsg) clientMessage()     {}
func (*CursorMsg) clientMessage()   {}
func (*SettingsMsg) clientMessage() {}
func (*RunMsg) clientMessage()      {}
func (*StdinMsg) clientMessage()    {}
func (*StopMsg) clientMessage()     {}

// Welcome answers a Hello. It brings the client to Version: either with the entries
// after the version in the hello, or with all files, of which there is at least one.
type Welcome struct {
	Protocol int `json:"protocol"`
	// Client is the receiver's id, which the other members see.
	Client  ClientID `json:"client"`
	Epoch   Epoch    `json:"epoch"`
	Version Version  `json:"version"`
	// AckedSeq is the seq of the client's last push in the log.
	AckedSeq Seq         `json:"acked_seq"`
	Files    []File      `json:"files,omitempty"`   // all files, or
	Entries  []*EntryMsg `json:"entries,omitempty"` // the entries that the client has missed
	Members  []Member    `json:"members"`
	Limits   *Limits     `json:"limits,omitempty"` // what the session accepts
	Settings Settings    `json:"settings,omitempty"`
	Run      *RunState   `json:"run,omitempty"` // the current or last run
	// Ahead is the last compilation ahead of a run, at Version, if the hello requests it
	// and no run began since.
	Ahead *AheadMsg `json:"ahead,omitempty"`
}

// Member is a client that is in the session, with a selection in the text at the
// version of the enclosing message.
type Member struct {
	Client ClientID  `json:"client"`
	Name   string    `json:"name,omitempty"`
	File   FileID    `json:"file,omitempty"` // the open file, that of Cursor
	Cursor Selection `json:"cursor,omitempty"`
}

// EntryMsg carries one entry of the log, which leads from Version-1 to Version: either
// Changes of the text of File, or Op on File.
type EntryMsg struct {
	Version Version      `json:"version"`
	Client  ClientID     `json:"client"`
	Seq     Seq          `json:"seq"`
	File    FileID       `json:"file,omitempty"`
	Changes ot.ChangeSet `json:"changes,omitzero"`
	Op      *FileOp      `json:"op,omitempty"`
	Cursor  Selection    `json:"cursor,omitempty"` // the author's in File, at Version
}

// AckMsg acknowledges the receiver's push: it is durable, as the entry that leads to
// Version. The receiver gets AckMsg where other members get EntryMsg.
type AckMsg struct {
	Version Version `json:"version"`
	Seq     Seq     `json:"seq"`
}

// MemberMsg announces a member that has joined or changed its name.
type MemberMsg struct {
	Member
}

// LeaveMsg announces that a member has left.
type LeaveMsg struct {
	Client ClientID `json:"client"`
}

// MovedMsg announces that the session has other links and has handed them to the receiver.
// The connection ends with [CodeGone] after it, and the receiver goes on at the new link:
// at /s/EDIT if Edit is set, or else at /v/VIEW.
type MovedMsg struct {
	Edit string `json:"edit,omitempty"` // token of the link that lets edit
	View string `json:"view"`           // id of the link that lets watch
}

// CursorOfMsg carries another member's selection in the text at Version.
type CursorOfMsg struct {
	Client  ClientID  `json:"client"`
	Version Version   `json:"version"`
	File    FileID    `json:"file,omitempty"`
	Cursor  Selection `json:"cursor"`
}

// SettingsOf carries all settings of the session after the member By changed some.
type SettingsOf struct {
	By       ClientID `json:"by"`
	Settings Settings `json:"settings"`
}

// RunStarted announces that the member By has started a run of the text at Version.
type RunStarted struct {
	Run     string     `json:"run"`
	By      ClientID   `json:"by"`
	Name    string     `json:"name,omitempty"`
	Version Version    `json:"version"`
	Options RunOptions `json:"options,omitzero"`
}

// RunStage announces the current stage of the run.
type RunStage struct {
	Run   string `json:"run"`
	Stage Stage  `json:"stage"`
	// Position is the place in the queue, 1 for the next; with the stage "queued".
	Position int `json:"position,omitempty"`
}

// RunWaiting announces that the program starts or stops waiting for input. The end of
// the run also ends the wait.
type RunWaiting struct {
	Run     string `json:"run"`
	Waiting bool   `json:"waiting"`
}

// RunOutput carries a piece of a stream. Offset counts the stream's bytes before Data,
// and is the same for every member. Data is bytes, base64 in JSON: it need not be valid
// UTF-8, and two pieces may share a character.
type RunOutput struct {
	Run    string `json:"run"`
	Stream Stream `json:"stream"`
	Offset int64  `json:"offset"`
	Data   []byte `json:"data"`
	// By and EOF are set in pieces of the stream "stdin", which a stored run has among
	// the others: the member who typed, and whether the input ended.
	By  ClientID `json:"by,omitempty"`
	EOF bool     `json:"eof,omitempty"`
}

// RunInput carries input that the member By has typed. Offset counts the bytes of all
// earlier input of the run.
type RunInput struct {
	Run    string   `json:"run"`
	By     ClientID `json:"by"`
	Offset int64    `json:"offset"`
	Data   []byte   `json:"data,omitempty"`
	EOF    bool     `json:"eof,omitempty"`
}

// RunDiagnostics carries the compiler's diagnostics of the text at Version. The session
// sends it once, when the compiler has finished.
type RunDiagnostics struct {
	Run     string       `json:"run"`
	Epoch   Epoch        `json:"epoch"`
	Version Version      `json:"version"`
	List    []Diagnostic `json:"list"`
}

// AheadMsg tells what the compiler made of the text at Version before anybody has asked
// for a run. Its diagnostics take the place of all that the client has.
type AheadMsg struct {
	Epoch   Epoch        `json:"epoch"`
	Version Version      `json:"version"`
	State   AheadState   `json:"state,omitempty"`
	List    []Diagnostic `json:"list"`
}

// AheadState tells what a run of the text would find. It is void once the text or the
// settings change.
type AheadState string

// The states. In a welcome, the state is empty if the text has changed since.
const (
	AheadReady   AheadState = "ready"   // the compiled program
	AheadChecked AheadState = "checked" // a text without errors, to be compiled
	AheadErrors  AheadState = "errors"  // a text with errors
)

// RunProduct announces a product of the run. Its content can be requested over REST from
// then on.
type RunProduct struct {
	Run string `json:"run"`
	Product
}

// RunTest announces the result of a test.
type RunTest struct {
	Run string `json:"run"`
	Test
}

// RunEnded announces how the run ended. Stopped is the member who stopped it, if any.
type RunEnded struct {
	Run     string     `json:"run"`
	Verdict Verdict    `json:"verdict"`
	Stopped ClientID   `json:"stopped,omitempty"`
	Detail  *RunDetail `json:"detail,omitempty"`
}

// RunState describes a run, as far as stored, to a client that joins during or after it.
type RunState struct {
	RunStarted
	Stage    Stage        `json:"stage,omitempty"`
	Position int          `json:"position,omitempty"`
	Waiting  bool         `json:"waiting,omitempty"` // whether the program waits for input
	Output   []*RunOutput `json:"output,omitempty"`  // stored output and input
	Verdict  Verdict      `json:"verdict,omitempty"` // empty while it runs
	Stopped  ClientID     `json:"stopped,omitempty"`
	Detail   *RunDetail   `json:"detail,omitempty"`
	// Diagnostics refer to the run's version or, in a welcome, to the welcome's.
	Diagnostics *RunDiagnostics `json:"diagnostics,omitempty"`
	Products    []Product       `json:"products,omitempty"`
	Tests       []Test          `json:"tests,omitempty"`
}

// Messages returns the messages that replay the run from its start, as far as stored.
func (s *RunState) Messages() []ServerMessage {
	list := []ServerMessage{&s.RunStarted}
	if s.Stage != "" {
		list = append(list, &RunStage{Run: s.Run, Stage: s.Stage, Position: s.Position})
	}
	if s.Waiting {
		list = append(list, &RunWaiting{Run: s.Run, Waiting: true})
	}
	for _, o := range s.Output {
		if o.Stream == StreamStdin {
			list = append(list, &RunInput{Run: s.Run, By: o.By, Offset: o.Offset, Data: o.Data, EOF: o.EOF})
			continue
		}
		list = append(list, o)
	}
	if s.Diagnostics != nil {
		list = append(list, s.Diagnostics)
	}
	for _, p := range s.Products {
		list = append(list, &RunProduct{Run: s.Run, Product: p})
	}
	for _, t := range s.Tests {
		list = append(list, &RunTest{Run: s.Run, Test: t})
	}
	if s.Verdict != "" {
		list = append(list, &RunEnded{Run: s.Run, Verdict: s.Verdict, Stopped: s.Stopped, Detail: s.Detail})
	}
	return list
}

// PastRun is the record of a run. Lists omit Output, Diagnostics, Products, Tests, Source
// and Files.
type PastRun struct {
	RunState
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"` // zero for a run that is under way or was lost
	// Source is the text of the main file that ran; nil if it was not stored.
	Source *string `json:"source,omitempty"`
	// Files are all files that ran, the main one first, if there was more than [DefaultPath].
	Files []NamedFile `json:"files,omitempty"`
}

// Error reports a refused message. Seq names the push, if it was one. Message is for
// logs and developers; a client composes its user's text from Code and Hit.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Seq     Seq    `json:"seq,omitempty"`
	Hit     *Hit   `json:"hit,omitempty"` // the limit that was met
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func (*Ping) serverMessage()           {}
func (*Pong) serverMessage()           {}
func (*Welcome) serverMessage()        {}
func (*EntryMsg) serverMessage()       {}
func (*AckMsg) serverMessage()         {}
func (*MemberMsg) serverMessage()      {}
func (*LeaveMsg) serverMessage()       {}
func (*MovedMsg) serverMessage()       {}
func (*CursorOfMsg) serverMessage()    {}
func (*SettingsOf) serverMessage()     {}
func (*RunStarted) serverMessage()     {}
func (*RunStage) serverMessage()       {}
func (*RunWaiting) serverMessage()     {}
func (*RunOutput) serverMessage()      {}
func (*RunInput) serverMessage()       {}
func (*RunDiagnostics) serverMessage() {}
func (*AheadMsg) serverMessage()       {}
func (*RunProduct) serverMessage()     {}
func (*RunTest) serverMessage()        {}
func (*RunEnded) serverMessage()       {}
func (*Error) serverMessage()          {}
