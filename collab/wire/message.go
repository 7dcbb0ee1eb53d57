package wire

import (
	"reflect"
	"time"

	"github.com/corust-dev/corust/collab/ot"
)

// ProtocolVersion is what both sides say in their first message. It grows when
// an old client could no longer follow.
const ProtocolVersion = 4

// A ClientMessage is what an editor sends: one of clientMessages.
type ClientMessage interface{ clientMessage() }

// A ServerMessage is what a session sends: one of serverMessages.
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
	{"end", func() ServerMessage { return new(RunEnded) }},
	{"error", func() ServerMessage { return new(Error) }},
	{"ping", func() ServerMessage { return new(Ping) }},
	{"pong", func() ServerMessage { return new(Pong) }},
}

// kind is a message's type, by name and as a new value.
type kind[M any] struct {
	name string
	make func() M
}

// Kind is a message of one side for those who describe the protocol: the value of
// "type", and the struct.
type Kind struct {
	Name string
	Type reflect.Type
}

// ClientKinds are the messages of an editor.
func ClientKinds() []Kind { return kindsOf(clientMessages) }

// ServerKinds are the messages of a session.
func ServerKinds() []Kind { return kindsOf(serverMessages) }

func kindsOf[M any](kinds []kind[M]) []Kind {
	var list []Kind
	for _, k := range kinds {
		list = append(list, Kind{k.name, reflect.TypeOf(k.make()).Elem()})
	}
	return list
}

// Hello joins a session, comes back to it, or asks to be synchronised again.
type Hello struct {
	Protocol int `json:"protocol"`
	// Key makes the client's id, and Person what is common to the ids of one
	// person; see ClientOf.
	Key    Key    `json:"key"`
	Person Key    `json:"person,omitempty"`
	Name   string `json:"name,omitempty"`
	// Epoch, Version and Seq say where the client left off: what it has
	// received, and the seq of the last push that it sent. A new client
	// leaves them out.
	Epoch   Epoch   `json:"epoch,omitempty"`
	Version Version `json:"version,omitempty"`
	Seq     Seq     `json:"seq,omitempty"`
}

// PushMsg offers a change of the text at Version. A client has one push under
// way at a time, and repeats it under the same seq until it is acknowledged.
type PushMsg struct {
	Epoch   Epoch        `json:"epoch"`
	Version Version      `json:"version"`
	Seq     Seq          `json:"seq"`
	File    FileID       `json:"file,omitempty"`
	Changes ot.ChangeSet `json:"changes"`
	Cursor  Selection    `json:"cursor,omitempty"` // after the change
}

// CursorMsg tells where the client's selection is in the text at Version. It
// is sent when nothing is pushed or buffered; otherwise the push carries it.
type CursorMsg struct {
	Epoch   Epoch     `json:"epoch"`
	Version Version   `json:"version"`
	File    FileID    `json:"file,omitempty"`
	Cursor  Selection `json:"cursor"`
}

// SettingsMsg changes settings of the session. An empty value removes its name;
// names that are not there stay as they are.
type SettingsMsg struct {
	Settings Settings `json:"settings"`
}

// RunMsg starts a run of the session's text.
type RunMsg struct {
	Options RunOptions `json:"options,omitzero"`
}

// StdinMsg types into the program; EOF closes its standard input behind Data.
type StdinMsg struct {
	Run  string `json:"run"`
	Data []byte `json:"data,omitempty"` // base64 in JSON
	EOF  bool   `json:"eof,omitempty"`
}

// StopMsg ends the run.
type StopMsg struct {
	Run string `json:"run"`
}

// Ping asks the other side for a Pong, and Pong answers. They show that a connection
// is alive; a session never sees them.
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

// Welcome answers a Hello. It brings the client to Version: either with the
// entries behind the version that it named, or with the whole text.
type Welcome struct {
	Protocol int `json:"protocol"`
	// Client is the receiver's id, as all others know it.
	Client  ClientID `json:"client"`
	Epoch   Epoch    `json:"epoch"`
	Version Version  `json:"version"`
	// AckedSeq is the client's last push that is in the log.
	AckedSeq Seq         `json:"acked_seq"`
	Text     *string     `json:"text,omitempty"`    // the whole text, or
	Entries  []*EntryMsg `json:"entries,omitempty"` // the entries that the client has missed
	Members  []Member    `json:"members"`
	Limits   *Limits     `json:"limits,omitempty"` // what the session accepts
	Settings Settings    `json:"settings,omitempty"`
	Run      *RunState   `json:"run,omitempty"` // the current or last run
}

// Member is somebody who is here, with a selection in the text at the version
// of the message that tells of it.
type Member struct {
	Client ClientID  `json:"client"`
	Name   string    `json:"name,omitempty"`
	File   FileID    `json:"file,omitempty"` // that Cursor is in
	Cursor Selection `json:"cursor,omitempty"`
}

// EntryMsg is one entry of the log: it leads from Version-1 to Version.
type EntryMsg struct {
	Version Version      `json:"version"`
	Client  ClientID     `json:"client"`
	Seq     Seq          `json:"seq"`
	File    FileID       `json:"file,omitempty"`
	Changes ot.ChangeSet `json:"changes"`
	Cursor  Selection    `json:"cursor,omitempty"` // the author's, at Version
}

