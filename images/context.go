package images

import (
	"archive/tar"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/internal/engine"
)

// Dockerfile is what every image is built by.
//
//go:embed Dockerfile
var Dockerfile string

// epoch is the time of every file in a context.
var epoch = time.Unix(0, 0)

// file is a file of the context.
type file struct{ name, text string }

// etc are the files in /etc that every box has.
func etc() []file {
	return []file{
		{"etc/passwd", boxenv.Passwd(users()...)},
		{"etc/group", boxenv.Group(users()...)},
		{"etc/host.conf", boxenv.HostConf},
		{"etc/nsswitch.conf", boxenv.Nsswitch},
	}
}

// users are the numbers that boxes have for users.
func users() []string {
	var list []string
	for n := range engine.Users {
		list = append(list, strconv.Itoa(engine.UserBase+n))
	}
	return list
}

// tools is the list of the tools that the Dockerfile looks for.
var tools = strings.Join(boxenv.Tools, " ")

// writeContext writes the build context: Dockerfile, etc, agent, set and wasm-tools, in
// this order, all root's, without a time. An empty set is an empty directory.
func (o BuildOptions) writeContext(w io.Writer) error {
	tw := tar.NewWriter(w)
	if err := addData(tw, "Dockerfile", 0o644, []byte(o.dockerfile())); err != nil {
		return err
	}
	for _, f := range etc() {
		if err := addData(tw, f.name, 0o644, []byte(f.text)); err != nil {
			return err
		}
	}
	if err := addFile(tw, "corust", o.Agent, 0o755); err != nil {
		return err
	}
	if o.Set == "" {
		if err := tw.WriteHeader(header(tar.TypeDir, "set/", 0o755)); err != nil {
			return err
		}
	} else if err := addTree(tw, "set", o.Set, nil); err != nil {
		return err
	}
	if o.WasmTools != "" {
		if err := addFile(tw, "wasm-tools", o.WasmTools, 0o755); err != nil {
			return err
		}
	}
	return tw.Close()
}

func header(kind byte, name string, mode int64) *tar.Header {
	return &tar.Header{Typeflag: kind, Name: name, Mode: mode, ModTime: epoch, Format: tar.FormatPAX}
}

func addData(w *tar.Writer, name string, mode int64, data []byte) error {
	h := header(tar.TypeReg, name, mode)
	h.Size = int64(len(data))
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

func addFile(w *tar.Writer, name, file string, mode int64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%q is not a regular file", file)
	}
	h := header(tar.TypeReg, name, mode)
	h.Size = info.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	if _, err := io.CopyN(w, f, h.Size); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// addTree adds a directory in lexical order, under another name. A file is
// executable for all or for none, and readable for all. Links stay links. It
// leaves out the files for which skip, if not nil, returns true; its argument is
// slash-separated and relative to dir.
func addTree(w *tar.Writer, name, dir string, skip func(string) bool) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel != "." && skip != nil && skip(rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		to := path.Join(name, rel)
		switch {
		case d.IsDir():
			return w.WriteHeader(header(tar.TypeDir, to+"/", 0o755))
		case d.Type() == fs.ModeSymlink:
			h := header(tar.TypeSymlink, to, 0o777)
			if h.Linkname, err = os.Readlink(file); err != nil {
				return err
			}
			return w.WriteHeader(h)
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is neither file, directory nor link", file)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if info.Mode()&0o111 != 0 {
			mode = 0o755
		}
		return addFile(w, to, file, mode)
	})
}

// ErrAgent is returned for a file that cannot be the agent of an image.
var ErrAgent = errors.New("not usable as the agent of an image")

// ErrSet is returned for a set that cannot be used in an image.
var ErrSet = errors.New("the set does not fit the image")

// hashFile hashes a file.
func hashFile(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashParts hashes strings so that no two lists of them give the same text.
func hashParts(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s,", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
