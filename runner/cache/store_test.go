package cache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
)

// key is the nth key.
func key(n int) runner.Hash { return runner.Hash{byte(n), byte(n >> 8), 0xaa} }

// artifact is one of the artifacts of the nth key, of about so many bytes.
func artifact(n, version, size int) *runner.Artifact {
	return &runner.Artifact{
		Steps: []runner.Compiled{{Stderr: fmt.Appendf(nil, "warning: %d", n)}, {Stdout: fmt.Appendf(nil, "version %d", version)}},
		Files: []runner.File{{Name: ".main", Data: bytes.Repeat([]byte{byte(n), byte(version)}, size/2)}, {Name: ".lib/tests", Data: []byte{}}},
	}
}

// same compares artifacts; an empty list is a nil one.
func same(a, b *runner.Artifact) bool {
	if a == nil || b == nil || len(a.Steps) != len(b.Steps) || len(a.Files) != len(b.Files) {
		return a == b
	}
	for i := range a.Steps {
		if !bytes.Equal(a.Steps[i].Stdout, b.Steps[i].Stdout) || !bytes.Equal(a.Steps[i].Stderr, b.Steps[i].Stderr) {
			return false
		}
	}
	for i := range a.Files {
		if a.Files[i].Name != b.Files[i].Name || !bytes.Equal(a.Files[i].Data, b.Files[i].Data) {
			return false
		}
	}
	return true
}

// always has room for an artifact.
func always(int64) bool { return true }

// open opens a Store without memory.
func open(t *testing.T, dir string, most int64) *Store {
	t.Helper()
	s, err := Open(Config{Dir: dir, Bytes: most})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// names lists the files of a directory.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestKeptIsFoundByEveryStoreOfTheDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := open(t, dir, 1<<20)
	if s.Artifact(key(1), always) != nil {
		t.Error("an empty store has an artifact")
	}
	s.Keep(key(1), "", artifact(1, 0, 1000))
	s.Keep(key(2), "", &runner.Artifact{})
	for _, other := range []*Store{s, open(t, dir, 1<<20)} {
		if got := other.Artifact(key(1), always); !same(got, artifact(1, 0, 1000)) {
			t.Errorf("got %+v", got)
		}
		if got := other.Artifact(key(2), always); !same(got, &runner.Artifact{}) {
			t.Errorf("got %+v", got)
		}
		if other.Artifact(key(3), always) != nil {
			t.Error("another key has an artifact")
		}
	}
	s.Keep(key(1), "", artifact(1, 1, 500))
	if got := s.Artifact(key(1), always); !same(got, artifact(1, 1, 500)) {
		t.Errorf("the later artifact is %+v", got)
	}
	if st := s.Stats(); st.Hits != 3 || st.Misses != 2 || st.Kept != 3 || st.Damaged+st.Failed+st.Removed != 0 {
		t.Errorf("%+v", st)
	}
	if u, err := UsageOf(dir); err != nil || u.Files != 2 || u.Bytes < 500 {
		t.Errorf("%+v, %v", u, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if u, err := Clear(dir); err != nil || u.Files != 2 || len(names(t, dir)) != 0 {
		t.Errorf("%+v, %v, and left are %q", u, err, names(t, dir))
	}
	if s.Artifact(key(1), always) != nil {
		t.Error("it was cleared")
	}
}

// A file that is not what was kept is a miss, and gone.
func TestDamagedFilesAreRemoved(t *testing.T) {
	t.Parallel()
	change := func(f func([]byte) []byte) func(name string) error {
		return func(name string) error {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			return os.WriteFile(name, f(data), 0o600)
		}
	}
	instead := func(put func(name string) error) func(name string) error {
		return func(name string) error {
			if err := os.Remove(name); err != nil {
				return err
			}
			return put(name)
		}
	}
	cases := map[string]func(name string) error{
		"empty":     change(func(d []byte) []byte { return nil }),
		"longer":    change(func(d []byte) []byte { return append(d, 0) }),
		"text":      change(func(d []byte) []byte { return []byte("corust artifact 2\n") }),
		"magic":     change(func(d []byte) []byte { return d[:len(magic)] }),
		"writable":  func(name string) error { return os.Chmod(name, 0o622) },
		"directory": instead(func(name string) error { return os.MkdirAll(filepath.Join(name, "x"), 0o700) }),
		"link": func(name string) error {
			if err := os.Rename(name, name+".away"); err != nil {
				return err
			}
			return os.Symlink(name+".away", name)
		},
		"another key's": func(name string) error {
			return os.Rename(filepath.Join(filepath.Dir(name), key(2).String()+suffix), name)
		},
	}
	for _, where := range []int{1, len(magic), prefix - 1, prefix, prefix + 40, prefix + 300} {
		cases[fmt.Sprintf("cut at %d", where)] = change(func(d []byte) []byte { return d[:where] })
		cases[fmt.Sprintf("flipped at %d", where)] = change(func(d []byte) []byte { d[where] ^= 4; return d })
	}
	for name, c := range specialFiles {
		cases[name] = instead(c)
	}
	if os.Geteuid() == 0 {
		cases["another user's"] = func(name string) error { return os.Chown(name, 65534, 65534) }
	} else {
		cases["unreadable"] = func(name string) error { return os.Chmod(name, 0) }
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, 1<<20)
			s.Keep(key(1), "", artifact(1, 0, 1000))
			s.Keep(key(2), "", artifact(2, 0, 1000))
			file := s.disk.path(key(1))
			if err := damage(file); err != nil {
				t.Fatal(err)
			}
			if got := s.Artifact(key(1), always); got != nil {
				t.Errorf("got %+v", got)
			}
			if _, err := os.Lstat(file); !os.IsNotExist(err) {
				t.Errorf("the file is there: %v", err)
			}
			if st := s.Stats(); st.Damaged != 1 || st.Failed != 0 {
				t.Errorf("%+v", st)
			}
			s.Keep(key(1), "", artifact(1, 3, 100))
			if got := s.Artifact(key(1), always); !same(got, artifact(1, 3, 100)) {
				t.Errorf("what was kept since is %+v", got)
			}
		})
	}
}

