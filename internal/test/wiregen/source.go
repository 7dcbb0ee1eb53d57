package wiregen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Source is what the source of packages says of their types: comments, the order, and
// the constants of string types.
type Source struct {
	docs   map[string]string
	places map[string]int
	enums  map[string][]string
}

// Read reads the Go files of directories, but not their tests.
func Read(dirs ...string) (*Source, error) {
	s := &Source{docs: map[string]string{}, places: map[string]int{}, enums: map[string][]string{}}
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			for _, d := range file.Decls {
				if d, ok := d.(*ast.GenDecl); ok {
					s.declared(d)
				}
			}
		}
	}
	return s, nil
}

// Doc is the comment of a type, or of a field as "Type.Field"; empty if there is none.
func (s *Source) Doc(name string) string { return s.docs[name] }

// Enum are the values of a string type's constants, in the order of the source; nil if
// it has none.
func (s *Source) Enum(name string) []string { return s.enums[name] }

func (s *Source) place(name string) int { return s.places[name] }

func (s *Source) declared(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			doc := spec.Doc
			if doc == nil && len(d.Specs) == 1 {
				doc = d.Doc
			}
			s.places[spec.Name.Name] = len(s.places)
			s.docs[spec.Name.Name] = comment(doc, spec.Comment)
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						s.docs[spec.Name.Name+"."+name.Name] = comment(f.Doc, f.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			typ, ok := spec.Type.(*ast.Ident)
			if d.Tok != token.CONST || !ok {
				continue
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					value, _ := strconv.Unquote(lit.Value)
					s.enums[typ.Name] = append(s.enums[typ.Name], value)
				}
			}
		}
	}
}

var link = regexp.MustCompile(`\*?\[([\w.*]+)\]`)

// comment joins the comment before a declaration and the one behind it, in one line.
func comment(groups ...*ast.CommentGroup) string {
	var parts []string
	for _, g := range groups {
		if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
			parts = append(parts, link.ReplaceAllString(text, "$1"))
		}
	}
	return strings.Join(parts, " ")
}
