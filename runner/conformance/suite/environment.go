package suite

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
)

// A promise is something that a program may rely on in every box. The list of them is
// docs/boxes.md, too: a test holds the page to it.
type promise struct {
	section string // of the page
	text    string // one item of the page
	// probe is an expression of Rust that gives a String, or panics; want is that string.
	probe string
	want  string
}

// promised is everything that a program may rely on.
var promised = []promise{
	{"Standard streams", "`/dev/stdin`, `/dev/fd/0` and `/proc/self/fd/0` open standard input by name.",
		`["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].map(|path| {
			let mut b = [0];
			fs::File::open(path).unwrap().read_exact(&mut b).unwrap();
			char::from(b[0])
		}).iter().collect()`, "abc"},
	{"Standard streams", "`/dev/stdout` and `/dev/stderr`, and the same descriptors in `/dev/fd` and `/proc/self/fd`, open the other two.",
		`for path in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"] {
			fs::OpenOptions::new().write(true).open(path).unwrap().write_all(format!("{path} works\n").as_bytes()).unwrap();
		} "opened".into()`, "opened"},
	{"Standard streams", "None of the three is a terminal, and there is no `/dev/tty` to open.",
		`format!("{} {} {} {}", io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal(), fs::File::open("/dev/tty").is_ok())`, "false false false false"},

	{"Files", "The working directory is `/work`. It belongs to the program, with mode 0755.",
		`let m = fs::metadata(".").unwrap(); format!("{:?} {} {:o}", env::current_dir().unwrap(), mine(&m), m.mode() & 0o7777)`, `"/work" mine 755`},
	{"Files", "A listing of it shows the files of the request; further names begin with a dot. The files belong to the program, which may change and remove them.",
		`let mut names = vec![];
		for e in fs::read_dir(".").unwrap() {
			let e = e.unwrap();
			let name = e.file_name().into_string().unwrap();
			if !name.starts_with('.') { names.push(format!("{name} {} {:o}", mine(&e.metadata().unwrap()), e.metadata().unwrap().mode() & 0o7777)) }
		}
		names.sort();
		fs::write("main.rs", "changed").unwrap();
		fs::write("data/new", "").unwrap();
		fs::remove_dir_all("data").unwrap();
		names.join(", ")`, "data mine 755, main.rs mine 644"},
	{"Files", "`TMPDIR` is `/work/.tmp`, on the file system of the working directory: a temporary file can be renamed into place.",
		`let dir = env::temp_dir();
		fs::write(dir.join("new"), "x").unwrap();
		fs::rename(dir.join("new"), "kept").unwrap();
		format!("{:?} {}", dir, fs::read_to_string("kept").unwrap())`, `"/work/.tmp" x`},
	{"Files", "`/tmp` and `/dev/shm` are writable, with mode 1777. All else is read-only.",
		`let mut list = vec![];
		for dir in ["/tmp", "/dev/shm", "/", "/etc", "/usr/bin", "/dev", "/opt"] {
			let ok = fs::write(format!("{dir}/file"), "x").is_ok();
			list.push(format!("{dir} {}", if ok { format!("{:o}", fs::metadata(dir).unwrap().mode() & 0o7777) } else { "no".into() }));
		}
		list.join(", ")`, "/tmp 1777, /dev/shm 1777, / no, /etc no, /usr/bin no, /dev no, /opt no"},
	{"Files", "Programs can be executed from `/work` and `/tmp`.",
		`for to in ["/work/again", "/tmp/again"] {
			fs::copy(env::current_exe().unwrap(), to).unwrap();
			assert!(Command::new(to).arg("again").status().unwrap().success(), "{to}");
		} "executed".into()`, "executed"},
	{"Files", "The umask is 0022.",
		`fs::File::create("new").unwrap();
		fs::create_dir("dir").unwrap();
		fs::OpenOptions::new().mode(0o777).write(true).create(true).open("all").unwrap();
		["new", "dir", "all"].map(|name| format!("{:o}", fs::metadata(name).unwrap().mode() & 0o7777)).join(" ")`, "644 755 755"},
	{"Files", "`/dev/null`, `/dev/zero`, `/dev/full`, `/dev/random` and `/dev/urandom` are there.",
		`let mut read = [1; 3];
		for (i, name) in ["zero", "random", "urandom"].iter().enumerate() {
			let mut b = [1; 16];
			fs::File::open(format!("/dev/{name}")).unwrap().read_exact(&mut b).unwrap();
			read[i] = b.iter().map(|&n| n as u32).sum();
		}
		fs::write("/dev/null", "x").unwrap();
		format!("{} {} {} {:?} {:?}", read[0], read[1] > 0, read[2] > 0, fs::read("/dev/null").unwrap(), fs::write("/dev/full", "x").unwrap_err().kind())`,
		"0 true true [] StorageFull"},
	{"Files", "`/proc/self` and `/proc/thread-self` are there, and `/proc/N` for a program's own processes. Of the rest of `/proc` and of `/sys`, nothing need be there.",
		`for name in ["exe", "cwd", "cmdline", "environ", "status", "stat", "statm", "maps", "mountinfo", "cgroup", "limits", "io", "fd", "task", "oom_score"] {
			let path = format!("/proc/{}/{name}", std::process::id());
			let m = fs::symlink_metadata(&path).unwrap();
			assert!(m.is_dir() && fs::read_dir(&path).unwrap().count() > 0 || m.is_symlink() && fs::read_link(&path).is_ok() || !fs::read(&path).unwrap().is_empty(), "{path}");
		}
		format!("{:?} {}", fs::read_link("/proc/self/exe").unwrap(), fs::read_to_string("/proc/thread-self/comm").is_ok())`, `"/work/.main" true`},

	{"Users and names", "The program is user `corust` of group `corust` and of no other; their numbers are equal and may be any. Its home is `/work`, its shell `/bin/sh`.",
		`sh("whoami; id -Gn; [ $(id -u) = $(id -g) ] && grep :$(id -u): /etc/passwd | sed s/:$(id -u):/:N:/ | sed s/:$(id -g):/:N:/")`,
		"corust\ncorust\ncorust:x:N:N::/work:/bin/sh"},
	{"Users and names", "The host name is `corust`.",
		`sh("hostname; uname -n")`, boxenv.Hostname + "\n" + boxenv.Hostname},

	{"Environment", "`PATH` is `/usr/local/bin:/usr/bin:/bin`, `HOME` `/work`, `TMPDIR` `/work/.tmp`, `LANG` `C.UTF-8`. There is no other variable but those of the request.",
		`let mut list: Vec<_> = env::vars().map(|(k, v)| format!("{k}={v}")).collect(); list.sort(); list.join("\n")`,
		strings.Join(slices.Sorted(slices.Values(boxenv.Environ())), "\n")},
	{"Environment", "The locale of `LANG` is there; characters are UTF-8.",
		`unsafe extern "C" { fn setlocale(c: i32, name: *const i8) -> *const i8; fn nl_langinfo(item: i32) -> *const i8; }
		unsafe {
			let name = setlocale(6, c"".as_ptr().cast());
			assert!(!name.is_null());
			format!("{:?} {:?}", std::ffi::CStr::from_ptr(name.cast()), std::ffi::CStr::from_ptr(nl_langinfo(14).cast()))
		}`, `"C.UTF-8" "UTF-8"`},
	{"Environment", "All time zones are in `/usr/share/zoneinfo`, for `TZ`. Local time is UTC.",
		`sh("for tz in Europe/Berlin America/New_York Asia/Kolkata UTC; do TZ=$tz date -d @1782907200 '+%F %R %z %Z'; done; date -d @0 '+%F %R %z %Z'; readlink /etc/localtime")`,
		"2026-07-01 14:00 +0200 CEST\n2026-07-01 08:00 -0400 EDT\n2026-07-01 17:30 +0530 IST\n2026-07-01 12:00 +0000 UTC\n1970-01-01 00:00 +0000 UTC\n" + boxenv.Localtime},

	{"Tools", "In `/usr/bin`, and in `/bin` by the same names: " + toolList() + ".",
		`let mut missing = vec![];
		for tool in ` + fmt.Sprintf("[%s]", quoted(boxenv.Tools)) + ` {
			for dir in ["/usr/bin", "/bin"] {
				let s = Command::new(format!("{dir}/{tool}")).arg("--help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
				if !s.as_ref().is_ok_and(|s| s.code().is_some_and(|c| c != 127)) { missing.push(format!("{dir}/{tool}: {s:?}")) }
			}
		}
		missing.join("\n")`, ""},
	{"Tools", "`std::process::Command` finds them by their names, and a script by its first line.",
		`let mut rev = Command::new("rev").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
		rev.stdin.take().unwrap().write_all(b"olleh").unwrap();
		let rev = rev.wait_with_output().unwrap().stdout;
		fs::write("script", "#!/bin/sh\necho script \"$1\"\n").unwrap();
		fs::set_permissions("script", fs::Permissions::from_mode(0o755)).unwrap();
		let script = Command::new("./script").arg("ran").output().unwrap().stdout;
		let env = Command::new("printenv").env_clear().env("ONE", "1").output().unwrap().stdout;
		let pipe = sh("printf 'b\\na\\nb\\n' | sort | uniq -c | awk '{ print $2 $1 }' | sed s/b/B/ | tr '\\n' ' '");
		format!("{} {} {} {pipe}", text(rev), text(script), text(env))`, "hello script ran ONE=1 a1 B2"},

	{"Network", "`127.0.0.1` and `::1` are there, and `localhost` is their name.",
		`for address in ["127.0.0.1:0", "[::1]:0"] {
			let l = net::TcpListener::bind(address).unwrap();
			let mut c = net::TcpStream::connect(l.local_addr().unwrap()).unwrap();
			c.write_all(b"x").unwrap();
			drop(c);
			assert_eq!(io::read_to_string(l.accept().unwrap().0).unwrap(), "x");
		}
		let mut names: Vec<_> = net::ToSocketAddrs::to_socket_addrs("localhost:80").unwrap().map(|a| a.to_string()).collect();
		names.sort();
		names.dedup();
		names.join(" ")`, "127.0.0.1:80 [::1]:80"},
	{"Network", "No other address can be reached, and no other name is known; both fail at once.",
		`let start = Instant::now();
		let far = net::TcpStream::connect("192.0.2.1:80").is_ok();
		let far6 = net::TcpStream::connect("[2001:db8::1]:80").is_ok();
		let name = net::ToSocketAddrs::to_socket_addrs("example.org:80").is_ok();
		format!("{far} {far6} {name} {}", start.elapsed().as_secs() < 2)`, "false false false true"},

	{"Processors and processes", "`available_parallelism` and `nproc` report at most one processor for each eight processes of the limit, and at most the processor limit. Several thread pools of that size fit.",
		`let n = std::thread::available_parallelism().unwrap().get();
		let (tx, rx) = std::sync::mpsc::channel::<()>();
		let rx = std::sync::Arc::new(std::sync::Mutex::new(rx));
		let pools: Vec<_> = (0..4 * n).map(|_| { let rx = rx.clone(); std::thread::Builder::new().spawn(move || { let _ = rx.lock().unwrap().recv(); }).unwrap() }).collect();
		drop(tx);
		for t in pools { t.join().unwrap() }
		format!("{} {}", n <= 128 / 8, sh("nproc") == n.to_string())`, "true true"},
	{"Processors and processes", "Limits of a process (`ulimit`): " + rlimitList() + ".",
		`unsafe extern "C" { fn getrlimit(n: i32, l: *mut [u64; 2]) -> i32; }
		` + fmt.Sprintf("[%s]", rlimitNumbers()) + `.map(|(name, n)| {
			let mut l = [0; 2];
			assert_eq!(unsafe { getrlimit(n, &mut l) }, 0);
			format!("{name} {} {}", l[0], l[1])
		}).join("\n")`, rlimitValues()},
}

