package suite

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/corust-dev/corust/runner"
)

func (s *suite) bytes(t *testing.T, r *runner.Runner) {
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

func (s *suite) caps(t *testing.T, r *runner.Runner) {
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

func (s *suite) stdin(t *testing.T, r *runner.Runner) {
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
		req := program
		if n > 0 { // none at all is a nil reader
			req.Stdin = bytes.NewReader(data)
		}
		rec := run(t, r, req)
		if want := fmt.Sprintf("%d %d\n", n, sum); rec.Verdict != runner.VerdictOK || rec.Stdout() != want {
			t.Errorf("%d bytes: want %s, got %v", n, want, rec)
		}
	}
	// A reader that fails ends the input where it failed.
	req := program
	req.Stdin = io.MultiReader(strings.NewReader("ab"), failingReader{})
	rec := run(t, r, req)
	if rec.Stdout() != "2 195\n" {
		t.Errorf("a reader that fails: %v", rec)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("the disk is on fire") }

// echo talks to the program as a person does: a line, its answer, and no end of
// input until the end.
func (s *suite) echo(t *testing.T, r *runner.Runner) {
	in, typed := io.Pipe()
	read, out := io.Pipe()
	done := make(chan *record, 1)
	go func() {
		defer out.Close()
		req := snippet(`for line in std::io::stdin().lines() { println!("you said {}", line.unwrap()); }`)
		req.Stdin = in
		rec, err := try(t, t.Context(), r, req, func(e runner.Event) {
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
func (s *suite) firstByte(t *testing.T, r *runner.Runner) {
	for _, stream := range []string{"stdout", "stderr"} {
		in, typed := io.Pipe()
		req := snippet(fmt.Sprintf(`
			use std::io::{Read, Write};
			std::io::%s().write_all(b"?").unwrap();
			std::io::%s().flush().unwrap();
			std::io::stdin().read(&mut [0]).unwrap();`, stream, stream))
		req.Stdin = in
		rec, err := try(t, t.Context(), r, req, func(e runner.Event) {
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

func (s *suite) stdinIsNotReadAhead(t *testing.T, r *runner.Runner) {
	// What a program does not read stays with the caller, but for the window and
	// a pipe.
	const most = 256 << 10
	for name, body := range map[string]string{
		"exits at once": ``,
		"reads a line":  `let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap();`,
	} {
		req := snippet(body)
		if name == "reads a line" {
			req = snippet(`use std::io::Read; std::io::stdin().read_exact(&mut [0; 100]).unwrap();`)
		}
		c := &counting{}
		req.Stdin = c
		rec := run(t, r, req)
		if rec.Verdict != runner.VerdictOK || c.n.Load() > most {
			t.Errorf("%s: %d bytes were read: %v", name, c.n.Load(), rec)
		}
	}
	// A compile error leaves all of it.
	c := &counting{}
	req := snippet("x")
	req.Stdin = c
	if rec := run(t, r, req); rec.Verdict != runner.VerdictCompileError || c.n.Load() != 0 {
		t.Errorf("%d bytes were read although nothing ran: %v", c.n.Load(), rec)
	}
}

// slowReader holds the events of one run back until another has come and gone,
// and must get every byte all the same.
func (s *suite) slowReader(t *testing.T, r *runner.Runner) {
	other := make(chan struct{})
	go func() {
		defer close(other)
		// Its own request, so that the run below cannot hold a box while it waits.
		run(t, r, snippet(`println!("other");`))
	}()
	rec, err := try(t, t.Context(), r, snippet(`
		for i in 0..5000 { println!("{i:06}"); }
		eprintln!("done");`), func(e runner.Event) {
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
