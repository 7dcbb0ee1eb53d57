package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/wiregen"
)

var update = flag.Bool("update", false, "write the types of the page and the schema")

const (
	typesFile    = "../web/src/collab/wire.gen.ts"
	schemaFile   = "../../docs/protocol.schema.json"
	protocolFile = "../../docs/protocol.md"
)

// protocol describes the messages: the schemas of both sides by "type", and those of
// all that they hold.
func protocol(t *testing.T) (client, server, defs []*wiregen.Property) {
	t.Helper()
	source, err := wiregen.Read(".")
	if err != nil {
		t.Fatal(err)
	}
	unit := &wiregen.Schema{Type: "integer"}
	types := wiregen.NewTypes(source, map[string]*wiregen.Schema{
		"ot.ChangeSet": {Description: "A change of a text as @codemirror/state writes it: a number keeps so many units, a list replaces as many as it begins with by its lines.", Type: "array", Items: &wiregen.Schema{OneOf: []*wiregen.Schema{unit, {
			Type: "array", PrefixItems: []*wiregen.Schema{unit}, Items: &wiregen.Schema{Type: "string"}, MinItems: 1,
		}}}},
		"wire.Range": {Type: "array", PrefixItems: []*wiregen.Schema{unit, unit}, MinItems: 2, MaxItems: 2},
	})
	describe := func(kinds []wire.Kind) (list []*wiregen.Property) {
		for _, k := range kinds {
			types.Of(k.Type)
			list = append(list, &wiregen.Property{Name: k.Name, Schema: types.Object(k.Type, k.Name)})
		}
		return list
	}
	client, server = describe(wire.ClientKinds()), describe(wire.ServerKinds())
	types.Of(reflect.TypeFor[wire.PastRun]())
	types.Of(reflect.TypeFor[wire.PastVersions]())
	types.Of(reflect.TypeFor[wire.PastFiles]())
	types.Of(reflect.TypeFor[wire.PastEntries]())
	types.Of(reflect.TypeFor[wire.Problem]())
	return client, server, types.Defs()
}

// TestGeneratedFiles: the types of the page and the schema are those of the Go types.
// make generate writes them.
func TestGeneratedFiles(t *testing.T) {
	t.Parallel()
	client, server, defs := protocol(t)
	for path, want := range map[string][]byte{
		typesFile:  typeScript(client, server, defs),
		schemaFile: schema(t, client, server, defs),
	} {
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not that of the Go types, run make generate: %v", filepath.Base(path), err)
		}
	}
}

// typeScriptNames are those of types whose names mean something else in TypeScript.
var typeScriptNames = map[string]string{"Error": "ErrorMsg", "ChangeSet": "ChangesJSON"}

func typeScript(client, server, defs []*wiregen.Property) []byte {
	var b strings.Builder
	b.WriteString("// Code generated from collab/wire by make generate. DO NOT EDIT.\n//\n")
	b.WriteString("// Lengths and positions are UTF-16 code units; bytes are base64; members that end in\n// _ns are whole nanoseconds. docs/protocol.md says what each message means.\n")
	fmt.Fprintf(&b, "\nexport const protocolVersion = %d;\n", wire.ProtocolVersion)
	for _, side := range []struct {
		name string
		list []*wiregen.Property
		kind []wire.Kind
	}{{"Client", client, wire.ClientKinds()}, {"Server", server, wire.ServerKinds()}} {
		fmt.Fprintf(&b, "\nexport type %sMessage =\n", side.name)
		for i, k := range side.kind {
			end := ""
			if i == len(side.kind)-1 {
				end = ";"
			}
			name := k.Type.Name()
			if other, ok := typeScriptNames[name]; ok {
				name = other
			}
			fmt.Fprintf(&b, "  | ({ type: %q } & %s)%s\n", k.Name, name, end)
		}
	}
	b.WriteString(wiregen.TypeScript(defs, typeScriptNames))
	return []byte(b.String())
}