func quoted(list []string) string {
	var q []string
	for _, s := range list {
		q = append(q, fmt.Sprintf("%q", s))
	}
	return strings.Join(q, ", ")
}

func toolList() string { return "`" + strings.Join(boxenv.Tools, "`, `") + "`" }

// rlimitOf are the limits of a box with default limits.
func rlimitOf() []runner.Rlimit { return runner.DefaultLimits.Spec("").Rlimits() }

func rlimitList() string {
	var list []string
	for _, l := range rlimitOf() {
		item := fmt.Sprintf("`%s` %d", l.Name, l.Soft)
		switch l.Name {
		case "fsize":
			item = "`fsize` the size of `/work`"
		case "nofile":
			item = "`nofile` the limit of open files"
		case "stack":
			item += ", which may be raised to the memory limit"
		}
		list = append(list, item)
	}
	return strings.Join(list, ", ")
}

func rlimitValues() string {
	var list []string
	for _, l := range rlimitOf() {
		list = append(list, fmt.Sprintf("%s %d %d", l.Name, l.Soft, l.Hard))
	}
	return strings.Join(list, "\n")
}

// rlimitNumbers are pairs of Rust: the limits and Linux's numbers of them.
func rlimitNumbers() string {
	numbers := map[string]int{"fsize": 1, "stack": 3, "core": 4, "nofile": 7, "memlock": 8, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14}
	var list []string
	for _, l := range rlimitOf() {
		list = append(list, fmt.Sprintf("(%q, %d)", l.Name, numbers[l.Name]))
	}
	return strings.Join(list, ", ")
}

