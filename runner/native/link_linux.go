package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/internal/directlink"
	"github.com/corust-dev/corust/internal/owner"
)

// links remembers the arguments with which toolchains link without the C compiler, by
// what names the toolchain and the system.
type links struct {
	mu   sync.Mutex
	args map[string]string
}

// of returns the arguments for a toolchain, or "" if it has to start the C compiler. They
// are kept here and, so that the next process does not link a program to find them, in a
// file of the directory cache, which only this user can change.
func (l *links) of(ctx context.Context, h host, key, cache string) string {
	if !h.has("lib/rustlib/" + targetTriple() + "/bin/gcc-ld/ld.lld") {
		return ""
	}
	l.mu.Lock() // also while a program is linked: callers that wait need the same result
	defer l.mu.Unlock()
	if args, ok := l.args[key]; ok {
		return args
	}
	sum := sha256.Sum256([]byte(directlink.Script + "\n" + key))
	memo := filepath.Join(cache, linkPrefix+hex.EncodeToString(sum[:12]))
	out, known := recallLink(memo)
	if !known {
		var err error
		if out, err = h.linkArgs(ctx, cache); err != nil && !exited(err) {
			return "" // the next call tries again
		}
		_ = remember(memo, out) // or the next process finds them again
		removeOld(cache, linkPrefix, maxMemos)
	}
	if l.args == nil {
		l.args = map[string]string{}
	}
	l.args[key] = directlink.Parse(string(out))
	return l.args[key]
}

const (
	// linkPrefix begins the names of the files that hold arguments in a cache directory.
	linkPrefix = "link-"
	// noLinkTime is how long it is remembered that a toolchain has none. What failed may
	// have been the machine, as on a full disk.
	noLinkTime = time.Hour
)

// recallLink reads what the script printed.
func recallLink(memo string) (out []byte, known bool) {
	info, err := os.Stat(memo)
	if err != nil {
		return nil, false
	}
	if out, err = os.ReadFile(memo); err != nil {
		return nil, false
	}
	if len(out) == 0 {
		return nil, time.Since(info.ModTime()) < noLinkTime
	}
	touch(memo)
	return out, true
}

// exited reports whether an error is a process that ended by itself.
func exited(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.Exited()
}

// linkTime bounds the wait for the compilation of two empty programs.
const linkTime = 30 * time.Second

// linkArgs asks rustc and cc, in a new directory below cache. It starts the tools that a
// box has, with nothing of the environment.
func (h host) linkArgs(ctx context.Context, cache string) ([]byte, error) {
	dir, err := os.MkdirTemp(cache, newPrefix+owner.Self().String()+"-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, linkTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", directlink.Script)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=" + boxenv.Lang, "TMPDIR=" + dir, "rustc=" + filepath.Join(h.sysroot, "bin/rustc")}
	cmd.WaitDelay = time.Second // for a child that keeps the output open
	return cmd.Output()
}
