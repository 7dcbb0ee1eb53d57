#!/bin/sh
# Builds the set of the default list in both profiles, then compiles and runs one
# small program for each crate of it, in both modes, and prints what it took.
#
#	crates/testdata/all.sh [corust [flags of corust run]]
#
# Without arguments, bin/corust with the backend that it chooses. It ends with 1
# if a program failed. A set that is built already is not built again.
set -u
here=$(dirname "$0")
[ $# -gt 0 ] || set -- bin/corust
corust=$1
shift

start=$(date +%s)
"$corust" crates build >/dev/null || exit 1
echo "set: $(($(date +%s) - start)) s"

failed=0
for mode in debug release; do
	start=$(date +%s)
	ok=0
	total=0
	for program in "$here"/programs/*.rs "$here"/../../examples/tokio_echo.rs; do
		total=$((total + 1))
		said=$("$corust" run --mode "$mode" "$@" "$program" </dev/null 2>&1)
		code=$?
		if [ $code -eq 0 ]; then
			ok=$((ok + 1))
		else
			failed=1
			echo "$mode: $(basename "$program" .rs): exit code $code"
			echo "$said" | tail -n 20 | sed 's/^/    /'
		fi
	done
	echo "$mode: $ok of $total programs, $(($(date +%s) - start)) s"
done
exit $failed
