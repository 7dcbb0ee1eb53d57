package crates

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// buildingIn, if set, makes this test binary a process that builds with the cargo
// of that directory.
const buildingIn = "CORUST_TEST_BUILDING_IN"

// cargo ends when the process that started it is killed and can do nothing about
// it.
func TestCargoDiesWithUs(t *testing.T) {
	if dir := os.Getenv(buildingIn); dir != "" {
		tc := Toolchain{Cargo: filepath.Join(dir, "cargo"), Rustc: "/usr/bin/rustc"}
		tc.run(t.Context(), dir, nil, nil, "build")
		return
	}
	t.Parallel()
	dir := t.TempDir()
	// A cargo that says who it is and then takes for ever.
	if err := os.WriteFile(filepath.Join(dir, "cargo"), []byte("#!/bin/sh\necho $$ >"+dir+"/.pid && mv "+dir+"/.pid "+dir+"/pid\nexec sleep 1000\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	us := exec.Command(os.Args[0], "-test.run=^TestCargoDiesWithUs$")
	us.Env = append(os.Environ(), buildingIn+"="+dir)
	if err := us.Start(); err != nil {
		t.Fatal(err)
	}
	defer us.Wait()
	defer us.Process.Kill()
	await := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !done(); {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
			syscall.Select(0, nil, nil, nil, &syscall.Timeval{Usec: 10_000})
		}
	}
	var cargo int
	await("cargo was not started", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "pid"))
		if err != nil {
			return false
		}
		cargo, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	defer syscall.Kill(cargo, syscall.SIGKILL)
	if err := us.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	us.Wait()
	await("cargo outlived us", func() bool {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(cargo) + "/stat")
		// Dead, or dead and not collected by whoever adopted it.
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}
