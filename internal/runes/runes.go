// Package runes cuts streams of UTF-8 between characters.
package runes

import "unicode/utf8"

// Whole returns how many bytes of data precede a character that the end of data cuts. It
// is len(data) if there is none. Bytes that are not UTF-8 count as whole.
func Whole(data []byte) int {
	for i := len(data) - 1; i >= max(0, len(data)-utf8.UTFMax); i-- {
		if utf8.RuneStart(data[i]) {
			if !utf8.FullRune(data[i:]) {
				return i
			}
			break
		}
	}
	return len(data)
}
