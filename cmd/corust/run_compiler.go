package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/corust-dev/corust/runner/rustc"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// compilerFlag is a flag of rustc that is passed on. It implements pflag.Value and adds
// itself, each time that it is given, to a list that all of them share: of two values for
// one lint, the last one holds.
type compilerFlag struct {
	name  string // as rustc spells it
	value string // "" if the command line has it
	form  string // stands in help for the value
	list  *[]string
}

// Set implements pflag.Value. The planner checks the value; its errors list valid ones.
func (f *compilerFlag) Set(text string) error {
	if f.value != "" && text != "true" {
		return errors.New("the flag takes no value")
	}
	*f.list = append(*f.list, f.name, cmp.Or(f.value, text))
	return nil
}

// String implements pflag.Value.
func (f *compilerFlag) String() string { return "" }

// Type implements pflag.Value.
func (f *compilerFlag) Type() string { return f.form }

// compilerFlags adds a flag for each of rustc's that a request may have, under rustc's
// names.
func compilerFlags(set *pflag.FlagSet, list *[]string) {
	var options []string
	for _, row := range rustc.Flags() {
		names := row.Spellings()
		if names == nil {
			options = append(options, strings.TrimPrefix(row.Name, "-C "))
			continue
		}
		var long, letter string
		for _, name := range names {
			if strings.HasPrefix(name, "--") {
				long = name[2:]
			} else {
				letter = name[1:]
			}
		}
		form := "spec"
		if strings.HasPrefix(row.Form, "a lint") {
			form = "lint"
		}
		set.VarP(&compilerFlag{name: names[0], form: form, list: list}, long, letter, row.About)
	}
	set.VarP(&compilerFlag{name: "-C", form: "option=value", list: list}, "codegen", "C",
		fmt.Sprintf("how rustc generates code: %s (docs/run.md)", oneOf(options)))
	short := set.VarPF(&compilerFlag{name: "-C", value: "opt-level=3", form: "bool", list: list}, "optimize", "O", "the same as -C opt-level=3")
	short.NoOptDefVal = "true"
}

// codegenValues are the completions of -C.
func codegenValues() []cobra.Completion {
	var list []cobra.Completion
	for _, row := range rustc.Flags() {
		option, ok := strings.CutPrefix(row.Name, "-C ")
		if !ok {
			continue
		}
		if row.Values == nil {
			list = append(list, cobra.CompletionWithDesc(option+"=", row.About))
		}
		for _, v := range row.Values {
			list = append(list, cobra.CompletionWithDesc(option+"="+v, row.About))
		}
	}
	return list
}
