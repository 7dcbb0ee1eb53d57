package directlink

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// find runs the script with a compiler and a PATH.
func find(t *testing.T, rustc, path string) (string, error) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", Script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "rustc="+rustc, "PATH="+path)
	out, err := cmd.Output()
	return string(out), err
}

// rustc returns the compiler that rustup's rustc starts, with the arguments found for it.
func rustc(t *testing.T) (path, args string) {
	t.Helper()
	out, err := exec.Command("rustc", "--print", "sysroot").Output()
	if err != nil {
		t.Skipf("no rustc on this machine: %v", err)
	}
	path = filepath.Join(strings.TrimSpace(string(out)), "bin/rustc")
	found, err := find(t, path, os.Getenv("PATH"))
	if exit := new(exec.ExitError); errors.As(err, &exit) && len(exit.Stderr) == 0 {
		t.Skip("this rustc does not link with its own lld, or there is no gcc or clang")
	}
	if args = Parse(found); err != nil || args == "" {
		t.Fatalf("the script prints %q: %v", found, err)
	}
	return path, args
}

// programs are linked in both ways. What follows main's name is the compiler's arguments.
var programs = map[string]struct {
	source string
	args   []string
}{
	"panics, with a backtrace": {`
#[inline(never)] fn inner(v: &[i32]) -> i32 { v[3] }
fn main() { println!("{:?}", std::panic::catch_unwind(|| inner(&[1])).is_err()); inner(&[std::env::args().count() as i32]); }`, []string{"-C", "debuginfo=1"}},
	"panics, optimised and stripped": {`
#[inline(never)] fn inner(v: &[i32]) -> i32 { v[3] }
fn main() { inner(&[std::env::args().count() as i32]); }`, []string{"-O", "-C", "strip=debuginfo"}},
	"optimised across crates": {`fn main() { println!("{:?}", "1 2".split(' ').map(str::parse::<i32>).collect::<Vec<_>>()) }`, []string{"-O", "-C", "lto=fat"}},
	"aborts":                  {`fn main() { let v: Vec<i32> = Vec::new(); println!("{}", v[v.len()]) }`, []string{"-C", "panic=abort"}},
	"stripped of its symbols": {`fn main() { std::process::exit(3) }`, []string{"-C", "strip=symbols"}},
	"tests":                   {`#[test] fn good() {} #[test] fn bad() { assert_eq!(1, 2) }`, []string{"--test"}},
	"threads and thread-locals": {`
thread_local!(static N: std::cell::Cell<i32> = const { std::cell::Cell::new(1) });
fn main() { N.set(2); println!("{}", std::thread::spawn(|| N.get()).join().unwrap() + N.get()) }`, nil},
	"functions before and after main": {`
extern "C" fn first() { unsafe { puts(c"first".as_ptr()) }; unsafe { atexit(exit) }; }
extern "C" fn exit() { unsafe { puts(c"exit".as_ptr()) }; }
extern "C" fn last() { unsafe { puts(c"last".as_ptr()) }; }
#[used] #[link_section = ".init_array"] static FIRST: extern "C" fn() = first;
#[used] #[link_section = ".fini_array"] static LAST: extern "C" fn() = last;
extern "C" { fn puts(s: *const std::ffi::c_char) -> i32; fn atexit(f: extern "C" fn()) -> i32; }
fn main() { unsafe { puts(c"main".as_ptr()) }; }`, nil},
	"libraries of the system": {`
#[link(name = "m")] extern "C" { fn lgamma(x: f64) -> f64; }
#[link(name = "stdc++")] extern "C" { fn _ZSt9terminatev() -> !; }
fn main() { println!("{}", unsafe { lgamma(5.0) }); if std::env::args().count() > 9 { unsafe { _ZSt9terminatev() } } }`, nil},
	"no main": {`
#![no_main]
#[no_mangle] pub extern "C" fn main(n: i32, _: *const *const u8) -> i32 { println!("{n}"); 4 }`, nil},
	"no standard library": {`
#![no_std] #![no_main]
#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
#[link(name = "c")] extern "C" { fn puts(s: *const core::ffi::c_char) -> i32; }
#[no_mangle] pub extern "C" fn main() -> i32 { unsafe { puts(c"here".as_ptr()) }; 5 }`, []string{"-C", "panic=abort"}},
	"an undefined symbol":  {`extern "C" { fn nowhere_to_be_found(); } fn main() { unsafe { nowhere_to_be_found() } }`, nil},
	"a missing library":    {`#[link(name = "nowhere_to_be_found")] extern "C" { } fn main() { }`, nil},
	"the C library's main": {`#![no_main] #[no_mangle] pub extern "C" fn _start() { }`, nil},
}

