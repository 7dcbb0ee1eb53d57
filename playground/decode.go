package playground

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
)

// maxBody is the most bytes of a request's body and of a message on a socket.
const maxBody = 2 << 20

// Code is source text: one file, or several with names. In JSON it is a string or an
// array of objects with a name and a content.
type Code struct {
	Files []CodeFile
	// Single is set for a string, whose one file has no name.
	Single bool
}

// CodeFile is one file of several.
type CodeFile struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// MarshalJSON implements json.Marshaler.
func (c Code) MarshalJSON() ([]byte, error) {
	switch {
	case c.Single && len(c.Files) > 0:
		return json.Marshal(c.Files[0].Content)
	case c.Single:
		return []byte(`""`), nil
	case c.Files == nil:
		return []byte("[]"), nil
	}
	return json.Marshal(c.Files)
}

// set reads the JSON of a code; it reports false for any other value.
func (c *Code) set(raw json.RawMessage) bool {
	switch raw[0] {
	case '"':
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return false
		}
		*c = Code{Files: []CodeFile{{Content: text}}, Single: true}
		return true
	case '[':
		c.Files = []CodeFile{}
		list := json.NewDecoder(bytes.NewReader(raw))
		_, err := list.Token()                                             // the bracket
		for list.More() && err == nil && len(c.Files) <= runner.MaxFiles { // more are refused anyway
			var item json.RawMessage
			var f CodeFile
			if err = list.Decode(&item); err == nil {
				err = decode(item, &f)
			}
			c.Files = append(c.Files, f)
		}
		return err == nil
	}
	return false
}

// readBody reads a JSON body. Its errors have the texts of the original, and its
// classification: a request without a JSON type is refused before its body is read.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request, v any) error {
	const cannot = "Unable to deserialize request: "
	if !isJSON(r.Header.Get("Content-Type")) {
		return &badRequest{cannot + "Expected request with `Content-Type: application/json`"}
	}
	release, err := h.cfg.Quotas.Body(r)
	if err != nil {
		return &tooMany{err.Error()}
	}
	defer release()
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &badRequest{cannot + "Failed to buffer the request body: length limit exceeded"}
	case err != nil:
		return &badRequest{cannot + "Failed to buffer the request body: the body did not arrive"}
	}
	if err := h.cfg.Quotas.Sent(r, len(data)); err != nil {
		return &tooMany{err.Error()}
	}
	switch err := decode(data, v); {
	case errors.Is(err, errSyntax):
		return &badRequest{cannot + "Failed to parse the request body as JSON: " + err.Error()}
	case err != nil:
		return &badRequest{cannot + "Failed to deserialize the JSON body into the target type: " + err.Error()}
	}
	return nil
}

// isJSON reports whether a media type is application/json or application/…+json.
func isJSON(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	sub, ok := strings.CutPrefix(t, "application/")
	return err == nil && ok && (sub == "json" || strings.HasSuffix(sub, "+json"))
}

// badRequest is an error that is answered with the status 400.
type badRequest struct{ text string }

func (e *badRequest) Error() string { return e.text }

// decode decodes a JSON object into the struct that v points to, by the rules of the
// original's decoder, which differ from those of encoding/json: names match exactly, a
// field is required unless it has the tag `absent:"ok"`, null is not a value unless the
// field is a pointer, no field may occur twice, and unknown fields are ignored.
//
// Fields are strings, booleans, pointers to strings, Code, integers, and structs of
// these.
func decode(data []byte, v any) error {
	if !utf8.Valid(data) {
		return &syntaxError{"invalid unicode code point"}
	}
	var all json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		what, at := "expected value", len(data)
		var bad *json.SyntaxError
		if errors.As(err, &bad) {
			at = int(bad.Offset)
		}
		if at >= len(data) {
			what = "EOF while parsing a value"
		}
		return &syntaxError{fmt.Sprintf("%s at %s", what, place(data, at))}
	}
	return object(data, bytes.IndexFunc(data, notSpace), reflect.ValueOf(v).Elem())
}

// syntaxError is the error for text that is not JSON. It is an errSyntax.
type syntaxError struct{ text string }

func (e *syntaxError) Error() string        { return e.text }
func (e *syntaxError) Is(target error) bool { return target == errSyntax }

var errSyntax = errors.New("not JSON")

func notSpace(r rune) bool { return !strings.ContainsRune(" \t\r\n", r) }

// object decodes the object of data that begins at the offset from into a struct.
func object(data []byte, from int, v reflect.Value) error {
	if data[from] != '{' {
		return fmt.Errorf("invalid type: %s, expected struct at %s", describe(data[from:]), place(data, from))
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("json"); name != "" {
			fields[name] = i
		}
	}
	seen := map[int]bool{}
	dec := json.NewDecoder(bytes.NewReader(data[from:]))
	if _, err := dec.Token(); err != nil { // the brace
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		end := from + int(dec.InputOffset())
		i, known := fields[name]
		switch {
		case !known:
			continue
		case seen[i]:
			return fmt.Errorf("duplicate field `%s` at %s", name, place(data, end))
		}
		seen[i] = true
		if err := value(data[:end], end-len(raw), v.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	end := from + int(dec.InputOffset()) + 1
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if name := f.Tag.Get("json"); name != "" && !seen[i] && f.Tag.Get("absent") == "" {
			return fmt.Errorf("missing field `%s` at %s", name, place(data, end))
		}
	}
	return nil
}

// value decodes the value that begins at from and ends with data.
func value(data []byte, from int, v reflect.Value) error {
	raw := json.RawMessage(data[from:])
	wrong := func(want string) error {
		return fmt.Errorf("invalid type: %s, expected %s at %s", describe(raw), want, place(data, len(data)))
	}
	if c, ok := v.Addr().Interface().(*Code); ok {
		if !c.set(raw) {
			return fmt.Errorf("data did not match any variant of untagged enum Code at %s", place(data, len(data)))
		}
		return nil
	}
	want := ""
	switch v.Kind() {
	case reflect.Struct:
		return object(data, from, v)
	case reflect.Bool:
		want = "a boolean"
	case reflect.Int64:
		want = "i64"
	default:
		want = "a string"
	}
	if raw[0] == 'n' && v.Kind() != reflect.Pointer || json.Unmarshal(raw, v.Addr().Interface()) != nil {
		return wrong(want)
	}
	return nil
}

// describe names a JSON value in the words of the original's decoder.
func describe(raw []byte) string {
	switch raw[0] {
	case '{':
		return "map"
	case '[':
		return "sequence"
	case 'n':
		return "null"
	case 't', 'f':
		return fmt.Sprintf("boolean `%t`", raw[0] == 't')
	case '"':
		var text string
		_ = json.Unmarshal(raw, &text)
		return fmt.Sprintf("string %.100q", text)
	}
	if bytes.ContainsAny(raw, ".eE") {
		return fmt.Sprintf("floating point `%.40s`", raw)
	}
	return fmt.Sprintf("integer `%.40s`", raw)
}

// place is the position of the byte before an offset, as the original counts: lines from
// 1, columns in bytes.
func place(data []byte, offset int) string {
	before := data[:min(offset, len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return fmt.Sprintf("line %d column %d", line, column)
}
