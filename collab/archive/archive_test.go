package archive_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/wire"
)

const manifest = `{"format":"corust-session","version":1,"settings":{"name":"Lesson","mode":"release"},"future":1}`

// file is an entry of an archive; mode 0 is that of a file.
type file struct {
	name, text string
	mode       fs.FileMode
}

func zipOf(t testing.TB, list ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range list {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.mode != 0 {
			h.SetMode(f.mode)
		}
		e, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(e, f.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(data []byte) (*archive.Archive, error) {
	return archive.Open(bytes.NewReader(data), int64(len(data)), wire.Limits{Text: 1000, Files: 3})
}

// read opens an archive, and returns what Open read of it.
func read(data []byte) (archive.Manifest, []wire.NamedFile, error) {
	a, err := open(data)
	if err != nil {
		return archive.Manifest{}, nil, err
	}
	return a.Manifest, a.Files, nil
}

// TestWriteIsRead: what Write makes of a session, Read takes back.
func TestWriteIsRead(t *testing.T) {
	t.Parallel()
	files := []wire.File{{Path: "main.rs", Text: "mod util;\n🦀"}, {ID: 7, Path: "util/mod.rs", Text: ""}}
	s := archive.Session{
		Settings: wire.Settings{"name": "Lesson", "locked": "true"},
		History:  wire.PastVersions{Epoch: "e", First: 2, Version: 5},
		FilesAt: func(v wire.Version) (wire.PastFiles, error) {
			return wire.PastFiles{Epoch: "e", Version: v, Files: files}, nil
		},
		Entries: func(after wire.Version) (wire.PastEntries, error) {
			var p wire.PastEntries
			for v := after + 1; v <= after+2; v++ { // one that the history does not have is left out
				p.Entries = append(p.Entries, &wire.EntryMsg{Version: v, Client: "a", Seq: wire.Seq(v)})
				p.Times = append(p.Times, int64(v))
			}
			return p, nil
		},
		Runs: []wire.PastRun{{RunState: wire.RunState{RunStarted: wire.RunStarted{Run: "e-1"}}}},
		Run: func(id string) (wire.PastRun, error) {
			return wire.PastRun{RunState: wire.RunState{Verdict: "ok"}}, nil
		},
	}
	var b bytes.Buffer
	if err := archive.Write(&b, s, time.Now()); err != nil {
		t.Fatal(err)
	}
	m, named, err := read(b.Bytes())
	want := []wire.NamedFile{{Name: "main.rs", Content: "mod util;\n🦀"}, {Name: "util/mod.rs"}}
	if err != nil || !reflect.DeepEqual(named, want) || m.Settings["name"] != "Lesson" || m.History.Version != 5 {
		t.Errorf("%+v, %+v, %v", m, named, err)
	}
	zr, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name] = string(data)
	}
	if log := texts["history/log.ndjson"]; strings.Count(log, "\n") != 3 || !strings.Contains(log, `"version":3`) || !strings.Contains(log, `"version":5`) || !strings.Contains(log, `{"at":"1970-01-01T00:00:00.003Z","entry":{`) {
		t.Errorf("log %s", log)
	}
	if !strings.Contains(texts["runs/e-1.json"], `"verdict":"ok"`) || !strings.Contains(texts["history/first.json"], `"version":2`) {
		t.Errorf("runs and history: %q", texts)
	}
}

// TestWriteFailsWithItsSession: an archive that lacks something is an error.
func TestWriteFailsWithItsSession(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	good := archive.Session{
		History: wire.PastVersions{Version: 1},
		FilesAt: func(v wire.Version) (wire.PastFiles, error) { return wire.PastFiles{Files: wire.MainText("")}, nil },
		Entries: func(wire.Version) (wire.PastEntries, error) {
			return wire.PastEntries{Entries: []*wire.EntryMsg{{Version: 1}}, Times: []int64{0}}, nil
		},
		Runs: make([]wire.PastRun, 1),
		Run:  func(string) (wire.PastRun, error) { return wire.PastRun{}, nil },
	}
	if err := archive.Write(io.Discard, good, time.Now()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*archive.Session){
		"files": func(s *archive.Session) {
			s.FilesAt = func(wire.Version) (wire.PastFiles, error) { return wire.PastFiles{}, gone }
		},
		"entries": func(s *archive.Session) {
			s.Entries = func(wire.Version) (wire.PastEntries, error) { return wire.PastEntries{}, gone }
		},
		"log ended": func(s *archive.Session) {
			s.Entries = func(wire.Version) (wire.PastEntries, error) { return wire.PastEntries{}, nil }
		},
		"run": func(s *archive.Session) { s.Run = func(string) (wire.PastRun, error) { return wire.PastRun{}, gone } },
	} {
		s := good
		change(&s)
		if err := archive.Write(io.Discard, s, time.Now()); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// TestReadRefusesHostileArchives, each by kind.
func TestReadRefusesHostileArchives(t *testing.T) {
	t.Parallel()
	head := file{name: "corust.json", text: manifest}
	with := func(more ...file) []byte { return zipOf(t, append([]file{head}, more...)...) }
	if _, named, err := read(with(file{name: "files/a.rs", text: "x\r\ny"}, file{name: "unknown/../..", text: "?"}, file{name: "files/d/", mode: fs.ModeDir | 0o755})); err != nil || len(named) != 1 || named[0].Content != "x\ny" {
		t.Errorf("a good one: %+v, %v", named, err)
	}
	var many []file
	for i := range 5000 {
		many = append(many, file{name: fmt.Sprint("x", i)})
	}
	short := with(file{name: "files/main.rs", text: strings.Repeat("abc", 100)})
	flipped := bytes.Clone(short)
	flipped[bytes.Index(flipped, []byte("files/main.rs"))+len("files/main.rs")+3] ^= 0x55
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":                  {nil, archive.ErrFormat},
		"no zip":                 {[]byte("fn main() {}"), archive.ErrFormat},
		"cut short":              {short[:len(short)-30], archive.ErrFormat},
		"a flipped byte":         {flipped, archive.ErrFormat},
		"no manifest":            {zipOf(t, file{name: "files/main.rs"}), archive.ErrFormat},
		"no files":               {with(), archive.ErrFormat},
		"another format":         {zipOf(t, file{name: "corust.json", text: `{"format":"other","version":1}`}, file{name: "files/a.rs"}), archive.ErrFormat},
		"a later version":        {zipOf(t, file{name: "corust.json", text: `{"format":"corust-session","version":2}`}, file{name: "files/a.rs"}), archive.ErrFormat},
		"no version":             {zipOf(t, file{name: "corust.json", text: `{"format":"corust-session"}`}, file{name: "files/a.rs"}), archive.ErrFormat},
		"not JSON":               {zipOf(t, file{name: "corust.json", text: `{`}, file{name: "files/a.rs"}), archive.ErrFormat},
		"a large manifest":       {zipOf(t, file{name: "corust.json", text: strings.Repeat(" ", 1<<20)}, file{name: "files/a.rs"}), wire.ErrTooLarge},
		"two manifests":          {zipOf(t, head, head, file{name: "files/a.rs"}), archive.ErrFormat},
		"the same name twice":    {with(file{name: "files/a.rs"}, file{name: "files/a.rs"}), archive.ErrFormat},
		"names that collide":     {with(file{name: "files/a.rs"}, file{name: "files/A.rs"}), wire.ErrExists},
		"a path upwards":         {with(file{name: "files/../../etc/passwd"}), wire.ErrMalformed},
		"an absolute path":       {with(file{name: "files//etc/passwd"}), wire.ErrMalformed},
		"a backslash":            {with(file{name: `files/a\b`}), wire.ErrMalformed},
		"a control character":    {with(file{name: "files/a\x1b.rs"}), wire.ErrMalformed},
		"a long name":            {with(file{name: "files/" + strings.Repeat("a", 200)}), wire.ErrTooLarge},
		"a symbolic link":        {with(file{name: "files/a.rs", text: "/etc/passwd", mode: fs.ModeSymlink | 0o777}), archive.ErrFormat},
		"a device":               {with(file{name: "files/a.rs", mode: fs.ModeDevice | 0o600}), archive.ErrFormat},
		"a bomb":                 {with(file{name: "files/a.rs", text: strings.Repeat("\x00", 64<<20)}), wire.ErrTooLarge},
		"bombs that add up":      {with(file{name: "files/a.rs", text: strings.Repeat("a", 4000)}, file{name: "files/b.rs", text: strings.Repeat("a", 4000)}), wire.ErrTooLarge},
		"more text than allowed": {with(file{name: "files/a.rs", text: strings.Repeat("a", 1001)}), wire.ErrTooLarge},
		"too many files":         {with(file{name: "files/a"}, file{name: "files/b"}, file{name: "files/c"}, file{name: "files/d"}), wire.ErrTooLarge},
		"too many entries":       {with(many...), archive.ErrFormat},
		"not UTF-8":              {with(file{name: "files/a.rs", text: "\xff"}), wire.ErrMalformed},
		"a hostile name setting": {zipOf(t, file{name: "corust.json", text: `{"format":"corust-session","version":1,"settings":{"name":"a\u202eb"}}`}, file{name: "files/a.rs"}), wire.ErrMalformed},
	} {
		if _, named, err := read(c.data); !errors.Is(err, c.want) || named != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(zipOf(f, file{name: "corust.json", text: manifest}, file{name: "files/main.rs", text: "fn main() {}"}))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, named, err := read(data); (err == nil) != (len(named) > 0) {
			t.Errorf("%d files, %v", len(named), err)
		}
	})
}
