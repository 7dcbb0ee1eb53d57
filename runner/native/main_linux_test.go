package native

import (
	"fmt"
	"os"
	"testing"

	_ "github.com/corust-dev/corust/runner/native/entry"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(roleVar) != "" {
		if err := role(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// A separate directory for temporary files, so that remaining ones can be counted.
	dir, err := os.MkdirTemp("", "corust-native-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("TMPDIR", dir)
	if err := stuck(); err != nil {
		code := m.Run() // whose tests say so; the process that is held has a goroutine
		os.RemoveAll(dir)
		os.Exit(code)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}
