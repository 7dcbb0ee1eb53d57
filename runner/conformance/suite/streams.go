package suite

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
)

func (s *suite) bytes(t *testing.T, r runner.Executor) {
	rec := run(t, r, snippet(`
		use std::io::Write;
		let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
		// A code point in three writes, with pauses over which it could be lost.
		for part in [&b"\xe2"[..], b"\x82", b"\xac", b"\x00\xff\xfe\n\r\x1b[31m\xed\xa0\x80"] {
			out.write_all(part).unwrap();
			out.flush().unwrap();
			std::thread::sleep(std::time::Duration::from_millis(5));
			err.write_all(&[part[0], 0]).unwrap();
		}`))
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	if want := "€\x00\xff\xfe\n\r\x1b[31m\xed\xa0\x80"; rec.Stdout() != want {
		t.Errorf("stdout: want %q, got %q", want, rec.Stdout())
	}
	if want := "\xe2\x00\x82\x00\xac\x00\x00\x00"; rec.Stderr() != want {
		t.Errorf("stderr: want %q, got %q", want, rec.Stderr())
	}
}

func (s *suite) caps(t *testing.T, r runner.Executor) {
	const limit = 64_000
	program := snippet(`
		use std::io::Write;
		let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
		let data: Vec<u8> = (0..n).map(|i| b"0123456789abcdef"[i % 16]).collect();
		std::io::stdout().write_all(&data).unwrap();
		std::io::stdout().flush().unwrap();
		std::io::stderr().write_all(&data).unwrap();`)
	for _, n := range []int{1, limit - 1, limit, limit + 1, 4 * limit} {
		req := program
		req.Args = []string{fmt.Sprint(n)}
		rec := run(t, r, req)
		want := runner.VerdictOK
		if n > limit {
			want = runner.VerdictOutput
		}
		if rec.Verdict != want {
			t.Errorf("%d bytes: %v", n, rec)
		}
		if rec.Stdout() != string(repeat(min(n, limit))) {
			t.Errorf("%d bytes: stdout has %d, or others", n, len(rec.Stdout()))
		}
		if n <= limit && rec.Stderr() != rec.Stdout() {
			t.Errorf("%d bytes: stderr has %d, or others", n, len(rec.Stderr()))
		}
	}
	req := program
	req.Args, req.Limits.Output = []string{"11"}, 10
	rec := run(t, r, req)
	if rec.Verdict != runner.VerdictOutput || rec.Stdout() != "0123456789" {
		t.Errorf("a cap of the request's own: %v", rec)
	}
}

func (s *suite) stdin(t *testing.T, r runner.Executor) {
	program := snippet(`
		use std::io::Read;
		let mut data = vec![];
		std::io::stdin().read_to_end(&mut data).unwrap();
		println!("{} {}", data.len(), data.iter().map(|&b| b as u64).sum::<u64>());`)
	for _, n := range []int{0, 1, 64 << 10, 64<<10 + 1, 3 << 20} {
		data, sum := repeat(n), 0
		for _, b := range data {
			sum += int(b)
		}
		var in io.Reader
		if n > 0 { // none at all is a nil reader
			in = bytes.NewReader(data)
		}
		rec := feed(t, r, program, in)
		if want := fmt.Sprintf("%d %d\n", n, sum); rec.Verdict != runner.VerdictOK || rec.Stdout() != want {
			t.Errorf("%d bytes: want %s, got %v", n, want, rec)
		}
	}
	// A reader that fails is our failure, and no end of the input.
	broken := io.MultiReader(strings.NewReader("ab"), failingReader{})
	if rec, err := try(t, t.Context(), r, program, broken, nil); !errors.Is(err, runner.ErrStdin) {
		t.Errorf("a reader that fails: %v, %v", rec, err)
	}
	// A standard input that fails and is not read has no effect.
	wantVerdict(t, feed(t, r, snippet(""), failingReader{}), runner.VerdictOK, runner.StageRun)
	// Nor has one of a program that takes long to exit, which gives much memory up.
	large := snippet(`
		std::hint::black_box(vec![1u8; 300 << 20]);
		std::process::exit(0);`)
	large.Limits.RunTime = time.Minute
	wantVerdict(t, feed(t, r, large, failingReader{}), runner.VerdictOK, runner.StageRun)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("the disk is on fire") }

