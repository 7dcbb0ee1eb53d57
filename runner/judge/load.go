package judge

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// Case is one input of a program and the output that it should have.
type Case struct {
	// Name is the path of the input without its extension, with slashes.
	Name string
	// Input is the program's standard input.
	Input []byte
	// Answer is the right output. HasAnswer is false if the case has none, which only a
	// checker can judge.
	Answer    []byte
	HasAnswer bool
	// Args, if not nil, are the program's arguments in place of those of the task, and Limits
	// its limits; a zero field leaves that of the task.
	Args   []string
	Limits runner.Limits
	// Settings is the content of the file with the extension .toml, nil if there is none.
	Settings []byte
}

// Bounds on cases.
const (
	MaxCases = 10_000
	MaxFile  = 64 << 20  // bytes of one file
	MaxBytes = 512 << 20 // bytes of all files
)

// inputExtension and answerExtensions are the extensions of a case's files.
const (
	inputExtension    = ".in"
	settingsExtension = ".toml"
)

var answerExtensions = []string{".out", ".ans"}

// Load reads the cases of a directory or an archive: each file NAME.in, the answer in
// NAME.out or NAME.ans, and settings in NAME.toml. It also reads the directories below,
// except those whose name begins with a dot. Cases are in the order of their names, where
// numbers compare by value. Load fails if there is no case, an answer has no input, or a
// bound is exceeded.
func Load(fsys fs.FS) ([]Case, error) {
	files := map[string]bool{}
	var inputs []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		files[name] = true
		if base, ok := strings.CutSuffix(name, inputExtension); ok {
			inputs = append(inputs, base)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(inputs) == 0 {
		return nil, errors.New("no cases (want files such as 1.in and 1.out)")
	}
	if len(inputs) > MaxCases {
		return nil, fmt.Errorf("%d cases, at most %d", len(inputs), MaxCases)
	}
	for name := range files {
		if ext := path.Ext(name); slices.Contains(answerExtensions, ext) && !files[strings.TrimSuffix(name, ext)+inputExtension] {
			return nil, fmt.Errorf("%q has no input (want %q)", name, strings.TrimSuffix(name, ext)+inputExtension)
		}
	}
	slices.SortFunc(inputs, natural)
	l := loader{fsys: fsys, left: MaxBytes}
	cases := make([]Case, 0, len(inputs))
	for _, base := range inputs {
		c := Case{Name: base, Input: l.read(base + inputExtension)}
		var answers []string
		for _, ext := range answerExtensions {
			if files[base+ext] {
				answers = append(answers, base+ext)
			}
		}
		if len(answers) > 1 {
			return nil, fmt.Errorf("case %q has two answers: %q", base, answers)
		}
		if c.HasAnswer = len(answers) == 1; c.HasAnswer {
			c.Answer = l.read(answers[0])
		}
		if files[base+settingsExtension] {
			c.Settings = append([]byte{}, l.read(base+settingsExtension)...)
		}
		if l.err != nil {
			return nil, l.err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// loader reads files until one fails.
type loader struct {
	fsys fs.FS
	left int64 // bytes that may still be read
	err  error
}

// read reads a file. The sizes that an archive states are not believed.
func (l *loader) read(name string) []byte {
	if l.err != nil {
		return nil
	}
	// Before it is opened, which waits for the other end of a pipe.
	if info, err := fs.Stat(l.fsys, name); err == nil && !info.Mode().IsRegular() {
		l.err = fmt.Errorf("%q is not a file", name)
		return nil
	}
	f, err := l.fsys.Open(name)
	if err != nil {
		l.err = err
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, min(MaxFile, l.left)+1))
	switch l.left -= int64(len(data)); {
	case err != nil:
		l.err = fmt.Errorf("read %q: %w", name, err)
	case len(data) > MaxFile:
		l.err = fmt.Errorf("%q has more than %d bytes", name, MaxFile)
	case l.left < 0:
		l.err = fmt.Errorf("the cases have more than %d bytes", MaxBytes)
	}
	return data
}

// natural compares names; digits in them compare as numbers.
func natural(a, b string) int {
	whole := cmp.Compare(a, b)
	for a != "" && b != "" {
		if n, m := digits(a), digits(b); n > 0 && m > 0 {
			x, y := strings.TrimLeft(a[:n], "0"), strings.TrimLeft(b[:m], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[n:], b[m:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), whole)
}

// digits returns how many digits a text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
