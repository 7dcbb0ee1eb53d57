package server

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/wiregen"
	"go.yaml.in/yaml/v3"
)

// schema is a value's schema in openapi.yaml, without descriptions.
type schema struct {
	Ref        string             `yaml:"$ref"`
	Type       string             `yaml:"type"`
	Const      string             `yaml:"const"`
	Enum       []string           `yaml:"enum"`
	Format     string             `yaml:"format"`
	Encoding   string             `yaml:"contentEncoding"`
	Items      *schema            `yaml:"items"`
	Properties map[string]*schema `yaml:"properties"`
	Required   []string           `yaml:"required"`
	Rest       any                `yaml:"additionalProperties"`
	OneOf      []*schema          `yaml:"oneOf"`
}

// bodies are the Go types of the schemas that have another name than their type.
var bodies = map[string]reflect.Type{
	"Create": reflect.TypeFor[createRequest](), "Files": reflect.TypeFor[filesResponse](), "NamedFile": reflect.TypeFor[wire.NamedFile](), "Created": reflect.TypeFor[createResponse](),
	"Change": reflect.TypeFor[changeRequest](), "Changed": reflect.TypeFor[settingsResponse](), "Settings": reflect.TypeFor[wire.Settings](),
	"PastVersions": reflect.TypeFor[wire.PastVersions](), "SessionFile": reflect.TypeFor[wire.File](),
	"Session": reflect.TypeFor[sessionResponse](), "Member": reflect.TypeFor[memberResponse](),
	"Run": reflect.TypeFor[runRequest](), "Runs": reflect.TypeFor[runsResponse](), "PastRun": reflect.TypeFor[wire.PastRun](),
	"Format": reflect.TypeFor[formatRequest](), "Formatted": reflect.TypeFor[formatResponse](),
	"Snapshot": reflect.TypeFor[Snapshot](), "SnapshotMade": reflect.TypeFor[snapshotResponse](),
	"Meta": reflect.TypeFor[metaResponse](), "Health": reflect.TypeFor[healthResponse](), "Status": reflect.TypeFor[statusResponse](), "Problem": reflect.TypeFor[wire.Problem](),
}

// described is the interface as the Go types have it: the schema of each body by its
// name in the file, those of types that they refer to, and the messages of a stream by
// the names of their types.
func described(t *testing.T) (all map[string]*wiregen.Schema, streamed map[string]string) {
	t.Helper()
	source, err := wiregen.Read("../wire", ".")
	if err != nil {
		t.Fatal(err)
	}
	types := wiregen.NewTypes(source, nil)
	all, streamed = map[string]*wiregen.Schema{}, map[string]string{}
	for _, typ := range bodies {
		types.Of(typ)
	}
	for _, k := range wire.ServerKinds() {
		if name := k.Type.Name(); strings.HasPrefix(name, "Run") {
			types.Of(k.Type)
			streamed[name] = k.Name
		}
	}
	for _, d := range types.Defs() {
		all[d.Name] = d.Schema
	}
	for name, typ := range bodies {
		all[name] = all[typ.Name()]
	}
	return all, streamed
}

// elsewhere are the paths and schemas of package rest, which tests them, and what holds
// messages of the protocol, which docs/protocol.schema.json describes.
var elsewhere = []string{
	"PastEntries", "PastFiles",
	"POST /api/v1/run", "POST /api/v1/judge", "GET /api/v1/toolchains",
	"Task", "Case", "Judgement", "Outcome", "Summary", "CaseEvent", "SummaryEvent",
	"Program", "File", "Answer", "StageOutput", "Bytes", "AnswerProduct", "Event", "Toolchains", "Toolchain", "ToolchainAction", "Miri", "CrateVersion",
}

