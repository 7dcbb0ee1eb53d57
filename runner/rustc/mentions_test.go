package rustc

import (
	"slices"
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, src string
		want      string // space-separated
		not       string
	}{
		{"use", "use serde::Serialize;", "serde", "Serialize"},
		{"use of a crate itself", "use anyhow;\npub use rand as r;", "anyhow rand", "r"},
		{"use in groups", "use {rand::Rng, serde::{de, ser::{self, S}}, ::time, tokio as t};", "rand serde time tokio", "de ser Rng self t S"},
		{"use with glob", "pub(crate) use rayon::prelude::*;", "rayon", "prelude"},
		{"use of what is ours", "use crate::serde::X; use self::rand::Y; use super::log;", "", "serde rand log X Y"},
		{"precise capturing is not use", "fn f<'a>() -> impl Sized + use<'a> { time::now() }", "time", ""},
		{"extern crate", "#[macro_use] extern crate lazy_static; extern crate rand as r;", "lazy_static rand", "r"},
		{"path in an expression", "fn main() { let x = rand::random::<u8>(); x.serde; x.tokio::<u8>(); }", "rand", "serde tokio random"},
		{"path in a type", "fn f(x: Vec<serde_json::Value>) -> Result<(), anyhow::Error>", "serde_json anyhow", "Value Error"},
		{"path with :: in front", "fn f() -> ::uuid::Uuid { return ::rand::random() }", "uuid rand", "random"},
		{"later in a path", "std::time::Instant::now(); Vec::<u8>::new(); $crate::log::x()", "std", "time log Vec"},
		{"behind a type or condition", "if a > ::log::max() {} struct S(pub(crate) ::url::Url);", "log url", ""},
		{"end of a range", "for i in 0..num::one() {}", "num", ""},
		{"raw name", "use r#serde::X; r#try::y()", "serde", ""},
		{"attribute", "#[tokio::main] async fn main() {}", "tokio", "main"},
		{"derive by path", "#[derive(Debug, serde::Serialize, clap::Parser)] struct S;", "serde clap", "Debug Parser"},
		{"string of an attribute", `#[serde(with = "serde_bytes", default = "time::now")] x: u8`, "serde_bytes time", "now with"},
		{"raw string of an attribute", `#[serde(with = r#"hex::serde"#)] x: u8`, "hex", ""},
		{"inner attribute", "#![allow(unused)] #![feature(x)] use log::info;", "log", ""},
		{"type in a string of an attribute", `#[serde_as(as = "Vec<base64::Base64>")]`, "base64 Vec", ""},
		{"macro by path", `tracing::info!("x"); fn f() { log::warn!("{}", 1) }`, "tracing log", "info warn"},
		{"arguments of a macro of one's own", "check!(serde_json, rand [a.regex])", "serde_json rand", "regex"},
		{"definition of a macro", "macro_rules! m { ($c:ident) => { $c::go(); semver::Version } }", "semver", ""},
		{"arguments of a standard macro", `println!("{} {}", time, hex::encode(x)); let v = vec![log; 3];`, "hex", "time log"},
		{"inequality is no macro", "if a != (log) {}", "", "log"},
		{"not is no macro", "if !(log) { return !(time) }", "", "log time"},
		{"comments", "// serde::x\n/* rand::y /* log::z */ time::a */ /// hex::b\nfn main() {} //! url::c", "", "serde rand log time hex url"},
		{"strings", `let a = "serde::x \" rand::y"; let b = r#"log::z " time::a"#; let c = b"hex::b"; let d = br##"url::c"# "##; let e = c"num::d";`, "", "serde rand log time hex url num"},
		{"after a raw string", `let a = r"\"; use serde::x;`, "serde", ""},
		{"after a string with escapes", `let a = "\\"; use serde::x;`, "serde", ""},
		{"characters", `let a = '"'; let b = '\''; let c = b'\\'; let d = '\u{2764}'; let e = 'ä'; use serde::x; let f = '"';`, "serde", ""},
		{"lifetimes", "fn f<'a, 'static>(x: &'a str) -> &'a serde::X where 'a: 'b { 'l: loop { break 'l; } }", "serde", "a static l b"},
		{"numbers", "1..2; 1.0e-5; 0xe+rand::x(); 1_000u64; 2.max(time::y()); 1.e::z()", "rand time", "e0 u64"},
		{"shebang", "#!/usr/bin/env serde::x\nuse rand::y;", "rand", "serde"},
		{"not a shebang", "#! /* c */\n [serde::x]\nuse rand::y;", "serde rand", ""},
		{"byte order mark", "\ufeffuse rand::y;", "rand", ""},
		{"front matter", "#!/usr/bin/env corust\n\n---cargo\nserde::x = 1\n---\nuse rand::y;", "rand", "serde x"},
		{"macros that belong to another crate", "use serde_derive::Serialize; use strum_macros::Display;", "serde serde_derive strum strum_macros", ""},
		{"nothing is closed", `fn f( { [ "use serde::x;`, "", "serde"},
		{"closed too often", ")]} use serde::x; }}}", "serde", ""},
		{"other scripts", "use größe::x; 変数::y()", "größe 変数", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Mentions([]byte(tt.src))
			for _, w := range strings.Fields(tt.want) {
				if !slices.Contains(got, w) {
					t.Errorf("%q is missing in %q", w, got)
				}
			}
			for _, w := range strings.Fields(tt.not) {
				if slices.Contains(got, w) {
					t.Errorf("%q is in %q", w, got)
				}
			}
		})
	}
}

