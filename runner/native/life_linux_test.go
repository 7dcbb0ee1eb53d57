package native

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/internal/owner"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
	"github.com/corust-dev/corust/runner/conformance/suite"
	"github.com/corust-dev/corust/runner/rustc"
	"golang.org/x/sys/unix"
)

// The roles that the test binary plays when it starts itself; see TestMain.
const (
	roleVictim   = "victim"   // a supervisor that is killed in the middle of a run
	roleRootless = "rootless" // a run by a user without rights
	roleAttacked = "attacked" // hostile programs, run by a user without rights
	roleNoCores  = "no-cores" // a box made by a process that may have no core files
	roleShared   = "shared"   // a box made where mounts are shared, as under systemd
	roleVar      = "CORUST_TEST_ROLE"
)

func role() error {
	switch os.Getenv(roleVar) {
	case roleVictim:
		return victim()
	case roleRootless:
		return rootless()
	case roleAttacked:
		return attacked()
	case roleNoCores:
		if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
			return err
		}
		return tryBox(Config{})
	case roleShared:
		return shared()
	}
	return errors.New("no such role")
}

// again starts the test binary in a role.
func again(t *testing.T, role string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), append(env, roleVar+"="+role)...)
	cmd.Stderr = os.Stderr
	return cmd
}

func request(body string) runner.Request {
	return runner.Request{
		Mode:  runner.ModeDebug,
		Files: []runner.File{{Name: runner.MainFile, Data: []byte("fn main() { " + body + " }")}},
	}
}

// victim runs programs that never end, and prints its name when they run.
func victim() error {
	b, err := New(Config{})
	if err != nil {
		return err
	}
	r, err := runner.New(runner.Config{Backend: b, Planner: rustc.Planner{}, MaxBoxes: 2, Warm: 2})
	if err != nil {
		return err
	}
	req := request(`println!("up"); if let Ok(e) = std::env::current_exe() { let _ = std::process::Command::new(e).spawn(); } loop { std::thread::park() }`)
	req.Limits.RunTime = time.Hour
	_, err = r.Run(context.Background(), req, nil, func(e runner.Event) {
		if e.Kind == runner.KindStdout {
			fmt.Printf("%s\n", b.owner)
		}
	})
	return err
}

// Sweep removes the groups and processes that a killed process left, and none of a
// process that lives.
func TestSweep(t *testing.T) {
	b := open(t)
	if !b.groups.available() {
		t.Skipf("there are no control groups to be left: %s", b.groups.why)
	}
	// Another runner, alive, with a box.
	alive, err := b.NewBox(t.Context(), spec())
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Destroy(context.Background())

	sweep := func() {
		t.Helper()
		if _, err := b.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	}
	cmd := again(t, roleVictim)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 256)
	n, err := out.Read(buf)
	if err != nil {
		cmd.Process.Kill()
		t.Fatalf("the victim did not get as far as a run: %v", errors.Join(err, cmd.Wait()))
	}
	victim := strings.TrimSpace(strings.Split(string(buf[:n]), "\n")[0])
	theirs := groupsOf(t, b.groups, victim)
	if len(theirs) == 0 {
		t.Errorf("the running victim %s has no group", victim)
	}
	sweep()
	if got := groupsOf(t, b.groups, victim); len(got) < len(theirs) {
		t.Errorf("a runner that lives lost %d of %d groups to another's sweep", len(theirs)-len(got), len(theirs))
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	sweep()
	if left := groupsOf(t, b.groups, victim); len(left) > 0 {
		t.Errorf("left after a sweep: %q", left)
	}
	if mine := groupsOf(t, b.groups, b.owner); len(mine) == 0 {
		t.Error("the living box lost its group")
	}
	if _, err := alive.Counters(); err != nil {
		t.Errorf("the living box: %v", err)
	}
}

func spec() runner.BoxSpec { return runner.DefaultLimits.Spec("") }

