package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/internal/setplan"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native"
	"github.com/corust-dev/corust/runner/rustc"
)

// withCargo lets the crates section compile the whole list once more, by cargo
// alone, to have something to compare with.
var withCargo = flag.Bool("cargo", false, "crates: also against cargo, whose first build of all crates takes many minutes")

// uses is a program with three crates of the set.
const uses = `use rand::RngExt;
use regex::Regex;
use serde::Serialize;

#[derive(Serialize)]
struct Found {
    year: u32,
    luck: bool,
}

fn main() {
    let date = Regex::new(r"(\d{4})-\d{2}").unwrap();
    let year = date.captures("on 2024-05-06").unwrap()[1].parse().unwrap();
    let found = Found { year, luck: rand::rng().random_bool(1.0) };
    println!("{}", serde_json_of(&found));
}

fn serde_json_of(f: &Found) -> String {
    format!("{{\"year\":{},\"luck\":{}}}", f.year, f.luck)
}
`

// usesOutput is what it prints.
const usesOutput = "{\"year\":2024,\"luck\":true}\n"

// needed are the crates that it names, with their idents.
var needed = map[string]string{"rand": "rand", "regex": "regex", "serde": "serde"}

// mistyped has an error of types in place of a number.
var mistyped = strings.Replace(uses, ".parse().unwrap();\n    let found", ".len() as f32;\n    let found", 1)

// builtSet is the set of the default list for the compiler, and the set as a
// planner wants it.
func (b *bench) builtSet() (*crates.Set, *rustc.Set, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil, nil, err
	}
	id, err := crates.ListID("")
	if err != nil {
		return nil, nil, err
	}
	path, _ := crates.Recall(filepath.Join(dir, "corust"), b.rustc, id)
	if path == "" {
		return nil, nil, errors.New("the set of the default list has not been built (corust crates build)")
	}
	set, err := crates.OpenSet(path)
	if err != nil {
		return nil, nil, err
	}
	return set, setplan.Of(set), nil
}

// withCrates makes a runner whose native boxes hold the set.
func withCrates(ctx context.Context, set *crates.Set, plan *rustc.Set, use func(runner.Executor) error) error {
	backend, err := native.New(native.Config{Set: func(string) (string, string) { return set.Dir, set.Key }})
	if err != nil {
		return err
	}
	defer backend.Close()
	planner := rustc.Planner{Sets: func(string) (*rustc.Set, error) { return plan, nil }}
	r, err := runner.New(runner.Config{Warm: 2, Backend: backend, Planner: planner})
	if err != nil {
		return err
	}
	defer r.Close(context.Background())
	if err := awaitWarm(ctx, r, 2); err != nil {
		return err
	}
	return use(r)
}

// crateSet is what the set of crates costs a program that does not use it, one
// that does, and one that does not compile.
func crateSet(ctx context.Context, b *bench) error {
	set, plan, err := b.builtSet()
	if err != nil {
		return err
	}
	for name, text := range map[string]string{"uses.rs": uses, "mistyped.rs": mistyped} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("  a set of %d crates, %.2f GB\n", len(set.Crates), float64(set.Bytes())/1e9)
	externs := plan.Profiles[runner.ModeRelease].Args(set.Dir, needed)
	return withNative(ctx, runner.Config{Warm: 2}, func(without runner.Executor) error {
		return withCrates(ctx, set, plan, func(with runner.Executor) error {
			hello := runner.File{Name: runner.MainFile, Data: []byte(hello)}
			err := b.compareCounted(ctx,
				counted{"hello, boxes without a set", func() (time.Duration, error) { return inBox(ctx, without, hello, runner.VerdictOK, "Hello, world!\n") }},
				counted{"hello, boxes with the set", func() (time.Duration, error) { return inBox(ctx, with, hello, runner.VerdictOK, "Hello, world!\n") }})
			if err != nil {
				return err
			}
			uses := runner.File{Name: runner.MainFile, Data: []byte(uses)}
			contenders := []counted{
				{"3 crates, bare rustc -O with 3 --extern", func() (time.Duration, error) { return b.usesBare(ctx, externs) }},
				{"3 crates, runner with the set", func() (time.Duration, error) { return inBox(ctx, with, uses, runner.VerdictOK, usesOutput) }},
			}
			if *withCargo {
				toolchain, err := crates.FindToolchain(ctx, b.rustc)
				if err != nil {
					return err
				}
				project, err := cargoProject(ctx, toolchain)
				if err != nil {
					return err
				}
				contenders = append(contenders, counted{"3 crates, cargo run --release --offline", func() (time.Duration, error) { return b.usesCargo(ctx, toolchain, project) }})
			}
			if err := b.compareCounted(ctx, contenders...); err != nil {
				return err
			}
			mistyped := runner.File{Name: runner.MainFile, Data: []byte(mistyped)}
			return b.compareCounted(ctx,
				counted{"type error, bare rustc with 3 --extern", func() (time.Duration, error) { return b.mistypedBare(ctx, externs) }},
				counted{"type error, runner with the set", func() (time.Duration, error) { return inBox(ctx, with, mistyped, runner.VerdictCompileError, "E0308") }})
		})
	})
}

