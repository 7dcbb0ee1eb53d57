package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

var (
	updateDocs = flag.Bool("update-docs", false, "write docs/cli and docs/configuration.md instead of comparing them")
	manDir     = flag.String("man", "", "directory to write man pages to")
)

const rootDir = "../.."

// docPage is a Markdown file of the repository.
type docPage struct {
	name string // relative to the root, with slashes
	text string
}

func pages(t *testing.T) []docPage {
	t.Helper()
	var list []docPage
	add := func(name string) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(rootDir, name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, docPage{filepath.ToSlash(rel), string(data)})
	}
	top, err := filepath.Glob(filepath.Join(rootDir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range top {
		add(name)
	}
	err = filepath.WalkDir(filepath.Join(rootDir, "docs"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".md" {
			add(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 10 {
		t.Fatalf("%d pages, want README.md and those of docs", len(list))
	}
	return list
}

// block is a fenced block of code.
type block struct{ language, text string }

var fenced = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```$")

func (p docPage) blocks() []block {
	var list []block
	for _, m := range fenced.FindAllStringSubmatch(p.text, -1) {
		list = append(list, block{m[1], m[2]})
	}
	return list
}

// prose is the page without its blocks of code.
func (p docPage) prose() string { return fenced.ReplaceAllString(p.text, "") }

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	sourced = regexp.MustCompile(`(?:src|srcset|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// anchors are the fragments that a page's headings have on GitHub and in mdBook.
func (p docPage) anchors() map[string]bool {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(p.prose(), -1) {
		all[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])] = true
	}
	return all
}

func TestLinksInDocsLeadSomewhere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	byName := map[string]docPage{}
	for _, p := range all {
		byName[p.name] = p
	}
	for _, p := range all {
		found := append(link.FindAllStringSubmatch(p.prose(), -1), sourced.FindAllStringSubmatch(p.prose(), -1)...)
		for _, m := range found {
			target, fragment, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // another site, which this test must not depend on
			}
			name := p.name
			if target != "" {
				name = filepath.ToSlash(filepath.Join(filepath.Dir(p.name), target))
				if _, err := os.Stat(filepath.Join(rootDir, name)); err != nil {
					t.Errorf("%s links to %q, which does not exist", p.name, m[1])
					continue
				}
			}
			if to, ok := byName[name]; ok && fragment != "" && !to.anchors()[fragment] {
				t.Errorf("%s links to %q, and %s has no such heading", p.name, m[1], name)
			}
		}
	}
}

// docs/SUMMARY.md lists every page, since mdBook leaves out the others and breaks the links to
// them. README.md links to every page that answers a question.
func TestDocsAreListed(t *testing.T) {
	t.Parallel()
	all := pages(t)
	links := func(from string) map[string]bool {
		to := map[string]bool{}
		for _, p := range all {
			if p.name != from {
				continue
			}
			for _, m := range link.FindAllStringSubmatch(p.prose(), -1) {
				to[filepath.ToSlash(filepath.Join(filepath.Dir(from), m[1]))] = true
			}
		}
		return to
	}
	const summary = "docs/SUMMARY.md"
	listed, linked := links(summary), links("README.md")
	for _, p := range all {
		dir := filepath.Dir(p.name)
		if dir == "." || p.name == summary {
			continue
		}
		if !listed[p.name] {
			t.Errorf("%s does not list %s", summary, p.name)
		}
		if dir == "docs" && !linked[p.name] {
			t.Errorf("README.md does not link to %s", p.name)
		}
	}
}

// The numbers of decision records are unique, and the index has each under its number.
func TestDecisionDocsAreNumbered(t *testing.T) {
	t.Parallel()
	records, err := filepath.Glob(filepath.Join(rootDir, "docs/decisions/0*.md"))
	if err != nil || len(records) == 0 {
		t.Fatalf("records: %q, %v", records, err)
	}
	index := read(t, "docs/decisions/README.md")
	for i, record := range records {
		name := filepath.Base(record)
		if want := fmt.Sprintf("%04d-", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("%s is not number %d", name, i+1)
		}
		title, _, _ := strings.Cut(read(t, "docs/decisions/"+name), "\n")
		if want := fmt.Sprintf("%d. [%s](%s)", i+1, strings.TrimPrefix(title, fmt.Sprintf("# %d. ", i+1)), name); !strings.Contains(index, want) {
			t.Errorf("docs/decisions/README.md does not have %q", want)
		}
	}
}

// Every line of a shell block that starts corust is parsed by the command tree: the
// command, its flags and the number of its arguments.
func TestCommandsInDocsParse(t *testing.T) {
	t.Parallel()
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			if b.language != "sh" && b.language != "console" {
				continue
			}
			text := strings.ReplaceAll(b.text, "\\\n", " ")
			for line := range strings.Lines(text) {
				for _, args := range corustCalls(line) {
					count++
					if err := parses(args); err != nil {
						t.Errorf("%s: %q: %v", p.name, strings.TrimSpace(line), err)
					}
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("%d commands found, want many more", count)
	}
}

var words = regexp.MustCompile(`'[^']*'|"[^"]*"|[^\s'"]+`)

// corustCalls returns the arguments of each call of corust in a line of shell.
func corustCalls(line string) [][]string {
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	var calls [][]string
	for _, part := range regexp.MustCompile(`\|\|?|&&|;|\$\(|\)`).Split(line, -1) {
		fields := words.FindAllString(part, -1)
		for len(fields) > 0 && (fields[0] == "$" || fields[0] == "sudo" || strings.Contains(fields[0], "=")) {
			fields = fields[1:]
		}
		if len(fields) == 0 || strings.TrimPrefix(fields[0], "bin/") != "corust" {
			continue
		}
		var args []string
		for i := 1; i < len(fields); i++ {
			f := fields[i]
			if f == "&" {
				break
			}
			if redirection := strings.TrimLeft(f, "012"); strings.HasPrefix(redirection, ">") || strings.HasPrefix(redirection, "<") {
				if strings.Trim(redirection, "<>") == "" {
					i++ // its file is the next word
				}
				continue
			}
			args = append(args, strings.Trim(f, `'"`))
		}
		calls = append(calls, args)
	}
	return calls
}

// parses checks one command line without executing it.
func parses(args []string) error {
	a := newApp(stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	tree := newRoot(a)
	silence(tree)
	tree.SetArgs(args)
	tree.SetOut(io.Discard)
	tree.SetErr(io.Discard)
	return tree.Execute()
}

// silence makes every command of a tree do nothing once its arguments are parsed.
func silence(cmd *cobra.Command) {
	cmd.PersistentPreRunE, cmd.PreRunE, cmd.PostRunE = nil, nil, nil
	cmd.Run = nil
	if cmd.RunE != nil {
		cmd.RunE = func(*cobra.Command, []string) error { return nil }
	}
	for _, sub := range cmd.Commands() {
		silence(sub)
	}
}

func TestCorustCallsFindsCommands(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"corust run a.rs":                        "run a.rs",
		"$ corust run a.rs < in.txt > out # why": "run a.rs",
		"echo 'fn main() {}' | corust run -":     "run -",
		"A=1 sudo corust image list && ls":       "image list",
		"bin/corust doctor 2>/dev/null":          "doctor",
		"corustling run":                         "none",
	} {
		got := "none"
		for _, args := range corustCalls(line) {
			got = strings.Join(args, " ")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if parses([]string{"run", "--no-such-flag", "a.rs"}) == nil || parses([]string{"run"}) == nil || parses([]string{"rnu", "a.rs"}) == nil {
		t.Error("a wrong command line parses")
	}
}

// Each TOML block is a configuration that loads.
func TestConfigurationInDocsLoads(t *testing.T) {
	t.Parallel()
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			if b.language != "toml" {
				continue
			}
			count++
			name := filepath.Join(t.TempDir(), "config.toml")
			if err := os.WriteFile(name, []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := config.Load(name, nil); err != nil {
				t.Errorf("%s: %v in\n%s", p.name, err, b.text)
			}
		}
	}
	if count == 0 {
		t.Error("no TOML block found")
	}
}

const configurationHead = `# Configuration

A flag overrides an environment variable, a variable overrides the configuration
file, and the file overrides the default. The file is the first of: ` + "`--config FILE`" + `,
` + "`$CORUST_CONFIG`" + `, ` + "`$XDG_CONFIG_HOME/corust/config.toml`" + `, ` + "`/etc/corust/config.toml`" + `.
The variable of a key is its name in capitals after ` + "`CORUST_`" + `: ` + "`limits.run_time`" + ` is
` + "`CORUST_LIMITS_RUN_TIME`" + `. An unknown key or variable is an error that names it.

This page is generated from ` + "`config.example.toml`" + ` (` + "`make docs`" + `), which holds every key
with its default.

` + "```toml\n"

// The reference pages match the command tree and the example configuration.
func TestReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	settings := section(t, read(t, "config.example.toml"), "[limits]\n", "\n\n", limitKeys())
	settings = section(t, settings, "[run]\n", "\n\n", runKeys())
	want := map[string][]byte{
		"../config.example.toml":        []byte(settings),
		"../collab/server/openapi.yaml": []byte(withEnums(t, read(t, "collab/server/openapi.yaml"))),
		"configuration.md":              []byte(configurationHead + settings + "```\n"),
		"run.md": []byte(section(t, section(t, section(t, read(t, "docs/run.md"),
			"<!-- limits: make docs -->\n", "<!-- end -->", limitRows()),
			"<!-- flags: make docs -->\n", "<!-- end -->", flagRows()),
			"<!-- actions: make docs -->\n", "<!-- end -->", actionRows())),
	}

	a := newApp(stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	tree := newRoot(a)
	tree.InitDefaultHelpCmd()
	for _, cmd := range reference(tree) {
		var text bytes.Buffer
		if err := doc.GenMarkdown(cmd, &text); err != nil {
			t.Fatal(err)
		}
		want["cli/"+strings.ReplaceAll(cmd.CommandPath(), " ", "_")+".md"] = text.Bytes()
	}
	if *manDir != "" {
		if err := os.MkdirAll(*manDir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := doc.GenManTree(tree, &doc.GenManHeader{Title: "CORUST", Section: "1", Source: "corust", Manual: "corust"}, *manDir); err != nil {
			t.Fatal(err)
		}
	}

	docs := filepath.Join(rootDir, "docs")
	have, err := filepath.Glob(filepath.Join(docs, "cli", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		if want["cli/"+filepath.Base(name)] != nil {
			continue
		}
		if !*updateDocs {
			t.Errorf("%s documents no command (make docs)", name)
		} else if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range want {
		name = filepath.Join(docs, filepath.FromSlash(name))
		if *updateDocs {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s does not match the commands (run make docs)", name)
		}
	}
}

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(rootDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// section replaces what stands in a text after begin and before the next end.
func section(t *testing.T, text, begin, end, by string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("no section from %q to %q", begin, end)
	}
	return before + begin + by + end + after
}

// withEnums writes the values of a run's options into the REST interface's schema.
func withEnums(t *testing.T, schema string) string {
	t.Helper()
	quoted := func(names []string) string {
		for i, name := range names {
			if _, err := strconv.Atoi(name); err == nil {
				names[i] = strconv.Quote(name)
			}
		}
		return strings.Join(names, ", ")
	}
	for property, values := range map[string]string{
		"action": quoted(texts(rustc.ActionNames())), "Action": quoted(texts(rustc.ActionNames())), "mode": quoted(texts(runner.Modes)), "edition": quoted(texts(runner.Editions)),
	} {
		line := regexp.MustCompile(`(?m)^( +` + property + `: \{ type: string, enum: \[).*?\]`)
		if !line.MatchString(schema) {
			t.Fatalf("openapi.yaml has no enum of %s", property)
		}
		schema = line.ReplaceAllString(schema, "${1}"+values+"]")
	}
	return schema
}

// texts are names as strings.
func texts[T ~string](names []T) []string {
	var list []string
	for _, name := range names {
		list = append(list, string(name))
	}
	return list
}

// runKeys are the keys of [run] with their defaults.
func runKeys() string {
	d := config.Default().Run
	var lines []string
	for _, key := range []struct{ name, value, about string }{
		{"action", d.Action, oneOf(rustc.ActionNames())},
		{"mode", d.Mode, oneOf(runner.Modes)},
		{"edition", d.Edition, oneOf(runner.Editions) + `; "": the newest that the toolchain knows`},
		{"channel", d.Channel, `toolchain, such as "stable", "nightly" or "1.95.0"; "": the machine's default`},
	} {
		lines = append(lines, fmt.Sprintf("%-21s # %s", key.name+" = "+strconv.Quote(key.value), key.about))
	}
	return strings.Join(lines, "\n")
}

// flagRows is the table of rustc's flags for people.
func flagRows() string {
	text := "| flag | value | what it sets |\n| --- | --- | --- |\n"
	for _, f := range rustc.Flags() {
		name := "`" + f.Name + "`"
		if names := f.Spellings(); len(names) > 1 {
			name = "`" + strings.Join(names, "`, `") + "`"
		}
		form := f.Form
		if f.Values != nil {
			form = "`" + strings.Join(f.Values, "`, `") + "`"
		}
		text += fmt.Sprintf("| %s | %s | %s |\n", name, form, f.About)
	}
	return text
}

// actionRows is the table of actions for people.
func actionRows() string {
	text := "| action | what it does | tool | mode matters | takes arguments and input |\n| --- | --- | --- | --- | --- |\n"
	yes := map[bool]string{true: "yes", false: "no"}
	for _, a := range rustc.Actions() {
		text += fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", a.Name, a.About, a.Tool, yes[a.Mode], yes[a.Program()])
	}
	return text
}

// limitKeys are the keys of [limits] with their defaults.
func limitKeys() string {
	var lines []string
	for _, row := range runner.LimitTable() {
		value := strings.TrimSuffix(row.Unit.Format(row.Default), " bytes")
		if strings.ContainsFunc(value, unicode.IsLetter) {
			value = strconv.Quote(value)
		} else if row.Unit == runner.UnitCPUs && row.Default == 0 {
			value = "0.0"
		}
		lines = append(lines, fmt.Sprintf("%-21s # %s", row.Name+" = "+value, row.About))
	}
	return strings.Join(lines, "\n")
}

// limitRows is the table of limits for people.
func limitRows() string {
	text := "| limit | flag | default | least | most | what is limited | enforced by |\n| --- | --- | --- | --- | --- | --- | --- |\n"
	for _, row := range runner.LimitTable() {
		flag, byDefault := "", row.Unit.Format(row.Default)
		if row.Flag != "" {
			flag = "`--" + row.Flag + "`"
		}
		if row.Default == 0 {
			byDefault = "none"
		}
		text += fmt.Sprintf("| `%s` | %s | %s | %s | %s | %s | %s |\n", row.Name, flag, byDefault, row.Unit.Format(row.Least), row.Unit.Format(row.Most), row.About, row.Means)
	}
	return text
}

// reference lists a command and those below it which users may type.
func reference(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" && !sub.IsAdditionalHelpTopicCommand() {
			list = append(list, reference(sub)...)
		}
	}
	return list
}
