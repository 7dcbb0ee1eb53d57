package rest

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/events"
	"github.com/corust-dev/corust/runner/judge"
	"go.yaml.in/yaml/v3"
)

// schema is the part of a schema of openapi.yaml that is held to a Go type.
type schema struct {
	Ref        string             `yaml:"$ref"`
	Type       string             `yaml:"type"`
	Encoding   string             `yaml:"contentEncoding"`
	Items      *schema            `yaml:"items"`
	Properties map[string]*schema `yaml:"properties"`
	Required   []string           `yaml:"required"`
	Rest       any                `yaml:"additionalProperties"`
}

// described are the schemas of this package's types.
var described = map[string]reflect.Type{
	"Program": reflect.TypeFor[Request](), "File": reflect.TypeFor[File](),
	"Answer": reflect.TypeFor[Answer](), "StageOutput": reflect.TypeFor[Output](), "Bytes": reflect.TypeFor[Bytes](), "AnswerProduct": reflect.TypeFor[Product](),
	"Event": reflect.TypeFor[events.Event](), "Toolchains": reflect.TypeFor[Toolchains](), "Toolchain": reflect.TypeFor[Toolchain](),
	"Miri": reflect.TypeFor[runner.Miri](), "ToolchainAction": reflect.TypeFor[Action](), "CrateVersion": reflect.TypeFor[Crate](),
	"Task": reflect.TypeFor[JudgeRequest](), "Case": reflect.TypeFor[Case](), "Judgement": reflect.TypeFor[Judgement](),
	"Outcome": reflect.TypeFor[judge.Outcome](), "Summary": reflect.TypeFor[judge.Summary](),
	"CaseEvent": reflect.TypeFor[judge.CaseEvent](), "SummaryEvent": reflect.TypeFor[judge.SummaryEvent](),
}

// kindOf is how a schema writes a type, with the name of its schema if it has one.
func kindOf(t reflect.Type) string {
	for name, d := range described {
		if d == t {
			return "#/components/schemas/" + name
		}
	}
	switch {
	case t == reflect.TypeFor[runner.Action]():
		return "#/components/schemas/Action"
	case t.Kind() == reflect.Pointer:
		return kindOf(t.Elem())
	case t == reflect.TypeFor[[]byte]():
		return "string base64"
	case t.Kind() == reflect.Slice:
		return "array of " + kindOf(t.Elem())
	case t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Float64:
		return "number"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return "integer"
	}
	return t.Kind().String()
}

func (s *schema) kind() string {
	switch {
	case s.Ref != "":
		return s.Ref
	case s.Encoding != "":
		return s.Type + " " + s.Encoding
	case s.Type == "array" && s.Items != nil:
		return "array of " + s.Items.kind()
	}
	return s.Type
}

// TestOpenAPIMatchesTheTypes: the schemas have the members of the Go types, their types,
// and which may be absent.
func TestOpenAPIMatchesTheTypes(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../collab/server/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct{ Schemas map[string]*schema }
	}
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for name, typ := range described {
		s := doc.Components.Schemas[name]
		if s == nil {
			t.Errorf("openapi.yaml has no schema %s", name)
			continue
		}
		if s.Type != "object" || s.Rest != false {
			t.Errorf("%s is of type %q with further members %v", name, s.Type, s.Rest)
		}
		seen := map[string]bool{}
		for _, f := range reflect.VisibleFields(typ) {
			if f.Anonymous {
				continue
			}
			member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			seen[member] = true
			p := s.Properties[member]
			if p == nil {
				t.Errorf("%s has no member %s", name, member)
				continue
			}
			// An option of a run is written out, with its values.
			if have, want := p.kind(), kindOf(f.Type); have != want && !(strings.HasSuffix(want, "/Action") && have == "string") {
				t.Errorf("%s.%s is %q, want %q", name, member, have, want)
			}
			if required := slices.Contains(s.Required, member); required == strings.Contains(options, "omit") {
				t.Errorf("%s.%s: required is %v", name, member, required)
			}
		}
		for member := range s.Properties {
			if !seen[member] {
				t.Errorf("%s has a member %s that the type has not", name, member)
			}
		}
	}
}

// The names of a request are those of runner.Request, so that neither gets a field
// alone.
func TestRequestHasEveryOption(t *testing.T) {
	t.Parallel()
	members := func(typ reflect.Type) map[string]bool {
		all := map[string]bool{}
		for _, f := range reflect.VisibleFields(typ) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			all[name] = true
		}
		return all
	}
	have := members(reflect.TypeFor[Request]())
	for name := range members(reflect.TypeFor[runner.Request]()) {
		if !have[name] && !slices.Contains([]string{"owner", "color", "diagnostics", "source_first", "defaults", "cache", "ahead"}, name) {
			t.Errorf("runner.Request has %q, and POST /api/v1/run has not", name)
		}
	}
	if _, err := json.Marshal(Request{}); err != nil {
		t.Error(err)
	}
}
