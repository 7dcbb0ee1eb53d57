package archive_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/wire"
)

// A session whose history starts at version 2 with "ab", and ends at version 5.
const (
	pastManifest = `{"format":"corust-session","version":1,"settings":{},"history":{"epoch":"e","first":2,"version":5}}`
	pastFirst    = `{"epoch":"e","version":2,"files":[{"path":"main.rs","text":"ab"}]}`
	pastLog      = `{"at":"2026-01-02T03:04:05.006Z","entry":{"version":3,"client":"p.a","seq":7,"changes":[2,[0,"c"]]}}
{"at":"2026-01-02T03:04:06Z","entry":{"version":4,"client":"p.b","seq":1,"file":9,"op":{"do":"create","path":"u.rs","text":"x\ny"}}}
{"at":"2026-01-02T03:04:07Z","entry":{"version":5,"client":"p.a","seq":8,"changes":[[1],2]}}
`
	pastRun = `{"run":"e-4-1","by":"p.a","version":4,"options":{},"verdict":"ok","started":"2026-01-02T03:04:07Z","ended":"2026-01-02T03:04:08Z","output":[{"run":"e-4-1","stream":"stdout","offset":0,"data":"aGk="}]}`
)

// past returns an archive of that session, in which a pair replaces an entry, or a part of
// one, which it names by "entry: part".
func past(t testing.TB, pairs ...string) []byte {
	t.Helper()
	list := []file{
		{name: "corust.json", text: pastManifest}, {name: "files/main.rs", text: "bc"}, {name: "files/u.rs", text: "x\ny"},
		{name: "history/first.json", text: pastFirst}, {name: "history/log.ndjson", text: pastLog}, {name: "runs/e-4-1.json", text: pastRun},
	}
	for i := 0; i < len(pairs); i += 2 {
		name, part, ok := strings.Cut(pairs[i], ": ")
		found := false
		for j := range list {
			if list[j].name == name {
				found = !ok || strings.Contains(list[j].text, part)
				if !ok {
					part = list[j].text
				}
				list[j].text = strings.Replace(list[j].text, part, pairs[i+1], 1)
			}
		}
		if !found {
			t.Fatalf("no %q", pairs[i])
		}
	}
	return zipOf(t, list...)
}

// replay reads everything of an archive, and returns its log and runs as text.
func replay(data []byte) (string, error) {
	a, err := open(data)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = a.Replay(func(v wire.Version, e wire.Entry, after files.Set) error {
		fmt.Fprintf(&out, "%d %s %s-%d %d; ", v, e.At.Format(time.RFC3339Nano), e.Client, e.Seq, after.Units())
		return nil
	})
	for run, wrong := range a.Runs() {
		err = errors.Join(err, wrong)
		fmt.Fprintf(&out, "%s %s", run.Run, run.Verdict)
	}
	return out.String(), err
}

func TestReplayReadsLogAndRuns(t *testing.T) {
	t.Parallel()
	got, err := replay(past(t))
	if want := "3 2026-01-02T03:04:05.006Z p.a-7 3; 4 2026-01-02T03:04:06Z p.b-1 6; 5 2026-01-02T03:04:07Z p.a-8 5; e-4-1 ok"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"an archive of files":           {zipOf(t, file{name: "corust.json", text: manifest}, file{name: "files/a.rs", text: "x"}), ""},
		"a run that was under way":      {past(t, `runs/e-4-1.json: "verdict":"ok"`, `"stage":"run"`), "lost"},
		"a run that was replaced since": {past(t, `runs/e-4-1.json`, `{"run":"e-4-1","started":"0001-01-01T00:00:00Z"}`), "5; "},
	} {
		if got, err := replay(c.data); err != nil || !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %q, %v, want %q at the end", name, got, err, c.want)
		}
	}
}

