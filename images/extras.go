package images

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/corust-dev/corust/internal/engine"
)

// extraName is what a component or a target may be called: it stands in a shell script.
var extraName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]*$`)

// checkExtras returns an error for a component or target that cannot be one.
func (o BuildOptions) checkExtras() error {
	for _, name := range slices.Concat(o.Components, o.Targets) {
		if !extraName.MatchString(name) {
			return fmt.Errorf("invalid component or target %q (want a name of rustup's such as miri or wasm32-unknown-unknown)", name)
		}
	}
	return nil
}

// dockerfile is Dockerfile with what the options add to the toolchain.
func (o BuildOptions) dockerfile() string {
	const before = "USER 0:0\n"
	return strings.Replace(Dockerfile, before, before+o.extras(), 1)
}

// extras are the instructions that add components, targets and wasm-tools, before the
// Dockerfile takes from the image what only they need.
func (o BuildOptions) extras() string {
	var lines []string
	add := func(what string, names []string) {
		if len(names) > 0 {
			lines = append(lines, "rustup "+what+" add "+strings.Join(names, " "))
		}
	}
	components := slices.Clone(o.Components)
	miri := slices.Contains(components, "miri")
	if miri {
		components = append(components, "rust-src") // which its standard library is built from
	}
	add("component", components)
	add("target", o.Targets)
	if miri {
		lines = append(lines, "MIRI_SYSROOT= XDG_CACHE_HOME=/tmp/cache cargo miri setup", "mkdir -p /opt/corust",
			"cp -R /tmp/cache/miri "+engine.MiriPath, "rm -rf /tmp/cache")
	}
	var b strings.Builder
	if len(lines) > 0 {
		b.WriteString("RUN set -eu; \\\n" +
			"    command -v rustup >/dev/null || { echo \"corust: the base has no rustup, which adds components and targets\" >&2; exit 1; }; \\\n    " +
			strings.Join(lines, "; \\\n    ") + "\n")
	}
	if o.WasmTools != "" {
		b.WriteString("COPY wasm-tools " + engine.WasmToolsPath + "\n")
	}
	return b.String()
}
