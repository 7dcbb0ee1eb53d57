package collab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/ot"
)

// ProtocolVersion is what both sides say in their first message. It grows when
// an old client could no longer follow.
const ProtocolVersion = 2

// A ClientMessage is what an editor sends: *[Hello], *[PushMsg], *[CursorMsg],
// *[SettingsMsg], *[RunMsg], *[StdinMsg] or *[StopMsg].
type ClientMessage interface{ clientMessage() }

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
	// Tool says that no person sits there. Nobody can say so over the wire.
	Tool bool `json:"-"`
}

// PushMsg offers a change of the text at Version. A client has one push under
// way at a time, and repeats it under the same seq until it is acknowledged.
type PushMsg struct {
	Epoch   Epoch        `json:"epoch"`
	Version Version      `json:"version"`
	Seq     Seq          `json:"seq"`
	Changes ot.ChangeSet `json:"changes"`
	Cursor  Selection    `json:"cursor,omitempty"` // after the change
}

// CursorMsg tells where the client's selection is in the text at Version. It
// is sent when nothing is pushed or buffered; otherwise the push carries it.
type CursorMsg struct {
	Epoch   Epoch     `json:"epoch"`
	Version Version   `json:"version"`
	Cursor  Selection `json:"cursor"`
}

// SettingsMsg changes settings of the session. An empty value removes its name;
// names that are not there stay as they are.
type SettingsMsg struct {
	Settings Settings `json:"settings"`
}