// The files that were not used for the longest time make room, and no more than are too
// many by much.
func TestLeastRecentlyUsedFilesMakeRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const size, most = 10_000, 200_000
	s := open(t, dir, most)
	for n := range 10 {
		s.Keep(key(n), "", artifact(n, 0, size))
		old := time.Now().Add(time.Duration(n-100) * time.Hour)
		if err := os.Chtimes(s.disk.path(key(n)), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if s.Artifact(key(0), always) == nil || s.Artifact(key(3), always) == nil { // used again
		t.Fatal("an artifact is missing")
	}
	for n := 10; n < 20; n++ {
		s.Keep(key(n), "", artifact(n, 0, size))
	}
	u, err := UsageOf(dir)
	if err != nil || u.Bytes > most || u.Bytes < most/2 {
		t.Errorf("%+v, %v", u, err)
	}
	for _, n := range []int{0, 3, 19, 18, 17} {
		if s.Artifact(key(n), always) == nil {
			t.Errorf("artifact %d is gone", n)
		}
	}
	for _, n := range []int{1, 2, 4} {
		if s.Artifact(key(n), always) != nil {
			t.Errorf("artifact %d is there", n)
		}
	}
	if st := s.Stats(); int(st.Removed) != 20-u.Files {
		t.Errorf("%+v, and %d files", st, u.Files)
	}
}

// A visitor who keeps more than all that fits displaces at most a quarter of what others
// keep, on the disk and in memory, and may have all that they do not need.
func TestOneOwnerDoesNotDisplaceTheOthers(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	for name, size := range map[string]int{"large": most / 5, "small": 4000, "as large as all": most - maxHeader} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for where, cfg := range map[string]Config{"memory": {Memory: most}, "disk": {Dir: dir, Bytes: most}} {
				s, err := Open(cfg)
				if err != nil {
					t.Fatal(err)
				}
				const others = 10
				for n := range others {
					s.Keep(key(n), fmt.Sprint("other ", n%3), artifact(n, 0, most/2/others))
				}
				for n := range 300 {
					s.Keep(key(1000+n), "visitor", artifact(n, 0, size))
				}
				for n := range others {
					if s.Artifact(key(n), always) == nil {
						t.Errorf("%s: artifact %d was displaced", where, n)
					}
				}
				if size > most/2 {
					continue
				}
				if s.Artifact(key(1299), always) == nil {
					t.Errorf("%s: the visitor's last artifact is not there", where)
				}
				held := s.Stats().Bytes + s.Disk().Bytes
				if held > most || held < most*3/4 {
					t.Errorf("%s: %d bytes are held, of %d", where, held, most)
				}
			}
		})
	}
}

