// Package owner names processes, so that what one of them leaves behind when it is
// killed (a box, a control group, a directory) can be removed by another.
//
// A maker puts the name of its process, [Self], into the name or the label of what it
// makes. A later process reads it with [Cut] and removes what belongs to a process
// that is [Process.Dead]. A process ID alone would not do: the system uses it again.
//
// All functions may be called from any goroutine.
package owner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Process identifies a process among those of all machines and boots. The zero
// Process identifies none.
type Process struct {
	PID   int
	Start uint64 // when it began, in the system's unit; 0 if not known
	Space string // its process ID namespace; empty if there are none
	Boot  string // this start of the machine; empty if not known
	Host  string // the machine, by its ID and its name
}

// Self returns this process.
var Self = sync.OnceValue(func() Process {
	p := Process{PID: os.Getpid(), Space: pidSpace(), Boot: short(bootID())}
	p.Start, _ = startOf(p.PID)
	name, _ := os.Hostname()
	p.Host = short(machineID() + "/" + name)
	return p
})

// short returns a hash of an ID, which may hold any character; empty for none.
func short(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:6])
}

// String returns the name of p: digits, lower-case letters and hyphens, at most
// 100 bytes, fit for a file or a label. Names of different processes differ.
func (p Process) String() string {
	or := func(s string) string {
		if s == "" {
			return "0"
		}
		return s
	}
	return fmt.Sprintf("%d-%d-%s-%s-%s", p.PID, p.Start, or(p.Space), or(p.Boot), or(p.Host))
}

var name = regexp.MustCompile(`^([1-9][0-9]{0,9})-([0-9]{1,20})-([0-9]{1,20})-([0-9a-f]{1,12})-([0-9a-f]{1,12})(?:-(.*))?$`)

// Cut splits s after the name of a process that it begins with, and the hyphen after
// that. ok is false if it begins with none.
func Cut(s string) (p Process, rest string, ok bool) {
	m := name.FindStringSubmatch(s)
	if m == nil {
		return Process{}, "", false
	}
	pid, err := strconv.ParseInt(m[1], 10, 32)
	start, err2 := strconv.ParseUint(m[2], 10, 64)
	if err != nil || err2 != nil {
		return Process{}, "", false
	}
	or := func(s string) string {
		if s == "0" {
			return ""
		}
		return s
	}
	return Process{PID: int(pid), Start: start, Space: or(m[3]), Boot: or(m[4]), Host: or(m[5])}, m[6], true
}

// MkdirTemp makes a directory for this process in a parent, with a name that begins with a
// prefix, and removes those of processes that were killed, as far as it may.
func MkdirTemp(parent, prefix string) (string, error) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), prefix)
		if p, _, _ := Cut(name); ok && p.Dead() {
			_ = os.RemoveAll(filepath.Join(parent, e.Name())) // the next call tries again
		}
	}
	return os.MkdirTemp(parent, prefix+Self().String()+"-")
}

// Dead reports whether p is known to have ended. It is false if that cannot be
// known, as of a process on another machine or in another PID namespace.
func (p Process) Dead() bool { return p.deadFor(Self()) }

// deadFor is Dead as process me sees it.
func (p Process) deadFor(me Process) bool {
	switch {
	case p.PID <= 0:
		return false
	case p.Boot != me.Boot: // another machine's, or one that the restart ended
		return p.Boot != "" && me.Boot != "" && p.Host == me.Host
	case p.Boot == "" && p.Host != me.Host, p.Space != me.Space:
		return false
	}
	start, running := startOf(p.PID)
	return !running || start != 0 && p.Start != 0 && start != p.Start
}
