package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// ErrFormat is returned for what is not an archive of a session that this package reads.
var ErrFormat = errors.New("not an exported session")

// Bounds of what a reader takes, whatever an archive says of its sizes.
const (
	maxEntries   = 4096
	maxDirectory = 2 << 20 // bytes of the list of the entries
	maxManifest  = 512 << 10
	maxText      = 6 // bytes of a UTF-16 unit at most, with those that end a line
	maxLog       = 64 << 20
	maxAuthors   = 64 << 10 // clients of a log
	maxID        = 64       // bytes of the id of a client or a run
	maxRuns      = 20
	maxRun       = 4 << 20
	maxRunValues = 512 << 10
)

// MaxVersions is how many entries a log may have.
const MaxVersions = 1 << 20

// Archive is an archive that is read. It may come from anybody: each method checks what it
// reads as a session would within the limits, and reads no more than they allow. Errors
// name the entry of the archive, or the version of the log, and wrap [ErrFormat],
// [wire.ErrTooLarge], [wire.ErrMalformed], [wire.ErrExists] or [wire.ErrNoFile]. The methods
// may be called from any goroutine.
type Archive struct {
	Manifest Manifest
	// Files has the last version of the files, the one that is compiled first.
	Files []wire.NamedFile

	lim        wire.Limits
	first, log *zip.File // nil if there is no history
	runs       []*zip.File
}

