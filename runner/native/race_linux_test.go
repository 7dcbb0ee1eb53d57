//go:build race

package native

// raceDetector reports that this binary needs far more memory than the rlimits of a
// box without control groups give.
const raceDetector = true
