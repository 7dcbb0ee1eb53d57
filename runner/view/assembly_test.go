package view

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/corust-dev/corust/internal/test/testbudget"
)

var update = flag.Bool("update", false, "write the golden files")

// samples are what rustc wrote for the sources beside them, which tell how.
var samples = []string{"x86_64-att", "x86_64-intel", "aarch64-elf", "aarch64-macho", "x86_64-coff"}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "asm", name+".s"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func options(f Filters) AssemblyOptions {
	return AssemblyOptions{Filters: f, Names: Short, Files: []string{"main.rs"}, Dir: "/work"}
}

// Each filter alone has a golden file of what it hides, and all together have one of
// what they leave, with sources and symbols.
func TestFiltersOfAssembly(t *testing.T) {
	t.Parallel()
	filters := map[string]Filters{
		"directives": {Directives: true},
		"labels":     {Labels: true},
		"comments":   {Comments: true},
		"library":    {Library: true},
		"blank":      {Blank: true},
	}
	for _, name := range samples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := sample(t, name)
			whole := Assembly(text, options(Filters{}))
			for filter, f := range filters {
				golden(t, name+"."+filter, difference(t, whole, Assembly(text, options(f))))
			}
			golden(t, name+".all", show(Assembly(text, options(AllFilters))))
		})
	}
}

// difference returns the lines that a filter took from a listing, each with its number.
func difference(t *testing.T, whole, filtered *Listing) string {
	t.Helper()
	var b strings.Builder
	i := 0
	for n, l := range whole.Lines {
		if i < len(filtered.Lines) && filtered.Lines[i].Text == l.Text && filtered.Lines[i].Source.Line == l.Source.Line {
			i++
			continue
		}
		fmt.Fprintf(&b, "%d:%s\n", n+1, l.Text)
	}
	if i != len(filtered.Lines) {
		t.Errorf("line %d of the filtered listing is not in the whole one: %q", i, filtered.Lines[i].Text)
	}
	return b.String()
}

// show prints a listing: the source of each line, its text, and in which line its symbols
// are defined.
func show(l *Listing) string {
	var b strings.Builder
	for _, line := range l.Lines {
		source := ""
		if s := line.Source; s.Line > 0 {
			source = fmt.Sprintf("%s:%d:%d", filepath.Base(l.Files[s.File].Name), s.Line, s.Column)
			if l.Files[s.File].User {
				source += " *"
			}
		}
		fmt.Fprintf(&b, "%-16s|%s", source, line.Text)
		for _, s := range line.Symbols {
			start, end := line.Slice(s)
			fmt.Fprintf(&b, " {%s", line.Text[start:end])
			if at, ok := l.Labels[s.Name]; ok {
				fmt.Fprintf(&b, " at %d", at+1)
			}
			b.WriteString("}")
		}
		b.WriteString("\n")
	}
	for _, n := range l.Notices {
		fmt.Fprintln(&b, n)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", path, diff)
	}
}

// Filters together hide what each hides, so that a reader can switch one without a
// surprise in the others; labels and blank lines depend on what else is shown.
func TestFiltersAreIndependent(t *testing.T) {
	t.Parallel()
	for _, name := range samples {
		text := sample(t, name)
		for a := range 8 {
			f := Filters{Directives: a&1 != 0, Comments: a&2 != 0, Library: a&4 != 0}
			count := map[string]int{}
			for _, l := range Assembly(text, options(f)).Lines {
				count[l.Text]++
			}
			for _, one := range []Filters{{Directives: f.Directives}, {Comments: f.Comments}, {Library: f.Library}} {
				alone := map[string]int{}
				for _, l := range Assembly(text, options(one)).Lines {
					alone[l.Text]++
				}
				for line, n := range count {
					if n > alone[line] {
						t.Errorf("%s: %+v shows %d lines %q, %+v shows %d", name, f, n, line, one, alone[line])
					}
				}
			}
		}
	}
}

