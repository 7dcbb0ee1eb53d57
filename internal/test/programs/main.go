// Command programs runs programs that were not written for corust, once with a
// plain rustc and once with corust run, and compares standard output and exit
// code.
//
//	go run ./internal/test/programs [-corust bin/corust] [-book DIR] [-all] [-v]
//
// The programs are the runnable snippets of "Rust by Example" in the toolchain's
// documentation (rustup component add rust-docs). Both sides compile
// with the snippet's edition, get an empty standard input and, so that a program
// that prints its own path prints the same, the same name. A program whose
// output differs between two plain runs cannot be compared, and is counted apart.
//
// It exits with 1 if any program differs, or if there are fewer than 50.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner/native"
	"golang.org/x/net/html"
)

// least is how many programs make a comparison worth the name.
const least = 50

// each bounds one program on either side; corust's own limit is 10 s.
const each = 60 * time.Second

// program is a runnable snippet.
type program struct {
	name    string // page and number
	edition string
	source  string
}

func main() {
	corust := flag.String("corust", "bin/corust", "the corust to compare")
	book := flag.String("book", "", "the book's directory (default: the toolchain's)")
	all := flag.Bool("all", false, "the book's translations as well")
	verbose := flag.Bool("v", false, "print every program, not only those that differ")
	flag.Parse()
	if err := run(*corust, *book, *all, *verbose); err != nil {
		fmt.Fprintf(os.Stderr, "programs: %v\n", err)
		os.Exit(1)
	}
}

func run(corust, book string, all, verbose bool) error {
	backend, err := native.New(native.Config{})
	if err != nil {
		return err
	}
	sysroot, err := backend.Sysroot("")
	if err != nil {
		return err
	}
	if book == "" {
		book = filepath.Join(sysroot, "share/doc/rust/html/rust-by-example")
	}
	programs, err := read(book, all)
	if err != nil {
		return fmt.Errorf("%w (rustup component add rust-docs, or -book DIR)", err)
	}
	dir, err := os.MkdirTemp("", "corust-programs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c := comparison{rustc: filepath.Join(sysroot, "bin/rustc"), corust: corust, dir: dir, verbose: verbose}
	for _, p := range programs {
		if err := c.compare(p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	fmt.Printf("%d programs: %d equal, %d differ, %d not comparable (they differ between two plain runs)\n",
		len(programs), c.equal, c.differ, c.unstable)
	if c.differ > 0 || c.equal < least {
		return fmt.Errorf("%d differ, and at least %d must be equal", c.differ, least)
	}
	return nil
}

// read collects the snippets of a book made by mdbook.
func read(book string, all bool) ([]program, error) {
	var list []program
	err := filepath.WalkDir(book, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && !all && slices.Contains(translations, d.Name()) {
			return fs.SkipDir
		}
		// print.html repeats all pages.
		if err != nil || d.IsDir() || filepath.Ext(path) != ".html" || d.Name() == "print.html" {
			return err
		}
		page, err := os.Open(path)
		if err != nil {
			return err
		}
		defer page.Close()
		doc, err := html.Parse(page)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(book, path)
		if err != nil {
			return err
		}
		n := 0
		for node := range doc.Descendants() {
			if classes, ok := runnable(node); ok {
				n++
				list = append(list, program{
					name:    fmt.Sprintf("%s#%d", strings.TrimSuffix(rel, ".html"), n),
					edition: edition(classes),
					source:  text(node),
				})
			}
		}
		return nil
	})
	// Translations repeat most of the code.
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(p program) bool {
		twice := seen[p.source]
		seen[p.source] = true
		return twice
	})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s has no snippets", book)
	}
	return list, err
}

// translations stand beside the book's own pages.
var translations = []string{"es", "ja", "ko", "zh"}

// runnable reports whether a node is a snippet that the book would run.
func runnable(n *html.Node) (classes []string, ok bool) {
	if n.Type != html.ElementNode || n.Data != "code" {
		return nil, false
	}
	for _, a := range n.Attr {
		if a.Key == "class" {
			classes = strings.Fields(a.Val)
		}
	}
	if !slices.Contains(classes, "language-rust") || !strings.Contains(text(n), "fn main") {
		return nil, false
	}
	for _, no := range []string{"ignore", "no_run", "compile_fail"} {
		if slices.Contains(classes, no) {
			return nil, false
		}
	}
	return classes, true
}

func edition(classes []string) string {
	for _, c := range classes {
		if year, ok := strings.CutPrefix(c, "edition"); ok {
			return year
		}
	}
	return "2021"
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// comparison counts.
type comparison struct {
	rustc, corust, dir      string
	verbose                 bool
	equal, differ, unstable int
}

// outcome is what is compared.
type outcome struct {
	stdout string
	code   int
}

func (c *comparison) compare(p program) error {
	source := filepath.Join(c.dir, "snippet.rs")
	if err := os.WriteFile(source, []byte(p.source), 0o644); err != nil {
		return err
	}
	plain, err := c.plain(p)
	if err != nil {
		return err
	}
	ours, err := c.run(c.corust, "run", "--backend", "native", "--quiet", "--edition", p.edition, source)
	if err != nil {
		return err
	}
	if plain == ours {
		c.equal++
		if c.verbose {
			fmt.Printf("equal      %s (exit %d, %d bytes)\n", p.name, ours.code, len(ours.stdout))
		}
		return nil
	}
	again, err := c.plain(p)
	if err != nil {
		return err
	}
	if again != plain {
		c.unstable++
		fmt.Printf("unstable   %s\n", p.name)
		return nil
	}
	c.differ++
	fmt.Printf("DIFFERS    %s\n  plain:  exit %d, %q\n  corust: exit %d, %q\n", p.name, plain.code, plain.stdout, ours.code, ours.stdout)
	return nil
}

// plain compiles and runs with rustc. A program that does not compile ends with
// 1, as corust has it, and is as good a comparison as any.
func (c *comparison) plain(p program) (outcome, error) {
	work := filepath.Join(c.dir, "work")
	if err := errors.Join(os.RemoveAll(work), os.Mkdir(work, 0o755)); err != nil {
		return outcome{}, err
	}
	program := filepath.Join(c.dir, "program")
	compile, err := c.run(c.rustc, "-O", "--edition", p.edition, "--crate-name", "main", "-o", program, filepath.Join(c.dir, "snippet.rs"))
	if err != nil {
		return outcome{}, err
	}
	if compile.code != 0 {
		return outcome{code: 1}, nil
	}
	return c.run(program)
}

// boxName is what a program is called in a box.
const boxName = "/work/.main"

// run runs a command in the scratch directory, with nothing to read.
func (c *comparison) run(name string, args ...string) (outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), each)
	defer cancel()
	abs := name
	if strings.Contains(name, "/") {
		var err error
		if abs, err = filepath.Abs(name); err != nil {
			return outcome{}, err
		}
	}
	cmd := exec.CommandContext(ctx, abs, args...)
	cmd.Dir = c.dir
	if len(args) == 0 {
		cmd.Dir = filepath.Join(c.dir, "work")
		cmd.Args = []string{boxName}
	}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{}, err
	}
	code := cmd.ProcessState.ExitCode()
	if code < 0 {
		code = 128 + signalOf(cmd.ProcessState)
	}
	return outcome{stdout: stdout.String(), code: code}, nil
}