// AckMsg says that the receiver's push is durable and is the entry that leads
// to Version. It stands in the stream where others get the entry.
type AckMsg struct {
	Version Version `json:"version"`
	Seq     Seq     `json:"seq"`
}

// MemberMsg tells of somebody who came or changed a name.
type MemberMsg struct {
	Member
}

// LeaveMsg tells of somebody who went.
type LeaveMsg struct {
	Client ClientID `json:"client"`
}

// CursorOfMsg is another's selection in the text at Version.
type CursorOfMsg struct {
	Client  ClientID  `json:"client"`
	Version Version   `json:"version"`
	File    FileID    `json:"file,omitempty"`
	Cursor  Selection `json:"cursor"`
}

// SettingsOf tells all settings of the session, after somebody's change.
type SettingsOf struct {
	By       ClientID `json:"by"`
	Settings Settings `json:"settings"`
}

// RunStarted tells that somebody has started a run of the text at Version.
type RunStarted struct {
	Run     string     `json:"run"`
	By      ClientID   `json:"by"`
	Name    string     `json:"name,omitempty"`
	Version Version    `json:"version"`
	Options RunOptions `json:"options,omitzero"`
}

// RunStage tells what the run does now.
type RunStage struct {
	Run   string `json:"run"`
	Stage Stage  `json:"stage"`
	// Position is the place in the queue, 1 for the next; with the stage "queued".
	Position int `json:"position,omitempty"`
}

// RunWaiting tells that the program has begun, or ceased, to wait for input. The
// end of the run ends it, too.
type RunWaiting struct {
	Run     string `json:"run"`
	Waiting bool   `json:"waiting"`
}

// RunOutput is a piece of a stream. Offset counts the stream's bytes before
// Data, and is the same for everyone. Data is bytes, base64 in JSON: it need
// not be valid UTF-8, and a character may be split over two pieces.
type RunOutput struct {
	Run    string `json:"run"`
	Stream Stream `json:"stream"`
	Offset int64  `json:"offset"`
	Data   []byte `json:"data"`
	// In what is kept of a run, pieces of the stream "stdin" stand between the
	// others for what was typed: by whom, and whether it was the end.
	By  ClientID `json:"by,omitempty"`
	EOF bool     `json:"eof,omitempty"`
}

// RunInput tells what somebody typed into the program. Offset counts the bytes
// that were typed before.
type RunInput struct {
	Run    string   `json:"run"`
	By     ClientID `json:"by"`
	Offset int64    `json:"offset"`
	Data   []byte   `json:"data,omitempty"`
	EOF    bool     `json:"eof,omitempty"`
}

// RunDiagnostics tells what the compiler says of the text at Version: once, when
// it is done.
type RunDiagnostics struct {
	Run     string       `json:"run"`
	Epoch   Epoch        `json:"epoch"`
	Version Version      `json:"version"`
	List    []Diagnostic `json:"list"`
}

// RunEnded tells how the run ended. Stopped names who stopped it, if anybody did.
type RunEnded struct {
	Run     string     `json:"run"`
	Verdict Verdict    `json:"verdict"`
	Stopped ClientID   `json:"stopped,omitempty"`
	Detail  *RunDetail `json:"detail,omitempty"`
}

// RunState is a run as those see it who come in its middle.
type RunState struct {
	RunStarted
	Stage    Stage        `json:"stage,omitempty"`
	Position int          `json:"position,omitempty"`
	Waiting  bool         `json:"waiting,omitempty"` // for input, while it runs
	Output   []*RunOutput `json:"output,omitempty"`  // what is kept of it, and of what was typed
	Verdict  Verdict      `json:"verdict,omitempty"` // empty while it runs
	Stopped  ClientID     `json:"stopped,omitempty"`
	Detail   *RunDetail   `json:"detail,omitempty"`
	// Diagnostics are at the run's version; in a welcome, at the welcome's.
	Diagnostics *RunDiagnostics `json:"diagnostics,omitempty"`
}

// Messages are those that tell a run from its start, as far as it is kept.
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
	if s.Verdict != "" {
		list = append(list, &RunEnded{Run: s.Run, Verdict: s.Verdict, Stopped: s.Stopped, Detail: s.Detail})
	}
	return list
}

// PastRun is a run that is on record. In a list, Output, Diagnostics and Source
// are left out.
type PastRun struct {
	RunState
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"` // zero while it runs, and for one that was lost
	// Source is the text that ran; nil where it was not kept.
	Source *string `json:"source,omitempty"`
}

// Error says what was refused. Seq names the push, if it was one. The message is for
// logs and developers: a client words what its user sees, by code and Hit.
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
func (*CursorOfMsg) serverMessage()    {}
func (*SettingsOf) serverMessage()     {}
func (*RunStarted) serverMessage()     {}
func (*RunStage) serverMessage()       {}
func (*RunWaiting) serverMessage()     {}
func (*RunOutput) serverMessage()      {}
func (*RunInput) serverMessage()       {}
func (*RunDiagnostics) serverMessage() {}
func (*RunEnded) serverMessage()       {}
func (*Error) serverMessage()          {}
