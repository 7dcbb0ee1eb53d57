package crates

import "testing"

// TestParseSet: the text of a set may be from an image that was built elsewhere.
// What it names must lie within the set.
func TestParseSet(t *testing.T) {
	t.Parallel()
	file := func(name string) string {
		return `{"format":1,"profiles":{"debug":{"externs":{"a":"` + name + `"}}}}`
	}
	if s, err := ParseSet([]byte(file("debug/liba.rlib"))); err != nil || s.Profiles[Debug].Externs["a"] != "debug/liba.rlib" {
		t.Errorf("%+v, %v", s, err)
	}
	for _, text := range []string{"", "{", `{"format":2}`, `{}`, file("../liba.rlib"), file("debug/../../liba.rlib"), file("/etc/passwd"), file("")} {
		if s, err := ParseSet([]byte(text)); err == nil {
			t.Errorf("%s is taken for %+v", text, s)
		}
	}
}
