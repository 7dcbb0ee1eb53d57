package view

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/test/testseed"
)

// TestDemangleEqualsRustcDemangle compares both forms with the crate's, over the symbols of
// the standard libraries and of sets of crates on this machine, and over mutations of them.
//
// CORUST_TEST_SYMBOLS names further libraries and programs, separated as in PATH. That of
// rustc itself, lib/librustc_driver-*.so, has 180,000 symbols.
func TestDemangleEqualsRustcDemangle(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a Rust program")
	}
	peer := newPeer(t)
	legacy, v0 := symbolsOfThisMachine(t, peer)
	if len(legacy) < 100 || len(v0) < 1000 {
		t.Fatalf("only %d legacy symbols and %d of v0 were found", len(legacy), len(v0))
	}
	peer.compare(t, slices.Concat(legacy, v0))

	random := testseed.Rand(t)
	mutated := make([]string, 200_000)
	for i := range mutated {
		from := legacy
		if i%4 > 0 {
			from = v0
		}
		mutated[i] = mutate(random, from)
	}
	peer.compare(t, mutated)
}

// peer is a program that demangles with rustc-demangle.
type peer string

func newPeer(t *testing.T) peer {
	t.Helper()
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		t.Skip("the peer of demangling needs cargo: ", err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), cargo, "build", "--quiet", "--locked",
		"--manifest-path", filepath.Join("testdata", "peer", "Cargo.toml"), "--target-dir", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("the peer of demangling cannot be built here: %v: %s", err, out)
	}
	return peer(filepath.Join(dir, "debug", "peer"))
}

// compare fails the test for texts that the peer demangles to something else.
func (p peer) compare(t *testing.T, symbols []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), string(p))
	cmd.Stdin = strings.NewReader(strings.Join(symbols, "\n") + "\n")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(symbols) {
		t.Fatalf("the peer answered %d of %d symbols", len(lines), len(symbols))
	}
	schemes := map[string]int{}
	differences := 0
	escape := strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	for i, symbol := range symbols {
		want := strings.Split(lines[i], "\t")
		if lines[i] == "" {
			want = []string{"", ""}
		} else {
			schemes[strings.TrimLeft(symbol, "_")[:1]]++
			if strings.Contains(lines[i], "{invalid syntax}") {
				schemes["invalid"]++
			}
		}
		for form, verbose := range []bool{false, true} {
			text, _, ok := demangle(symbol, verbose, MaxSymbol)
			limited := strings.Contains(want[form], "{size limit reached}")
			if lines[i] == "" != !ok && !limited || ok && escape.Replace(text) != want[form] && !limited {
				if differences++; differences <= 20 {
					t.Errorf("demangle(%q, verbose: %v)\n got %q, %v\nwant %q", symbol, verbose, text, ok, want[form])
				}
			}
		}
	}
	t.Logf("%d texts: %d are legacy symbols, %d are v0, of which %d are wrong behind a reference; %d forms differ",
		len(symbols), schemes["Z"], schemes["R"], schemes["invalid"], differences)
}

// symbolsOfThisMachine returns the mangled symbols of the toolchains and sets of crates on
// this machine, and of the peer.
func symbolsOfThisMachine(t *testing.T, p peer) (legacy, v0 []string) {
	t.Helper()
	sysroot, err := exec.CommandContext(t.Context(), "rustc", "--print", "sysroot").Output()
	if err != nil {
		t.Skip("needs a Rust toolchain: ", err)
	}
	root := strings.TrimSpace(string(sysroot))
	if parent := filepath.Dir(root); filepath.Base(parent) == "toolchains" {
		root = filepath.Join(parent, "*") // all of rustup's
	}
	files := append(filepath.SplitList(os.Getenv("CORUST_TEST_SYMBOLS")), string(p))
	patterns := []string{
		filepath.Join(filepath.Dir(string(p)), "deps", "*.rlib"),
		filepath.Join(root, "lib/rustlib/*/lib/*.rlib"),
	}
	if cache, err := os.UserCacheDir(); err == nil {
		patterns = append(patterns, filepath.Join(cache, "corust/crates/*/*.rlib"), filepath.Join(cache, "corust/crates/*/*/*.rlib"))
	}
	for _, pattern := range patterns {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	seen := map[string]bool{}
	read := map[string]bool{}
	for _, file := range files {
		if read[filepath.Base(file)] {
			continue // names have a hash of the content; channels are installed twice
		}
		read[filepath.Base(file)] = true
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects := [][]byte{data}
		if bytes.HasPrefix(data, []byte("!<arch>\n")) {
			objects = members(data)
		}
		for _, object := range objects {
			f, err := elf.NewFile(bytes.NewReader(object))
			if err != nil {
				continue // metadata
			}
			list, _ := f.Symbols()
			dynamic, _ := f.DynamicSymbols()
			for _, s := range slices.Concat(list, dynamic) {
				if strings.HasPrefix(s.Name, "_R") || strings.HasPrefix(s.Name, "_ZN") {
					seen[s.Name] = true
				}
			}
		}
	}
	for s := range seen {
		if strings.HasPrefix(s, "_R") {
			v0 = append(v0, s)
		} else {
			legacy = append(legacy, s)
		}
	}
	slices.Sort(legacy)
	slices.Sort(v0)
	return legacy, v0
}

// members returns the files in an archive.
func members(archive []byte) (files [][]byte) {
	const header = 60
	for at := 8; at+header <= len(archive); {
		size, err := strconv.Atoi(strings.TrimSpace(string(archive[at+48 : at+58])))
		at += header
		if err != nil || size < 0 || size > len(archive)-at {
			return files
		}
		files = append(files, archive[at:at+size])
		at += size + size%2
	}
	return files
}

// mutate changes a symbol: what is left is often still one, or nearly.
func mutate(r *rand.Rand, symbols []string) string {
	s := []byte(symbols[r.IntN(len(symbols))])
	for range 1 + r.IntN(2) {
		if len(s) == 0 {
			break
		}
		at := r.IntN(len(s))
		switch r.IntN(6) {
		case 0:
			s = slices.Delete(s, at, min(at+1+r.IntN(4), len(s)))
		case 1:
			const letters = "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$.@-~ \x01"
			s[at] = letters[r.IntN(len(letters))]
		case 2:
			other := symbols[r.IntN(len(symbols))]
			from := r.IntN(len(other))
			s = slices.Insert(s, at, []byte(other[from:min(from+1+r.IntN(12), len(other))])...)
		case 3:
			s = slices.Insert(s, at, []byte([]string{"B_", "B0_", "K", "L0_", "G_", "FG0_", "DNtC1a1TEL_", "Kc22_", "Kc1f600_", "KRe6122c3a9_", "u9gre_6ka8i", "$u20$", "..", "$LT$", "W", "O", "RL_", "Kb1_", "Kjff_", "TmE", "IC1aE"}[r.IntN(21)])...)
		case 4:
			s = s[:at]
		case 5:
			s = append(s, []string{".llvm.1234", ".cold", ".0", "@@V1", ".llvm.xyz", "E", " x", "\u00e9"}[r.IntN(8)]...)
		}
	}
	return strings.ToValidUTF8(string(s), "x")
}
