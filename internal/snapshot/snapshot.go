// Package snapshot stores immutable source texts that people share by a link.
//
// A [Snapshot] is named by its content: the same files always have the same [ID], so
// sharing them again stores nothing. A [Dir] keeps snapshots as files; it is bounded in
// bytes, and removes snapshots that were neither stored nor read for a while.
package snapshot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Snapshot is a source text as it was shared.
//
// A field that is added must be omitted while it is empty, so that the snapshots that are
// kept retain their IDs.
type Snapshot struct {
	Files []File `json:"files"`
	// Settings are those of a run, by name, and Toolchain is the version of rustc that the
	// snapshot was made with.
	Settings  map[string]string `json:"settings,omitempty"`
	Toolchain string            `json:"toolchain,omitempty"`
}

// File is one file. A text that was shared without a name has none.
type File struct {
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
}

// ID names a snapshot: 32 hexadecimal digits of the SHA-256 of its JSON.
type ID string

// Valid reports whether an ID has the right form. Only valid IDs become file names.
func (id ID) Valid() bool {
	return len(id) == 32 && strings.Trim(string(id), "0123456789abcdef") == ""
}

// Errors of a store.
var (
	// ErrNotFound is returned for an ID that no snapshot has, or one that has expired.
	ErrNotFound = errors.New("no such snapshot")
	// ErrFull is returned when the store holds as many bytes as it may.
	ErrFull = errors.New("the store of snapshots is full")
)

// Encode returns the JSON of a snapshot and the ID that it gives.
func Encode(s Snapshot) ([]byte, ID, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, "", fmt.Errorf("snapshot: %w", err)
	}
	sum := sha256.Sum256(data)
	return data, ID(hex.EncodeToString(sum[:16])), nil
}

// Decode reads what Encode made.
func Decode(data []byte) (s Snapshot, err error) {
	if err = json.Unmarshal(data, &s); err != nil {
		err = fmt.Errorf("snapshot: %w", err)
	}
	return s, err
}

// Limits bound a Dir.
type Limits struct {
	// Bytes is the most bytes that all snapshots may have together; each counts for at
	// least a block of 4 KiB, as on a disk. 0 sets no bound.
	Bytes int64
	// Expire is how long a snapshot is kept after it was last stored or read; 0 keeps it
	// forever. A read counts once a day.
	Expire time.Duration
}

// Dir keeps snapshots in a directory, a file each. Its methods may be called from any
// goroutine. One Dir at a time may have a directory.
type Dir struct {
	root   string
	limits Limits
	now    func() time.Time

	mu    sync.Mutex
	bytes int64
	swept time.Time
}

// sweepTime is how often Put looks for what has expired, and touchTime how old a
// snapshot's time may be before a read renews it.
const (
	sweepTime = time.Hour
	touchTime = 24 * time.Hour
)

// Open opens the store in a directory, which it creates if necessary.
func Open(root string, limits Limits) (*Dir, error) { return open(root, limits, time.Now) }

func open(root string, limits Limits, now func() time.Time) (*Dir, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	d := &Dir{root: root, limits: limits, now: now}
	return d, d.sweep()
}

const block = 4 << 10

// size is what a snapshot of n bytes counts for.
func size(n int64) int64 { return (n + block - 1) / block * block }

func (d *Dir) path(id ID) string {
	return filepath.Join(d.root, string(id[:2]), string(id)+".json")
}

// Put stores a snapshot and returns its ID. When Put returns, the snapshot is on disk.
func (d *Dir) Put(ctx context.Context, s Snapshot) (ID, error) {
	data, id, err := Encode(s)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if d.now().Sub(d.swept) >= sweepTime {
		if err := d.sweep(); err != nil {
			return "", err
		}
	}
	now := d.now()
	switch err := os.Chtimes(d.path(id), now, now); {
	case err == nil:
		return id, nil // it is there already
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("snapshots: %w", err)
	}
	n := size(int64(len(data)))
	if d.limits.Bytes > 0 && d.bytes+n > d.limits.Bytes {
		return "", ErrFull
	}
	if err := write(d.path(id), data); err != nil {
		return "", fmt.Errorf("snapshots: %w", err)
	}
	d.bytes += n
	return id, nil
}