func TestOrphaned(t *testing.T) {
	t.Parallel()
	live := owner.Self()
	dead, elsewhere := live, live
	dead.PID = math.MaxInt32
	elsewhere.PID, elsewhere.Space = math.MaxInt32, "1"
	for name, want := range map[string]bool{
		live.String() + "-1":       false,
		dead.String() + "-1":       true,
		elsewhere.String() + "-1":  false,
		dead.String():              false, // without a serial number it is not a box's
		"x" + dead.String() + "-1": false,
		"corust-host":              false,
		"system.slice":             false,
		"":                         false,
	} {
		if got := orphaned(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

// A group that cannot be removed is an error that names it, and keeps no other from
// being removed.
func TestSweepNamesWhatItCannotRemove(t *testing.T) {
	t.Parallel()
	dead, base := owner.Self(), t.TempDir()
	dead.PID = math.MaxInt32
	full, empty := filepath.Join(base, dead.String()+"-1"), filepath.Join(base, dead.String()+"-2")
	for _, dir := range []string{filepath.Join(full, "more"), empty, filepath.Join(base, owner.Self().String()+"-1")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	n, err := cgroups{v2: base}.sweep(t.Context())
	if n != 1 || err == nil || !strings.Contains(err.Error(), full) || strings.Contains(err.Error(), empty) {
		t.Errorf("swept %d, %v", n, err)
	}
	if left, _ := os.ReadDir(base); len(left) != 2 {
		t.Errorf("left are %v", left)
	}
}

// Boxes of two backends in one process have different names: they would share a group.
func TestNamesOfTwoBackendsDiffer(t *testing.T) {
	t.Parallel()
	a, b := &Backend{owner: owner.Self().String()}, &Backend{owner: owner.Self().String()}
	names := map[string]bool{}
	for range 100 {
		names[a.name()], names[b.name()] = true, true
	}
	if len(names) != 200 {
		t.Errorf("%d names for 200 boxes", len(names))
	}
}

// rootless runs programs as the user of this process.
func rootless() error {
	b, err := New(Config{})
	if err != nil {
		return err
	}
	if len(b.Unenforced()) == 0 {
		return errors.New("without control groups, no limit is reported as not enforced")
	}
	r, err := runner.New(runner.Config{Backend: b, Planner: rustc.Planner{}, MaxBoxes: 1})
	if err != nil {
		return err
	}
	defer r.Close(context.Background())
	for _, run := range []struct {
		body string
		want string
	}{
		{`println!("hello from {}", unsafe { getuid() }); } unsafe extern "C" { fn getuid() -> u32;`, "hello from 1000\n"},
		{`println!("{:?}", std::fs::read_dir("/proc/1/fd").is_err());`, "true\n"},
		{`println!("{:?}", std::fs::read("/proc/1/environ").is_err());`, "true\n"},
		{`println!("{:?}", std::net::TcpStream::connect("1.1.1.1:80").is_err());`, "true\n"},
		{`println!("{:?}", std::fs::File::create("/x").is_err());`, "true\n"},
	} {
		var out bytes.Buffer
		res, err := r.Run(context.Background(), request(run.body), nil, func(e runner.Event) { out.Write(e.Data) })
		if err != nil {
			return err
		}
		if res.Verdict != runner.VerdictOK || out.String() != run.want {
			return fmt.Errorf("%s: %+v, %q", run.body, res, out.String())
		}
	}
	// By RLIMIT_DATA a program is refused memory, not killed for it.
	req := request(`let mut all = vec![]; loop { all.push(vec![1u8; 1 << 20]); }`)
	req.Limits.Memory = 256 << 20
	res, err := r.Run(context.Background(), req, nil, nil)
	if err != nil {
		return err
	}
	if res.Verdict != runner.VerdictSignal && res.Verdict != runner.VerdictExit {
		return fmt.Errorf("a memory bomb: %+v", res)
	}
	fmt.Println("rootless works")
	return nil
}

// userRows are the rows whose programs attack an agent of the same user, or what that
// user shares with its boxes. Others need the limits of control groups.
var userRows = []int{20, 21, 22, 23, 24, 45, 48}

// attacked runs hostile programs as the user of this process.
func attacked() error {
	b, err := New(Config{})
	if err != nil {
		return err
	}
	r, err := runner.New(runner.Config{Backend: b, Planner: rustc.Planner{}, MaxBoxes: 2})
	if err != nil {
		return err
	}
	defer r.Close(context.Background())
	programs, err := conformance.Programs()
	if err != nil {
		return err
	}
	target := conformance.Target{Runner: r, Backend: b}
	var errs []error
	n := 0
	for _, p := range programs {
		if !slices.ContainsFunc(p.Rows, func(row int) bool { return slices.Contains(userRows, row) }) && !slices.Contains(userSockets, p.Name) {
			continue
		}
		n++
		if err := target.Attack(context.Background(), p); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.Name, err))
		}
	}
	fmt.Printf("%d programs held\n", n-len(errs))
	return errors.Join(errs...)
}

// An agent survives floods of signals from programs of the same user, too.
func TestFloodsWithoutRoot(t *testing.T) {
	if os.Geteuid() == 0 {
		args := []string{"-test.run=^TestFloodsWithoutRoot$", "-test.v"}
		if end, ok := t.Deadline(); ok {
			args = append(args, "-test.timeout="+time.Until(end).String())
		}
		out := asNobody(t, "", args...)
		if bytes.Contains(out, []byte("--- SKIP")) {
			t.Skipf("%s", out)
		}
		t.Logf("%s", out)
		return
	}
	b := open(t)
	suite.Floods(t, b, suite.Traits{Residue: func(t *testing.T) map[string]int { return residue(t, b) }})
}

// userSockets are programs about the memory of sockets.
var userSockets = []string{"06-tcp-buffers", "06-control-messages"}

// A program that shares the user of its agent and of corust itself cannot reach them.
func TestAttacksWithoutRoot(t *testing.T) {
	out := asNobody(t, roleAttacked)
	if !bytes.HasSuffix(out, []byte(" programs held\n")) || bytes.HasPrefix(out, []byte("0 ")) {
		t.Errorf("%s", out)
	}
	t.Logf("%s", out)
}

// A hard limit of 0 for core files, as services often have, is one that a box's init
// cannot raise, and no reason to make none.
func TestNoCores(t *testing.T) {
	t.Parallel()
	open(t)
	if err := again(t, roleNoCores).Run(); err != nil {
		t.Error(err)
	}
}

// shared runs a program that looks at its mounts.
func shared() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return err
	}
	b, err := New(Config{})
	if err != nil {
		return err
	}
	defer b.Close()
	r, err := runner.New(runner.Config{Backend: b, Planner: rustc.Planner{}, MaxBoxes: 1})
	if err != nil {
		return err
	}
	defer r.Close(context.Background())
	var out bytes.Buffer
	req := request(`print!("{}", std::fs::read_to_string("/proc/self/mountinfo").unwrap());`)
	res, err := r.Run(context.Background(), req, nil, func(e runner.Event) { out.Write(e.Data) })
	if err != nil || res.Verdict != runner.VerdictOK {
		return fmt.Errorf("%+v, %w", res, err)
	}
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, " shared:") || strings.Contains(line, " master:") || strings.Contains(line, " propagate_from:") {
			return fmt.Errorf("a mount of the box belongs to one of the host's: %s", line)
		}
	}
	return nil
}

