#!/bin/sh
# Makes fresh vectors with the peer and checks collab/ot against them:
#
#	collab/ot/vectors/check.sh [count] [seed]
#
# The seed is printed; a failing run is repeated with it.
set -eu
cd "$(dirname "$0")"
count=${1:-100000} seed=${2:-$(date +%s)}
[ -d node_modules ] || npm ci --no-audit --no-fund --silent
out=$(mktemp)
trap 'rm -f "$out"' EXIT
echo "vectors: count $count, seed $seed"
node generate.mjs --seed "$seed" --count "$count" >"$out"
cd ..
CORUST_OT_VECTORS=$out go test -count=1 -run 'TestGeneratedVectors$' -v .
