// Package wiregen describes the JSON form of Go types to other languages: as JSON
// Schema, and from that as TypeScript. What encoding/json does with a type is read by
// reflection; names, comments and the values of enumerations are read from the source.
package wiregen

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Schema is a JSON Schema (draft 2020-12), as far as messages need one.
type Schema struct {
	Description string      `json:"description,omitempty"`
	Ref         string      `json:"$ref,omitempty"`
	Type        string      `json:"type,omitempty"`
	Const       string      `json:"const,omitempty"`
	Enum        []string    `json:"enum,omitempty"`
	Format      string      `json:"format,omitempty"`
	Encoding    string      `json:"contentEncoding,omitempty"`
	PrefixItems []*Schema   `json:"prefixItems,omitempty"`
	Items       *Schema     `json:"items,omitempty"`
	MinItems    int         `json:"minItems,omitempty"`
	MaxItems    int         `json:"maxItems,omitempty"`
	Properties  []*Property `json:"-"`
	Values      *Schema     `json:"additionalProperties,omitempty"`
	Required    []string    `json:"required,omitempty"`
	OneOf       []*Schema   `json:"oneOf,omitempty"`
}

// Property is a named property of an object.
type Property struct {
	Name     string
	Schema   *Schema
	Required bool
}

// MarshalJSON writes properties in the order of the Go fields.
func (s *Schema) MarshalJSON() ([]byte, error) {
	type plain Schema
	rest, err := json.Marshal((*plain)(s))
	if err != nil || len(s.Properties) == 0 {
		return rest, err
	}
	b := rest[: len(rest)-1 : len(rest)-1]
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, `"properties":{`...)
	for i, p := range s.Properties {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), p.Name...), `":`...)
		value, err := json.Marshal(p.Schema)
		if err != nil {
			return nil, err
		}
		b = append(b, value...)
	}
	return append(b, "}}"...), nil
}

// Types gathers the schemas of types and of all that they refer to.
type Types struct {
	source  *Source
	special map[string]*Schema
	defs    map[string]*Schema
	order   []string
}

// NewTypes begins with nothing. The comments and enumerations are those of the source;
// special has the schemas of types that write their JSON themselves, by package and
// name such as "ot.ChangeSet".
func NewTypes(source *Source, special map[string]*Schema) *Types {
	return &Types{source: source, special: special, defs: map[string]*Schema{}}
}

// Defs are the schemas of all named types that were met, in the order of the source.
func (t *Types) Defs() []*Property {
	names := slices.Clone(t.order)
	slices.SortStableFunc(names, func(a, b string) int { return t.source.place(a) - t.source.place(b) })
	var list []*Property
	for _, name := range names {
		list = append(list, &Property{Name: name, Schema: t.defs[name]})
	}
	return list
}

var (
	timeType = reflect.TypeFor[time.Time]()
	bytes    = reflect.TypeFor[[]byte]()
)

// Of gives the schema of a type: a reference for a named one, which is then among the
// definitions. It panics where the type has no JSON form that it knows, since types
// are those of the program.
func (t *Types) Of(typ reflect.Type) *Schema {
	switch {
	case typ == timeType:
		return &Schema{Type: "string", Format: "date-time"}
	case typ == bytes:
		return &Schema{Type: "string", Encoding: "base64"}
	case typ.Kind() == reflect.Pointer:
		return t.Of(typ.Elem())
	case typ.Name() != "" && typ.PkgPath() != "":
		return t.named(typ)
	}
	return t.plain(typ)
}

func (t *Types) named(typ reflect.Type) *Schema {
	name := typ.Name()
	ref := &Schema{Ref: "#/$defs/" + name}
	if _, ok := t.defs[name]; ok {
		return ref
	}
	t.defs[name] = &Schema{} // for what refers to itself
	t.order = append(t.order, name)
	s, ok := t.special[typ.String()]
	if !ok {
		s = t.plain(typ)
	}
	if s.Description == "" {
		s.Description = t.source.Doc(name)
	}
	if s.Type == "string" {
		s.Enum = t.source.Enum(name)
	}
	t.defs[name] = s
	return ref
}

func (t *Types) plain(typ reflect.Type) *Schema {
	switch typ.Kind() {
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.String:
		return &Schema{Type: "string"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return &Schema{Type: "integer"}
	case reflect.Float64:
		return &Schema{Type: "number"}
	case reflect.Slice:
		return &Schema{Type: "array", Items: t.Of(typ.Elem())}
	case reflect.Map:
		return &Schema{Type: "object", Values: t.Of(typ.Elem())}
	case reflect.Struct:
		return t.Object(typ, "")
	}
	panic(fmt.Sprintf("wiregen: %v has no JSON form that is known here", typ))
}

// Object gives the schema of a struct itself, with the fields of embedded ones, and
// with a property "type" first that has the value kind, unless that is empty.
func (t *Types) Object(typ reflect.Type, kind string) *Schema {
	s := &Schema{Type: "object", Description: t.source.Doc(typ.Name())}
	if kind != "" {
		s.add(&Property{"type", &Schema{Const: kind}, true})
	}
	t.fields(s, typ)
	return s
}

func (s *Schema) add(p *Property) {
	s.Properties = append(s.Properties, p)
	if p.Required {
		s.Required = append(s.Required, p.Name)
	}
}

func (t *Types) fields(s *Schema, typ reflect.Type) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && name == "":
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			t.fields(s, embedded)
			continue
		case name == "":
			panic(fmt.Sprintf("wiregen: field %s of %v has no JSON name", f.Name, typ))
		}
		of := t.Of(f.Type)
		if doc := t.source.Doc(typ.Name() + "." + f.Name); doc != "" {
			described := *of
			described.Description = doc
			of = &described
		}
		optional := slices.ContainsFunc(strings.Split(options, ","), func(o string) bool { return o == "omitempty" || o == "omitzero" })
		s.add(&Property{name, of, !optional})
	}
}
