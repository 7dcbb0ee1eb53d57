// Package costs holds the costs of hot paths to a table, testdata/costs.txt: allocations,
// bytes and instructions, which a busy machine does not change as it changes times. A test
// fails if a path costs more than the table says, and if it costs so much less that the
// table would hide a later regression. "make costs" rewrites the table.
//
// Allocations and bytes are counted by the runtime. Instructions are counted by valgrind's
// cachegrind, which needs no hardware counters, if the flag -instructions is set.
//
// Another test bounds the memory of a session that is loaded.
package costs
