// Package testseed gives tests reproducible random numbers: a test that fails prints
// its seed, and CORUST_TEST_SEED in the environment sets it.
package testseed

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

const variable = "CORUST_TEST_SEED"

// Of is the seed of a test: a new one each time, unless the environment has one.
// It is logged.
func Of(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(variable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", variable, err)
		}
	}
	t.Logf("seed %d, to be repeated with %s", seed, variable)
	return seed
}

// Rand are the random numbers of a test, from its seed. They belong to one
// goroutine.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	return rand.New(rand.NewPCG(Of(t), 0))
}