// Open reads the manifest and the files of an archive. The archive reads the rest from r
// when it is asked to.
func Open(r io.ReaderAt, size int64, lim wire.Limits) (*Archive, error) {
	a := &Archive{lim: lim.WithDefaults()}
	directory := &bounded{ReaderAt: r, left: maxDirectory}
	zr, err := zip.NewReader(directory, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	directory.free = true
	if n := len(zr.File); n > maxEntries {
		return nil, fmt.Errorf("%w: the archive has %d entries, limit %d", ErrFormat, n, maxEntries)
	}
	var manifest *zip.File
	var texts []*zip.File
	seen := map[string]bool{}
	for _, f := range zr.File {
		switch name := f.Name; {
		case strings.HasSuffix(name, "/"):
			continue
		case name == manifestName:
			manifest = f
		case name == firstName:
			a.first = f
		case name == logName:
			a.log = f
		case strings.HasPrefix(name, filesPrefix):
			texts = append(texts, f)
		case strings.HasPrefix(name, runsPrefix) && strings.HasSuffix(name, runsSuffix):
			a.runs = append(a.runs, f)
		default:
			continue
		}
		switch {
		case seen[f.Name]:
			return nil, fmt.Errorf("%w: it has %q twice", ErrFormat, f.Name)
		case f.Mode().Type() != 0:
			return nil, fmt.Errorf("%w: %q is a %s, want a file", ErrFormat, f.Name, typeOf(f.Mode()))
		}
		seen[f.Name] = true
	}
	switch {
	case manifest == nil:
		return nil, fmt.Errorf("%w: it has no %s", ErrFormat, manifestName)
	case len(texts) == 0:
		return nil, fmt.Errorf("%w: it has no files", ErrFormat)
	case len(texts) > a.lim.Files:
		return nil, wire.Exceeds("files", len(texts), a.lim.Files, wire.UnitCount)
	case (a.first == nil) != (a.log == nil):
		return nil, fmt.Errorf("%w: it has only one of %s and %s", ErrFormat, firstName, logName)
	case len(a.runs) > maxRuns:
		return nil, wire.Exceeds("runs", len(a.runs), maxRuns, wire.UnitCount)
	}
	if err := a.readManifest(manifest); err != nil {
		return nil, err
	}
	if err := a.readFiles(texts); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Archive) readManifest(f *zip.File) (err error) {
	m := &a.Manifest
	if err := object(f, maxManifest, m); err != nil {
		return err
	}
	switch {
	case m.Format != Format:
		return fmt.Errorf("%w: %s has the format %.40q, want %q", ErrFormat, manifestName, m.Format, Format)
	case m.Version < 1 || m.Version > Version:
		return fmt.Errorf("%w: its version is %d, and this corust reads up to %d", ErrFormat, m.Version, Version)
	}
	if n := len(m.History.Names); n > wire.MaxNames {
		return wire.Exceeds("names", n, wire.MaxNames, wire.UnitCount)
	}
	for id, name := range m.History.Names {
		if !isID(string(id)) {
			return fmt.Errorf("%s: the name of client %.40q: %w", manifestName, id, wire.ErrMalformed)
		}
		if err := wire.CheckName(name, a.lim); err != nil {
			return fmt.Errorf("%s: the name of client %q: %w", manifestName, id, err)
		}
	}
	m.Settings, err = (wire.Settings{}).With(m.Settings)
	return err
}

func (a *Archive) readFiles(texts []*zip.File) error {
	var named []wire.NamedFile
	left := int64(maxText * a.lim.Text)
	for _, f := range texts {
		data, err := content(f, left)
		if err != nil {
			return err
		}
		if left -= int64(len(data)); !utf8.Valid(data) {
			return fmt.Errorf("%q is not UTF-8 text: %w", f.Name, wire.ErrMalformed)
		}
		named = append(named, wire.NamedFile{Name: strings.TrimPrefix(f.Name, filesPrefix), Content: string(data)})
	}
	set, err := files.Named(named)
	if err != nil {
		return err
	}
	a.Files = files.NamedOf(set.Wire())
	return a.fits(set)
}

func (a *Archive) fits(set files.Set) error {
	if n := set.Units(); n > a.lim.Text {
		return wire.Exceeds("text", n, a.lim.Text, wire.UnitUTF16)
	}
	if n := len(set.All()); n > a.lim.Files {
		return wire.Exceeds("files", n, a.lim.Files, wire.UnitCount)
	}
	return nil
}

// First returns the files at the start of the history, and their version: those of Files,
// at version 0, if the archive has no history.
func (a *Archive) First() (files.Set, wire.Version, error) {
	if a.first == nil {
		set, err := files.Named(a.Files)
		return set, 0, err
	}
	var past wire.PastFiles
	if err := object(a.first, int64(2*maxText*a.lim.Text+maxManifest), &past); err != nil {
		return files.Set{}, 0, err
	}
	set, err := files.Of(past.Files)
	if err == nil {
		err = a.fits(set)
	}
	if err == nil && past.Version < 0 {
		err = fmt.Errorf("version %d: %w", past.Version, wire.ErrMalformed)
	}
	if err != nil {
		return files.Set{}, 0, fmt.Errorf("%s: %w", firstName, err)
	}
	return set, past.Version, nil
}

// Replay calls do with each entry of the log, in order, its version, and the files after it.
// It holds one entry in memory, and the files. Without an error, the log led from the files
// of First to Files. The first error of do ends it and is returned.
func (a *Archive) Replay(do func(wire.Version, wire.Entry, files.Set) error) error {
	set, v, err := a.First()
	if err != nil || a.log == nil {
		return err
	}
	first := v
	r, err := a.log.Open()
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrFormat, a.log.Name, err)
	}
	defer r.Close()
	log := &io.LimitedReader{R: r, N: maxLog}
	lines := bufio.NewScanner(log)
	lines.Buffer(make([]byte, 0, 64<<10), a.maxLine())
	authors := map[wire.ClientID]wire.Seq{}
	for lines.Scan() {
		e, err := a.entry(lines.Bytes(), v+1, authors)
		if err == nil {
			err = set.Fits(e, a.lim)
		}
		if err == nil {
			set, err = set.Apply(e)
		}
		if err == nil && v-first == MaxVersions {
			err = wire.Exceeds("entries", MaxVersions+1, MaxVersions, wire.UnitCount)
		}
		if err != nil && log.N == 0 {
			break // its line was cut
		}
		if err != nil {
			return fmt.Errorf("%s: entry %d: %w", logName, v+1, err)
		}
		v++
		if err := do(v, e, set); err != nil {
			return err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%s: entry %d has more than %d bytes: %w", logName, v+1, a.maxLine(), wire.ErrTooLarge)
	case err != nil:
		return fmt.Errorf("%w: %s: after entry %d: %w", ErrFormat, logName, v, err)
	case log.N == 0:
		return fmt.Errorf("%s has more than %d bytes: %w", logName, maxLog-1, wire.ErrTooLarge)
	case v != a.Manifest.History.Version:
		return fmt.Errorf("%w: %s ends at version %d, and %s says %d", ErrFormat, logName, v, manifestName, a.Manifest.History.Version)
	}
	return a.ends(set)
}

