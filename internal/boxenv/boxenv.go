// Package boxenv names what a program finds in the boxes of every backend: its user,
// its host name, its directories, its environment and its tools. The packages that
// make boxes read it, package conformance tests every kind of box against it, and
// docs/boxes.md documents it.
//
// The package is data only and imports nothing, because the first process of a native
// box pays for each package that it initializes.
package boxenv

// Hostname is the host name in a box, the same for all.
const Hostname = "corust"

// User is the name of the program's user and group.
const User = "corust"

// WorkDir is the working directory and the home of a program. The program's user owns
// it, with WorkMode.
const (
	WorkDir  = "/work"
	WorkMode = 0o755
)

// TempDir is a program's TMPDIR. It is on the file system of WorkDir, so that what is
// written there can be renamed into its place, and begins with a dot, so that a listing
// of the working directory does not show it.
const TempDir = WorkDir + "/.tmp"

// Umask is the file mode creation mask of a program.
const Umask = 0o022

// Path is the PATH of a program and of the compiler.
const Path = "/usr/local/bin:/usr/bin:/bin"

// Lang is the locale, and Locale the directory of its files.
const (
	Lang   = "C.UTF-8"
	Locale = "/usr/lib/locale/C.utf8"
)

// Environ returns the environment of a program, to which a request may add.
func Environ() []string {
	return []string{"PATH=" + Path, "HOME=" + WorkDir, "TMPDIR=" + TempDir, "LANG=" + Lang}
}

// Zones is the directory of time zones. Localtime is what /etc/localtime points to.
const (
	Zones     = "/usr/share/zoneinfo"
	Localtime = Zones + "/Etc/UTC"
)

// Hosts, HostConf and Nsswitch are the contents of files in /etc.
const (
	Hosts    = "127.0.0.1 localhost\n::1 localhost\n"
	HostConf = "multi on\n" // localhost has two addresses
	Nsswitch = "passwd: files\ngroup: files\nhosts: files\n"
)

// Passwd returns /etc/passwd: root and, by the name User, each of the numbers.
func Passwd(uids ...string) string {
	text := []byte("root:x:0:0::/:/bin/sh\n")
	for _, uid := range uids {
		text = append(text, User+":x:"+uid+":"+uid+"::"+WorkDir+":/bin/sh\n"...)
	}
	return string(text)
}

// Group returns /etc/group for Passwd.
func Group(gids ...string) string {
	text := []byte("root:x:0:\n")
	for _, gid := range gids {
		text = append(text, User+":x:"+gid+":\n"...)
	}
	return string(text)
}

// Tools are the programs in /usr/bin: a shell, and the ones that scripts and the
// examples of std::process start. All are in the packages that Debian and Ubuntu mark
// as essential.
var Tools = []string{
	"[", "awk", "base64", "basename", "bash", "cat", "chmod", "cksum", "cmp", "comm", "cp", "cut", "date",
	"dd", "diff", "dirname", "du", "echo", "env", "expand", "expr", "false", "find", "fold", "grep", "head",
	"hostname", "id", "join", "ln", "ls", "md5sum", "mkdir", "mkfifo", "mktemp", "mv", "nl", "nproc", "od", "paste",
	"printenv", "printf", "pwd", "readlink", "realpath", "rev", "rm", "rmdir", "sed", "seq", "sh",
	"sha256sum", "shuf", "sleep", "sort", "split", "stat", "stty", "tac", "tail", "tee", "test", "timeout", "touch",
	"tr", "true", "truncate", "tty", "uname", "uniq", "wc", "whoami", "xargs", "yes",
}