// RunMsg starts a run of the session's text. Options are for the runner and
// unknown to this package.
type RunMsg struct {
	Options json.RawMessage `json:"options,omitempty"`
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

func (*Hello) clientMessage()       {}
func (*PushMsg) clientMessage()     {}
func (*CursorMsg) clientMessage()   {}
func (*SettingsMsg) clientMessage() {}
func (*RunMsg) clientMessage()      {}
func (*StdinMsg) clientMessage()    {}
func (*StopMsg) clientMessage()     {}

// A ServerMessage is what a session sends: *[Welcome], *[EntryMsg], *[AckMsg],
// *[MemberMsg], *[LeaveMsg], *[CursorOfMsg], *[SettingsOf], *[RunStarted], *[RunOutput],
// *[RunStage], *[RunInput], *[RunDiagnostics], *[RunEnded] or *[Error].
type ServerMessage interface{ serverMessage() }

// Welcome answers a Hello. It brings the client to Version: either with the
// entries behind the version that it named, or with the whole text.
type Welcome struct {
	Protocol int `json:"protocol"`
	// Client is the receiver's id, as all others know it.
	Client  ClientID `json:"client"`
	Epoch   Epoch    `json:"epoch"`
	Version Version  `json:"version"`
	// AckedSeq is the client's last push that is in the log.
	AckedSeq Seq         `json:"ackedSeq"`
	Text     *string     `json:"text,omitempty"`    // whole, or
	Entries  []*EntryMsg `json:"entries,omitempty"` // what was missed
	Members  []Member    `json:"members"`
	Settings Settings    `json:"settings,omitempty"`
	Run      *RunState   `json:"run,omitempty"` // the current or last run
}

// Member is somebody who is here, with a selection in the text at the version
// of the message that tells of it.
type Member struct {
	Client ClientID  `json:"client"`
	Name   string    `json:"name,omitempty"`
	Cursor Selection `json:"cursor,omitempty"`
}

// EntryMsg is one entry of the log: it leads from Version-1 to Version.
type EntryMsg struct {
	Version Version      `json:"version"`
	Client  ClientID     `json:"client"`
	Seq     Seq          `json:"seq"`
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
	Cursor  Selection `json:"cursor"`
}

// SettingsOf tells all settings of the session, after somebody's change.
type SettingsOf struct {
	By       ClientID `json:"by"`
	Settings Settings `json:"settings"`
}

// RunStarted tells that somebody has started a run of the text at Version.
type RunStarted struct {
	Run     string          `json:"run"`
	By      ClientID        `json:"by"`
	Name    string          `json:"name,omitempty"`
	Version Version         `json:"version"`
	Options json.RawMessage `json:"options,omitempty"`
}

// RunStage tells what the run does now, in the runner's words: "queue 3" for the
// third in line, "compile", "run".
type RunStage struct {
	Run   string `json:"run"`
	Stage string `json:"stage"`
}

// RunOutput is a piece of a stream. Offset counts the stream's bytes before
// Data, and is the same for everyone. Data is bytes, base64 in JSON: it need
// not be valid UTF-8, and a character may be split over two pieces.
type RunOutput struct {
	Run    string `json:"run"`
	Stream string `json:"stream"` // "stdout", "stderr"
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

// RunEnded tells how the run ended. Verdict and Detail are the runner's words;
// Stopped names who stopped it, if anybody did.
type RunEnded struct {
	Run     string          `json:"run"`
	Verdict string          `json:"verdict"`
	Stopped ClientID        `json:"stopped,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
}

// RunState is a run as those see it who come in its middle.
type RunState struct {
	RunStarted
	Stage   string          `json:"stage,omitempty"`
	Output  []*RunOutput    `json:"output,omitempty"` // what is kept of it, and of what was typed
	Verdict string          `json:"verdict,omitempty"`
	Stopped ClientID        `json:"stopped,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
	// Diagnostics are at the run's version; in a welcome, at the welcome's.
	Diagnostics *RunDiagnostics `json:"diagnostics,omitempty"`
}

// Error says what was refused. Seq names the push, if it was one.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Seq     Seq    `json:"seq,omitempty"`
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func (*Welcome) serverMessage()        {}
func (*EntryMsg) serverMessage()       {}
func (*AckMsg) serverMessage()         {}
func (*MemberMsg) serverMessage()      {}
func (*LeaveMsg) serverMessage()       {}
func (*CursorOfMsg) serverMessage()    {}
func (*SettingsOf) serverMessage()     {}
func (*RunStarted) serverMessage()     {}
func (*RunStage) serverMessage()       {}
func (*RunOutput) serverMessage()      {}
func (*RunInput) serverMessage()       {}
func (*RunDiagnostics) serverMessage() {}
func (*RunEnded) serverMessage()       {}
func (*Error) serverMessage()          {}

// types joins the "type" of a message with its Go type, once for all.
var clientTypes = map[string]func() ClientMessage{
	"hello":    func() ClientMessage { return new(Hello) },
	"push":     func() ClientMessage { return new(PushMsg) },
	"cursor":   func() ClientMessage { return new(CursorMsg) },
	"settings": func() ClientMessage { return new(SettingsMsg) },
	"run":      func() ClientMessage { return new(RunMsg) },
	"stdin":    func() ClientMessage { return new(StdinMsg) },
	"stop":     func() ClientMessage { return new(StopMsg) },
}

var serverTypes = map[string]func() ServerMessage{
	"welcome":     func() ServerMessage { return new(Welcome) },
	"entry":       func() ServerMessage { return new(EntryMsg) },
	"ack":         func() ServerMessage { return new(AckMsg) },
	"member":      func() ServerMessage { return new(MemberMsg) },
	"leave":       func() ServerMessage { return new(LeaveMsg) },
	"cursor":      func() ServerMessage { return new(CursorOfMsg) },
	"settings":    func() ServerMessage { return new(SettingsOf) },
	"run":         func() ServerMessage { return new(RunStarted) },
	"stage":       func() ServerMessage { return new(RunStage) },
	"output":      func() ServerMessage { return new(RunOutput) },
	"input":       func() ServerMessage { return new(RunInput) },
	"diagnostics": func() ServerMessage { return new(RunDiagnostics) },
	"end":         func() ServerMessage { return new(RunEnded) },
	"error":       func() ServerMessage { return new(Error) },
}

func typeOf(m any) string {
	switch m.(type) {
	case *Hello:
		return "hello"
	case *PushMsg:
		return "push"
	case *CursorMsg, *CursorOfMsg:
		return "cursor"
	case *SettingsMsg, *SettingsOf:
		return "settings"
	case *RunMsg, *RunStarted:
		return "run"
	case *StdinMsg:
		return "stdin"
	case *StopMsg:
		return "stop"
	case *Welcome:
		return "welcome"
	case *EntryMsg:
		return "entry"
	case *AckMsg:
		return "ack"
	case *MemberMsg:
		return "member"
	case *LeaveMsg:
		return "leave"
	case *RunStage:
		return "stage"
	case *RunOutput:
		return "output"
	case *RunInput:
		return "input"
	case *RunDiagnostics:
		return "diagnostics"
	case *RunEnded:
		return "end"
	case *Error:
		return "error"
	}
	return ""
}

// Encode writes a message of either side: a JSON object whose first member is
// its type.
func Encode(m any) ([]byte, error) {
	switch m := m.(type) {
	case *EntryMsg:
		return m.append(append(make([]byte, 0, 128+m.Changes.Inserted()), `{"type":"entry",`...)), nil
	case *AckMsg:
		b := append(make([]byte, 0, 64), `{"type":"ack","version":`...)
		b = strconv.AppendInt(b, int64(m.Version), 10)
		b = append(b, `,"seq":`...)
		return append(strconv.AppendInt(b, int64(m.Seq), 10), '}'), nil
	}
	name := typeOf(m)
	if name == "" {
		return nil, fmt.Errorf("encode %T: not a message", m)
	}
	var buf bytes.Buffer
	buf.WriteString(`{"type":"` + name + `"`)
	head := buf.Len()
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	b := buf.Bytes()
	b = b[:len(b)-1] // Encode's line feed
	if len(b) == head+2 {
		return append(b[:head], '}'), nil
	}
	b[head] = ','
	return b, nil
}

// append writes the members of an entry and closes the object.
func (m *EntryMsg) append(b []byte) []byte {
	b = append(b, `"version":`...)
	b = strconv.AppendInt(b, int64(m.Version), 10)
	b = append(b, `,"client":`...)
	b = ot.AppendString(b, string(m.Client))
	b = append(b, `,"seq":`...)
	b = strconv.AppendInt(b, int64(m.Seq), 10)
	b = append(b, `,"changes":`...)
	b = m.Changes.AppendJSON(b)
	if len(m.Cursor) > 0 {
		b = append(b, `,"cursor":[`...)
		for i, r := range m.Cursor {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(r.Anchor), 10)
			b = append(b, ',')
			b = strconv.AppendInt(b, int64(r.Head), 10)
			b = append(b, ']')
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// MarshalJSON writes the entry without a type, as it stands in a Welcome.
func (m *EntryMsg) MarshalJSON() ([]byte, error) {
	return m.append([]byte{'{'}), nil
}

// DecodeClient reads what an editor sent. It refuses what is too long, not one
// JSON object of a known type, or holds a lone surrogate anywhere; the error
// wraps [ErrMalformed], [ErrTooLarge] or [ErrProtocol].
func DecodeClient(data []byte, lim Limits) (ClientMessage, error) {
	lim = lim.withDefaults()
	if len(data) > lim.Message {
		return nil, fmt.Errorf("message of %d bytes, limit %d: %w", len(data), lim.Message, ErrTooLarge)
	}
	if err := CheckText(data); err != nil {
		return nil, err
	}
	var m ClientMessage
	push, ok := quickPush(data)
	if ok {
		m = push
	} else {
		var err error
		if m, err = decode(data, clientTypes); err != nil {
			return nil, err
		}
	}
	switch m := m.(type) {
	case *Hello:
		if m.Protocol != ProtocolVersion {
			return nil, fmt.Errorf("protocol %d, want %d: %w", m.Protocol, ProtocolVersion, ErrProtocol)
		}
		if err := m.Key.check(); err != nil {
			return nil, err
		}
		if m.Person != "" && m.Person.check() != nil {
			return nil, fmt.Errorf("person: %w", m.Person.check())
		}
		if ot.Len(m.Name) > lim.Name {
			return nil, fmt.Errorf("name of %d units: %w", ot.Len(m.Name), ErrTooLarge)
		}
	case *PushMsg:
		if m.Changes.Parts() > lim.Parts {
			return nil, fmt.Errorf("change of %d parts: %w", m.Changes.Parts(), ErrTooLarge)
		}
	}
	return m, nil
}

// DecodeServer reads what a session sent.
func DecodeServer(data []byte) (ServerMessage, error) {
	if err := CheckText(data); err != nil {
		return nil, err
	}
	if m, ok := quickEntry(data); ok {
		return m, nil
	}
	if m, ok := quickAck(data); ok {
		return m, nil
	}
	return decode(data, serverTypes)
}

// CheckText refuses what encoding/json would repair in JSON: what is not UTF-8, and
// halves of surrogate pairs. The error wraps [ErrMalformed].
func CheckText(data []byte) error {
	if !utf8.Valid(data) {
		return fmt.Errorf("message is not UTF-8: %w", ErrMalformed)
	}
	if i := loneSurrogate(data); i >= 0 {
		return fmt.Errorf("at byte %d: lone surrogate: %w", i, ErrMalformed)
	}
	return nil
}

// decode reads a message whose text has been checked.
func decode[M any](data []byte, types map[string]func() M) (M, error) {
	var none M
	make, ok := types[leadingType(data)]
	if !ok {
		var head struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(data, &head); err != nil {
			return none, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if make, ok = types[head.Type]; !ok {
			return none, fmt.Errorf("message of type %.20q: %w", head.Type, ErrMalformed)
		}
	}
	m := make()
	if err := json.Unmarshal(data, m); err != nil {
		return none, fmt.Errorf("%s: %w", typeOf(m), refuse(err))
	}
	return m, nil
}

// leadingType gives the type of a message whose first member it is, as in all
// that our own clients send: they need not be parsed twice.
func leadingType(data []byte) string {
	rest, ok := bytes.CutPrefix(data, []byte(`{"type":"`))
	if !ok {
		return ""
	}
	name, _, _ := bytes.Cut(rest, []byte{'"'})
	return string(name)
}

// loneSurrogate finds an escaped half of a surrogate pair, which encoding/json
// would turn into U+FFFD in silence. It gives the offset, or -1.
func loneSurrogate(data []byte) int {
	unit := func(i int) uint64 {
		if i+6 > len(data) || data[i] != '\\' || data[i+1] != 'u' {
			return 0
		}
		u, err := strconv.ParseUint(string(data[i+2:i+6]), 16, 16)
		if err != nil {
			return 0
		}
		return u
	}
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], '\\')
		if n < 0 {
			return -1
		}
		i += n
		switch u := unit(i); {
		case u&0xFC00 == 0xD800 && unit(i+6)&0xFC00 == 0xDC00:
			i += 12
		case u&0xF800 == 0xD800:
			return i
		default:
			i += 2
		}
		if i >= len(data) {
			return -1
		}
	}
}
