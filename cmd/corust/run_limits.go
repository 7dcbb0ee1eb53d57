package main

import (
	"fmt"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/spf13/pflag"
)

// limitFlag is the flag of one limit. It implements pflag.Value.
type limitFlag struct {
	limit runner.Limit
	text  string
	given bool // else the configuration's value holds
}

// limitFlags adds a flag for each limit that has one.
func limitFlags(flags *pflag.FlagSet) []*limitFlag {
	var list []*limitFlag
	for _, row := range runner.LimitTable() {
		if row.Flag == "" {
			continue
		}
		f := &limitFlag{limit: row}
		flags.Var(f, row.Flag, fmt.Sprintf("maximum %s (default %s)", row.About, row.Unit.Format(row.Default)))
		list = append(list, f)
	}
	return list
}

// Set implements pflag.Value. apply parses the value; its errors name a valid form.
func (f *limitFlag) Set(text string) error {
	f.text, f.given = text, true
	return nil
}

// String implements pflag.Value.
func (f *limitFlag) String() string { return f.text }

// Type implements pflag.Value. It stands in help for the flag's value.
func (f *limitFlag) Type() string {
	switch f.limit.Unit {
	case runner.UnitBytes:
		return "size"
	case runner.UnitTime:
		return "duration"
	}
	return "number"
}

// apply puts the flag over the configuration's limits.
func (f *limitFlag) apply(to *config.Limits) error {
	if !f.given {
		return nil
	}
	n, err := f.limit.Parse(f.text)
	if err != nil {
		return fmt.Errorf("--%s: %w", f.limit.Flag, err)
	}
	f.limit.Set((*runner.Limits)(to), n)
	return nil
}
