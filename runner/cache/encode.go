package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/corust-dev/corust/runner"
)

// The file of an artifact is magic, the SHA-256 of the key and everything that follows,
// the length of a header as four bytes, the header in JSON, and the bytes of the streams
// and files that it lists.
const magic = "corust artifact 1\n"

// prefix is the length of magic, hash and length of the header.
const prefix = len(magic) + sha256.Size + 4

// maxHeader is the most bytes of a header.
const maxHeader = 64 << 10

// header lists what follows it.
type header struct {
	Steps []printed `json:"steps"`
	Files []file    `json:"files"`
}

type printed struct {
	Stdout int64 `json:"stdout"`
	Stderr int64 `json:"stderr"`
}

type file struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// errDamaged is returned for a file that is not what was kept under its key.
var errDamaged = errors.New("damaged")

// encode writes an artifact.
func encode(w io.Writer, key runner.Hash, a *runner.Artifact) error {
	var h header
	var parts [][]byte
	for _, s := range a.Steps {
		h.Steps = append(h.Steps, printed{int64(len(s.Stdout)), int64(len(s.Stderr))})
		parts = append(parts, s.Stdout, s.Stderr)
	}
	for _, f := range a.Files {
		h.Files = append(h.Files, file{f.Name, int64(len(f.Data))})
		parts = append(parts, f.Data)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if len(text) > maxHeader {
		return fmt.Errorf("a header of %d bytes, at most %d", len(text), maxHeader)
	}
	length := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
	parts = append([][]byte{length, text}, parts...)
	sum := sha256.New()
	sum.Write(key[:])
	for _, p := range parts {
		sum.Write(p)
	}
	for _, p := range append([][]byte{[]byte(magic), sum.Sum(nil)}, parts...) {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// decode reads the artifact of a key. It returns errDamaged for anything else. The
// artifact refers to data.
func decode(data []byte, key runner.Hash) (*runner.Artifact, error) {
	if len(data) < prefix || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: no artifact", errDamaged)
	}
	want, rest := data[len(magic):len(magic)+sha256.Size], data[len(magic)+sha256.Size:]
	sum := sha256.New()
	sum.Write(key[:])
	sum.Write(rest)
	if !bytes.Equal(sum.Sum(nil), want) {
		return nil, fmt.Errorf("%w: another hash", errDamaged)
	}
	// The rest is as encode has written it, unless encode is at fault.
	n := int64(binary.BigEndian.Uint32(rest))
	rest = rest[4:]
	if n > int64(len(rest)) {
		return nil, fmt.Errorf("%w: a header of %d bytes", errDamaged, n)
	}
	var h header
	if err := json.Unmarshal(rest[:n], &h); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	rest = rest[n:]
	whole := true
	take := func(n int64) []byte {
		if whole = whole && n >= 0 && n <= int64(len(rest)); !whole {
			return nil
		}
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	a := &runner.Artifact{}
	for _, s := range h.Steps {
		a.Steps = append(a.Steps, runner.Compiled{Stdout: take(s.Stdout), Stderr: take(s.Stderr)})
	}
	for _, f := range h.Files {
		a.Files = append(a.Files, runner.File{Name: f.Name, Data: take(f.Size)})
	}
	if !whole || len(rest) > 0 {
		return nil, fmt.Errorf("%w: its parts are not those of its header", errDamaged)
	}
	return a, nil
}