// echo talks to the program as a person does: a line, its answer, and no end of
// input until the end.
func (s *suite) echo(t *testing.T, r runner.Executor) {
	in, typed := io.Pipe()
	read, out := io.Pipe()
	done := make(chan *record, 1)
	go func() {
		defer out.Close()
		req := snippet(`for line in std::io::stdin().lines() { println!("you said {}", line.unwrap()); }`)
		rec, err := try(t, t.Context(), r, req, in, func(e runner.Event) {
			if e.Kind == runner.KindStdout {
				out.Write(e.Data)
			}
		})
		if err != nil {
			t.Errorf("%v", err)
		}
		done <- rec
	}()
	answers := bufio.NewScanner(read)
	for i := range 5 {
		fmt.Fprintf(typed, "%d\n", i)
		if !answers.Scan() || answers.Text() != fmt.Sprintf("you said %d", i) {
			t.Errorf("answer %d is %q", i, answers.Text())
			break
		}
	}
	typed.Close()
	io.Copy(io.Discard, read)
	if rec := <-done; rec != nil {
		wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	}
}

// firstByte sees output while the program still runs: the program waits for an
// answer to it.
func (s *suite) firstByte(t *testing.T, r runner.Executor) {
	for _, stream := range []string{"stdout", "stderr"} {
		in, typed := io.Pipe()
		req := snippet(fmt.Sprintf(`
			use std::io::{Read, Write};
			std::io::%s().write_all(b"?").unwrap();
			std::io::%s().flush().unwrap();
			std::io::stdin().read(&mut [0]).unwrap();`, stream, stream))
		rec, err := try(t, t.Context(), r, req, in, func(e runner.Event) {
			if e.Stage == runner.StageRun && (e.Kind == runner.KindStdout || e.Kind == runner.KindStderr) {
				typed.Close()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	}
}

// counting counts what is taken from an endless input.
type counting struct{ n atomic.Int64 }

func (c *counting) Read(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return copy(p, repeat(len(p))), nil
}

func (s *suite) stdinIsNotReadAhead(t *testing.T, r runner.Executor) {
	// What a program does not ask for stays with the caller.
	for name, tt := range map[string]struct {
		body string
		want int64
	}{
		"exits at once":         {`println!("hi");`, 0},
		"sleeps":                {`std::thread::sleep(std::time::Duration::from_millis(300));`, 0},
		"waits for a thread":    {`std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_millis(300))).join().unwrap();`, 0},
		"fills a buffer":        {`use std::io::Read; std::io::stdin().read_exact(&mut [0; 100]).unwrap();`, 8 << 10},
		"reads a byte":          {`use std::{fs::File, io::Read, mem::ManuallyDrop, os::fd::FromRawFd}; ManuallyDrop::new(unsafe { File::from_raw_fd(0) }).read_exact(&mut [0]).unwrap();`, 1},
		"reads in another task": {`use std::io::Read; std::thread::spawn(|| std::io::stdin().read_exact(&mut [0; 100]).unwrap()).join().unwrap();`, 8 << 10},
		// A program that may not be looked at: all that there is room for.
		"is not dumpable": {`use std::io::Read; unsafe extern "C" { fn prctl(a: i32, ...) -> i32; }
			unsafe { prctl(4, 0, 0, 0, 0); }
			std::io::stdin().read_exact(&mut [0; 100]).unwrap();`, agent.StdinWindow + 64<<10},
	} {
		req := snippet(tt.body)
		c := &counting{}
		rec := feed(t, r, req, c)
		if rec.Verdict != runner.VerdictOK || c.n.Load() > tt.want || tt.want > 0 && c.n.Load() == 0 {
			t.Errorf("%s: %d bytes were read, want %d: %v", name, c.n.Load(), tt.want, rec)
		}
	}
	// A compile error leaves all of it.
	c := &counting{}
	if rec := feed(t, r, snippet("x"), c); rec.Verdict != runner.VerdictCompileError || c.n.Load() != 0 {
		t.Errorf("%d bytes were read although nothing ran: %v", c.n.Load(), rec)
	}
}

// waiting tests a person who takes longer to answer than the program may run.
func (s *suite) waiting(t *testing.T, r runner.Executor) {
	in, typed := io.Pipe()
	defer typed.Close()
	req := snippet(`
		println!("your name?");
		let mut name = String::new();
		std::io::stdin().read_line(&mut name).unwrap();
		println!("hello {name}");`)
	req.Limits.RunTime = time.Second
	var told []runner.Kind
	rec, err := try(t, t.Context(), r, req, in, func(e runner.Event) {
		switch e.Kind {
		case runner.KindStdinWait:
			time.AfterFunc(2500*time.Millisecond, func() { typed.Write([]byte("Ada\n")) })
			fallthrough
		case runner.KindStdinResume:
			told = append(told, e.Kind)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	usage := rec.Stages[len(rec.Stages)-1].Usage
	if usage.Waited < time.Second || usage.Waited > usage.Wall || !slices.Equal(told, []runner.Kind{runner.KindStdinWait, runner.KindStdinResume}) {
		t.Errorf("waited %v of %v, told %v", usage.Waited, usage.Wall, told)
	}

	// Without an answer, a program that waits ends at the limit of waiting.
	in, typed = io.Pipe()
	defer typed.Close()
	req.Limits.RunTime, req.Limits.InputTime = 20*time.Second, time.Second
	rec = feed(t, r, req, in)
	wantVerdict(t, rec, runner.VerdictTimeout, runner.StageRun)
	if usage := rec.Stages[len(rec.Stages)-1].Usage; usage.Waited != time.Second {
		t.Errorf("waited %v of a second", usage.Waited)
	}
}

// argumentBytes passes arguments that are not text.
func (s *suite) argumentBytes(t *testing.T, r runner.Executor) {
	req := snippet(`
		use std::os::unix::ffi::OsStrExt;
		for a in std::env::args_os().skip(1) { println!("{:?}", a.as_bytes()); }
		println!("{:?}", std::env::var_os("E").unwrap().as_bytes());`)
	req.Args, req.Env = []string{"a\xffb", "", "\xed\xa0\x80", "é\n"}, []string{"E=\xfe="}
	rec := run(t, r, req)
	if want := "[97, 255, 98]\n[]\n[237, 160, 128]\n[195, 169, 10]\n[254, 61]\n"; rec.Stdout() != want {
		t.Errorf("want %q, got %v", want, rec)
	}
}

// slowReader holds the events of one run back until another has come and gone,
// and must get every byte all the same.
func (s *suite) slowReader(t *testing.T, r runner.Executor) {
	other := make(chan struct{})
	go func() {
		defer close(other)
		// A separate request, so that the run below cannot hold a box while it waits.
		run(t, r, snippet(`println!("other");`))
	}()
	rec, err := try(t, t.Context(), r, snippet(`
		for i in 0..5000 { println!("{i:06}"); }
		eprintln!("done");`), nil, func(e runner.Event) {
		if e.Kind == runner.KindStdout {
			<-other
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	got := lines(rec.Stdout())
	if len(got) != 5000 || got[0] != "000000" || got[4999] != "004999" || rec.Stderr() != "done\n" {
		t.Errorf("%d lines arrived", len(got))
	}
}