// An artifact for which the caller has no room is not read, and stays.
func TestArtifactWithoutRoom(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), 1<<20)
	s.Keep(key(1), "", artifact(1, 0, 1000))
	var asked int64
	if a := s.Artifact(key(1), func(n int64) bool { asked = n; return false }); a != nil || asked < 1000 {
		t.Errorf("%+v, and room for %d bytes was asked for", a, asked)
	}
	if !same(s.Artifact(key(1), always), artifact(1, 0, 1000)) || s.Stats().Damaged != 0 {
		t.Errorf("%+v", s.Stats())
	}
}

func TestTooLargeIsNotKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	s.Keep(key(1), "", artifact(1, 0, 2<<20))
	if s.Artifact(key(1), always) != nil || len(names(t, dir)) != 0 {
		t.Errorf("files: %q", names(t, dir))
	}
}

// What a killed process was writing is removed when it cannot be alive any more.
func TestPartialFilesAreSwept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := time.Now().Add(-2 * leftTime)
	for _, name := range []string{"new-1", "new-2", "else"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name != "new-2" {
			if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := open(t, dir, 1<<20)
	s.Keep(key(1), "", artifact(1, 0, 10))
	if got, want := names(t, dir), []string{key(1).String() + suffix, "else", "new-2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

// Memory holds what was used last, and answers without the directory.
func TestMemory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(Config{Dir: dir, Bytes: 1 << 20, Memory: 3500})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		s.Keep(key(n), "", artifact(n, 0, 1000))
	}
	if got := s.Stats().Bytes; got > 3500 || got < 3000 {
		t.Errorf("%d bytes in memory", got)
	}
	if _, err := Clear(dir); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if got := s.Artifact(key(n), always); same(got, artifact(n, 0, 1000)) != (n >= 2) {
			t.Errorf("artifact %d: %+v", n, got)
		}
	}
	only, err := Open(Config{Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	only.Keep(key(1), "", artifact(1, 0, 10))
	if !same(only.Artifact(key(1), always), artifact(1, 0, 10)) {
		t.Error("a store without a directory forgets")
	}
}

// A directory that others can write to is refused, and one that disappears is made again.
func TestDirectories(t *testing.T) {
	t.Parallel()
	shared := t.TempDir()
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: shared, Bytes: 1}); err == nil || !strings.Contains(err.Error(), "others may write") {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: file, Bytes: 1}); err == nil {
		t.Error("a file is a directory")
	}
	dir := filepath.Join(t.TempDir(), "d")
	s := open(t, dir, 1<<20)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if s.Artifact(key(1), always) != nil {
		t.Error("an artifact of nothing")
	}
	s.Keep(key(1), "", artifact(1, 0, 10))
	if !same(s.Artifact(key(1), always), artifact(1, 0, 10)) || s.Stats().Failed != 0 {
		t.Errorf("%+v", s.Stats())
	}
	for name, wrong := range map[string]string{shared: "others may write", file: "not a directory", dir: ""} {
		if err := Check(name); (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v, want %q", name, err, wrong)
		}
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("a check left %q", got)
	}
	none := filepath.Join(t.TempDir(), "none")
	if err := Check(none); err != nil {
		t.Error(err)
	}
	if u, err := UsageOf(none); u != (Usage{}) || err != nil {
		t.Errorf("%+v, %v", u, err)
	}
	if u, err := Clear(none); u != (Usage{}) || err != nil {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestStoreFromManyGoroutines(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{Dir: t.TempDir(), Bytes: 100_000, Memory: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 100 {
				n := (g*31 + i*7) % 16
				if a := s.Artifact(key(n), always); a != nil && !same(a, artifact(n, 0, 5000)) {
					t.Errorf("a wrong artifact of %d", n)
				}
				s.Keep(key(n), "", artifact(n, 0, 5000))
			}
		})
	}
	all.Wait()
	if st := s.Stats(); st.Damaged+st.Failed != 0 {
		t.Errorf("%+v", st)
	}
}

// Whatever the bytes, decoding returns the artifact that was encoded or an error.
func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	want := artifact(1, 0, 100)
	if err := encode(&b, key(1), want); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := decode(data, key(1)); err == nil && !same(got, want) {
			// Only with the hash: such a file has been encoded.
			var again bytes.Buffer
			if err := encode(&again, key(1), got); err != nil || !bytes.Equal(again.Bytes(), data) {
				t.Errorf("%v", err)
			}
		}
		if _, err := decode(data, key(2)); err == nil {
			t.Error("the file of another key")
		}
	})
}
