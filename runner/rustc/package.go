package rustc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// manifestFile is the name of a package's manifest, at the root of a request's files.
const manifestFile = "Cargo.toml"

// frontMatter is what messages call the manifest in a source.
const frontMatter = "front matter"

// crateSource is what a request asks to compile.
type crateSource struct {
	main     string
	files    []runner.File // without front matter
	source   []byte        // of Main, as the caller has it: positions are in this
	manifest *Manifest     // nil if there is none
	where    string        // the manifest's name in messages
	lib      string        // file of the package's library, "" if there is none beside Main
	tests    []IntegrationTest
	docs     string // file of the library whose documentation is tested, "" if there is none
	warnings []string
}

// readSource reads the manifest of a request: the front matter of Main, or else the
// package's Cargo.toml. Front matter that cannot be read is an error, as the compiler
// cannot read it either; a Cargo.toml is then named in a warning and not used.
func readSource(req runner.Request) (crateSource, error) {
	s := crateSource{main: req.Main, files: req.Files}
	main := slices.IndexFunc(req.Files, func(f runner.File) bool { return f.Name == req.Main })
	if main < 0 {
		return s, &runner.InvalidError{Field: "files", Reason: fmt.Sprintf("no file %q", req.Main)}
	}
	s.source = req.Files[main].Data
	fm, err := ParseFrontMatter(s.source)
	if err != nil {
		return s, &runner.InvalidError{Field: "files", Reason: err.Error(), Err: err}
	}
	if fm != nil {
		s.manifest, s.where = fm.Manifest, frontMatter
		s.files = slices.Clone(req.Files)
		s.files[main].Data = fm.Source
	} else if i := slices.IndexFunc(req.Files, func(f runner.File) bool { return f.Name == manifestFile }); i >= 0 {
		s.where = manifestFile
		if s.manifest, err = ParseManifest(req.Files[i].Data); err != nil {
			s.warnings = append(s.warnings, fmt.Sprintf("%s is not used: %v", manifestFile, err))
		}
		s.readPackage(req)
	}
	if runsTests(req) {
		s.findTests()
	}
	if req.Action == runner.ActionTest {
		s.findDocs(req)
	}
	if s.manifest != nil {
		if w := s.manifest.warning(s.where); w != "" {
			s.warnings = append(s.warnings, w)
		}
	}
	return s, nil
}

// readPackage finds the library of a package beside the file that is compiled, and what
// cargo would do for the package beyond compiling what a request asks for.
func (s *crateSource) readPackage(req runner.Request) {
	if s.manifest == nil || !s.manifest.Package {
		return
	}
	if path := s.libraryPath(); path != req.Main && s.has(path) {
		s.lib = path
	}
	if s.has("build.rs") && req.Main != "build.rs" {
		s.warnings = append(s.warnings, "build.rs is not run")
	}
}

// hasFrontMatter reports whether Main has front matter, which the files are without.
func (s *crateSource) hasFrontMatter() bool { return s.where == frontMatter }

func (s *crateSource) has(name string) bool {
	return slices.ContainsFunc(s.files, func(f runner.File) bool { return f.Name == name })
}

// libraryPath is where the library is, if there is one. In a directory without src that
// is lib.rs, unless the manifest names the programs or lib.rs is a module of Main.
func (s *crateSource) libraryPath() string {
	named := false
	if s.manifest != nil && s.where == manifestFile {
		if s.manifest.Lib.Path != "" {
			return s.manifest.Lib.Path
		}
		named = len(s.manifest.Bins) > 0
	}
	const flat = "lib.rs"
	if s.main == flat || s.main == runner.MainFile && !named && s.has(flat) && !s.has("src/"+flat) && !declares(s.content(s.main), "lib") {
		return flat
	}
	return "src/" + flat
}

// isLibrary reports whether a file is the root of the package's library.
func (s *crateSource) isLibrary(name string) bool {
	return s.where == manifestFile && s.manifest != nil && s.manifest.Package && name == s.libraryPath()
}

// tested is the file of the library that integration tests and examples in documentation may
// use, "" if there is none.
func (s *crateSource) tested() string {
	if s.lib == "" && s.main == s.libraryPath() {
		return s.main
	}
	return cmp.Or(s.lib, s.docs)
}

