package view

import (
	"slices"
	"unicode/utf8"
)

// maxPunycode is how many characters a name with Punycode may have; longer ones stay
// encoded, as in rustc-demangle. Decoding takes time by its square.
const maxPunycode = 128

// decodePunycode inserts characters into a text (RFC 3492).
func decodePunycode(ascii, insertions string) (string, bool) {
	const (
		base, tMin, tMax = 36, 1, 26
		skew             = 38
		most             = utf8.MaxRune * (maxPunycode + 1) // no valid position is larger
	)
	if len(ascii) > maxPunycode {
		return "", false
	}
	text := []rune(ascii)
	damp, bias := 700, 72
	at, r := 0, 0x80
	for i := 0; i < len(insertions); {
		delta, weight := 0, 1
		for k := base; ; k += base {
			if i == len(insertions) {
				return "", false
			}
			var digit int
			switch c := insertions[i]; {
			case c >= 'a' && c <= 'z':
				digit = int(c - 'a')
			case c >= '0' && c <= '9':
				digit = int(c-'0') + 26
			default:
				return "", false
			}
			i++
			if delta += digit * weight; delta > most {
				return "", false
			}
			threshold := min(max(k-bias, tMin), tMax)
			if digit < threshold {
				break
			}
			if weight *= base - threshold; weight > most {
				// Only zeros may follow, of which the last ends the number.
				weight = most + 1
			}
		}
		n := len(text) + 1
		if n > maxPunycode {
			return "", false
		}
		at += delta
		r += at / n
		at %= n
		if r > utf8.MaxRune || !utf8.ValidRune(rune(r)) {
			return "", false
		}
		text = slices.Insert(text, at, rune(r))
		at++
		delta /= damp
		damp = 2
		delta += delta / n
		bias = 0
		for ; delta > (base-tMin)*tMax/2; bias += base {
			delta /= base - tMin
		}
		bias += (base - tMin + 1) * delta / (delta + skew)
	}
	return string(text), true
}