func TestAssembly(t *testing.T) {
	t.Parallel()
	const function = "\t.type\tf,@function\nf:\n\tret\n"
	for name, tt := range map[string]struct {
		in      string
		filters Filters
		cut     bool
		want    []string
	}{
		"nothing":                    {"", AllFilters, false, nil},
		"no line end":                {"\tret", Filters{}, false, []string{"\tret"}},
		"carriage returns":           {"\tnop\r\n\tret\r\n", Filters{}, false, []string{"\tnop", "\tret"}},
		"half a line":                {"\tnop\n\tcallq\tfoo", Filters{}, true, []string{"\tnop"}},
		"a whole last line":          {"\tnop\n", Filters{}, true, []string{"\tnop"}},
		"half a line only":           {"\tcallq\tfoo", Filters{}, true, nil},
		"blank lines":                {"\n\n\tnop\n\n\n\tret\n\n", Filters{Blank: true}, false, []string{"\tnop", "", "\tret"}},
		"comments":                   {"# a\n\t## b\n\t// c\n\t; d\n\t@ e\n\tnop # f\n", Filters{Comments: true}, false, []string{"\tnop # f"}},
		"immediates":                 {"\tmov\tw1, #4\n\tldr\tx0, [sp, #16]!\n", Filters{Comments: true}, false, []string{"\tmov\tw1, #4", "\tldr\tx0, [sp, #16]!"}},
		"inline assembly":            {"\t#APP\n\t# a\n\t.byte\t1\n.Lx:\n\t#NO_APP\n\t.p2align 4\n", Filters{true, true, true, true, true}, false, []string{"\t# a", "\t.byte\t1", ".Lx:"}},
		"empty inline":               {"\tnop\n\t//APP\n\t//NO_APP\n\tret\n", AllFilters, false, []string{"\tnop", "\tret"}},
		"inline of Mach-O":           {"\t; InlineAsm Start\n\t; a\n\t; InlineAsm End\n\t; b\n", AllFilters, false, []string{"\t; a"}},
		"a used label":               {function + "\tjmp\t.L1\n.L1:\n.L2:\n\tnop\n", Filters{Labels: true}, false, []string{"\t.type\tf,@function", "f:", "\tret", "\tjmp\t.L1", ".L1:", "\tnop"}},
		"a label in a comment":       {"\tnop # .L1\n.L1:\n", Filters{Labels: true}, false, []string{"\tnop # .L1"}},
		"a label that is a mnemonic": {"call:\n\tcall\tf\n", Filters{Labels: true}, false, []string{"\tcall\tf"}},
		"a register":                 {"rax:\n\tmov\t%rax, %rbx\n", Filters{Labels: true}, false, []string{"\tmov\t%rax, %rbx"}},
		"an immediate symbol":        {"\tmovl\t$x, %eax\nx:\n\t.long\t1\n", AllFilters, false, []string{"\tmovl\t$x, %eax", "x:", "\t.long\t1"}},
		"a relocation":               {"\tcallq\t*f@GOTPCREL(%rip)\nGOTPCREL:\n\t.long\t1\n", AllFilters, false, []string{"\tcallq\t*f@GOTPCREL(%rip)"}},
		"a quoted symbol":            {"\tcall\t\"a b\"@PLT\n\"a b\":\n\tret\n", AllFilters, false, []string{"\tcall\t\"a b\"@PLT", "\"a b\":", "\tret"}},
		"exported data":              {"\t.globl\tx\nx:\n\t.long\t1\ny:\n\t.long\t2\n", AllFilters, false, []string{"x:", "\t.long\t1"}},
		"hidden data":                {"\t.hidden\tx\n\t.weak\tx\nx:\n\t.long\t1\n", AllFilters, false, nil},
		"data by way of data": {"\tlea\ta, %rax\na:\nb:\n\t.quad\tc\nc:\n\t.quad\td+4\nd:\n\t.quad\ta\ne:\n\t.quad\te\n", AllFilters, false,
			[]string{"\tlea\ta, %rax", "a:", "\t.quad\tc", "c:", "\t.quad\td+4", "d:", "\t.quad\ta"}},
		"a jump table": {function + "\tjmp\t*.LJTI0_0(,%rax,8)\n.LBB0_1:\n\tnop\n.LBB0_2:\n\tnop\n\t.section\t.rodata\n.LJTI0_0:\n\t.quad\t.LBB0_1\n", AllFilters, false,
			[]string{"f:", "\tret", "\tjmp\t*.LJTI0_0(,%rax,8)", ".LBB0_1:", "\tnop", "\tnop", ".LJTI0_0:", "\t.quad\t.LBB0_1"}},
		"data in a function":    {function + "\t.long\t.L9\n.L9:\n\tnop\n", AllFilters, false, []string{"f:", "\tret", "\t.long\t.L9", ".L9:", "\tnop"}},
		"data of debuggers":     {function + "\t.section\t.debug_info\n\t.long\t.L1\n.L1:\n\t.long\t.L1\n", AllFilters, false, []string{"f:", "\tret"}},
		"aliases":               {function + "\t.globl\tg\n.set g, f\n.set h, f\n\t.globl\ti\ni = f\n", AllFilters, false, []string{"f:", "\tret", ".set g, f", "i = f"}},
		"an alias that is used": {"\tcall\tg\n.set g, f\nf:\n\tret\n", AllFilters, false, []string{"\tcall\tg", ".set g, f", "f:", "\tret"}},
		"and a quote after it":  {"\t.section\t\".text.a\n\\\"b\",\"ax\"\n\tret\n", Filters{Directives: true}, false, []string{"\tret"}},
		"a quoted line feed":    {"\t.section\t\".text.a\nb\",\"ax\"\n\tret\n", Filters{Directives: true}, false, []string{"\tret"}},
		"an open quote":         {"\t.section\t\"a\n\tret\n", Filters{Directives: true}, false, nil},
		"control characters":    {"\tnop # \x1b[31m\x00\x7f\u0085\u202e\xff\n", Filters{}, false, []string{"\tnop # ␛[31m␀␡\ufffd\ufffd\ufffd"}},
		"arm":                   {"\t.type\tf,%function\nf:\n\t@APP\n\tnop\n\t@NO_APP\n\tbx\tlr @ return\n", AllFilters, false, []string{"f:", "\tnop", "\tbx\tlr @ return"}},
		"coff":                  {"\t.def\tf;\n\t.scl\t2;\n\t.type\t32;\n\t.endef\nf:\n\tretq\n", AllFilters, false, []string{"f:", "\tretq"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := Assembly([]byte(tt.in), AssemblyOptions{Filters: tt.filters, Cut: tt.cut})
			var got []string
			for _, line := range l.Lines {
				got = append(got, line.Text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if cut := slices.Contains(l.Notices, NoticeCut); cut != tt.cut {
				t.Errorf("says that the text was cut: %v, want %v", cut, tt.cut)
			}
		})
	}
}

func TestFilterOfThePlayground(t *testing.T) {
	t.Parallel()
	const text = "# of the file\n\t.type\tf,@function\nf:\n\t.cfi_startproc\n.L0:\n\n\tjne\t.L1\n\t# a\n.L1:\n\tlea\tx, %rax\n\n\t.globl\ty\ny:\n\t.long\t1\nx:\n\t.quad\tz\nz:\n\t.byte\t2\n"
	got := Assembly([]byte(text), AssemblyOptions{Playground: true, Filters: Filters{Comments: true}}).Text()
	const want = "# of the file\n\nf:\n\tjne\t.L1\n\t# a\n\n.L1:\n\tlea\tx, %rax\n\nx:\n\t.quad\tz\n\nz:\n\t.byte\t2\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSourcesOfAssembly(t *testing.T) {
	t.Parallel()
	const text = `	.file	0 "/work" "other.rs"
	.file	1 "/work" "main.rs" md5 0x0123456789abcdef0123456789abcdef
	.file	2 "/rustc/0123" "library/core/src/main.rs"
	.file	3 "/work/src/a\\b\303\244.rs"
	.file	4 "/elsewhere" "main.rs"
	.file	5 "/tmp" "/work/src/lib.rs"
f:
	.cfi_startproc
	nop
	.loc	1 2 3 prologue_end # main.rs:2:3
	nop
.L1:
	nop
	.loc	1 0 3 is_stmt 0
	nop
	.loc	2 4
	nop
	.loc	3 5 6
	nop
	.loc	4 7 8
	nop
	.loc	9 1 1
	nop
	.loc	5 1 2
	nop
	.loc	0 18446744073709551616 1
	nop
	.loc	1 2 3
	.cfi_endproc
	nop
`
	l := Assembly([]byte(text), AssemblyOptions{Files: []string{"main.rs", "src/lib.rs"}, Dir: "/work"})
	var got []string
	for _, line := range l.Lines {
		if line.Text != "\tnop" {
			if line.Source != (Source{}) {
				t.Errorf("%q has a source", line.Text)
			}
			continue
		}
		s := ""
		if line.Source.Line > 0 {
			f := l.Files[line.Source.File]
			s = fmt.Sprintf("%s:%d:%d %v", f.Name, line.Source.Line, line.Source.Column, f.User)
		}
		got = append(got, s)
	}
	want := []string{"", "main.rs:2:3 true", "main.rs:2:3 true", "", "/rustc/0123/library/core/src/main.rs:4:0 false",
		"/work/src/a/bä.rs:5:6 false", "/elsewhere/main.rs:7:8 false", "", "src/lib.rs:1:2 true", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSymbolsAreFoundInDemangledText(t *testing.T) {
	t.Parallel()
	const text = "\tleaq\t.Lswitch.table._RNvC4mainu9gre_6ka8i.3(%rip), %rcx\n" +
		"\tcallq\t_RNvC4mainu9gre_6ka8i@PLT\n" +
		"_RNvC4mainu9gre_6ka8i:\n\tret\n" +
		".Lswitch.table._RNvC4mainu9gre_6ka8i.3:\n\t.quad\t1\n" +
		"\t.section\t.text._RNvC4main1f,\"ax\"\n\tcallq\t_RX\n"
	l := Assembly([]byte(text), AssemblyOptions{Names: Short})
	want := []Line{
		{Text: "\tleaq\t.Lswitch.table.main::größe.3(%rip), %rcx", Symbols: []Symbol{{".Lswitch.table._RNvC4mainu9gre_6ka8i.3", 6, 34}}},
		{Text: "\tcallq\tmain::größe@PLT", Symbols: []Symbol{{"_RNvC4mainu9gre_6ka8i", 7, 18}}},
		{Text: "main::größe:", Symbols: []Symbol{{"_RNvC4mainu9gre_6ka8i", 0, 11}}},
		{Text: "\tret"},
		{Text: ".Lswitch.table.main::größe.3:", Symbols: []Symbol{{".Lswitch.table._RNvC4mainu9gre_6ka8i.3", 0, 28}}},
		{Text: "\t.quad\t1"},
		{Text: "\t.section\t.text.main::f,\"ax\"", Symbols: []Symbol{{"_RNvC4main1f", 16, 23}}},
		{Text: "\tcallq\t_RX"},
	}
	if diff := cmp.Diff(want, l.Lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"_RNvC4mainu9gre_6ka8i": 2, ".Lswitch.table._RNvC4mainu9gre_6ka8i.3": 4}, l.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestListingSaysWhyItIsEmpty(t *testing.T) {
	t.Parallel()
	library := "\t.file\t1 \"/rustc/0\" \"library/core/src/cmp.rs\"\n\t.type\tf,@function\nf:\n\t.loc\t1 1 1\n\tret\n"
	for text, want := range map[string]bool{"": true, library: true, library + "\t.section\t.text.g\n\t.type\tg,@function\ng:\n\tret\n": false} {
		l := Assembly([]byte(text), options(AllFilters))
		if got := slices.Contains(l.Notices, NoticeEmpty); got != want {
			t.Errorf("%q: %v, want %v", text, l.Notices, want)
		}
	}
}

func TestListingJSON(t *testing.T) {
	t.Parallel()
	text := "\t.file\t1 \"/work\" \"main.rs\"\nf:\n\t.loc\t1 2 3\n\tjmp\tf\n"
	got, err := json.Marshal(Assembly([]byte(text), options(Filters{Directives: true})))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"files":[{"name":"main.rs","user":true}],` +
		`"lines":[{"text":"f:","symbols":[{"name":"f","start":0,"end":1}]},` +
		`{"text":"\tjmp\tf","source":{"file":0,"line":2,"column":3},"symbols":[{"name":"f","start":5,"end":6}]}],` +
		`"labels":{"f":0}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, _ := json.Marshal(Assembly(nil, AssemblyOptions{})); !strings.HasPrefix(string(got), `{"lines":[],`) {
		t.Errorf("an empty listing is %s", got)
	}
}

func TestHostileSymbolsStayBounded(t *testing.T) {
	t.Parallel()
	bomb := "_RMC0" + strings.Repeat("TB5_B5_", 12) // no valid symbol, but each reference is tried
	deep := "_RNvC1a" + strings.Repeat("B2_", 600)
	wide := "_RYFG" + strings.Repeat("Z", 9) + "_EuE"
	long := strings.Repeat("a", 1<<20)
	for _, symbol := range []string{bomb, deep, wide, "_RMC0FGZZZ_Eu", "_RYFG_FGyyEvRYFF_EvRYFFEvERLB_B_B_ERLRjB_B_B_", "_ZN1000001" + long + "E", long} {
		text := strings.Repeat("\tcall\t"+symbol+"\n", 10)
		testbudget.Check(t, len(text)+testbudget.Unit, func() {
			l := Assembly([]byte(text), options(AllFilters))
			for _, line := range l.Lines {
				if len(line.Text) > MaxText {
					t.Fatalf("a line of %d bytes", len(line.Text))
				}
			}
		})
	}
}

// checkListing fails if a listing is not what its documentation promises.
func checkListing(t *testing.T, l *Listing) {
	t.Helper()
	for i, line := range l.Lines {
		if len(line.Text) > MaxText || !utf8.ValidString(line.Text) || strings.ContainsFunc(line.Text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f || hidden(r) }) {
			t.Fatalf("line %d: %q", i, line.Text)
		}
		if s := line.Source; s.Line > 0 && (s.File < 0 || s.File >= len(l.Files)) {
			t.Fatalf("line %d is from file %d of %d", i, s.File, len(l.Files))
		}
		at := 0
		for _, s := range line.Symbols {
			if s.Start < at || s.End < s.Start || s.End > utf16Length(line.Text) {
				t.Fatalf("line %d: %q: symbols %v", i, line.Text, line.Symbols)
			}
			at = s.End
		}
	}
	for name, i := range l.Labels {
		if i < 0 || i >= len(l.Lines) {
			t.Fatalf("label %q is in line %d of %d", name, i, len(l.Lines))
		}
	}
}

func FuzzAssembly(f *testing.F) {
	for _, name := range samples {
		for i, part := range strings.SplitAfter(string(sample(f, name)), "\n\n") {
			f.Add([]byte(part), uint8(i))
		}
	}
	f.Add([]byte("a:\n\"b\":\n.set c, a\n\t.byte b\n\t#APP\n\t.loc 1 1 1\n"), uint8(0))
	f.Fuzz(func(t *testing.T, text []byte, bits uint8) {
		o := options(Filters{bits&1 != 0, bits&2 != 0, bits&4 != 0, bits&8 != 0, bits&16 != 0})
		o.Cut = bits&32 != 0
		if bits&64 != 0 {
			o.Names = Verbose
		}
		l := Assembly(text, o)
		checkListing(t, l)
		if o.Filters == (Filters{}) && !o.Cut {
			o.Names = Mangled
			if got, want := Assembly(text, o).Text(), clean(string(text)); !slices.Contains(l.Notices, NoticeLongLines) && strings.TrimSuffix(got, "\n") != strings.TrimSuffix(want, "\n") {
				t.Fatalf("without filters the text is %q, want %q", got, want)
			}
		}
	})
}

// FuzzAssemblyBudget: a text costs no more time and memory than its length allows,
// whatever its shape.
func FuzzAssemblyBudget(f *testing.F) {
	for _, unit := range []string{"a", "\n", "a:\n", "\t.long a\n", "\tjmp a\n", ".set a, a\n", "\t.globl a\n", "\"", "\t.section \"\n", "\x1b", "\xff", "._R", "._ZN",
		"\t.type f,@function\nf:\n", "\t.cfi_startproc\n", "\t.file 1 \"a\"\n", "\t.loc 1 1 1\n\tnop\n", "B_", "\t#APP\n", "a:\n\t.long a\n\tjmp a\n"} {
		f.Add("", unit, "")
		f.Add("\tcall\t_RNvC1a", unit, "\n")
		f.Add("f:\n\t.cfi_startproc\n", unit, "\t.cfi_endproc\n")
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		text := []byte(testbudget.Fill(head, unit, tail))
		testbudget.Check(t, len(text), func() { Assembly(text, options(AllFilters)) })
		testbudget.Check(t, len(text), func() { Assembly(text, options(Filters{})) })
	})
}

func BenchmarkAssembly(b *testing.B) {
	var text []byte
	for len(text) < 1<<20 {
		text = append(text, sample(b, "x86_64-att")...)
		text = append(text, sample(b, "x86_64-intel")...)
	}
	for _, o := range []struct {
		name    string
		filters Filters
	}{{"all", AllFilters}, {"none", Filters{}}} {
		b.Run(o.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Assembly(text, options(o.filters))
			}
		})
	}
}
