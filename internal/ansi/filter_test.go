package ansi_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/ansi"
	"github.com/corust-dev/corust/internal/test/testbudget"
)

func filter(t *testing.T, chunks ...string) string {
	t.Helper()
	var out bytes.Buffer
	f := ansi.NewFilter(&out)
	for _, c := range chunks {
		if n, err := f.Write([]byte(c)); n != len(c) || err != nil {
			t.Fatalf("Write(%q) = %d, %v", c, n, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var cases = []struct{ name, in, want string }{
	{"plain", "hello\tworld\r\n", "hello\tworld\r\n"},
	{"unicode", "héllo ☃ 𝄞 é", "héllo ☃ 𝄞 é"},
	{"colour", "\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"},
	{"true colour", "\x1b[38:2::1:2:3mx", "\x1b[38:2::1:2:3mx"},
	{"title", "a\x1b]0;owned\x07b", "ab"},
	{"title ended by ST", "a\x1b]0;owned\x1b\\b", "ab"},
	{"clipboard", "a\x1b]52;c;cm0gLXJm\x07b", "ab"},
	{"hyperlink", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"},
	{"cursor report", "a\x1b[6nb", "ab"},
	{"device attributes", "a\x1b[cb\x1b[>cb", "abb"},
	{"clear and home", "a\x1b[2J\x1b[Hb", "ab"},
	{"alternate screen", "a\x1b[?1049hb", "ab"},
	{"key modifier option is not SGR", "a\x1b[>4;2mb", "ab"},
	{"DCS", "a\x1bPq#0\x1b\\b", "ab"},
	{"APC", "a\x1b_Gf=24\x1b\\b", "ab"},
	{"charset", "a\x1b(0b", "ab"},
	{"full reset", "a\x1bcb", "ab"},
	{"backspace and bell", "a\b\ab", "ab"},
	{"NUL and DEL", "a\x00\x7fb", "ab"},
	{"C1 as UTF-8", "a\u009b6nb\u0090", "a6nb"},
	{"C1 as a byte", "a\x9b6nb", "a6nb"},
	{"bidi override", "a\u202eb\u2066c\u2069", "abc"},
	{"every embedding, override and isolate", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""},
	{"joined emoji", "👨\u200d👩\u200d👧 👩\u200d💻 🏳\ufe0f\u200d🌈", "👨\u200d👩\u200d👧 👩\u200d💻 🏳\ufe0f\u200d🌈"},
	{"Persian", "می\u200cخواهم\u200f!", "می\u200cخواهم\u200f!"},
	{"Indic text", "ക്\u200d क्\u200dष", "ക്\u200d क्\u200dष"},
	{"broken UTF-8", "a\xff\xc3b", "a\xff\xc3b"},
	{"escape in a sequence", "\x1b[3\x1b[31mx", "\x1b[31mx"},
	{"newline in a sequence", "\x1b[3\nx", "\nx"},
	{"endless parameters", "\x1b[" + strings.Repeat("1;", 1000) + "mx", "x"},
	{"unfinished", "a\x1b[31", "a"},
	{"unfinished character", "a\xe2\x98", "a\xe2"},
}

func TestFilter(t *testing.T) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			if got := filter(t, tt.in); tt.name != "unfinished character" && got != tt.want {
				t.Errorf("whole: %q, want %q", got, tt.want)
			}
			// A byte at a time the same must come out.
			if got, whole := filter(t, strings.Split(tt.in, "")...), filter(t, tt.in); got != whole {
				t.Errorf("in pieces: %q, whole: %q", got, whole)
			}
		})
	}
}

// Whatever goes in, nothing comes out that a terminal obeys but SGR, and what
// comes out passes a second time unchanged.
func FuzzFilter(f *testing.F) {
	for _, tt := range cases {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		w := ansi.NewFilter(&out)
		w.Write(in)
		got := out.String()
		for i := range len(got) {
			if got[i] != 0x1b {
				continue
			}
			rest := got[i+1:]
			end := strings.IndexByte(rest, 'm')
			if !strings.HasPrefix(rest, "[") || end < 0 || strings.Trim(rest[1:end], "0123456789:;") != "" {
				t.Fatalf("an escape sequence other than SGR in %q", got)
			}
		}
		if again := filter(t, got); again != got {
			t.Fatalf("%q passes a second time as %q", got, again)
		}
	})
}

// FuzzFilterBudget: output costs no more time and memory than its length allows,
// whatever its shape.
func FuzzFilterBudget(f *testing.F) {
	for _, unit := range []string{"a", "\x1b", "\x1b[", "\x1b[0m", "\x1b[0;", "\x1b]0;a", "\x9b", "\x1bP", "\xff", "\xc3", "\u202e", "0;"} {
		f.Add("", unit, "")
		f.Add("\x1b[", unit, "m")
		f.Add("\x1b]", unit, "\a")
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		data := []byte(testbudget.Fill(head, unit, tail))
		testbudget.Check(t, len(data), func() { _, _ = ansi.NewFilter(io.Discard).Write(data) })
	})
}
