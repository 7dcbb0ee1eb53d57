package server

import (
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
	"go.yaml.in/yaml/v3"
)

// The file says what the handlers do: the same paths and methods, and bodies
// of the same fields.
func TestOpenAPIMatchesTheHandlers(t *testing.T) {
	t.Parallel()
	var doc struct {
		Paths      map[string]map[string]any
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any
				Required   []string
				Closed     *bool `yaml:"additionalProperties"`
			}
		}
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
			if m != "parameters" {
				want = append(want, strings.ToUpper(m)+" "+path)
			}
		}
	}
	sort.Strings(have)
	sort.Strings(want)
	if !slices.Equal(have, want) {
		t.Errorf("handlers %q\nfile     %q", have, want)
	}
	for name, v := range map[string]any{
		"Create": createRequest{}, "Created": createResponse{}, "Session": sessionResponse{}, "Member": memberResponse{},
		"Diagnostics": wire.RunDiagnostics{}, "Diagnostic": wire.Diagnostic{}, "DiagnosticSpan": wire.DiagnosticSpan{}, "DiagnosticNote": wire.DiagnosticNote{},
		"Suggestion": wire.Suggestion{}, "SuggestedEdit": wire.SuggestedEdit{},
		"Run": runRequest{}, "Format": formatRequest{}, "Formatted": formatResponse{}, "Problem": problem{},
		"Runs": runsResponse{}, "PastRun": wire.PastRun{}, "Output": wire.RunOutput{},
		"Meta": metaResponse{}, "Choices": Choices{}, "Choice": Choice{}, "ActionChoice": ActionChoice{}, "DefaultChoices": DefaultChoices{},
		"Health": healthResponse{}, "Boxes": Boxes{},
	} {
		schema, ok := doc.Components.Schemas[name]
		if !ok || schema.Closed == nil || *schema.Closed {
			t.Errorf("schema %s is not there, or open", name)
			continue
		}
		fields := fieldsOf(reflect.TypeOf(v))
		var properties []string
		for p := range schema.Properties {
			properties = append(properties, p)
		}
		sort.Strings(fields)
		sort.Strings(properties)
		if !slices.Equal(fields, properties) {
			t.Errorf("schema %s has %q, the handler %q", name, properties, fields)
		}
	}
}

// fieldsOf are the names of a struct's fields in JSON.
func fieldsOf(t reflect.Type) []string {
	var list []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			list = append(list, fieldsOf(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		list = append(list, name)
	}
	return list
}