// TestReplayRefusesHostileHistories, and names what is wrong with them.
func TestReplayRefusesHostileHistories(t *testing.T) {
	t.Parallel()
	const log, first, run = "history/log.ndjson", "history/first.json", "runs/e-4-1.json"
	long := strings.Repeat("a", 800)
	var bomb, names strings.Builder
	for i := range wire.MaxNames {
		fmt.Fprintf(&names, "\"p.%d\":\"a\",", i)
	}
	for i := range 64 {
		fmt.Fprintf(&bomb, "%s{\"at\":\"2026-01-02T03:04:05Z\",\"entry\":{\"version\":%d,\"client\":\"a\",\"seq\":%d,\"changes\":[2]}}\n", strings.Repeat(" ", 1<<20), i+3, i+1)
	}
	for name, c := range map[string]struct {
		pairs []string
		want  error
		say   string
	}{
		"a gap in the versions":        {[]string{log + `: "version":4`, `"version":5`}, wire.ErrMalformed, "entry 4: its version is 5"},
		"versions out of order":        {[]string{log + `: "version":4`, `"version":3`}, wire.ErrMalformed, "entry 4"},
		"another start":                {[]string{first + `: "version":2`, `"version":1`}, wire.ErrMalformed, "entry 2"},
		"a negative start":             {[]string{first + `: "version":2`, `"version":-2`}, wire.ErrMalformed, first},
		"another end":                  {[]string{`corust.json: "version":5`, `"version":6`}, archive.ErrFormat, "ends at version 5"},
		"no log":                       {[]string{log, ""}, archive.ErrFormat, "ends at version 2"},
		"an empty line":                {[]string{log, "\n" + pastLog}, wire.ErrMalformed, "entry 3"},
		"another text":                 {[]string{"files/main.rs", "bd"}, archive.ErrFormat, "files/main.rs"},
		"another name":                 {[]string{log + ": u.rs", "v.rs"}, archive.ErrFormat, "files/u.rs"},
		"a text that the log deletes":  {[]string{log + `: "seq":8,"changes":[[1],2]`, `"seq":8,"file":9,"op":{"do":"delete"}`}, archive.ErrFormat, "does not lead"},
		"more files than it has":       {[]string{log + `: "seq":8,"changes":[[1],2]`, `"seq":8,"file":3,"op":{"do":"create","path":"w.rs"}`, "files/main.rs", "abc"}, archive.ErrFormat, "3 files"},
		"an entry that does not fit":   {[]string{log + ": [2,[0", ": [3,[0"}, wire.ErrMalformed, "entry 3"},
		"an entry of an unknown file":  {[]string{log + `: "file":9,"op":{"do":"create","path":"u.rs","text":"x\ny"}`, `"file":9,"changes":[[0,"x"]]`}, wire.ErrNoFile, "entry 4"},
		"a path upwards":               {[]string{log + ": u.rs", "../u.rs"}, wire.ErrMalformed, "entry 4"},
		"names that collide":           {[]string{log + ": u.rs", "MAIN.rs"}, wire.ErrExists, "entry 4"},
		"a push twice":                 {[]string{log + `: "seq":8`, `"seq":7`}, wire.ErrMalformed, "entry 5: push 7"},
		"no push":                      {[]string{log + `: "seq":1`, `"seq":0`}, wire.ErrMalformed, "entry 4"},
		"no author":                    {[]string{log + `: p.b`, ``}, wire.ErrMalformed, "client"},
		"a hostile author":             {[]string{log + `: p.b`, `<b>`}, wire.ErrMalformed, "client"},
		"a long author":                {[]string{log + `: p.b`, long}, wire.ErrMalformed, "client"},
		"a time before all":            {[]string{log + ": 2026-01-02T03:04:06Z", "1926-01-02T03:04:06Z"}, wire.ErrMalformed, "time"},
		"a time that is none":          {[]string{log + ": 2026-01-02T03:04:06Z", "yesterday"}, wire.ErrMalformed, "entry 4"},
		"a line that is not JSON":      {[]string{log + `: {"at":"2026-01-02T03:04:06Z"`, `{`}, wire.ErrMalformed, "entry 4"},
		"a line without an entry":      {[]string{log + `: "entry":{"version":4`, `"other":{"version":4`}, wire.ErrMalformed, "entry 4"},
		"a line that ends early":       {[]string{log + ": 2]}}", "2"}, wire.ErrMalformed, "entry 5"},
		"a lone surrogate":             {[]string{log + `: "x\ny"`, `"\ud800"`}, wire.ErrMalformed, "entry 4"},
		"not UTF-8":                    {[]string{log + `: "x\ny"`, "\"\xff\""}, wire.ErrMalformed, "entry 4"},
		"a line break in a text":       {[]string{log + `: "x\ny"`, `"x\ry"`}, wire.ErrMalformed, "entry 4"},
		"more text than allowed":       {[]string{log + `: "x\ny"`, `"` + long + long + `"`}, wire.ErrTooLarge, "entry 4"},
		"too many files":               {[]string{first + `: [{`, `[{"id":1,"path":"1"},{"id":2,"path":"2"},{`}, wire.ErrTooLarge, "entry 4"},
		"more files at the start":      {[]string{first + `: [{`, `[{"id":1,"path":"1"},{"id":2,"path":"2"},{"id":3,"path":"3"},{`}, wire.ErrTooLarge, first},
		"more text at the start":       {[]string{first + `: "ab"`, `"` + long + long + `"`}, wire.ErrTooLarge, first},
		"a start without a main file":  {[]string{first + `: {"path"`, `{"id":4,"path"`}, wire.ErrMalformed, first},
		"a long line":                  {[]string{log, strings.Repeat("[", 5<<20)}, wire.ErrTooLarge, "entry 3 has more than"},
		"a bomb in the log":            {[]string{log, bomb.String()}, wire.ErrTooLarge, log + " has more than"},
		"a bomb at the start":          {[]string{first, strings.Repeat(" ", 1<<20)}, wire.ErrTooLarge, first},
		"a bomb of a run":              {[]string{run, strings.Repeat(" ", 5<<20)}, wire.ErrTooLarge, run},
		"many values in a run":         {[]string{run + `: "output":[`, `"tests":[` + strings.Repeat("{},", 1<<20) + `{}],"output":[`}, wire.ErrTooLarge, run},
		"a hostile name":               {[]string{`corust.json: "epoch"`, `"names":{"p.a":"a\u202eb"},"epoch"`}, wire.ErrMalformed, "corust.json"},
		"a long name":                  {[]string{`corust.json: "epoch"`, `"names":{"p.a":"` + long + `"},"epoch"`}, wire.ErrTooLarge, "corust.json"},
		"a name of a hostile author":   {[]string{`corust.json: "epoch"`, `"names":{"<b>":"a"},"epoch"`}, wire.ErrMalformed, "corust.json"},
		"many names":                   {[]string{`corust.json: "epoch"`, `"names":{` + names.String() + `"p":"a"},"epoch"`}, wire.ErrTooLarge, "names"},
		"a run of another name":        {[]string{run + ": e-4-1", "e-4-2"}, wire.ErrMalformed, run},
		"a run of a later version":     {[]string{run + `: "version":4`, `"version":6`}, wire.ErrMalformed, run},
		"a run that ended before":      {[]string{run + ": 03:04:08", "03:04:00"}, wire.ErrMalformed, run},
		"a run with long options":      {[]string{run + `: "options":{}`, `"options":{"mode":"` + long + `"}`}, wire.ErrTooLarge, run},
		"a run with an unknown option": {[]string{run + `: "options":{}`, `"options":{"shell":"yes"}`}, archive.ErrFormat, run},
		"a run that is not JSON":       {[]string{run, "{"}, archive.ErrFormat, run},
		"a run with null output":       {[]string{run + `: "output":[`, `"output":[null,`}, wire.ErrMalformed, run},
		"a run of a hostile text":      {[]string{run + `: "output":[`, `"source":"\r[]","output":[`}, wire.ErrMalformed, run},
		"a run of a long text":         {[]string{run + `: "output":[`, `"source":"` + long + long + `","output":[`}, wire.ErrTooLarge, run},
		"a run with hostile files":     {[]string{run + `: "output":[`, `"files":[{"name":"../a"}],"output":[`}, wire.ErrMalformed, run},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := replay(past(t, c.pairs...)); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.say) {
				t.Errorf("%v, want %q and %q", err, c.want, c.say)
			}
		})
	}
	whole := past(t)
	i := bytes.Index(whole, []byte("history/log.ndjson")) + len("history/log.ndjson") + 9
	flipped := bytes.Clone(whole)
	flipped[i] ^= 0x55
	if _, err := replay(flipped); !errors.Is(err, archive.ErrFormat) && !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("a flipped byte: %v", err)
	}
	var list []file
	for i := range 25 {
		list = append(list, file{name: fmt.Sprintf("runs/%d.json", i)})
	}
	if _, err := open(longDirectory(t)); !errors.Is(err, archive.ErrFormat) || !strings.Contains(err.Error(), "the list of its entries has more than") {
		t.Errorf("a long directory: %v", err)
	}
	for name, data := range map[string][]byte{
		"a log without a start": zipOf(t, file{name: "corust.json", text: pastManifest}, file{name: "files/main.rs"}, file{name: "history/log.ndjson"}),
		"a start without a log": zipOf(t, file{name: "corust.json", text: pastManifest}, file{name: "files/main.rs"}, file{name: "history/first.json"}),
		"many runs":             zipOf(t, append(list, file{name: "corust.json", text: manifest}, file{name: "files/main.rs"})...),
	} {
		if _, err := open(data); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

// longDirectory is a zip file whose list of entries is longer than it says.
func longDirectory(t testing.TB) []byte {
	one := zipOf(t, file{name: "x"})
	at := bytes.Index(one, []byte("PK\x01\x02"))
	end := bytes.Index(one, []byte("PK\x05\x06"))
	out := append(bytes.Clone(one[:at]), bytes.Repeat(one[at:end], 1+65536)...) // the count has 16 bits
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint32(tail[12:], uint32(end-at)*65537)
	return append(out, tail...)
}

// TestReplayStopsWithItsCaller: the error of the caller ends it.
func TestReplayStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	a, err := open(past(t))
	if err != nil {
		t.Fatal(err)
	}
	enough, calls := errors.New("enough"), 0
	if err := a.Replay(func(wire.Version, wire.Entry, files.Set) error { calls++; return enough }); err != enough || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// FuzzReplay: whatever the log, the start and a run are, nothing panics, and a log that is
// accepted leads to the files.
func FuzzReplay(f *testing.F) {
	f.Add(pastManifest, pastFirst, pastLog, pastRun)
	f.Add(pastManifest, pastFirst, `{"entry":{"version":3,"client":"a","seq":1,"op":{"do":"rename","path":"b.rs"}}}`, `{"run":"e-4-1"}`)
	f.Add(`{"format":"corust-session","version":1,"history":{"version":1}}`, `{"files":[{"path":"main.rs"}]}`, `{"entry":{"version":1,"client":"a","seq":1,"changes":[[0,"b","c"]]}}`, `{}`)
	f.Fuzz(func(t *testing.T, manifest, first, log, run string) {
		a, err := open(past(t, "corust.json", manifest, "history/first.json", first, "history/log.ndjson", log, "runs/e-4-1.json", run))
		if err != nil {
			return
		}
		var last files.Set
		if last, _, err = a.First(); err != nil {
			return
		}
		if err := a.Replay(func(_ wire.Version, _ wire.Entry, after files.Set) error { last = after; return nil }); err == nil {
			if got := files.NamedOf(last.Wire()); len(got) != len(a.Files) {
				t.Errorf("the log leads to %q, the files are %q", got, a.Files)
			}
		}
		for range a.Runs() {
		}
	})
}
