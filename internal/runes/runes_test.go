package runes

import "testing"

func TestWhole(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]int{
		"":                     0,
		"abc":                  3,
		"\xe2":                 0,
		"a\xe2\x82":            1,
		"a\u20ac":              4,
		"ab\xf0\x9f\xa6":       2,
		"ab\U0001f980":         6,
		"\x80\x80\x80":         3, // not UTF-8
		"\x80\x80\x80\x80\x80": 5,
		"a\xff":                2,
	} {
		if got := Whole([]byte(data)); got != want {
			t.Errorf("%q has %d whole bytes, want %d", data, got, want)
		}
	}
}
