package crates

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A CargoError is a failure of cargo, with the end of its standard error.
type CargoError struct {
	Args   []string
	Err    error
	Stderr string
}

func (e *CargoError) Error() string {
	return fmt.Sprintf("cargo %s: %v: %s", e.Args[0], e.Err, e.reason())
}

func (e *CargoError) Unwrap() error { return e.Err }

// reason is the first error that cargo reported and what caused it, on one line.
func (e *CargoError) reason() string {
	lines := strings.Split(e.Stderr, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "error") })
	if i < 0 {
		return firstLine(e.Stderr)
	}
	parts := []string{clean(lines[i])}
	caused := false // the lines that follow are causes, not the error's own picture
	for _, l := range lines[i+1:] {
		l = strings.TrimSpace(l)
		switch {
		case l == "Caused by:":
			caused = true
		case l == "" && !caused || strings.HasPrefix(l, "..."):
		case l == "":
			caused = false
		case caused || len(parts) == 1:
			parts = append(parts, clean(l))
			caused = false
		}
	}
	return strings.Join(parts, ": ")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return clean(line)
}

// clean makes text of others fit for a line of a file or a terminal: printable,
// one line, not long.
func clean(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 || 0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)), " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:199]) + "…"
	}
	return s
}

const (
	stderrKept    = 64 << 10
	cargoGrace    = 5 * time.Second // between the interrupt and the kill
	maxCargoLine  = 64 << 20        // of cargo metadata; the default list has 5 MB
	cargoHeadroom = 1 << 20
)

// run runs cargo for the project in dir. It calls line, unless nil, with each line of
// standard output, and writes standard error to log; its end is in the error.
func (t Toolchain) run(ctx context.Context, dir string, log io.Writer, line func([]byte) error, args ...string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	defer bindLife()()
	cmd := t.Command(ctx, dir, args...)
	cmd.WaitDelay = cargoGrace
	tail := &tailWriter{next: log}
	cmd.Stderr = tail
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	in := bufio.NewScanner(stdout)
	in.Buffer(make([]byte, cargoHeadroom), maxCargoLine)
	for in.Scan() {
		if line == nil {
			continue
		}
		if err := line(in.Bytes()); err != nil {
			cancel(err)
			break
		}
	}
	if err := in.Err(); err != nil {
		cancel(fmt.Errorf("what cargo prints: %w", err))
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return &CargoError{Args: args, Err: err, Stderr: string(tail.kept)}
	}
	return nil
}

// Command is cargo for the project in dir, an absolute path, as a build starts it:
// in a fixed environment and a new process group. It runs in the root directory, so
// that cargo finds only the configuration of the root and of cargo's home.
func (t Toolchain) Command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	args = slices.Concat(args[:1], []string{"--manifest-path", filepath.Join(dir, "Cargo.toml")}, args[1:])
	cmd := exec.CommandContext(ctx, t.Cargo, args...)
	cmd.Dir = filepath.VolumeName(dir) + string(filepath.Separator)
	cmd.Env = t.environment(dir)
	ownGroup(cmd)
	return cmd
}

// tailWriter keeps the last stderrKept bytes and passes everything on.
type tailWriter struct {
	next io.Writer
	kept []byte
}

func (w *tailWriter) Write(p []byte) (int, error) {
	w.kept = append(w.kept, p...)
	if extra := len(w.kept) - stderrKept; extra > 0 {
		w.kept = slices.Delete(w.kept, 0, extra)
	}
	if w.next != nil {
		w.next.Write(p) // a log that fails does not fail the build
	}
	return len(p), nil
}

// metadata is the part of "cargo metadata" that we use.
type metadata struct {
	Packages []cargoPackage `json:"packages"`
	Resolve  struct {
		Root  string `json:"root"`
		Nodes []struct {
			ID   string `json:"id"`
			Deps []struct {
				Pkg   string `json:"pkg"`
				Kinds []struct {
					Kind string `json:"kind"` // "", "build" or "dev"
				} `json:"dep_kinds"`
			} `json:"deps"`
		} `json:"nodes"`
	} `json:"resolve"`
}

type cargoPackage struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Version     string              `json:"version"`
	Description string              `json:"description"`
	Features    map[string][]string `json:"features"`
	Targets     []struct {
		Name string   `json:"name"`
		Kind []string `json:"kind"`
	} `json:"targets"`
	Metadata json.RawMessage `json:"metadata"`
}