// libraryName is the name of the library in source code.
func (s *crateSource) libraryName() string {
	name := Target{Name: "lib"}
	switch {
	case s.manifest != nil && s.manifest.Lib.Name != "":
		name.Name = s.manifest.Lib.Name
	case s.manifest != nil && s.manifest.Name != "":
		name.Name = s.manifest.Name
	case s.lib == "": // only tests ask
		name.Name = cmp.Or(s.root(s.main).name, fileName(s.main))
	}
	return name.Ident()
}

// own is the name of the library if Main, an integration test or an example in documentation
// may use it, which no crate of a set then has; "" if there is none.
func (s *crateSource) own() string {
	if s.lib == "" && (len(s.tests) == 0 || s.tested() == "") && s.docs == "" {
		return ""
	}
	return s.libraryName()
}

// programName is the name of the program, or the library, that Main is compiled to.
func (s *crateSource) programName(main string) string {
	if s.manifest == nil {
		return "main"
	}
	for _, b := range s.manifest.Bins {
		if b.Path == main && isName(b.Name) {
			return b.Name
		}
	}
	// src/bin/NAME.rs and src/bin/NAME/main.rs
	if rest, ok := strings.CutPrefix(main, "src/bin/"); ok {
		rest = strings.TrimSuffix(strings.TrimSuffix(rest, ".rs"), "/main")
		if isName(rest) {
			return rest
		}
	}
	if s.manifest.Name != "" {
		return s.manifest.Name
	}
	return "main"
}

// edition is the one to compile with: the one that is asked for, after the manifest's if
// the source is first, else what cargo takes for a package that names none, else the
// toolchain's newest.
func (s *crateSource) edition(req runner.Request, tc runner.Toolchain) (runner.Edition, error) {
	e, err := s.wantsEdition(req, tc)
	if err != nil {
		return "", err
	}
	// The names of editions are years.
	if newest, err := tc.DefaultEdition(); err == nil && e > newest {
		return "", &runner.InvalidError{Field: "edition", Reason: fmt.Sprintf("rustc %s does not have edition %s (want edition %s or a newer toolchain)", tc.Version, e, newest)}
	}
	return e, nil
}

// wantsEdition is edition, which the toolchain may not have.
func (s *crateSource) wantsEdition(req runner.Request, tc runner.Toolchain) (runner.Edition, error) {
	asked := req.Edition
	switch {
	case asked != "" && !req.SourceFirst:
		return asked, nil
	case s.manifest != nil && s.manifest.Edition != "":
		e := runner.Edition(s.manifest.Edition)
		if !slices.Contains(runner.Editions, e) {
			return "", &runner.InvalidError{Field: "edition", Reason: fmt.Sprintf("%s: package.edition: unknown edition %.20q", s.where, e)}
		}
		return e, nil
	case asked != "":
		return asked, nil
	case s.manifest != nil && s.manifest.Package && s.where == manifestFile && !slices.Contains(s.manifest.Ignored, "package.edition.workspace"):
		return "2015", nil
	default:
		return tc.DefaultEdition()
	}
}

// supports returns an error if the manifest asks for a newer compiler than the toolchain's.
// As for cargo, a nightly of a version is that version.
func (s *crateSource) supports(tc runner.Toolchain) error {
	if s.manifest == nil || s.manifest.metadata["RUST_VERSION"] == "" {
		return nil
	}
	least := s.manifest.metadata["RUST_VERSION"]
	invalid := func(format string, args ...any) error {
		return &runner.InvalidError{Field: "files", Reason: s.where + ": package.rust-version: " + fmt.Sprintf(format, args...)}
	}
	r, err := ParseRequirement(">=" + least)
	if err != nil || strings.Trim(least, "0123456789.") != "" {
		return invalid("invalid version %.40q (want something like 1.85)", least)
	}
	have, _, _ := strings.Cut(tc.Version, "-")
	if !r.Matches(have) {
		return invalid("the source needs rustc %s, and the toolchain has %s", least, tc.Version)
	}
	return nil
}

// content is the text of a file, nil if there is none.
func (s *crateSource) content(name string) []byte {
	for _, f := range s.files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// root reads the root module in a file.
func (s *crateSource) root(name string) root {
	return readRoot(s.content(name), s.modules())
}

// modules are the texts that the compiler may read as Rust.
func (s *crateSource) modules() [][]byte {
	var list [][]byte
	for _, f := range s.files {
		if f.Name == s.main || strings.HasSuffix(f.Name, ".rs") {
			list = append(list, f.Data)
		}
	}
	return list
}