// ends returns an error if a set differs from Files.
func (a *Archive) ends(set files.Set) error {
	for _, f := range a.Files {
		if got, ok := set.At(f.Name); !ok || got.Text.String() != f.Content {
			return fmt.Errorf("%w: the log does not lead to %q", ErrFormat, filesPrefix+f.Name)
		}
	}
	if n := len(set.All()); n != len(a.Files) {
		return fmt.Errorf("%w: the log leads to %d files, and it has %d", ErrFormat, n, len(a.Files))
	}
	return nil
}

// maxLine is how many bytes an entry of the log may have: more than a push, which may have
// been mapped since.
func (a *Archive) maxLine() int { return 2 * max(a.lim.Message, maxText*a.lim.Text) }

// entry reads the entry of a version, by the rules that hold for the push of a client.
func (a *Archive) entry(line []byte, v wire.Version, authors map[wire.ClientID]wire.Seq) (e wire.Entry, err error) {
	if err := wire.CheckText(line); err != nil {
		return e, err
	}
	var logged Entry
	if err := json.Unmarshal(line, &logged); err != nil {
		return e, fmt.Errorf("%w: %w", wire.ErrMalformed, wire.JSONError(err))
	}
	m := logged.Entry
	if m == nil {
		return e, fmt.Errorf("the line has no member entry: %w", wire.ErrMalformed)
	}
	e = wire.Entry{File: m.File, Client: m.Client, Seq: m.Seq, Changes: m.Changes, Op: m.Op, At: logged.At}
	last, known := authors[e.Client]
	switch {
	case m.Version != v:
		return e, fmt.Errorf("its version is %d: %w", m.Version, wire.ErrMalformed)
	case !isID(string(e.Client)):
		return e, fmt.Errorf("client %.40q: %w", e.Client, wire.ErrMalformed)
	case e.Seq <= last:
		return e, fmt.Errorf("push %d of client %q after its push %d: %w", e.Seq, e.Client, last, wire.ErrMalformed)
	case !known && len(authors) == maxAuthors:
		return e, wire.Exceeds("authors", maxAuthors+1, maxAuthors, wire.UnitCount)
	case e.At.Before(time.UnixMilli(0)):
		return e, fmt.Errorf("its time is %s: %w", e.At.Format(time.RFC3339), wire.ErrMalformed)
	case e.Op == nil && e.Changes.Parts() > 2*a.lim.Parts: // a push may have been mapped since
		return e, wire.Exceeds("parts", e.Changes.Parts(), 2*a.lim.Parts, wire.UnitCount)
	}
	authors[e.Client] = e.Seq
	return e, e.Check()
}

// Runs returns the records of past runs, the oldest first, one in memory at a time. Runs
// that had not ended have the verdict "lost". Records that were replaced while the archive
// was written are left out. An error ends the sequence.
func (a *Archive) Runs() iter.Seq2[wire.PastRun, error] {
	return func(yield func(wire.PastRun, error) bool) {
		for i := range a.runs {
			run, err := a.run(a.runs[len(a.runs)-1-i]) // the newest comes first
			if err == nil && run.Started.IsZero() {
				continue
			}
			if !yield(run, err) || err != nil {
				return
			}
		}
	}
}