// library is the name of the package's library as source code knows it, "" if it
// has none that Rust can link. macros reports whether it is a compiler plug-in.
func (p *cargoPackage) library() (name string, macros bool) {
	for _, t := range p.Targets {
		for _, k := range t.Kind {
			if k == "lib" || k == "rlib" || k == "dylib" || k == "proc-macro" {
				return Ident(t.Name), k == "proc-macro"
			}
		}
	}
	return "", false
}

// playground is [package.metadata.playground]: what its author wants enabled
// where people try the crate out.
type playground struct {
	Features        []string `json:"features"`
	DefaultFeatures *bool    `json:"default-features"`
	AllFeatures     bool     `json:"all-features"`
}

// playground ignores a table that is not of the form: it is a hint.
func (p *cargoPackage) playground() (defaults bool, features []string) {
	var m struct{ Playground playground }
	if json.Unmarshal(p.Metadata, &m) != nil {
		return true, nil
	}
	features = slices.Clone(m.Playground.Features)
	if m.Playground.AllFeatures {
		for f := range p.Features {
			if f != "default" {
				features = append(features, f)
			}
		}
	}
	features = slices.DeleteFunc(features, func(f string) bool {
		_, known := p.Features[f]
		return checkFeature(f) != nil || !known && !strings.Contains(f, "/")
	})
	slices.Sort(features)
	return m.Playground.DefaultFeatures == nil || *m.Playground.DefaultFeatures, slices.Compact(features)
}

func (m *metadata) byID() map[string]*cargoPackage {
	packages := make(map[string]*cargoPackage, len(m.Packages))
	for i := range m.Packages {
		packages[m.Packages[i].ID] = &m.Packages[i]
	}
	return packages
}

func (m *metadata) edges() map[string][]string {
	edges := make(map[string][]string, len(m.Resolve.Nodes))
	for _, n := range m.Resolve.Nodes {
		for _, d := range n.Deps {
			edges[n.ID] = append(edges[n.ID], d.Pkg)
		}
	}
	return edges
}

// direct are the packages that the project names, by package name.
func (m *metadata) direct() map[string]*cargoPackage {
	packages, direct := m.byID(), make(map[string]*cargoPackage)
	for _, id := range m.edges()[m.Resolve.Root] {
		if p := packages[id]; p != nil {
			direct[p.Name] = p
		}
	}
	return direct
}

// linked are the packages that a program which uses every crate is made of, and
// the macros that compiled them: what the project reaches without passing
// through a build script or into a macro. The project itself is not one.
func (m *metadata) linked() map[string]bool {
	packages, normal := m.byID(), make(map[string][]string)
	for _, n := range m.Resolve.Nodes {
		for _, d := range n.Deps {
			for _, k := range d.Kinds {
				if k.Kind == "" {
					normal[n.ID] = append(normal[n.ID], d.Pkg)
					break
				}
			}
		}
	}
	seen := make(map[string]bool)
	todo := slices.Clone(normal[m.Resolve.Root])
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] || packages[id] == nil {
			continue
		}
		seen[id] = true
		if _, macros := packages[id].library(); !macros {
			todo = append(todo, normal[id]...)
		}
	}
	return seen
}

// metadata runs cargo metadata in dir for our platform; it downloads sources and
// brings the lock up to the manifest unless locked.
func (t Toolchain) metadata(ctx context.Context, dir string, log io.Writer, locked bool) (*metadata, error) {
	args := []string{"metadata", "--format-version", "1", "--filter-platform", t.Host}
	if locked {
		args = append(args, "--locked")
	}
	var m *metadata
	err := t.run(ctx, dir, log, func(b []byte) error {
		m = new(metadata)
		return json.Unmarshal(b, m)
	}, args...)
	if err == nil && m == nil {
		err = fmt.Errorf("cargo metadata printed nothing")
	}
	return m, err
}

// message is one line of cargo build --message-format=json.
type message struct {
	Reason    string `json:"reason"`
	PackageID string `json:"package_id"`
	Target    struct {
		Name string   `json:"name"`
		Kind []string `json:"kind"`
	} `json:"target"`
	Filenames   []string `json:"filenames"`
	Features    []string `json:"features"`
	LinkedLibs  []string `json:"linked_libs"`
	LinkedPaths []string `json:"linked_paths"`
	Message     struct {
		Level   string `json:"level"`
		Message string `json:"message"`
	} `json:"message"`
}
