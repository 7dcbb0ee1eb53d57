package crates

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRememberAndRecall(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	rustc := filepath.Join(t.TempDir(), "rustc")
	if err := os.WriteFile(rustc, []byte("compiler"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("0a", 16)
	if err := Remember(cache, rustc, "list", key); err != nil {
		t.Fatal(err)
	}
	if dir, _ := Recall(cache, rustc, "list"); dir != "" {
		t.Errorf("a set that is not there is recalled: %s", dir)
	}
	if err := os.MkdirAll(SetDir(cache, key), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(SetDir(cache, key), externsFile), []byte(`{"format":1,"key":"`+key+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if dir, got := Recall(cache, rustc, "list"); dir != SetDir(cache, key) || got != key {
		t.Errorf("recalled %q, %q", dir, got)
	}
	if dir, _ := Recall(cache, rustc, "another list"); dir != "" {
		t.Error("recalled for another list")
	}
	s, err := Describe(cache, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := Keep(cache, s); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(SetDir(cache, key)); err != nil {
		t.Fatal(err)
	}
	if s, err := Describe(cache, key); err != nil || s.Key != key {
		t.Errorf("what was kept: %v", err)
	}
	if _, err := Describe(cache, "../../x"); err == nil {
		t.Error("a path is taken for a key")
	}
	// A new compiler in the same place is another.
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(rustc, later, later); err != nil {
		t.Fatal(err)
	}
	if dir, _ := Recall(cache, rustc, "list"); dir != "" {
		t.Error("recalled for another compiler")
	}
}

func TestListID(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crates.toml")
	first, err := ListID(path)
	if err != nil || first == "" {
		t.Fatalf("default: %q, %v", first, err)
	}
	if err := WriteList(path, sample()); err != nil {
		t.Fatal(err)
	}
	if second, err := ListID(path); err != nil || second == first {
		t.Errorf("own list: %q, %v", second, err)
	}
}
