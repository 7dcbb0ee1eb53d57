package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/view"
)

const asm = `	.file	"main.123"
	.text
	.file	1 "/work" "main.rs"
	.globl	twice
	.type	twice,@function
twice:
	.loc	1 3 5
	leal	(%rdi,%rdi), %eax
	callq	helper
	retq
.Lend:
	.size	twice, .Lend-twice
	.type	helper,@function
helper:
	.loc	1 9 1
	retq
	.size	helper, .-helper
`

func TestListingOfAssembly(t *testing.T) {
	t.Parallel()
	data, err := listingOf("asm", []byte(asm), []string{"main.rs"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"hidden":[1,1,`) {
		t.Errorf("the page cannot read the marks: %s", data)
	}
	var l listing
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	n := len(l.Lines)
	if strings.Join(l.Lines, "\n")+"\n" != asm || len(l.Of) != n || len(l.At) != n || len(l.Hidden) != n {
		t.Fatalf("the listing is %s", data)
	}
	at := slices.Index(l.Lines, "\tleal\t(%rdi,%rdi), %eax")
	if l.At[at] != 3 || l.Hidden[at] != 0 || !l.Files[l.Of[at]].User {
		t.Errorf("line %d is %d, %v, %v", at, l.At[at], l.Hidden[at], l.Files)
	}
	call, to := at+1, slices.Index(l.Lines, "helper:")
	if !slices.Contains(l.Links, [4]int{call, 7, 13, to}) {
		t.Errorf("the links are %v, want one from %d to %d", l.Links, call, to)
	}
	if l.Hidden[0] != int(view.HiddenDirectives) || !slices.Contains(l.Notices, view.NoticeCut) {
		t.Errorf("line 0 is hidden by %d, the notices are %q", l.Hidden[0], l.Notices)
	}
}

// A session is told of the assembly and of its listing, and whether it was cut.
func TestSessionIsToldOfAssembly(t *testing.T) {
	t.Parallel()
	var l listed
	told := &teller{out: &l}
	product := &runner.Product{Name: "asm", MediaType: "text/x-asm"}
	told.event(runner.Event{Kind: runner.KindProduct, Stage: runner.StageCompile, Product: product, Data: []byte("ret\n")})
	told.event(runner.Event{Kind: runner.KindWarning, Stage: runner.StageCompile, Product: product, Warning: "asm was cut"})
	told.event(runner.Event{Kind: runner.KindStageEnd, Stage: runner.StageCompile})
	if len(l.lines) != 3 || l.lines[1] != "asm text/x-asm true ret\n" || !strings.HasPrefix(l.lines[2], `asm-listing application/json false {"files":`) {
		t.Errorf("told %q", l.lines)
	}
}
