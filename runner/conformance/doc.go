// Package conformance holds the hostile programs that every backend must stop, and what
// judges a run of one. `corust doctor --attack` and the backends' tests share it, so it
// does not import testing; package suite is the harness of the tests.
//
// # What it promises
//
// Each program in testdata/attacks is compiled and run, for real, in a box of the
// backend under test; its head states the right outcome. After every hostile program
// the suite waits until the backend holds exactly what it held before (processes,
// control groups or containers, mounts, file descriptors, goroutines, temporary files),
// until the pool is full again, and until a canary, a program that prints what it finds
// in its box, prints the same as at the beginning.
//
// The suite also runs programs that mean no harm and compares everything that a caller
// can see; runs hostile programs at random and measures the host before and after; and
// times a compilation beside a box that attacks. CORUST_TEST_MIXTURE and
// CORUST_TEST_FLOODS set how many random runs are made. CORUST_TEST_PREBUILT names a
// directory of executables that are run instead of compiling the programs.
//
// Of every run, hostile or not, it checks the order of events, the caps on output, and
// that events and result agree.
//
// Random tests print their seed; CORUST_TEST_SEED replays one.
//
// # Rows
//
// Hostile programs are named after the rows of a table of eighty classes of
// attacks that systems of this kind have met. The rows without a program here
// are these; the suite skips them by name, and a test checks that no row is
// missing.
//
//	14	a reader that is slow: Behaviour/SlowReader, and the runner's TestSlowEmit
//	32	copying files out by name: no backend does; the agent sends bytes
//	33	copying files in by name: no backend does; the agent gets bytes
//	34	names of files: Behaviour/Invalid, refused before any box
//	49	the share of the processors: Behaviour/CPUs has the quota, Neighbour and each backend's TestBoxYields the weights
//	52	bytes that are not text: Behaviour/Bytes
//	53	escape sequences in output: the terminal's side, internal/ansi
//	55	escape sequences in compiler errors: the same
//	64	lists of forbidden words: there are none to be evaded
//	65	build scripts and procedural macros of a request: it brings no crates, and the compiler runs everything in the box
//	68	compiler options in a source's name: Behaviour/Invalid
//	70	reused process numbers: the host signals through pidfds, namespaces and names of containers
//	73	a killed supervisor: each backend's TestSweep
//	74	an engine that goes away: docker's TestEngineRestart, the runner's TestBackendFails and TestDeadWarmBoxes
//	75	a thousand submissions at once: Admission, and the runner's TestFairness
//	76	clock jumps: every duration is by the monotonic clock, which no test can set back
//	77	copying races of a container engine: no such call is made
//	78	garbage from an agent: the runner's TestBadAgents
//	79	sources, arguments and environments of 10 MB: Behaviour/Invalid
//
// Two rows are stopped in part. Of the side channels of a shared kernel and processor
// (80), those with a switch are closed; docs/security.md lists the others. Anonymous
// files and shared mappings (6) are memory, so filling them ends with verdict memory,
// and not with a full disk.
package conformance
