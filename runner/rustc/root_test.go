package rustc

import (
	"slices"
	"testing"
)

func TestReadRoot(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		src, beside string // beside is another file of the crate
		program     bool
		crate       string
		types       []string
	}{
		"a main":                     {"fn main() {}", "", true, "", nil},
		"an async one":               {"#[tokio::main]\nasync fn main() {}", "", true, "", nil},
		"for one system":             {"#[cfg(unix)] pub fn main() {}", "", true, "", nil},
		"a raw name":                 {"fn r#main() {}", "", true, "", nil},
		"nothing":                    {"", "", false, "", nil},
		"only tests":                 {"#[test] fn works() {}", "", false, "", nil},
		"in a comment and a string":  {"// fn main() {}\nconst S: &str = \"fn main() {}\"; /* fn main() {} */", "", false, "", nil},
		"in a module":                {"mod a { pub fn main() {} }", "", false, "", nil},
		"in a function":              {"fn f() { fn main() {} }", "", false, "", nil},
		"a type of its name":         {"struct main; fn f(main: u8) -> u8 { main }", "", false, "", nil},
		"declared elsewhere":         {"extern \"C\" { fn main(); }", "", false, "", nil},
		"imported":                   {"mod a; pub use a::main;", "", true, "", nil},
		"imported by another name":   {"use a::start as main;", "", true, "", nil},
		"imported among others":      {"use a::{b::{c}, main, d};", "", true, "", nil},
		"imported as another":        {"use a::main as start;", "", false, "", nil},
		"by a glob":                  {"mod a; use a::*;", "pub fn main() {}", true, "", nil},
		"no glob has it":             {"mod a; use a::*;", "pub fn f() {}", false, "", nil},
		"by a macro":                 {"macro_rules! m { () => { fn main() {} } }\nm!();", "", true, "", nil},
		"by a macro of that name":    {"quick_main!(run);", "", true, "", nil},
		"a macro that makes none":    {"thread_local! { static X: u8 = 0; }", "", false, "", nil},
		"included":                   {"include!(\"a.rs\");", "fn main() {}", true, "", nil},
		"no_main":                    {"#![no_main]\n#[no_mangle] pub extern \"C\" fn _start() {}", "", true, "", nil},
		"named":                      {"#![crate_name = \"greeter\"] fn main() {}", "", true, "greeter", nil},
		"named in Unicode":           {"#![crate_name = \"größe\"] fn main() {}", "", true, "größe", nil},
		"named after others":         {"//! Doc.\n#![allow(unused, dead_code)]\n#! [ crate_name = r#\"a\"# ]\nfn main() {}", "", true, "a", nil},
		"a name with a dash":         {"#![crate_name = \"a-b\"] fn main() {}", "", true, "", nil},
		"a name that is a flag":      {"#![crate_name = \"-C\"] fn main() {}", "", true, "", nil},
		"named inside another":       {"#![cfg_attr(all(), crate_name = \"x\")] fn main() {}", "", true, "", nil},
		"named behind an item":       {"fn main() {}\n#![crate_name = \"x\"]", "", true, "", nil},
		"a library":                  {"#![crate_type = \"lib\"] fn main() {}", "", false, "", []string{"lib"}},
		"a library for C":            {"#![crate_type = \"cdylib\"]\n#![crate_type = \"rlib\"]", "", false, "", []string{"cdylib", "rlib"}},
		"a program and a library":    {"#![crate_type = \"lib\"]\n#![crate_type = \"bin\"] fn main() {}", "", true, "", []string{"lib", "bin"}},
		"a program without a main":   {"#![crate_type = \"bin\"]", "", true, "", []string{"bin"}},
		"an attribute without end":   {"#![crate_name = \"x\"", "", false, "", nil},
		"an attribute without start": {"#![", "", false, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := readRoot([]byte(tt.src), [][]byte{[]byte(tt.src), []byte(tt.beside)})
			if r.program() != tt.program || r.name != tt.crate || !slices.Equal(r.types, tt.types) {
				t.Errorf("program %v, %+v", r.program(), r)
			}
		})
	}
}
