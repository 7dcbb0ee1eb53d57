package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/ot"
)

var (
	clientTypes = byName(clientMessages)
	serverTypes = byName(serverMessages)
	typeNames   = namesOf(append(ClientKinds(), ServerKinds()...))
)

func byName[M any](kinds []kind[M]) map[string]func() M {
	types := map[string]func() M{}
	for _, k := range kinds {
		types[k.name] = k.make
	}
	return types
}

func namesOf(kinds []Kind) map[reflect.Type]string {
	names := map[reflect.Type]string{}
	for _, k := range kinds {
		names[reflect.PointerTo(k.Type)] = k.Name
	}
	return names
}

// TypeOf returns the "type" of a message of either side, or "" for anything else.
func TypeOf(m any) string { return typeNames[reflect.TypeOf(m)] }

// Encode returns the JSON of a message of either side, given as a pointer. The first
// member is the type. Encode fails if m is not a message, or contains embedded JSON that
// is invalid.
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
	name := TypeOf(m)
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
	if m.File != MainFile {
		b = append(b, `,"file":`...)
		b = strconv.AppendInt(b, int64(m.File), 10)
	}
	if m.Op != nil {
		b = append(b, `,"op":`...)
		b = m.Op.append(b)
	} else {
		b = append(b, `,"changes":`...)
		b = m.Changes.AppendJSON(b)
	}
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

// MarshalJSON returns the entry without a type, as in a Welcome.
func (m *EntryMsg) MarshalJSON() ([]byte, error) {
	return m.append([]byte{'{'}), nil
}

// DecodeClient decodes a message of an editor. It fails if data is too long, is not a
// JSON object of a known type, or contains a lone surrogate. The error wraps
// [ErrMalformed], [ErrTooLarge] or [ErrProtocol].
func DecodeClient(data []byte, lim Limits) (ClientMessage, error) {
	lim = lim.WithDefaults()
	if len(data) > lim.Message {
		return nil, Exceeds("message", len(data), lim.Message, UnitBytes)
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
		if m.Person != "" {
			if err := m.Person.check(); err != nil {
				return nil, fmt.Errorf("person: %w", err)
			}
		}
		if err := CheckName(m.Name, lim); err != nil {
			return nil, err
		}
	case *PushMsg:
		if n := m.Changes.Parts(); n > lim.Parts {
			return nil, Exceeds("parts", n, lim.Parts, UnitCount)
		}
		if err := (Entry{File: m.File, Changes: m.Changes, Op: m.Op}).Check(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// CheckName returns an error if a member cannot have the name. The error wraps
// [ErrTooLarge] or [ErrMalformed].
func CheckName(name string, lim Limits) error {
	if n := ot.Len(name); n > lim.Name {
		return Exceeds("name", n, lim.Name, UnitUTF16)
	}
	return checkName(name)
}

// checkName refuses a name that could look like another or disturb what stands
// around it: with control characters, line separators, and characters without width or
// that change the direction. Joiners and tags are allowed: emoji, flags and Persian are
// written with them.
func checkName(name string) error {
	for _, c := range name {
		joins := c == '\u200C' || c == '\u200D' || c >= 0xE0020 && c <= 0xE007F
		if !joins && unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return fmt.Errorf("name with the character %U (want letters, digits, punctuation, symbols and spaces): %w", c, ErrMalformed)
		}
	}
	return nil
}

// DecodeServer reads what a session sent. The error wraps [ErrMalformed], or
// [ErrTooLarge] where a change claims a length above ot.MaxLength.
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

// CheckText returns an error for JSON that encoding/json would silently repair: invalid
// UTF-8 and lone surrogates. The error wraps [ErrMalformed].
func CheckText(data []byte) error {
	if !utf8.Valid(data) {
		return fmt.Errorf("message is not UTF-8: %w", ErrMalformed)
	}
	if i := loneSurrogate(data); i >= 0 {
		return fmt.Errorf("at byte %d: lone surrogate: %w", i, ErrMalformed)
	}
	return nil
}

// decode decodes a message that CheckText has accepted.
func decode[M any](data []byte, types map[string]func() M) (M, error) {
	var none M
	make, ok := types[leadingType(data)]
	if !ok {
		var head struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(data, &head); err != nil {
			return none, fmt.Errorf("%w: %w", ErrMalformed, JSONError(err))
		}
		if make, ok = types[head.Type]; !ok {
			return none, fmt.Errorf("message of type %.20q: %w", head.Type, ErrMalformed)
		}
	}
	m := make()
	if err := json.Unmarshal(data, m); err != nil {
		return none, fmt.Errorf("%s: %w", TypeOf(m), ChangeError(JSONError(err)))
	}
	return m, nil
}

// leadingType returns the type of a message if it is the first member, as in all
// messages of corust's clients; such messages are parsed only once.
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

// ChangeError turns an error of package ot into one with a [Code]: it wraps
// [ErrTooLarge] where a length is above ot.MaxLength, and [ErrMalformed] otherwise.
func ChangeError(err error) error {
	if errors.Is(err, ot.ErrLimit) {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

// JSONError describes an error of encoding/json in terms of the JSON, for its sender,
// who knows nothing of Go's types. It returns other errors as they are.
func JSONError(err error) error {
	var typed *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &typed) && typed.Field != "":
		return fmt.Errorf("%q may not be a JSON %s", typed.Field, typed.Value)
	case errors.As(err, &typed):
		return fmt.Errorf("the value may not be a JSON %s (want an object)", typed.Value)
	case errors.As(err, &syntax):
		return fmt.Errorf("invalid JSON at byte %d", syntax.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON has no end")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return errors.New("unknown field " + name)
	}
	return err
}

// CountValues returns how many values JSON has, less its empty lists and objects and those that
// are the only one of theirs. It bounds the memory that decoding takes.
func CountValues(data []byte) int {
	n, quoted := 1, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case !quoted && c == ',':
			n++
		}
	}
	return n
}