func schema(t *testing.T, client, server, defs []*wiregen.Property) []byte {
	refs := func(side string, list []*wiregen.Property) *wiregen.Property {
		one := &wiregen.Schema{Description: "A message of the " + side + "."}
		for _, p := range list {
			one.OneOf = append(one.OneOf, p.Schema)
		}
		return &wiregen.Property{Name: side + "_message", Schema: one}
	}
	all := append([]*wiregen.Property{refs("client", client), refs("server", server)}, defs...)
	object := &wiregen.Schema{Properties: all}
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var inner struct {
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(data, &inner); err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf(`{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"corust session protocol %d","oneOf":[{"$ref":"#/$defs/client_message"},{"$ref":"#/$defs/server_message"}],"$defs":`, wire.ProtocolVersion)
	var out bytes.Buffer
	if err := json.Indent(&out, append(append([]byte(head), inner.Properties...), '}'), "", " "); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}

// TestFramesMatchTheSchema: each golden frame is valid, and no longer is without one of
// its required members or with one of another type.
func TestFramesMatchTheSchema(t *testing.T) {
	t.Parallel()
	client, server, defs := protocol(t)
	v := validator{}
	for _, d := range defs {
		v[d.Name] = d.Schema
	}
	for _, f := range frames(t) {
		side := server
		if f.fromClient {
			side = client
		}
		var m map[string]any
		if err := json.Unmarshal(f.data, &m); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(side, func(p *wiregen.Property) bool { return p.Name == m["type"] })
		s := side[i].Schema
		if err := v.check(s, m, "frame"); err != nil {
			t.Errorf("%s: %v", f.data, err)
		}
		for _, p := range s.Properties {
			value, ok := m[p.Name]
			if !ok {
				continue
			}
			m[p.Name] = map[string]any{"another": true}
			if v.check(s, m, "frame") == nil {
				t.Errorf("%s: another value of %q is valid", f.data, p.Name)
			}
			delete(m, p.Name)
			if v.check(s, m, "frame") == nil && p.Required {
				t.Errorf("%s: valid without %q", f.data, p.Name)
			}
			m[p.Name] = value
		}
	}
}

// validator checks values against schemas, by the names of definitions. It knows what
// wiregen writes, and allows no member that the schema does not have.
type validator map[string]*wiregen.Schema

func (v validator) check(s *wiregen.Schema, value any, at string) error {
	if s.Ref != "" {
		return v.check(v[strings.TrimPrefix(s.Ref, "#/$defs/")], value, at)
	}
	wrong := fmt.Errorf("%s: %v is no %s", at, value, s.Type)
	switch {
	case s.Const != "" && value != s.Const:
		return fmt.Errorf("%s: %v, want %q", at, value, s.Const)
	case len(s.OneOf) > 0:
		if !slices.ContainsFunc(s.OneOf, func(o *wiregen.Schema) bool { return v.check(o, value, at) == nil }) {
			return wrong
		}
	}
	switch s.Type {
	case "string":
		text, ok := value.(string)
		if !ok || len(s.Enum) > 0 && text != "" && !slices.Contains(s.Enum, text) {
			return wrong
		}
	case "integer", "number":
		n, ok := value.(float64)
		if !ok || s.Type == "integer" && n != float64(int64(n)) {
			return wrong
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			return wrong
		}
	case "array":
		list, ok := value.([]any)
		if !ok || len(list) < s.MinItems || s.MaxItems > 0 && len(list) > s.MaxItems {
			return wrong
		}
		for i, one := range list {
			of := s.Items
			if i < len(s.PrefixItems) {
				of = s.PrefixItems[i]
			}
			if err := v.check(of, one, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case "object":
		object, ok := value.(map[string]any)
		if !ok {
			return wrong
		}
		for _, name := range s.Required {
			if _, ok := object[name]; !ok {
				return fmt.Errorf("%s: no %q", at, name)
			}
		}
		for name, one := range object {
			of := s.Values
			if i := slices.IndexFunc(s.Properties, func(p *wiregen.Property) bool { return p.Name == name }); i >= 0 {
				of = s.Properties[i].Schema
			}
			if of == nil {
				return fmt.Errorf("%s: a member %q", at, name)
			}
			if err := v.check(of, one, at+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestNamesAreInOneCase: members are in snake_case, times say that they are in
// nanoseconds, and values of enumerations are in kebab-case.
func TestNamesAreInOneCase(t *testing.T) {
	t.Parallel()
	member, value := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`), regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	client, server, defs := protocol(t)
	for _, d := range slices.Concat(client, server, defs) {
		for _, p := range d.Schema.Properties {
			if !member.MatchString(p.Name) || strings.HasSuffix(p.Name, "_ms") || strings.HasSuffix(p.Name, "_seconds") {
				t.Errorf("member %q of %s", p.Name, d.Name)
			}
		}
		for _, v := range d.Schema.Enum {
			if !value.MatchString(v) && d.Name != "Signal" {
				t.Errorf("value %q of %s", v, d.Name)
			}
		}
	}
}

// TestProtocolPage: the page for those who write a client names every message, limit,
// code and value, and what it shows decodes.
func TestProtocolPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(protocolFile)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	client, server, defs := protocol(t)
	for _, m := range slices.Concat(client, server) {
		if !strings.Contains(page, `{"type":"`+m.Name+`"`) {
			t.Errorf("no example of %q", m.Name)
		}
	}
	for _, d := range defs {
		for _, v := range d.Schema.Enum {
			if !strings.Contains(page, "`"+v+"`") && !strings.Contains(page, `"`+v+`"`) {
				t.Errorf("%q of %s is not on the page", v, d.Name)
			}
		}
		if d.Name == "Limits" {
			for _, p := range d.Schema.Properties {
				if !strings.Contains(page, "| `"+p.Name+"` |") {
					t.Errorf("limit %q is not on the page", p.Name)
				}
			}
		}
	}
	examples := 0
	for line := range strings.Lines(page) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, `{"type":`) {
			continue
		}
		examples++
		m, err1 := wire.DecodeClient([]byte(line), wire.Limits{})
		if err1 != nil || !sameJSON(t, m, line) {
			s, err2 := wire.DecodeServer([]byte(line))
			if err2 != nil || !sameJSON(t, s, line) {
				t.Errorf("the example %s is of neither side: %v; %v", line, err1, err2)
			}
		}
	}
	if examples < len(client)+len(server) {
		t.Errorf("%d examples of %d messages", examples, len(client)+len(server))
	}
}

func sameJSON(t *testing.T, m any, line string) bool {
	t.Helper()
	data, err := wire.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(data) == line
}