func TestUnlinked(t *testing.T) {
	t.Parallel()
	messages := "error[E0463]: can't find crate for `baz`\n" +
		"error[E0432]: unresolved import `foo`\n  |     ^^^ use of unresolved module or unlinked crate `foo`\n" +
		"error[E0433]: failed to resolve: use of undeclared crate or module `zip2`\n" +
		"error[E0433]: cannot find module or crate `local` in this scope\n"
	got := Unlinked([]byte(messages), []string{"baz", "foo", "zip2"})
	if !slices.Equal(got, []string{"baz", "foo", "zip2"}) {
		t.Errorf("got %q", got)
	}
}

func FuzzMentions(f *testing.F) {
	f.Add("use serde::{Serialize, de::*}; #[serde(with = \"x::y\")] fn main() { r#\"\"#; 'a: loop {} }")
	f.Add("#!/bin/sh\n---\na\n---\nfn main() { 0x1.0..2 /* /* */ b'\\'' }")
	f.Add("r#################")
	f.Add("'\xff\\")
	f.Fuzz(func(t *testing.T, src string) {
		names := Mentions([]byte(src))
		if !slices.IsSorted(names) {
			t.Fatalf("not sorted: %q", names)
		}
		for _, n := range names {
			if n == "" || keywords[n] || len(n) > maxName {
				t.Fatalf("%q is no name", n)
			}
		}
		// A declaration in front changes nothing behind it and is found itself.
		if _, fenced := findFence([]byte(src)); fenced || preamble([]byte(src)) > 0 {
			return
		}
		with := Mentions([]byte("use zzz::a;\n" + src))
		if !slices.Contains(with, "zzz") {
			t.Fatalf("use zzz is not found before %q", src)
		}
		for _, n := range names {
			if !slices.Contains(with, n) {
				t.Fatalf("%q is lost behind a declaration", n)
			}
		}
	})
}

func BenchmarkMentions(b *testing.B) {
	src := []byte(strings.Repeat("use serde::Serialize;\n#[derive(Serialize)] struct S<'a> { x: &'a str } // comment\nfn f() { println!(\"{}\", rand::random::<u8>()); }\n", 100))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		Mentions(src)
	}
}