// TestOpenAPIMatchesTheHandlers: the file has the paths and methods of the handlers,
// and of each body the members, their types and values, and which may be absent.
func TestOpenAPIMatchesTheHandlers(t *testing.T) {
	t.Parallel()
	var doc struct {
		Paths      map[string]map[string]any
		Components struct{ Schemas map[string]*schema }
	}
	if err := yaml.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	var have, want []string
	for _, r := range (&Server{}).api() {
		have = append(have, r.method+" "+r.path)
	}
	for path, methods := range doc.Paths {
		for m := range methods {
			if operation := strings.ToUpper(m) + " " + path; m != "parameters" && !slices.Contains(elsewhere, operation) {
				want = append(want, operation)
			}
		}
	}
	if sorted(have) != sorted(want) {
		t.Errorf("handlers %q\nfile     %q", have, want)
	}

	all, streamed := described(t)
	for name, s := range doc.Components.Schemas {
		if slices.Contains(elsewhere, name) {
			continue
		}
		if name == "Message" {
			var list, want []string
			for _, o := range s.OneOf {
				list = append(list, refName(o.Ref))
			}
			for message := range streamed {
				want = append(want, message)
			}
			if sorted(list) != sorted(want) {
				t.Errorf("Message is one of %q, want %q", list, want)
			}
			continue
		}
		if all[name] == nil {
			t.Errorf("schema %s has no Go type", name)
			continue
		}
		if kind, ok := streamed[name]; ok {
			// In a stream the message has a type, in a record it has none.
			if p := s.Properties["type"]; p == nil || p.Const != kind {
				t.Errorf("%s has no type %q", name, kind)
			}
			delete(s.Properties, "type")
			s.Required = slices.DeleteFunc(s.Required, func(r string) bool { return r == "type" })
		}
		for _, wrong := range differences(all, s, all[name], name) {
			t.Error(wrong)
		}
	}
	for name := range bodies {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
}

func sorted(list []string) string {
	list = slices.Clone(list)
	sort.Strings(list)
	return strings.Join(list, " ")
}

func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// differences lists how the file's schema differs from that of a Go type; all holds the
// types that it may refer to.
func differences(all map[string]*wiregen.Schema, have *schema, want *wiregen.Schema, at string) []string {
	if want.Ref != "" && have.Ref != "" {
		if all[refName(have.Ref)] != all[refName(want.Ref)] {
			return []string{fmt.Sprintf("%s refers to %s, want %s", at, have.Ref, want.Ref)}
		}
		return nil
	}
	if want.Ref != "" { // the file may write out small types
		want = all[refName(want.Ref)]
	}
	var out []string
	differ := func(what string, have, want any) {
		if have != want {
			out = append(out, fmt.Sprintf("%s: %s %v, want %v", at, what, have, want))
		}
	}
	differ("reference", have.Ref, "")
	differ("type", have.Type, want.Type)
	differ("format", have.Format, want.Format)
	differ("encoding", have.Encoding, want.Encoding)
	differ("values", strings.Join(have.Enum, " "), strings.Join(want.Enum, " "))
	if want.Items != nil {
		if have.Items == nil {
			return append(out, at+": an array of nothing")
		}
		out = append(out, differences(all, have.Items, want.Items, at+"[]")...)
	}
	if want.Type != "object" || want.Values != nil {
		return out
	}
	differ("other members", have.Rest, false)
	var members, listed []string
	for _, p := range want.Properties {
		members = append(members, p.Name)
		if s := have.Properties[p.Name]; s != nil {
			out = append(out, differences(all, s, p.Schema, at+"."+p.Name)...)
		}
	}
	for name := range have.Properties {
		listed = append(listed, name)
	}
	differ("members", sorted(listed), sorted(members))
	differ("required members", sorted(have.Required), sorted(want.Required))
	return out
}

// TestDifferencesAreFound: a schema that lacks a member, has another, or has one of
// another type, is not held equal.
func TestDifferencesAreFound(t *testing.T) {
	t.Parallel()
	all, _ := described(t)
	good := `{type: object, additionalProperties: false, required: [limit, amount, unit], properties: {limit: {type: string}, amount: {type: number}, unit: {type: string, enum: [` +
		strings.Join(all["Unit"].Enum, ", ") + `]}, refused: {type: integer}}}`
	for change, differs := range map[string]bool{
		"->":                        false,
		"limit: {type: string}, ->": true,
		"amount: {type: number}->amount: {type: integer}": true,
		"bytes, ->":   true,
		", unit]->]":  true,
		"false->true": true,
		"refused: {->also: {type: string}, refused: {":                            true,
		"refused: {type: integer}->refused: {$ref: \"#/components/schemas/Hit\"}": true,
	} {
		from, to, _ := strings.Cut(change, "->")
		var s schema
		if err := yaml.Unmarshal([]byte(strings.Replace(good, from, to, 1)), &s); err != nil {
			t.Fatal(err)
		}
		if found := differences(all, &s, all["Hit"], "Hit"); (len(found) > 0) != differs {
			t.Errorf("%s: %q", change, found)
		}
	}
}
