package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// tarOf is an archive of one entry, cut off after n bytes unless n is 0.
func tarOf(t *testing.T, h tar.Header, text string, n int) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.WriteHeader(&h), func() error { _, err := w.Write([]byte(text)); return err }(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		b.Truncate(n)
	}
	return b.String()
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	regular := tar.Header{Name: "f", Typeflag: tar.TypeReg, Size: 5, Mode: 0o644}
	tests := []struct {
		name, archive, want, err string
	}{
		{"file", tarOf(t, regular, "hello", 0), "hello", ""},
		{"directory", tarOf(t, tar.Header{Name: "f/", Typeflag: tar.TypeDir}, "", 0), "", "no regular file"},
		{"link", tarOf(t, tar.Header{Name: "f", Typeflag: tar.TypeSymlink, Linkname: "/etc/shadow"}, "", 0), "", "no regular file"},
		{"longer than allowed", tarOf(t, tar.Header{Name: "f", Typeflag: tar.TypeReg, Size: 9}, "too long.", 0), "", "9 bytes, more than 8"},
		{"cut off", tarOf(t, regular, "hello", 514), "", "unexpected EOF"},
		{"nothing", "", "", "EOF"},
		{"no archive", strings.Repeat("x", 1024), "", "invalid tar header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			host := serve(t, fakeEngine{api: MinAPI, minimum: "1.12", routes: map[string]http.HandlerFunc{
				"GET /containers/c/archive": func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("X-Docker-Container-Path-Stat", "e30=")
					fmt.Fprint(w, tt.archive)
				},
			}})
			e, err := Open(t.Context(), host)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			text, err := e.ReadFile(t.Context(), "c", "/f", 8)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("got error %v, want %q", err, tt.err)
			}
			if string(text) != tt.want && tt.err == "" {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}
