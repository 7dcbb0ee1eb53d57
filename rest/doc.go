// Package rest is the part of the REST interface that needs no session: runs of files that
// a request brings, and the toolchains that runs may choose. It translates between HTTP
// and runner.Executor, and decides nothing.
//
// An HTTP server with limits serves its handlers. It hands each request over as a [Call];
// package server of collab has one.
//
// The answer to a run is the events of package runner/events, a line of JSON each
// (application/x-ndjson) or as server-sent events (text/event-stream), or one [Answer]
// (application/json). What is wrong with a request is a problem document, with a status.
// What fails after the first event is an event of kind "error".
package rest
