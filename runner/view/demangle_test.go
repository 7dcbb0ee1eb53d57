package view

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corust-dev/corust/internal/test/testbudget"
)

func TestDemangle(t *testing.T) {
	t.Parallel()
	for symbol, want := range map[string][2]string{
		// Legacy.
		"_ZN4main5NAMES17hd6ac18036f28217bE":                       {"main::NAMES", "main::NAMES::hd6ac18036f28217b"},
		"__ZN4main1f17hd6ac18036f28217bE":                          {"main::f", "main::f::hd6ac18036f28217b"},
		"_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E":              {"main::größe", "main::größe::hddc9a9052d564916"},
		"_ZN28_$u7b$$u7b$closure$u7d$$u7d$E":                       {"{{closure}}", "{{closure}}"},
		"_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0E": {"", ""},
		"_ZN3foo17h05af221e174051e9E.llvm.A5310EB9":                {"foo", "foo::h05af221e174051e9"},
		"_ZN3foo17h05af221e174051e9E.exit.i.i":                     {"foo.exit.i.i", "foo::h05af221e174051e9.exit.i.i"},
		"_ZN3foo11$u20ac$abcd4$u7fE":                               {"foo::€abcd::$u7f", "foo::€abcd::$u7f"},
		"_ZN4testE":                                                {"test", "test"},
		"_ZN4test":                                                 {"", ""},
		"_ZN5testE":                                                {"", ""},
		"_ZNE":                                                     {"", ""},
		"_ZN":                                                      {"", ""},
		"_ZN3foEE":                                                 {"foE", "foE"},
		"_ZN3fooEx":                                                {"", ""},
		"_ZN3fooE.a b":                                             {"", ""},
		"_ZN3foéE":                                                 {"", ""},
		"_ZN99999999999999999999999999fooE":                        {"", ""},
		// v0.
		"_RNvC6_123foo3bar":              {"123foo::bar", "123foo::bar"},
		"_RNvCs5soj9GhKFqq_4main4jump":   {"main::jump", "main[3f926c533f617f2c]::jump"},
		"_RNvC4mainu9gre_6ka8i":          {"main::größe", "main::größe"},
		"_RNCNvC4main1f0":                {"main::f::{closure#0}", "main::f::{closure#0}"},
		"_RNCNvC4main1fs_0.llvm.12AB":    {"main::f::{closure#1}", "main::f::{closure#1}"},
		"_RNSNvC1a1b6vtable":             {"a::b::{shim:vtable#0}", "a::b::{shim:vtable#0}"},
		"_RNKNvC1a1b0":                   {"a::b::{K#0}", "a::b::{K#0}"},
		"_RINvC1a1bKj2a_E":               {"a::b::<42>", "a::b::<42usize>"},
		"_RINvC1a1bKan80_Kb1_Kc41_E":     {"a::b::<-128, true, 'A'>", "a::b::<-128i8, true, 'A'>"},
		"_RINvC1a1bKe2722c3a9_E":         {`a::b::<{*"'\"é"}>`, `a::b::<{*"'\"é"}>`},
		"_RINvC1a1bKRe61_E":              {`a::b::<"a">`, `a::b::<"a">`},
		"_RINvC1a1bKVNtC1a1SS1xj1_EE":    {"a::b::<{a::S { x: 1 }}>", "a::b::<{a::S { x: 1usize }}>"},
		"_RINvC1a1bFG_RL0_hEuE":          {"a::b::<for<'a> fn(&'a u8)>", "a::b::<for<'a> fn(&'a u8)>"},
		"_RINvC1a1bFUK10vectorcallOxEmE": {`a::b::<unsafe extern "vectorcall" fn(*mut i64) -> u32>`, `a::b::<unsafe extern "vectorcall" fn(*mut i64) -> u32>`},
		"_RINvC1a1bDNtC1a1Tp1AmEL_E":     {"a::b::<dyn a::T<A = u32>>", "a::b::<dyn a::T<A = u32>>"},
		"_RNvXC1aNtC1a1SNtC1a1T1f":       {"<a::S as a::T>::f", "<a::S as a::T>::f"},
		"_RNvMC1aTmE1f":                  {"<(u32,)>::f", "<(u32,)>::f"},
		"_RNvC1a1b.suffix":               {"a::b.suffix", "a::b.suffix"},
		"_RNvC1a1bC1c":                   {"a::b", "a::b"},
		"_RNvC1a1bx":                     {"", ""},
		"_RNvNvB2_1a":                    {"", ""},
		"_R":                             {"", ""},
		"_Ra":                            {"", ""},
		"_RNvC1a":                        {"", ""},
		"_RNvC1a2b":                      {"", ""},
		"main":                           {"", ""},
		"":                               {"", ""},
	} {
		for i, n := range []Names{Short, Verbose} {
			got, ok := Demangle(symbol, n)
			if want[i] == "" && !ok {
				continue
			}
			if got != want[i] || !ok {
				t.Errorf("Demangle(%q, %s) = %q, %v, want %q", symbol, n, got, ok, want[i])
			}
		}
		if got, ok := Demangle(symbol, Mangled); ok {
			t.Errorf("Demangle(%q, Mangled) = %q", symbol, got)
		}
	}
}

// What is wrong behind a back reference shows in its place.
func TestDemangleBehindReferences(t *testing.T) {
	t.Parallel()
	for symbol, want := range map[string]string{
		"_RMC0RB2_":      tooDeep,
		"_RINvC1a1bB3_E": invalid,
	} {
		if got, ok := Demangle(symbol, Short); !ok || !strings.Contains(got, want) {
			t.Errorf("Demangle(%q) = %q, %v, want it to contain %q", symbol, got, ok, want)
		}
	}
	// These would be longer than any limit.
	for _, symbol := range []string{"_RMC0FGZZZ_Eu", "RYFG_FGyyEvRYFF_EvRYFFEvERLB_B_B_ERLRjB_B_B_"} {
		if got, ok := Demangle(symbol, Short); ok {
			t.Errorf("Demangle(%q) has %d bytes", symbol, len(got))
		}
	}
}

func FuzzDemangle(f *testing.F) {
	for _, s := range []string{"_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E", "_RNvC4mainu9gre_6ka8i", "_RINvC1a1bKVNtC1a1SS1xj1_EE", "_RMC0RB2_",
		"_RYFG_FGyyEvRYFF_EvRYFFEvERLB_B_B_ERLRjB_B_B_", "_RINvC1a1bFG_DNtC1a1Tp1AWmRm1_m2_EL0_EuE", "_RINvC1a1bKe2722c3a9_E"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range []Names{Short, Verbose} {
			got, ok := Demangle(s, n)
			if ok && (!utf8.ValidString(got) || len(got) > 4*MaxSymbol) {
				t.Fatalf("Demangle(%q) = %q", s, got)
			}
			// A renamer gives hostile symbols little room.
			testbudget.Check(t, len(s), func() { demangle(s, n == Verbose, MaxText) })
		}
	})
}
