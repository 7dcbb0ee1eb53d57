package wiregen

import (
	"fmt"
	"strings"
	"unicode"
)

// TypeScript writes definitions as TypeScript: an interface for an object, and for an
// enumeration a list of its values and the union of them. Types that would hide one of
// the language have another name there, by names.
func TypeScript(defs []*Property, names map[string]string) string {
	var b strings.Builder
	w := writer(names)
	for _, d := range defs {
		name := w.name(d.Name)
		b.WriteString("\n")
		docComment(&b, "", d.Schema.Description)
		switch {
		case len(d.Schema.Enum) > 0:
			values := listName(d.Name)
			fmt.Fprintf(&b, "export type %s = (typeof %s)[number];\n", name, values)
			fmt.Fprintf(&b, "export const %s = [%s] as const;\n", values, quoted(d.Schema.Enum))
		case len(d.Schema.Properties) > 0:
			fmt.Fprintf(&b, "export interface %s {\n", name)
			for _, p := range d.Schema.Properties {
				docComment(&b, "  ", p.Schema.Description)
				optional := "?"
				if p.Required {
					optional = ""
				}
				fmt.Fprintf(&b, "  %s%s: %s;\n", p.Name, optional, w.typeOf(p.Schema))
			}
			b.WriteString("}\n")
		default:
			fmt.Fprintf(&b, "export type %s = %s;\n", name, w.typeOf(d.Schema))
		}
	}
	return b.String()
}

// writer has the names that types have in TypeScript where that is another.
type writer map[string]string

func (w writer) name(name string) string {
	if other, ok := w[name]; ok {
		return other
	}
	return name
}

func (w writer) typeOf(s *Schema) string {
	switch {
	case s.Ref != "":
		return w.name(strings.TrimPrefix(s.Ref, "#/$defs/"))
	case s.Const != "":
		return quoted([]string{s.Const})
	case len(s.PrefixItems) > 0:
		var list []string
		for _, p := range s.PrefixItems {
			list = append(list, w.typeOf(p))
		}
		if s.Items != nil {
			list = append(list, "..."+w.arrayOf(s.Items))
		}
		return "[" + strings.Join(list, ", ") + "]"
	case len(s.OneOf) > 0:
		var list []string
		for _, o := range s.OneOf {
			list = append(list, w.typeOf(o))
		}
		return strings.Join(list, " | ")
	case s.Items != nil:
		return w.arrayOf(s.Items)
	case s.Values != nil:
		return "Readonly<Record<string, " + w.typeOf(s.Values) + ">>"
	}
	switch s.Type {
	case "integer", "number":
		return "number"
	case "boolean", "string", "object":
		return s.Type
	}
	return "unknown"
}

func (w writer) arrayOf(s *Schema) string {
	if t := w.typeOf(s); strings.Contains(t, " ") && len(s.PrefixItems) == 0 {
		return "(" + t + ")[]"
	}
	return w.typeOf(s) + "[]"
}

func quoted(values []string) string {
	var list []string
	for _, v := range values {
		list = append(list, fmt.Sprintf("%q", v))
	}
	return strings.Join(list, ", ")
}

// listName is the name of an enumeration's values: verdicts of Verdict.
func listName(name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r) + "s"
}

func docComment(b *strings.Builder, indent, text string) {
	if text != "" {
		fmt.Fprintf(b, "%s/** %s */\n", indent, strings.ReplaceAll(text, "*/", "* /"))
	}
}
