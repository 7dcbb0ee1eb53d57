package files_test

import (
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/files"
)

func TestRootIsTheFileThatIsCompiled(t *testing.T) {
	t.Parallel()
	for paths, want := range map[string]string{
		"a.rs":                                "a.rs",
		"a.rs lib.rs src/main.rs main.rs":     "main.rs",
		"a.rs src/lib.rs src/main.rs":         "src/main.rs",
		"src/bin/a.rs src/lib.rs":             "src/bin/a.rs",
		"Cargo.toml lib.rs src/lib.rs":        "src/lib.rs",
		"tests/a.rs lib.rs":                   "lib.rs",
		"tests/a.rs Cargo.toml tests/main.rs": "tests/a.rs",
		"data.csv":                            "data.csv",
	} {
		if list := strings.Fields(paths); list[files.Root(list)] != want {
			t.Errorf("%s: %s is compiled, want %s", paths, list[files.Root(list)], want)
		}
	}
}