func (a *Archive) run(f *zip.File) (run wire.PastRun, err error) {
	data, err := content(f, maxRun)
	if err == nil && wire.CountValues(data) > maxRunValues {
		err = fmt.Errorf("%q has more than %d values: %w", f.Name, maxRunValues, wire.ErrTooLarge)
	}
	if err == nil {
		err = decode(f, data, &run)
	}
	if err != nil {
		return run, err
	}
	if run.Verdict == "" {
		run.Verdict = wire.VerdictLost
	}
	id := strings.TrimSuffix(strings.TrimPrefix(f.Name, runsPrefix), runsSuffix)
	head := a.Manifest.History.Version
	switch {
	case run.Run != id || !isID(id):
		err = fmt.Errorf("run %.40q: %w", run.Run, wire.ErrMalformed)
	case run.Version < 0 || run.Version > head:
		err = fmt.Errorf("version %d, want one up to %d: %w", run.Version, head, wire.ErrMalformed)
	case len(run.Verdict) > maxID || len(run.By) > maxID || len(run.Stopped) > maxID:
		err = fmt.Errorf("a verdict or client of more than %d bytes: %w", maxID, wire.ErrMalformed)
	case !run.Started.IsZero() && run.Started.Before(time.UnixMilli(0)) || !run.Ended.IsZero() && run.Ended.Before(run.Started):
		err = fmt.Errorf("it ran from %s to %s: %w", run.Started.Format(time.RFC3339), run.Ended.Format(time.RFC3339), wire.ErrMalformed)
	default:
		err = run.Options.Check()
	}
	for _, o := range run.Output {
		if o == nil && err == nil {
			err = fmt.Errorf("null among its output: %w", wire.ErrMalformed)
		}
	}
	if err == nil {
		err = a.ran(run)
	}
	if err != nil {
		return run, fmt.Errorf("%q: %w", f.Name, err)
	}
	return run, nil
}

// ran returns an error unless the text that ran, if it is there, is one of a session.
func (a *Archive) ran(run wire.PastRun) error {
	list := run.Files
	if len(list) == 0 {
		if run.Source == nil {
			return nil
		}
		list = []wire.NamedFile{{Name: wire.DefaultPath, Content: *run.Source}}
	}
	for _, f := range list {
		if _, err := ot.NewText(f.Content); err != nil { // as it is: Named would change line breaks
			return wire.ChangeError(err)
		}
	}
	set, err := files.Named(list)
	if err != nil {
		return err
	}
	return a.fits(set)
}

// isID reports whether an id of a client or a run can be one that a server made.
func isID(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// object reads a JSON object of an archive.
func object(f *zip.File, limit int64, v any) error {
	data, err := content(f, limit)
	if err != nil {
		return err
	}
	return decode(f, data, v)
}

func decode(f *zip.File, data []byte, v any) error {
	if err := wire.CheckText(data); err != nil {
		return fmt.Errorf("%q: %w", f.Name, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %q: %w", ErrFormat, f.Name, wire.JSONError(err))
	}
	return nil
}

// content reads a file of an archive whole, if it has at most so many bytes, whatever the
// archive says of its size.
func content(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrFormat, f.Name, err)
	}
	defer r.Close()
	var b bytes.Buffer
	switch n, err := io.Copy(&b, io.LimitReader(r, limit+1)); {
	case err != nil:
		return nil, fmt.Errorf("%w: %q: %w", ErrFormat, f.Name, err)
	case n > limit:
		return nil, fmt.Errorf("%q has more than %d bytes: %w", f.Name, limit, wire.ErrTooLarge)
	}
	return b.Bytes(), nil
}

// bounded reads at most left bytes until it is set free: the list of a zip file's entries
// takes more memory than bytes, and may be longer than the file says.
type bounded struct {
	io.ReaderAt
	left int
	free bool
}

func (b *bounded) ReadAt(p []byte, off int64) (int, error) {
	if !b.free {
		if b.left -= len(p); b.left < 0 {
			return 0, fmt.Errorf("the list of its entries has more than %d bytes", maxDirectory)
		}
	}
	return b.ReaderAt.ReadAt(p, off)
}

func typeOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode.IsDir():
		return "directory"
	}
	return "special file"
}