// promisesProgram prints what each probe gives, one a line, quoted.
func promisesProgram(list []promise) string {
	var b strings.Builder
	b.WriteString(`#![allow(unused)]
use std::{env, fs, io, net, io::{IsTerminal, Read, Write}, os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt}, process::{Command, Stdio}, time::Instant};

fn text(bytes: Vec<u8>) -> String { String::from_utf8(bytes).unwrap().trim().to_string() }

fn sh(script: &str) -> String {
	let out = Command::new("sh").args(["-c", script]).output().unwrap();
	text(out.stdout) + &text(out.stderr)
}

fn mine(m: &fs::Metadata) -> &'static str {
	let me = fs::metadata("/proc/self").unwrap();
	if m.uid() == me.uid() && m.gid() == me.gid() { "mine" } else { "another's" }
}

fn probe(n: usize, f: fn() -> String) {
	let s = std::panic::catch_unwind(f).unwrap_or_else(|e| "it panicked, see standard error".into());
	println!("promise {n} {s:?}");
}

fn main() {
	if env::args().nth(1).is_some() { return }
`)
	for i, p := range list {
		fmt.Fprintf(&b, "\tprobe(%d, || { %s });\n", i, p.probe)
	}
	b.WriteString("}\n")
	return b.String()
}

// environment runs the probes of all promises in one program.
func (s *suite) environment(t *testing.T, r runner.Executor) {
	req := runner.Request{Mode: runner.ModeDebug, Files: source(promisesProgram(promised))}
	req.Files = append(req.Files, runner.File{Name: "data/file", Data: []byte("data")})
	rec := feed(t, r, req, strings.NewReader("abc"))
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	got := map[string]bool{}
	for _, line := range append(lines(rec.Stdout()), lines(rec.Stderr())...) {
		got[line] = true
	}
	for i, p := range promised {
		prefix := fmt.Sprintf("promise %d ", i)
		if got[prefix+rustQuote(p.want)] {
			continue
		}
		found := "nothing"
		for line := range got {
			if strings.HasPrefix(line, prefix) {
				found = strings.TrimPrefix(line, prefix)
			}
		}
		t.Errorf("%s\nin the box: %s\nwant:       %s", p.text, found, rustQuote(p.want))
	}
	for _, path := range []string{"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"} {
		if !got[path+" works"] {
			t.Errorf("what was written to %s did not arrive", path)
		}
	}
	if t.Failed() {
		t.Logf("%v", rec)
	}
}

// rustQuote is a string as Rust's Debug shows it.
func rustQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// A program sees no more processors than it may use the time of.
func (s *suite) parallelism(t *testing.T, r runner.Executor) {
	req := snippet(`println!("{}", std::thread::available_parallelism().unwrap());`)
	req.Limits.CPUs = 1
	rec := run(t, r, req)
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	if rec.Stdout() != "1\n" {
		t.Errorf("with one processor's time: %v", rec)
	}
}

// A program that was refused threads and then hangs is known by the count.
func (s *suite) refusedAndHung(t *testing.T, r runner.Executor) {
	req := snippet(`
		let (tx, rx) = std::sync::mpsc::channel::<()>();
		for _ in 0..200 {
			let tx = tx.clone();
			let _ = std::thread::Builder::new().stack_size(16 << 10).spawn(move || { std::thread::park(); drop(tx) });
		}
		let _ = rx.recv();`)
	req.Limits.RunTime = 1e9
	rec := run(t, r, req)
	wantVerdict(t, rec, runner.VerdictTimeout, runner.StageRun)
	if denied := rec.Stages[1].Usage.ProcessesDenied; denied == 0 {
		t.Errorf("no refusal was counted: %v", rec)
	}
}
