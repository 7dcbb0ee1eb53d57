package cache

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/lru"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
)

const (
	// suffix ends the name of a file, which begins with its key in hexadecimal.
	suffix = ".artifact"
	// pattern is for the names of files that are being written.
	pattern = "new-*"
	// leftTime is the age at which a file that is being written belongs to a process
	// that has ended.
	leftTime = 10 * time.Minute
	// touchTime is how old a file's time of use may be without a new one.
	touchTime = time.Minute
	// maxFile is the most bytes of a file: a few programs of the largest size.
	maxFile = 4 * agent.MaxLeft
	// perFile counts for a file beyond its bytes, so that there are not too many.
	perFile = 4 << 10
	// rescan is after how many files of this process the directory is read again, which
	// other processes fill, too.
	rescan = 64
)

// disk keeps artifacts in the files of one directory. Its methods may be called from any
// goroutine and from several processes. The time of change of a file is the time of its
// last use.
type disk struct {
	dir  string
	most int64

	mu     sync.Mutex        // of what follows
	used   int64             // bytes of all files, as far as this process knows; -1 if it does not
	n      int               // files that were written since the directory was read
	owners map[string]string // of the files that this process has written, by name
}

func openDisk(dir string, most int64) (*disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err == nil {
		err = own(info)
	}
	if err != nil {
		return nil, fmt.Errorf("the cache directory %s: %w", dir, err)
	}
	return &disk{dir: dir, most: most, used: -1, owners: map[string]string{}}, nil
}

// Check returns an error if a Store cannot use the directory dir, which may be missing. It
// writes a file there and removes it.
func Check(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	}
	if err := own(info); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, perFile))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

func (d *disk) path(key runner.Hash) string { return filepath.Join(d.dir, nameOf(key)) }

func nameOf(key runner.Hash) string { return key.String() + suffix }

// read returns an artifact and its owner, or nil if room returns false for its bytes. A
// file that is not what was kept is removed; the error is then errDamaged.
func (d *disk) read(key runner.Hash, room func(bytes int64) bool) (a *runner.Artifact, owner string, err error) {
	name := d.path(key)
	data, used, err := readOwn(name, room)
	if data == nil && err == nil {
		return nil, "", nil
	}
	if err == nil {
		a, err = decode(data, key)
	}
	switch {
	case errors.Is(err, errDamaged):
		return nil, "", errors.Join(err, os.RemoveAll(name))
	case err != nil:
		return nil, "", err
	}
	if now := time.Now(); now.Sub(used) > touchTime {
		_ = os.Chtimes(name, now, now) // or it is removed earlier
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return a, d.owners[nameOf(key)], nil
}

// readOwn reads a regular file of this user, or returns nil if room returns false for its
// bytes. The error is errDamaged if it is anything else. It does not wait for the other end
// of a pipe.
func readOwn(name string, room func(bytes int64) bool) (data []byte, used time.Time, err error) {
	f, err := openFile(name)
	if err != nil {
		return nil, used, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, used, err
	}
	if err := own(info); err != nil {
		return nil, used, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, used, fmt.Errorf("%w: a file of mode %v and %d bytes", errDamaged, info.Mode(), info.Size())
	}
	if !room(info.Size()) {
		return nil, used, nil
	}
	data = make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, used, fmt.Errorf("%w: %w", errDamaged, err) // truncated meanwhile, or a bad disk
	}
	return data, info.ModTime(), nil
}

// write adds an artifact, and removes files until all fit. It reports whether it added the
// artifact, and how many it removed.
func (d *disk) write(key runner.Hash, owner string, a *runner.Artifact) (added bool, removed int, err error) {
	if size := a.Size() + maxHeader; size > maxFile || size > d.most {
		return false, 0, nil
	}
	f, err := os.CreateTemp(d.dir, pattern) // with mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		// The directory was removed since the store was opened.
		if err = os.MkdirAll(d.dir, 0o700); err == nil {
			f, err = os.CreateTemp(d.dir, pattern)
		}
	}
	if err != nil {
		return false, 0, err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	err = errors.Join(encode(w, key, a), w.Flush())
	size, serr := f.Seek(0, io.SeekCurrent)
	// Not synced: what a crash of the machine leaves of the file has another hash.
	err = errors.Join(err, serr, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), d.path(key))
	}
	if err != nil {
		return false, 0, errors.Join(err, os.Remove(f.Name()))
	}
	removed, err = d.makeRoom(nameOf(key), owner, size+perFile)
	return true, removed, err
}

