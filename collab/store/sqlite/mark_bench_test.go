package sqlite

import (
	"path/filepath"
	"testing"
)

// BenchmarkNote is what the mark adds to a commit, however many appends it holds.
func BenchmarkNote(b *testing.B) {
	m, _, _, err := openMark(filepath.Join(b.TempDir(), "db"))
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	if err := m.write(newHistory(), 0); err != nil {
		b.Fatal(err)
	}
	for n := int64(1); b.Loop(); n++ {
		if err := m.note(n); err != nil {
			b.Fatal(err)
		}
	}
}
