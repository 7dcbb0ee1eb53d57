package toolid

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const target = "x86_64-unknown-linux-gnu"

// layouts are toolchains of rustup, of Debian and in between: paths to texts. A text that
// begins with "-> " is a link.
var layouts = map[string]map[string]string{
	"rustup": {
		"bin/rustc": "rustc", "bin/rustfmt": "rustfmt", "bin/cargo": "not part of it",
		"lib/librustc_driver-1.so": "driver", "lib/libLLVM.so.22.1": "llvm",
		"lib/rustlib/" + target + "/lib/libstd-1.rlib":       "std",
		"lib/rustlib/" + target + "/lib/libcore-1.rmeta":     "core",
		"lib/rustlib/" + target + "/bin/gcc-ld/ld.lld":       "lld",
		"lib/rustlib/" + target + "/bin/rust-lld":            "rust-lld",
		"lib/rustlib/wasm32-unknown-unknown/lib/libstd.rlib": "not part of it",
		"lib/rustlib/components":                             "not part of it",
		"share/doc/rust/COPYRIGHT":                           "not part of it",
	},
	"debian": {
		"bin/rustc": "rustc", "bin/gcc": "not part of it", "lib/python3/x.py": "not part of it",
		"lib/x86_64-linux-gnu/librustc_driver-2.so":               "driver",
		"lib/x86_64-linux-gnu/libstd-2.so":                        "std",
		"lib/x86_64-linux-gnu/libLLVM-14.so.1":                    "llvm",
		"lib/x86_64-linux-gnu/libc.so.6":                          "not part of it",
		"lib/rustlib/" + target + "/lib/libstd-2.so":              "-> ../../../x86_64-linux-gnu/libstd-2.so",
		"lib/rustlib/" + target + "/lib/gone.so":                  "-> nowhere",
		"lib/rustlib/" + target + "/codegen-backends/librustc.so": "backend",
	},
	"odd names": {
		"bin/rustc": "", "lib/libstd-[1]*.so": "a space and a pattern",
		"lib/rustlib/" + target + "/lib/a b.rlib": "x", "lib/rustlib/" + target + "/lib/a.rlib": "y", "lib/rustlib/" + target + "/lib/é.rlib": "z",
	},
}

// write makes a layout in a directory whose name is a pattern, too.
func write(t *testing.T, layout map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root [a]*")
	for name, text := range layout {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(to, file)
		} else {
			err = os.WriteFile(file, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func id(t *testing.T, root string) (id, stamp string) {
	t.Helper()
	files, err := Files(root, target)
	if err != nil {
		t.Fatal(err)
	}
	if id, err = Of(root, files); err != nil {
		t.Fatal(err)
	}
	return id, Stamp(root, files)
}

// A shell comes to the same id.
func TestScript(t *testing.T) {
	t.Parallel()
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := write(t, layout)
			want, _ := id(t, root)
			cmd := exec.Command("sh", "-euc", Script)
			cmd.Env = append(os.Environ(), "sysroot="+root, "target="+target)
			out, err := cmd.CombinedOutput()
			if err != nil || string(out) != want+"\n" {
				t.Errorf("the shell says %q, %v; want %s", out, err, want)
			}
		})
	}
}

// The id follows the content of every file that matters, wherever the toolchain is, and
// of no other; the stamp follows the file's time and size.
func TestIDFollowsContent(t *testing.T) {
	t.Parallel()
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := write(t, layout)
			before, stamp := id(t, root)
			if again, _ := id(t, write(t, layout)); again != before {
				t.Error("the same toolchain elsewhere has another id")
			}
			for file, text := range layout {
				if strings.HasPrefix(text, "-> ") {
					continue
				}
				path := filepath.Join(root, file)
				rewrite := func(text string, at time.Time) {
					if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
					if err := os.Chtimes(path, at, at); err != nil {
						t.Fatal(err)
					}
				}
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				part := text != "not part of it"
				rewrite(text+"!", info.ModTime())
				if now, nowStamp := id(t, root); (now != before) != part || (nowStamp != stamp) != part {
					t.Errorf("%s has another text: another id %t, another stamp %t", file, now != before, nowStamp != stamp)
				}
				rewrite(text, info.ModTime().Add(time.Nanosecond))
				if now, nowStamp := id(t, root); now != before || (nowStamp != stamp) != part {
					t.Errorf("%s has another time: another id %t, another stamp %t", file, now != before, nowStamp != stamp)
				}
				rewrite(text, info.ModTime())
			}
			if now, nowStamp := id(t, root); now != before || nowStamp != stamp {
				t.Error("the test did not put everything back")
			}
		})
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	root := write(t, layouts["debian"])
	files, err := Files(root, target)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Path)
	}
	want := []string{
		"bin/rustc", "lib/rustlib/" + target + "/codegen-backends/librustc.so", "lib/rustlib/" + target + "/lib/libstd-2.so",
		"lib/x86_64-linux-gnu/libLLVM-14.so.1", "lib/x86_64-linux-gnu/librustc_driver-2.so", "lib/x86_64-linux-gnu/libstd-2.so",
	}
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	if err := os.Symlink("..", filepath.Join(root, "lib/rustlib", target, "lib/loop")); err != nil {
		t.Fatal(err)
	}
	if _, err := Files(root, target); err == nil {
		t.Error("a loop of links is not noticed")
	}
	if _, err := Files(t.TempDir(), target); err == nil {
		t.Error("an empty directory is taken for a toolchain")
	}
}

// BenchmarkOf reads the toolchain of this machine, BenchmarkStamp looks at it.
func BenchmarkOf(b *testing.B) {
	root, files := machine(b)
	var sum int64
	for _, f := range files {
		sum += f.Size
	}
	b.SetBytes(sum)
	for b.Loop() {
		if _, err := Of(root, files); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStamp(b *testing.B) {
	root, _ := machine(b)
	for b.Loop() {
		files, err := Files(root, target)
		if err != nil {
			b.Fatal(err)
		}
		Stamp(root, files)
	}
}

// machine finds the toolchain of this machine.
func machine(b *testing.B) (string, []File) {
	out, err := exec.Command("rustc", "--print", "sysroot").Output()
	if err != nil {
		b.Skipf("no rustc on this machine: %v", err)
	}
	root := strings.TrimSpace(string(out))
	files, err := Files(root, target)
	if err != nil {
		b.Fatal(err)
	}
	return root, files
}