// makeRoom counts a file of this many bytes. If all exceed the limit, it removes the least
// recently used files, of the heaviest owner if there is one.
func (d *disk) makeRoom(name, owner string, added int64) (removed int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.owners[name] = owner
	d.n++
	if d.used += added; d.used >= added && d.used <= d.most && d.n < rescan {
		return 0, nil
	}
	files, err := d.files()
	if err != nil {
		d.used = -1
		return 0, err
	}
	d.n, d.used = 0, 0
	held, owners := lru.Holdings{}, map[string]string{}
	for i := range files {
		f := &files[i]
		f.owner = d.owners[f.name]
		d.used += f.size
		held.Add(f.owner, f.size)
		owners[f.name] = f.owner
	}
	d.owners = owners // without those of files that other processes removed
	if d.used <= d.most {
		return 0, nil
	}
	// More than necessary, so that it is not due again at once.
	for len(files) > 0 && d.used > d.most-d.most/8 {
		owner := held.Heaviest(d.most)
		i := max(0, slices.IndexFunc(files, func(f kept) bool { return f.owner == owner || owner == "" }))
		f := files[i]
		files = slices.Delete(files, i, i+1)
		held.Add(f.owner, -f.size)
		// One that cannot be removed must not keep the others.
		if rerr := os.RemoveAll(filepath.Join(d.dir, f.name)); rerr != nil {
			err = errors.Join(err, rerr)
			continue
		}
		d.used -= f.size
		removed++
	}
	return removed, err
}

// kept is a file in the directory.
type kept struct {
	name  string
	owner string
	size  int64
	used  time.Time
}

// files lists the artifacts, the least recently used first, and removes what ended
// processes left.
func (d *disk) files() ([]kept, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	var list []kept
	for _, e := range entries {
		partial, _ := filepath.Match(pattern, e.Name())
		if !partial && !isArtifact(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // removed meanwhile
		}
		if !partial {
			list = append(list, kept{name: e.Name(), size: info.Size() + perFile, used: info.ModTime()})
		} else if time.Since(info.ModTime()) > leftTime {
			_ = os.Remove(filepath.Join(d.dir, e.Name())) // or the next time
		}
	}
	slices.SortFunc(list, func(a, b kept) int { return a.used.Compare(b.used) })
	return list, nil
}

// isArtifact reports whether a name is that of the file of a key.
func isArtifact(name string) bool {
	key, ok := strings.CutSuffix(name, suffix)
	if !ok || len(key) != 2*len(runner.Hash{}) {
		return false
	}
	_, err := hex.DecodeString(key)
	return err == nil
}

// Usage is what the directory of a Store holds.
type Usage struct {
	Files int
	Bytes int64
}

// UsageOf reads what the directory dir of a Store holds. A directory that is missing holds
// nothing.
func UsageOf(dir string) (Usage, error) {
	files, err := (&disk{dir: dir}).files()
	if errors.Is(err, fs.ErrNotExist) {
		return Usage{}, nil
	}
	u := Usage{Files: len(files)}
	for _, f := range files {
		u.Bytes += f.size
	}
	return u, err
}

// Clear removes all artifacts of the directory dir of a Store, which may be in use, and
// returns what they were.
func Clear(dir string) (Usage, error) {
	files, err := (&disk{dir: dir}).files()
	if errors.Is(err, fs.ErrNotExist) {
		return Usage{}, nil
	}
	var u Usage
	for _, f := range files {
		if rerr := os.RemoveAll(filepath.Join(dir, f.name)); rerr != nil {
			err = errors.Join(err, rerr)
			continue
		}
		u.Files++
		u.Bytes += f.size
	}
	return u, err
}
