// Package view makes what rustc writes about a program readable: assembly, LLVM IR, MIR and
// optimization remarks.
//
// All of it is pure. The texts are written by a compiler that a stranger's program may
// have taken over, so every function accepts any bytes: time and memory are linear in the
// input, results are bounded by constants of this package, and every text of a result is
// valid UTF-8 without control characters other than tabs.
//
// Values have one JSON form, with snake_case names, for REST and the page. Lines and
// columns of sources count from 1, as the compiler prints them.
package view
