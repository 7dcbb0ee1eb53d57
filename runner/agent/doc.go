// Package agent is what runs inside a box as PID 1, and the protocol that it
// and the host speak.
//
// # What it promises
//
// An agent serves exactly one job and exits. A job is some files, any programs that an
// earlier job has left, and one or more steps; each step is one command with arguments,
// environment, deadline and output caps. The agent writes the files and programs, runs the
// steps in order until one does not exit with 0, streams their output as it appears,
// and reports for each how its first process ended, what it used and which
// limits of the box it reached. At the end of a step the agent kills and reaps every
// process that is left in the box before it sends the report.
//
// The report holds facts, not judgements: the wait status of the step's first
// process, whether the agent itself killed it and why, and how far the
// kernel's counters moved meanwhile. [runner] turns these into a verdict.
// Nothing is derived from the text that a program prints.
//
// # Out of the program's reach
//
// The agent survives every signal that a process of its box can send, at any rate:
// it ignores those that could end it, and the kernel drops the others, since the agent
// is PID 1 and has no handler for them (see ignoreSignals). A step starts
// with the default action of every signal. The agent is not dumpable: a program can
// neither trace it nor open its descriptors, memory and environment in /proc. Where the
// backend can give the step another user, the agent switches each step to it. A step
// inherits exactly the descriptors 0, 1 and 2. The agent keeps one that it shares with
// the step, its end of standard input, and only asks it how much is unread and whether
// reads block. A program can forge only its output.
//
// Everything the agent kills, it kills with kill(-1): it therefore refuses to
// serve unless it is PID 1.
//
// # Protocol
//
// Both directions carry frames: one byte type, four bytes big-endian payload
// length, payload; a payload has at most [MaxPayload] bytes. Host to agent: one
// [TypeJob], the bytes of its files and programs as [TypeFile] in the job's order, one
// [TypeStart], then [TypeStdin] as credit allows (an empty one is end-of-file), and
// [TypePause] and [TypeResume], which stop the step and its time.
// Agent to host: one [TypeReady] when it can take a job; for each step one
// [TypeStepStart], any number of [TypeStdout], [TypeStderr], [TypeStdinCredit] and
// [TypeStdinWait], one [TypeStepEnd], and one [TypeLeft] with its [TypeLeftData] for each
// file that the step leaves; at last one [TypeEnd]. A failure of the agent ends the stream
// with [TypeFailure]. Every report repeats the job's nonce.
//
// Standard input is flow-controlled: the host may have [StdinWindow] bytes
// under way, and gets credit back as the program reads, so a program that
// reads nothing costs neither side more than the window.
//
// # Waiting for input
//
// The agent tells the host when a process of the step waits for input and there is
// none ([TypeStdinWait]), so that the host reads nothing from its caller before. The
// agent looks at what /proc shows of the system call that each thread is in: 0.5 ms
// after the step has begun, then less and less often, and only while the pipe is
// empty. Where it may not look, or a step reads without waiting in a call
// (O_NONBLOCK), it reports that it cannot know. A step that polls for input with a
// timeout of 0 does not appear to wait. A step can fake what it shows, which affects
// only its input and its time.
//
// The time that a step waits while nothing in it runs does not count against
// [Step.Wall], up to [Step.Input].
//
// When the host's end of the pipe closes, the agent exits at once and the
// kernel takes the rest of the box with it.
package agent
