package deploy

import (
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"testing"
)

// TestPackagedFiles finds each file that a package is made of.
func TestPackagedFiles(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := regexp.MustCompile(`(?m)^ +(?:- )?(?:src|postinstall|preremove): (\S+)$`).FindAllSubmatch(config, -1)
	if len(files) < 3 {
		t.Errorf("%d files", len(files))
	}
	for _, f := range files {
		if _, err := os.Stat("../../" + string(f[1])); err != nil {
			t.Error(err)
		}
	}
}

// TestPackageScripts: a package that is removed stops its units, one that is upgraded does
// not, by the arguments of dpkg and of rpm.
func TestPackageScripts(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("packages are for Linux")
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/systemctl", []byte("#!/bin/sh\necho \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	reload, now := "", ""
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		reload, now = "daemon-reload\n", "--now "
	}
	stops := "disable " + now + "corust.service corust-backup.timer\n"
	for _, tt := range []struct{ script, arg, want string }{
		{"postinstall", "configure", reload},
		{"postinstall", "1", reload},
		{"preremove", "remove", stops},
		{"preremove", "0", stops},
		{"preremove", "upgrade", ""},
		{"preremove", "1", ""},
		{"preremove", "failed-upgrade", ""},
	} {
		cmd := exec.Command("package/"+tt.script, tt.arg)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != tt.want {
			t.Errorf("%s %s: %v, %q, want %q", tt.script, tt.arg, err, out, tt.want)
		}
	}
}
