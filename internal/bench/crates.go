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

// needed are the crates that it names.
var needed = []string{"rand", "regex", "serde"}

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
func withCrates(ctx context.Context, set *crates.Set, plan *rustc.Set, use func(*runner.Runner) error) error {
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
	externs := set.RustcArgs(crates.Release, set.Dir, needed)
	return withNative(ctx, runner.Config{Warm: 2}, func(without *runner.Runner) error {
		return withCrates(ctx, set, plan, func(with *runner.Runner) error {
			err := b.compare(ctx, b.rounds,
				contender{"hello, boxes without a set", func() error { return helloIn(ctx, without) }},
				contender{"hello, boxes with the set", func() error { return helloIn(ctx, with) }})
			if err != nil {
				return err
			}
			// A busy machine makes times useless; processor time it changes little.
			if err := helloProcessor(ctx, b.rounds, without, with); err != nil {
				return err
			}
			contenders := []contender{
				{"3 crates, bare rustc -O with 3 --extern", func() error { return b.usesBare(ctx, externs) }},
				{"3 crates, runner with the set", func() error { return usesIn(ctx, with) }},
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
				contenders = append(contenders, contender{"3 crates, cargo run --release --offline", func() error { return b.usesCargo(ctx, toolchain, project) }})
			}
			if err := b.compare(ctx, b.rounds, contenders...); err != nil {
				return err
			}
			return b.compare(ctx, b.rounds,
				contender{"type error, bare rustc with 3 --extern", func() error { return b.mistypedBare(ctx, externs) }},
				contender{"type error, runner with the set", func() error { return mistypedIn(ctx, with) }})
		})
	})
}

// helloProcessor prints what compiler and program take of the processor, in turn
// without a set and with it.
func helloProcessor(ctx context.Context, rounds int, without, with *runner.Runner) error {
	var times [2][]time.Duration
	for range rounds {
		for i, r := range []*runner.Runner{without, with} {
			res, err := r.Run(ctx, runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(hello)}}}, func(runner.Event) {})
			if err == nil && res.Verdict != runner.VerdictOK {
				err = fmt.Errorf("verdict %s", res.Verdict)
			}
			if err != nil {
				return err
			}
			var sum time.Duration
			for _, s := range res.Stages {
				sum += s.Usage.CPU
			}
			times[i] = append(times[i], sum)
		}
	}
	slices.Sort(times[0])
	slices.Sort(times[1])
	a, b := percentile(times[0], 50), percentile(times[1], 50)
	fmt.Printf("  hello, processor time without and with a set: median %s and %s   ratio %.2f\n", ms(a), ms(b), ratio(b, a))
	return nil
}

func expectUses(out []byte, err error) error {
	if err == nil && string(out) != usesOutput {
		err = fmt.Errorf("it printed %q", out)
	}
	return err
}

func (b *bench) usesBare(ctx context.Context, externs []string) error {
	out := filepath.Join(b.dir, "uses.out")
	defer os.Remove(out)
	compile := exec.CommandContext(ctx, b.rustc, append([]string{"--edition=2024", "-O", "-C", "strip=debuginfo", "-o", out, "uses.rs"}, externs...)...)
	compile.Dir = b.dir
	if msg, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, msg)
	}
	return expectUses(exec.CommandContext(ctx, out).Output())
}

func usesIn(ctx context.Context, r *runner.Runner) error {
	var out []byte
	res, err := r.Run(ctx, runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(uses)}}}, func(e runner.Event) {
		if e.Kind == runner.KindStdout {
			out = append(out, e.Data...)
		}
	})
	if err == nil && res.Verdict != runner.VerdictOK {
		err = fmt.Errorf("verdict %s", res.Verdict)
	}
	return expectUses(out, err)
}

// mistypedBare must fail, and of the types.
func (b *bench) mistypedBare(ctx context.Context, externs []string) error {
	compile := exec.CommandContext(ctx, b.rustc, append([]string{"--edition=2024", "-O", "-o", "mistyped.out", "mistyped.rs"}, externs...)...)
	compile.Dir = b.dir
	msg, err := compile.CombinedOutput()
	if err == nil || !strings.Contains(string(msg), "E0308") {
		return fmt.Errorf("no E0308: %v: %s", err, msg)
	}
	return nil
}

func mistypedIn(ctx context.Context, r *runner.Runner) error {
	var messages []byte
	res, err := r.Run(ctx, runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(mistyped)}}}, func(e runner.Event) {
		messages = append(messages, e.Data...)
	})
	if err == nil && (res.Verdict != runner.VerdictCompileError || !strings.Contains(string(messages), "E0308")) {
		err = fmt.Errorf("verdict %s: %s", res.Verdict, messages)
	}
	return err
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
func (b *bench) usesCargo(ctx context.Context, t crates.Toolchain, project string) error {
	b.edits++
	text := fmt.Sprintf("%s// %d\n", uses, b.edits)
	if err := os.WriteFile(filepath.Join(project, "src/main.rs"), []byte(text), 0o644); err != nil {
		return err
	}
	return expectUses(t.Command(ctx, project, "run", "--release", "--offline", "--quiet").Output())
}