// counted is a contender that returns the processor time that it took.
type counted struct {
	name string
	work func() (time.Duration, error)
}

// compareCounted compares contenders by the clock, and by processor time, which
// other work on the machine disturbs far less.
func (b *bench) compareCounted(ctx context.Context, all ...counted) error {
	times := make([][]time.Duration, len(all))
	var contenders []contender
	for i, c := range all {
		contenders = append(contenders, contender{c.name, func() error {
			t, err := c.work()
			times[i] = append(times[i], t)
			return err
		}})
	}
	if err := b.compare(ctx, b.rounds, contenders...); err != nil {
		return err
	}
	var line []string
	for i := range times {
		times[i] = times[i][1:] // as compare does
		slices.Sort(times[i])
		line = append(line, ms(percentile(times[i], 50)))
		if i > 0 {
			line[i] += fmt.Sprintf(" (%.2f)", ratio(percentile(times[i], 50), percentile(times[0], 50)))
		}
	}
	fmt.Printf("    the same by processor time, median (ratio): %s\n", strings.Join(line, ", "))
	return nil
}

// took is the processor time of a command that ended, and of all that it waited
// for.
func took(cmd *exec.Cmd) time.Duration {
	if cmd.ProcessState == nil {
		return 0
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// inBox runs a file in a box. Verdict and output must be as wanted.
func inBox(ctx context.Context, r runner.Executor, file runner.File, want runner.Verdict, output string) (time.Duration, error) {
	var said []byte
	res, err := r.Run(ctx, runner.Request{Files: []runner.File{file}}, nil, func(e runner.Event) { said = append(said, e.Data...) })
	if err == nil && (res.Verdict != want || !strings.Contains(string(said), output)) {
		err = fmt.Errorf("verdict %s: %s", res.Verdict, said)
	}
	var sum time.Duration
	for _, s := range res.Stages {
		sum += s.Usage.CPU
	}
	return sum, err
}

func expectUses(out []byte, err error) error {
	if err == nil && string(out) != usesOutput {
		err = fmt.Errorf("it printed %q", out)
	}
	return err
}

func (b *bench) usesBare(ctx context.Context, externs []string) (time.Duration, error) {
	out := filepath.Join(b.dir, "uses.out")
	defer os.Remove(out)
	compile := exec.CommandContext(ctx, b.rustc, append([]string{"--edition=2024", "-O", "-C", "strip=debuginfo", "-o", out, "uses.rs"}, externs...)...)
	compile.Dir = b.dir
	if msg, err := compile.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, msg)
	}
	program := exec.CommandContext(ctx, out)
	err := expectUses(program.Output())
	return took(compile) + took(program), err
}

// mistypedBare must fail, and of the types.
func (b *bench) mistypedBare(ctx context.Context, externs []string) (time.Duration, error) {
	compile := exec.CommandContext(ctx, b.rustc, append([]string{"--edition=2024", "-O", "-o", "mistyped.out", "mistyped.rs"}, externs...)...)
	compile.Dir = b.dir
	msg, err := compile.CombinedOutput()
	if err == nil || !strings.Contains(string(msg), "E0308") {
		return 0, fmt.Errorf("no E0308: %v: %s", err, msg)
	}
	return took(compile), nil
}

// cargoProject is a project with all crates of the list and a main.rs, built
// once. It is kept in corust's cache, for the first build takes many minutes.
func cargoProject(ctx context.Context, t crates.Toolchain) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	list, err := crates.Default()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "corust", "bench")
	if err := crates.WriteProject(dir, list); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(dir, "src"), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "src/main.rs"), []byte(uses), 0o644); err != nil {
		return "", err
	}
	fmt.Println("  compiling all crates by cargo, which is done once")
	if out, err := t.Command(ctx, dir, "build", "--release", "--locked").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out[max(0, len(out)-2000):])
	}
	return dir, nil
}

// usesCargo changes main.rs, as one does between two runs, and lets cargo run it.
func (b *bench) usesCargo(ctx context.Context, t crates.Toolchain, project string) (time.Duration, error) {
	b.edits++
	text := fmt.Sprintf("%s// %d\n", uses, b.edits)
	if err := os.WriteFile(filepath.Join(project, "src/main.rs"), []byte(text), 0o644); err != nil {
		return 0, err
	}
	cmd := t.Command(ctx, project, "run", "--release", "--offline", "--quiet")
	err := expectUses(cmd.Output())
	return took(cmd), err
}
