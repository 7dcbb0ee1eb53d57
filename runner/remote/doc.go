// Package remote runs requests on other machines: [Executor] is the side that has the
// requests, [Worker] the side that has the boxes. Between them is a [Bus] that may lose,
// repeat and reorder messages; cmd/corust has one for NATS.
//
// # A run
//
// The executor admits a request by a fair queue, as a [runner.Runner] does. Workers
// announce themselves, with the number of their free places, and the executor sends a
// request of one message to one of those that seem to have a place: the same one for the
// same files, which may have compiled them, also ahead of the run.
//
// If there is none, or it has become full, or does not answer, the executor makes an offer
// on a subject that all workers share; the bus gives each offer to one of them. A worker
// that has a place reserves it and accepts; another answers that it is full, and the
// executor offers again: at once to at most two more, then whenever a full worker announces a
// free place, and at least four times a second. Then the executor sends the request.
//
// From then on the two talk directly. The worker numbers what happens: the receiver of a gap
// asks for the rest, so nothing is lost although the bus may lose. What a worker keeps of a
// run for that is bounded by the caps on output. The place is free when the run has ended.
// The worker keeps the messages until the executor has the end, or has not been heard for
// lostAfter.
//
// # Failures
//
// Each side sends a beat every second. A worker that has heard nothing from the executor for
// five seconds destroys the box. An executor that has heard nothing from the worker for five
// seconds gives the attempt up; if nothing of it was shown and no input was read, it offers
// the request once more, and otherwise the run ends with [runner.ErrLost]. So a run is shown
// at most once, and no run goes on without its executor. Only durations are compared, never
// clocks of two machines.
//
// A worker starts each attempt at most once: it remembers attempts for ten minutes.
//
// # Trust
//
// A client that may publish to the bus can run programs and read what other programs print.
// The bus must refuse strangers and give workers only the permissions that they need; see
// docs/operations.md.
package remote