// A program that is linked without the C compiler behaves like one that is linked with it.
func TestProgramIsTheSame(t *testing.T) {
	t.Parallel()
	compiler, args := rustc(t)
	for name, p := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "main.rs"), []byte(p.source), 0o644); err != nil {
				t.Fatal(err)
			}
			run := func(more ...string) string {
				cmd := exec.Command(compiler, append(append([]string{"main.rs", "--crate-name", "main", "--edition", "2021", "-o", "main"}, p.args...), more...)...)
				cmd.Dir = dir
				if text, err := cmd.CombinedOutput(); err != nil {
					return linkerText(t, text)
				}
				cmd = exec.Command("./main")
				cmd.Dir, cmd.Env = dir, append(os.Environ(), "RUST_BACKTRACE=1", "RUST_TEST_THREADS=1")
				text, err := cmd.CombinedOutput()
				if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
					t.Fatal(err)
				}
				return cmd.ProcessState.String() + "\n" + string(text)
			}
			plain, direct := run(), run("-C", "linker=rust-lld", "-C", "link-args="+args)
			if unlike(plain) != unlike(direct) {
				t.Errorf("with the C compiler:\n%s\nwithout it:\n%s", plain, direct)
			}
		})
	}
}

var varies = regexp.MustCompile(`\(\d+\) panicked|finished in [0-9.]+s`)

// unlike blanks what differs between two runs: numbers of threads, and times.
func unlike(text string) string { return varies.ReplaceAllString(text, "") }

// linkerText returns the lines that are lld's.
func linkerText(t *testing.T, text []byte) string {
	t.Helper()
	var b strings.Builder
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("rust-lld: error")) {
			b.Write(line)
		}
	}
	if b.Len() == 0 {
		t.Errorf("nothing of the linker in\n%s", text)
	}
	return b.String()
}

// Where rustc has another linker by default, or cc answers in another way, there are no
// arguments.
func TestNothingIsGuessed(t *testing.T) {
	t.Parallel()
	compiler, _ := rustc(t)
	tool := func(name, script string) string {
		t.Helper()
		dir := t.TempDir()
		// A child that another test forks meanwhile would have the file open, and it could
		// not be executed.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	path := os.Getenv("PATH")
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ rustc, path string }{
		"a compiler that starts another linker": {tool("rustc", `exec `+compiler+` -C link-arg=-fuse-ld=bfd "$@" | sed 's/-fuse-ld=lld//'`) + "/rustc", path},
		"a compiler that fails":                 {tool("rustc", "exit 1") + "/rustc", path},
		"a cc that fails":                       {compiler, tool("cc", "exit 1") + ":" + path},
		"a cc that prints nothing":              {compiler, tool("cc", "exit 0") + ":" + path},
		"a cc that names no start files":        {compiler, tool("cc", `case $1 in -print-file-name=*) echo "${1#*=}" ;; *) exec `+cc+` "$@" ;; esac`) + ":" + path},
		"a cc whose start files are not there":  {compiler, tool("cc", `case $1 in -print-file-name=*) echo /nowhere/crt.o ;; *) exec `+cc+` "$@" ;; esac`) + ":" + path},
		"a cc whose start files have a space":   {compiler, tool("cc", `case $1 in -print-file-name=*) cp "$(`+cc+` "$1")" "a b.o"; echo "$PWD/a b.o" ;; *) exec `+cc+` "$@" ;; esac`) + ":" + path},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := find(t, c.rustc, c.path); err == nil || out != "" {
				t.Errorf("it prints %q, %v", out, err)
			}
		})
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	if got := Parse("-L/lib /lib/crt1.o\n"); got != "-L/lib /lib/crt1.o" {
		t.Errorf("%q", got)
	}
	for _, out := range []string{"", "\n", "crt1.o\n", "-L/lib\n-L/usr\n", "-L/\x00\n", "-L/\u00e9\n", "-L/\tx\n"} {
		if got := Parse(out); got != "" {
			t.Errorf("%q gives %q", out, got)
		}
	}
}
