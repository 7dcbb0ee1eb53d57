package runner

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
)

// Hash is the SHA-256 of a value's canonical encoding.
//
// The encoding is that of a struct, after the value's kind and version ("plan 1") as a
// string. A string or list of bytes is "s", its length, its bytes; an integer "i" and a
// float "f" with eight bytes; true "t" and false "u"; a list "[", its length and its
// elements; a struct "{", the name in JSON and the value of each field that is not zero,
// and "}". Numbers are big-endian, lengths have eight bytes. So different values have
// different encodings, an empty list is a nil one, and a field that is added changes no
// hash while it is zero. A change of meaning takes a new version.
type Hash [sha256.Size]byte

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// hashOf hashes a struct without its fields with the tag hash:"-".
func hashOf(kind string, v any) Hash {
	h := sha256.New()
	e := encoder{w: h}
	e.bytes([]byte(kind))
	e.value(reflect.ValueOf(v))
	return Hash(h.Sum(nil))
}

// equal compares two structs of one type in all their fields.
func equal(a, b any) bool {
	var list [2]bytes.Buffer
	for i, v := range []any{a, b} {
		e := encoder{w: &list[i], all: true}
		e.value(reflect.ValueOf(v))
	}
	return bytes.Equal(list[0].Bytes(), list[1].Bytes())
}

// encoder writes canonical encodings. Its writer never fails.
type encoder struct {
	w   io.Writer
	all bool // include the fields with the tag hash:"-"
}

func (e *encoder) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		e.bytes([]byte(v.String()))
	case reflect.Bool:
		if v.Bool() {
			e.tag('t')
		} else {
			e.tag('u')
		}
	case reflect.Int, reflect.Int64:
		e.number('i', uint64(v.Int()))
	case reflect.Float64:
		e.number('f', math.Float64bits(v.Float()))
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			e.bytes(v.Bytes())
			return
		}
		e.number('[', uint64(v.Len()))
		for i := range v.Len() {
			e.value(v.Index(i))
		}
	case reflect.Struct:
		e.tag('{')
		for i := range v.NumField() {
			f, field := v.Field(i), v.Type().Field(i)
			if f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0 || !e.all && field.Tag.Get("hash") == "-" {
				continue
			}
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			e.bytes([]byte(name))
			e.value(f)
		}
		e.tag('}')
	default:
		// Unreachable: a test checks that the types contain plain values only.
		panic(fmt.Sprintf("runner: %v is not a plain value", v.Type()))
	}
}

func (e *encoder) tag(c byte) { _, _ = e.w.Write([]byte{c}) }

func (e *encoder) number(tag byte, n uint64) {
	_, _ = e.w.Write(binary.BigEndian.AppendUint64([]byte{tag}, n))
}

func (e *encoder) bytes(b []byte) {
	e.number('s', uint64(len(b)))
	_, _ = e.w.Write(b)
}
