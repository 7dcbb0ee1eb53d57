package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/corust-dev/corust/runner"
)

// limitsPrefix begins the keys of limits.
const limitsPrefix = "limits."

// Limits are the defaults of every run. There is a key for each row of
// [runner.LimitTable].
type Limits runner.Limits

// Runner returns the limits as the runner's type.
func (l Limits) Runner() runner.Limits { return runner.Limits(l) }

// set sets the limit of that name to an amount as people write it.
func (l *Limits) set(name, text string) error {
	row, ok := runner.LimitNamed(name)
	if !ok {
		return unknownKey(limitsPrefix + name)
	}
	n, err := row.Parse(text)
	var bounds *runner.InvalidError // which names the limit
	if err != nil && !errors.As(err, &bounds) {
		return fmt.Errorf("%s%s: %w", limitsPrefix, name, err)
	}
	if err != nil {
		return err
	}
	row.Set((*runner.Limits)(l), n)
	return nil
}

// UnmarshalTOML implements toml.Unmarshaler: it sets the limits that a table has.
func (l *Limits) UnmarshalTOML(v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("limits is not a table ([limits])")
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if err := l.set(name, scalar(table[name])); err != nil {
			return err
		}
	}
	return nil
}

// unknownKey is the error about a key that nothing reads.
func unknownKey(key string) error {
	return fmt.Errorf("unknown key %q (config.example.toml lists all)", key)
}
