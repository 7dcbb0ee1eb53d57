package agent

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// collect reads to the end of the job and returns the files that steps have left, by step
// and name; a file that was not sent is nil.
func (b *testBox) collect() map[string][]byte {
	b.t.Helper()
	files := map[string][]byte{}
	var name string
	var pending int64
	for {
		typ, p := b.next()
		switch typ {
		case TypeLeft:
			var m Left
			if err := Decode(typ, p, &m); err != nil || m.Nonce != nonce || pending > 0 {
				b.t.Fatalf("%s: %v, %d bytes are due", p, err, pending)
			}
			name, pending = fmt.Sprintf("%d %s", m.Step, m.Name), m.Size
			files[name] = nil
			if m.Size >= 0 {
				files[name] = []byte{}
			}
		case TypeLeftData:
			if pending -= int64(len(p)); pending < 0 {
				b.t.Fatalf("%d bytes too many", -pending)
			}
			files[name] = append(files[name], p...)
		case TypeStepEnd:
			if pending > 0 {
				b.t.Fatalf("%d bytes are due", pending)
			}
		case TypeEnd:
			b.exits()
			return files
		case TypeFailure:
			b.t.Fatalf("the agent failed: %s", p)
		}
	}
}

// leaving is a step of the shell that leaves files.
func leaving(script string, names ...string) Step {
	s := shell(script)
	s.Leaves = names
	return s
}

// A step's files reach the host as they are when no process of the step is left.
func TestStepLeavesFiles(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.job(nil,
		leaving("mkdir .lib; echo one > .main; : > .lib/empty; head -c 200000 /dev/zero > .lib/large; (while :; do echo later > .main; done) & sleep 0.1; echo one > .main; kill -STOP $!", ".main", ".lib/large", ".lib/empty"),
		leaving("echo two > .main", ".main"),
		leaving("exit 1", ".main"))
	files := b.collect()
	if len(files) != 4 || !bytes.Equal(files["0 .lib/large"], make([]byte, 200_000)) || len(files["0 .lib/empty"]) != 0 || files["0 .lib/empty"] == nil {
		t.Errorf("%d files", len(files))
	}
	if got := string(files["1 .main"]); got != "two\n" {
		t.Errorf("the second step left %q", got)
	}
}

// What a hostile step puts in the place of its file is not sent, and ends nothing.
func TestStepLeavesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.job(nil, leaving(`
		ln -s /usr/bin/env link; mkfifo pipe; mkdir dir; ln -s /proc up; ln -s /work/dir into; echo secret > dir/file
		truncate -s 2G huge || exit 1`,
		"link", "pipe", "dir", "up/self/environ", "into/file", "huge", "none", "dir/none", "dir/file/below"))
	files := b.collect()
	if len(files) != 9 {
		t.Errorf("%d files, want 9: %q", len(files), files)
	}
	for name, data := range files {
		if data != nil {
			t.Errorf("%s: %d bytes were sent", name, len(data))
		}
	}
}

// openLeft waits for nothing.
func TestOpenLeftOfAPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, _, err := openLeft(dir, "pipe")
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("got %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for a writer")
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, size, err := openLeft(dir, "file")
	if err != nil || size != 4 {
		t.Fatalf("a file of %d bytes: %v", size, err)
	}
	f.Close()
}

// A program of the job can be executed, and is the step's own as one that was compiled is.
func TestPrograms(t *testing.T) {
	t.Parallel()
	b := start(t)
	program := []byte("#!/bin/sh\necho program $0 \"$@\"; stat -c %a $0; rm $0\n")
	b.send(TypeJob, Job{Nonce: nonce, Files: []File{{Name: "a.txt", Size: 1}}, Programs: []File{{Name: ".main", Size: int64(len(program))}, {Name: ".lib/tests", Size: 3}},
		Steps: []Step{
			{Argv: []string{"/work/.main", "x"}, Env: []string{"PATH=/usr/bin:/bin"}, Wall: 20 * time.Second, Stdout: 1000, Stderr: 1000},
			shell("cat a.txt .lib/tests; ls -A"),
		}})
	b.send(TypeFile, append(append([]byte("A"), program...), "end"...))
	b.send(TypeStart, []byte{})
	_, out, errs := b.finish()
	if want := "program /work/.main x\n755\nAend.lib\n.tmp\na.txt\n"; out != want || errs != "" {
		t.Errorf("got %q, want %q; stderr %q", out, want, errs)
	}
}

// A program outside of /work is a mistake of the host's.
func TestProgramsOutside(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../x", "/tmp/x", "", "a/../../x"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.send(TypeJob, Job{Nonce: nonce, Programs: []File{{Name: name, Size: 0}}, Steps: []Step{shell("true")}})
			b.send(TypeStart, []byte{})
			b.failure("is not below /work")
		})
	}
}
