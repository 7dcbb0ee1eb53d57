// Package directlink finds the arguments with which rustc links programs by its own lld,
// without the C compiler in between. A C compiler's driver adds start files, library
// directories and the loader to the linker's command line, and to do that it starts three
// processes: itself, collect2 and a wrapper of lld.
//
// The arguments are for rustc's -C linker=rust-lld and -C link-args. They follow all others
// on the command line. lld takes libraries and directories in any order, and of the start
// files only crti.o and crtn.o frame a section, .init, in which Rust puts nothing.
package directlink

import "strings"

// Script prints the arguments on one line in sh, for $rustc and the cc in PATH, after it
// has linked a program with them. It leaves files in the working directory. It exits with
// another status than 0 where rustc does not link with its own lld by default, and where cc
// does not answer in the way of gcc and clang.
const Script = `echo 'fn main() {}' >directlink.rs || exit 1
line=$("$rustc" --print link-args -o directlink directlink.rs) || exit 1
case $line in *-fuse-ld=lld*) ;; *) exit 1 ;; esac
loader=$(cc -pie '-###' -o x x.o 2>&1 | sed -n 's/.*-dynamic-linker"\{0,1\} "\{0,1\}\([^" ]*\).*/\1/p' | head -n 1)
[ -n "$loader" ] || exit 1
args="--build-id --hash-style=gnu -dynamic-linker $loader"
dirs=$(cc -print-search-dirs | sed -n 's/^libraries: =//p')
IFS=:
for dir in $dirs; do
	if dir=$(cd -P -- "$dir" 2>/dev/null && pwd); then
		case " $args " in *" -L$dir "*) ;; *) args="$args -L$dir" ;; esac
	fi
done
unset IFS
for file in Scrt1.o crti.o crtbeginS.o crtendS.o crtn.o; do
	file=$(readlink -f -- "$(cc -print-file-name=$file)")
	[ -f "$file" ] || exit 1
	args="$args $file"
done
"$rustc" -C linker=rust-lld -C "link-args=$args" -o directlink directlink.rs || exit 1
printf '%s\n' "$args"`

// Parse returns the arguments that the script has printed, separated by spaces, or "" if
// the output is not one line of them.
func Parse(out string) string {
	args, rest, _ := strings.Cut(out, "\n")
	if rest != "" || !strings.HasPrefix(args, "-") || strings.ContainsFunc(args, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return args
}
