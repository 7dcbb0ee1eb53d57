package images

import (
	"debug/elf"
	"fmt"
	"os"
)

// machines are the processors that engines and Go name differently.
var machines = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}

// CheckAgent reports whether a file can be the agent of an image for a
// processor, by Go's name for it: a corust for Linux that needs no library of
// the image's. Its error is an [ErrAgent].
func CheckAgent(file, arch string) error {
	f, err := elf.Open(file)
	if err != nil {
		if os.IsNotExist(err) {
			return fmt.Errorf("%w: %w", ErrAgent, err)
		}
		return fmt.Errorf("%w: %q is not a Linux executable", ErrAgent, file)
	}
	defer f.Close()
	if got := machines[f.Machine]; got != arch {
		return fmt.Errorf("%w: %s is for %v, the engine's machine is %s", ErrAgent, file, f.Machine, arch)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%w: %s is linked to the libraries of its system", ErrAgent, file)
		}
	}
	return nil
}
