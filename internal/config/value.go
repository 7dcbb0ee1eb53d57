package config

import (
	"fmt"
	"time"

	"github.com/corust-dev/corust/runner"
)

// Duration is a time.Duration that is written as "10s".
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := runner.ParseTime(string(text))
	if err == nil {
		*d = Duration(v)
	}
	return err
}

// String implements fmt.Stringer.
func (d Duration) String() string { return runner.FormatTime(time.Duration(d)) }

// Size is a number of bytes that may be written as "512MiB" or 64000.
type Size int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	v, err := runner.ParseSize(string(text))
	if err == nil {
		*s = Size(v)
	}
	return err
}

// UnmarshalTOML implements toml.Unmarshaler, which takes bare numbers too.
func (s *Size) UnmarshalTOML(v any) error {
	if _, ok := v.(float64); ok {
		return fmt.Errorf("invalid size %v (want something like \"512MiB\" or 64000)", v)
	}
	return s.UnmarshalText([]byte(scalar(v)))
}

// String implements fmt.Stringer.
func (s Size) String() string { return runner.FormatSize(int64(s)) }

// scalar returns a value of TOML as people write it. The text of a table or a list is
// not a valid number, size or duration.
func scalar(v any) string { return fmt.Sprint(v) }