// Get returns a snapshot.
func (d *Dir) Get(_ context.Context, id ID) (Snapshot, error) {
	var s Snapshot
	if !id.Valid() {
		return s, ErrNotFound
	}
	path := d.path(id)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && d.expired(info) {
		return s, ErrNotFound
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, ErrNotFound
	}
	if err != nil {
		return s, fmt.Errorf("snapshots: %w", err)
	}
	if s, err = Decode(data); err != nil {
		return s, fmt.Errorf("snapshots: %s: %w", id, err)
	}
	if now := d.now(); info != nil && now.Sub(info.ModTime()) >= touchTime {
		_ = os.Chtimes(path, now, now) // it only expires earlier
	}
	return s, nil
}

// A Stored is a snapshot as a Dir keeps it.
type Stored struct {
	ID   ID
	Data []byte    // what Encode made
	Read time.Time // when it was last stored or read
}

// All returns the snapshots that have not expired, in any order. An error ends it.
func (d *Dir) All() iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		err := filepath.WalkDir(d.root, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			id := ID(strings.TrimSuffix(e.Name(), ".json"))
			if e.IsDir() || !id.Valid() {
				return nil
			}
			info, err := e.Info()
			if err != nil || d.expired(info) {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if !yield(Stored{id, data, info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Stored{}, fmt.Errorf("snapshots: %w", err))
		}
	}
}

// Delete removes snapshots from a directory, in which a Dir may be open, and fails with
// [ErrNotFound] at the first ID that no snapshot has.
func Delete(root string, ids ...ID) error {
	for _, id := range ids {
		if !id.Valid() {
			return fmt.Errorf("%q: %w", string(id), ErrNotFound)
		}
		err := os.Remove((&Dir{root: root}).path(id))
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%q: %w", string(id), ErrNotFound)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Copy copies all snapshots of a directory, in which a Dir may be open, to another one, and
// makes that if there are any. What the other one has stays. Copies count as read when the
// originals were. Copy calls made for each file and directory that it makes, and returns the
// number of snapshots that it found; if there is no directory, it found none.
func Copy(ctx context.Context, from, to string, made func(path string) error) (n int, err error) {
	err = filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has expired meanwhile, or there are none
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		name, ok := strings.CutSuffix(e.Name(), ".json")
		id := ID(name)
		if e.IsDir() || !ok || !id.Valid() {
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		var data []byte
		if err == nil {
			data, err = os.ReadFile(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		n++
		return put(to, Stored{id, data, info.ModTime()}, made)
	})
	if err != nil {
		return n, fmt.Errorf("snapshots: %w", err)
	}
	return n, nil
}

// Write is Copy of snapshots that are stored elsewhere. An error of all ends it.
func Write(to string, all iter.Seq2[Stored, error]) (n int, err error) {
	for s, err := range all {
		if err == nil && !s.ID.Valid() {
			err = fmt.Errorf("%q is not the ID of a snapshot", string(s.ID))
		}
		if err == nil {
			err = put(to, s, func(string) error { return nil })
		}
		if err != nil {
			return n, fmt.Errorf("snapshots: %w", err)
		}
		n++
	}
	return n, nil
}

// put writes a snapshot to a directory that has it or not. It calls made for each file and
// directory that it makes.
func put(root string, s Stored, made func(path string) error) error {
	at := (&Dir{root: root}).path(s.ID)
	if _, err := os.Lstat(at); err == nil {
		return nil
	}
	mkdir := func(dir string) error {
		if err := os.Mkdir(dir, 0o700); err != nil {
			if errors.Is(err, fs.ErrExist) {
				err = nil
			}
			return err
		}
		return made(dir)
	}
	if err := errors.Join(mkdir(root), mkdir(filepath.Dir(at)), write(at, s.Data)); err != nil {
		return err
	}
	return errors.Join(os.Chtimes(at, s.Read, s.Read), made(at))
}

func (d *Dir) expired(info fs.FileInfo) bool {
	return d.limits.Expire > 0 && d.now().Sub(info.ModTime()) >= d.limits.Expire
}

// sweep removes what has expired and what writes left behind, and counts the rest.
func (d *Dir) sweep() error {
	d.bytes, d.swept = 0, d.now()
	return filepath.WalkDir(d.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case strings.HasSuffix(path, temporary) || strings.HasSuffix(path, ".json") && d.expired(info):
			return os.Remove(path)
		}
		d.bytes += size(info.Size())
		return nil
	})
}

// temporary ends the names of files that are being written.
const temporary = ".new"

// write makes a file that is whole, or not there, whatever happens.
func write(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "*"+temporary)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

// syncDir makes the names in a directory durable, where the system can.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