// What a box mounts does not appear on the host, where mounts are shared.
func TestMountsStayInTheBox(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make mounts shared; a box of a user gets none that is")
	}
	open(t)
	cmd := again(t, roleShared)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
}

// A user without privileges gets boxes too, and the limits that they lack are named.
func TestRootless(t *testing.T) {
	if out := asNobody(t, roleRootless); !bytes.HasSuffix(out, []byte("rootless works\n")) {
		t.Errorf("%s", out)
	}
}

// asNobody starts the test binary in a role, if that is not empty, as the user nobody,
// and returns what it prints. It skips the test where there can be no such user with boxes.
func asNobody(t *testing.T, role string, args ...string) []byte {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user; run as a user, TestConformance reports what is missing")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skipf("there is no user nobody: %v", err)
	}
	b := open(t)
	sysroot, err := b.Sysroot("")
	if err != nil {
		t.Fatal(err)
	}
	// The user nobody can reach neither root's toolchain nor this binary, so both are
	// put where that user can.
	dir, err := os.MkdirTemp("/tmp", "corust-rootless-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, "test")
	if raceDetector {
		// Its shadow memory does not fit into RLIMIT_DATA.
		build := exec.Command("go", "test", "-c", "-o", exe, ".")
		if out, err := build.CombinedOutput(); err != nil {
			t.Skipf("cannot build a test binary without the race detector: %v: %s", err, out)
		}
	} else {
		if err := copyFile("/proc/self/exe", exe, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	toolchains := filepath.Join(dir, "rustup", "toolchains", "stable")
	if err := os.MkdirAll(toolchains, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(sysroot, toolchains, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("cannot mount a toolchain for the user nobody: %v", err)
	}
	defer func() {
		if err := unix.Unmount(toolchains, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	}()
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	cmd := exec.Command(exe, args...)
	cmd.Dir = "/"
	cmd.Env = []string{
		roleVar + "=" + role, "RUSTUP_HOME=" + dir + "/rustup", "RUSTUP_TOOLCHAIN=stable",
		"PATH=/usr/bin:/bin:" + toolchains + "/bin",
	}
	for _, name := range []string{"CORUST_TEST_REPEAT", "CORUST_TEST_FLOODS", "CORUST_TEST_PREBUILT"} {
		if text, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+text)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		if bytes.Contains(out, []byte("user namespaces are not permitted")) {
			t.Skipf("this machine does not permit the user nobody user namespaces: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

// A box without a program: the first frame is the agent's, and afterwards there
// is nothing.
func TestBoxComesAndGoes(t *testing.T) {
	b := open(t)
	before := residue(t, b)
	for range 20 {
		box, err := b.NewBox(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := box.Destroy(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := box.Read(make([]byte, 100)); err == nil && n == 0 {
			t.Error("a destroyed box reads nothing, without an end")
		}
		if _, err := box.Write([]byte("x")); err == nil {
			t.Error("a destroyed box can be written to")
		}
	}
	for kind, n := range residue(t, b) {
		if n > before[kind] {
			t.Errorf("%s: %d, before %d", kind, n, before[kind])
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.NewBox(ctx, spec()); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	bad := spec()
	bad.Channel = "no-such-channel"
	var invalid *runner.InvalidError
	if _, err := b.Toolchain(t.Context(), bad.Channel); !errors.As(err, &invalid) || invalid.Field != "channel" {
		t.Errorf("an unknown channel: %v", err)
	}
	if _, err := b.NewBox(t.Context(), bad); !errors.Is(err, ErrNoToolchain) {
		t.Errorf("a box of an unknown channel: %v", err)
	}
}

// A box yields until it is to hurry, and one that is gone has nothing to yield.
func TestBoxYields(t *testing.T) {
	b := open(t)
	if !b.groups.available() {
		t.Skipf("there are no control groups to have a weight: %s", b.groups.why)
	}
	made, err := b.NewBox(t.Context(), spec())
	if err != nil {
		t.Fatal(err)
	}
	g := made.(*box).group
	file, full, less := filepath.Join(g.byV1["cpu"], "cpu.shares"), sharesV1, yieldSharesV1
	if g.v2 != "" {
		file, full, less = filepath.Join(g.v2, "cpu.weight"), weightV2, yieldWeightV2
	}
	weight := func() int {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(strings.TrimSpace(string(data)))
		return n
	}
	if n := weight(); n != full {
		t.Errorf("a new box weighs %d, want %d", n, full)
	}
	for range 2 {
		made.Yield()
		if n := weight(); n != less {
			t.Errorf("a box that has yielded weighs %d, want %d", n, less)
		}
	}
	made.Hurry()
	if n := weight(); n != full {
		t.Errorf("a box in a hurry weighs %d, want %d", n, full)
	}
	if err := made.Destroy(context.Background()); err != nil {
		t.Error(err)
	}
	made.Yield()
	made.Hurry()
}

// soak is how many runs in a row leave nothing. CORUST_TEST_SOAK sets it; 10,000
// take about half an hour on two processors.
func soak(t *testing.T) int {
	if text := os.Getenv("CORUST_TEST_SOAK"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("CORUST_TEST_SOAK: %v", err)
		}
		return n
	}
	return 100
}

func TestSoak(t *testing.T) {
	const warm = 2
	b := open(t)
	r, err := runner.New(runner.Config{Backend: b, Planner: onlyVersion{}, MaxBoxes: 4, Warm: warm, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	run := func() {
		res, err := r.Run(context.Background(), request(""), nil, nil)
		if err != nil || res.Verdict != runner.VerdictOK {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	for range 30 {
		run()
	}
	// A box that is not yet ready holds less than one that is.
	deadline := time.Now().Add(10 * time.Second)
	for r.Status().Warm < warm {
		if time.Now().After(deadline) {
			t.Fatalf("%d warm boxes are ready, want %d", r.Status().Warm, warm)
		}
		<-time.After(time.Millisecond)
	}
	before, memory := holdings(t, b), resident(t)
	n := soak(t)
	for range n {
		run()
	}
	deadline = time.Now().Add(10 * time.Second)
	for {
		over := ""
		for kind, now := range holdings(t, b) {
			if now > before[kind] {
				over += fmt.Sprintf("%s: %d, before %d; ", kind, now, before[kind])
			}
		}
		if over == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %d runs: %s", n, over)
		}
		<-time.After(10 * time.Millisecond)
	}
	runtime.GC()
	if now := resident(t); now > memory+16<<20 {
		t.Errorf("after %d runs: %d MiB resident, before %d", n, now>>20, memory>>20)
	}
}

// onlyVersion asks the compiler for its version: a run as short as there is.
type onlyVersion struct{}

func (onlyVersion) Check(runner.Request, runner.Toolchain) error { return nil }

func (onlyVersion) Plan(_ runner.Request, tc runner.Toolchain) (runner.Plan, error) {
	return runner.Plan{Steps: []runner.Step{{Stage: runner.StageRun, Argv: []string{tc.Rustc, "--version"}, Env: boxenv.Environ()}}}, nil
}

func (onlyVersion) SourceOptions(runner.Request) (runner.Choices, error) {
	return runner.Choices{}, nil
}

func (onlyVersion) Decoder(_ runner.Plan, f runner.Format, _ runner.Sink) (runner.Decoder, error) {
	return nil, fmt.Errorf("unknown format %q", f.Name)
}

// holdings counts what the backend and this process hold.
func holdings(t *testing.T, b *Backend) map[string]int {
	t.Helper()
	h := residue(t, b)
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	h["file descriptors"], h["goroutines"] = len(fds), runtime.NumGoroutine()
	return h
}

// resident is this process's memory in bytes.
func resident(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// Every check of doctor's passes where the suite's boxes work.
func TestDiagnose(t *testing.T) {
	b := open(t)
	for _, c := range Diagnose(Config{}) {
		if c.State == StateFail {
			t.Errorf("%s: %s, although boxes are made here", c.Name, c.Found)
		}
		if c.State != StateOK && (c.Cost == "" || c.Fix == "") {
			t.Errorf("%s: no word about what it costs or how to get it", c.Name)
		}
		if c.Name == "control groups" && (c.State == StateOK) != (len(b.Unenforced()) == 0) {
			t.Errorf("%+v, but unenforced is %q", c, b.Unenforced())
		}
	}
}
