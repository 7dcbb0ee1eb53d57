package view

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/corust-dev/corust/internal/test/testbudget"
)

// The IR and MIR are of testdata/asm/std.rs, by rustc 1.95 and, with spans, by a nightly 1.97.
func TestFiltersOfIRAndMIR(t *testing.T) {
	t.Parallel()
	for file, read := range map[string]func([]byte, AssemblyOptions) *Listing{"std.ll": LLVMIR, "std.mir": MIR} {
		text, err := os.ReadFile(filepath.Join("testdata", "ir", file))
		if err != nil {
			t.Fatal(err)
		}
		o := options(Filters{})
		o.Names = Mangled
		if got := read(text, o).Text(); got != string(text) {
			t.Errorf("%s: without filters the text is not itself:\n%s", file, cmp.Diff(string(text), got))
		}
		golden(t, file+".all", show(read(text, options(AllFilters))))
	}
}

func TestLLVMIR(t *testing.T) {
	t.Parallel()
	const metadata = `!1 = !DILocation(line: 3, column: 5, scope: !3, inlinedAt: !2)
!2 = distinct !DILocation(line: 7, scope: !4)
!3 = distinct !DILexicalBlock(scope: !4, file: !5, line: 9)
!4 = distinct !DISubprogram(name: "a, file: !6", scope: !4, file: !6, line: 1)
!5 = !DIFile(filename: "m\61in.rs", directory: "/work")
!6 = !DIFile(filename: "library/core/src/main.rs", directory: "/rustc/0")
!7 = !DILocation(line: 0, scope: !3)
`
	for name, tt := range map[string]struct {
		in, want string
		filters  Filters
	}{
		"nothing":            {"", NoticeEmpty + "\n", AllFilters},
		"sources":            {"define void @f() !dbg !4 {\n  ret void, !dbg !1\n  x, !dbg !2\n  y, !dbg !7\n  z, !dbg !99\n}\n" + metadata, "|define void @f() {\nmain.rs:3:5 *|  ret void\nmain.rs:7:0|  x\n|  y\n|  z\n|}\n", AllFilters},
		"a library function": {"; f\n; Function Attrs: a\ndefine void @f() {\n  ret void, !dbg !2\n}\n\ndefine void @g() {\n  ret void\n}\n" + metadata, "|define void @g() {\n|  ret void\n|}\n", AllFilters},
		"globals": {"@a = private constant i8 1\n@b = private constant ptr @a\n@c = private constant ptr @c\n@d = constant ptr null\ndefine void @f() {\n  load ptr @b\n}\n",
			"|@a = private constant i8 1\n|@b = private constant ptr @a\n|@d = constant ptr null\n|define void @f() {\n|  load ptr @b\n|}\n", AllFilters},
		"names": {"define void @_RNvC1a1f() {\n  call void @\"_ZN1a1gE\"(ptr %_RNvC1a1f)\n  #dbg_value(ptr @x, !1)\n}\ndeclare void @h()\n", "|define void @a::f() {\n|  call void @\"a::g\"(ptr %_RNvC1a1f)\n|}\n", AllFilters},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := LLVMIR([]byte(tt.in), options(tt.filters))
			for i := range l.Lines {
				l.Lines[i].Symbols = nil
			}
			var got []string
			for _, line := range strings.Split(show(l), "\n") {
				source, text, ok := strings.Cut(line, "|")
				if ok {
					line = strings.TrimRight(source, " ") + "|" + text
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzIR(f *testing.F) {
	for _, s := range []string{"define void @f() !dbg !4 {\n  ret void, !dbg !1\n}\n!1 = !DILocation(line: 3, scope: !4)\n!4 = !DISubprogram(file: !5)\n!5 = !DIFile(filename: \"a\", directory: \"b\")\n",
		"@a = private constant ptr @a\n", "    _0 = const 1_i32; // scope 0 at main.rs:3:5: 3:6\n"} {
		f.Add([]byte(s), uint8(31))
	}
	f.Fuzz(func(t *testing.T, text []byte, bits uint8) {
		o := options(Filters{bits&1 != 0, bits&2 != 0, bits&4 != 0, bits&8 != 0, bits&16 != 0})
		o.Cut = bits&32 != 0
		checkListing(t, LLVMIR(text, o))
		checkListing(t, MIR(text, o))
	})
}

func FuzzIRBudget(f *testing.F) {
	for _, unit := range []string{"\n", "@a = @a\n", "!1 = !DIFile(\n", "  x, !dbg !1\n", "define @f\n", "; a\n", "!1", " !1", "@", "\"", "// scope 0 at a:1:1: 1:2\n", "@_R", " "} {
		f.Add("", unit, "")
		f.Add("define void @f() {\n  x", unit, "\n}\n")
		f.Add("!1 = !DILocation(", unit, ")")
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		text := []byte(testbudget.Fill(head, unit, tail))
		testbudget.Check(t, len(text), func() { LLVMIR(text, options(AllFilters)) })
		testbudget.Check(t, len(text), func() { MIR(text, options(AllFilters)) })
	})
}
