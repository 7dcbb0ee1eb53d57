package agent

import "golang.org/x/sys/unix"

// call describes how a system call waits for input.
type call struct {
	kind callKind
	// fd and want are the places among its arguments of the descriptor and of how
	// many bytes are asked for; want is -1 where that is not among them.
	fd, want int
}

type callKind int

const (
	reads   callKind = iota // one descriptor
	polls                   // a pollfd array: its address, its length
	selects                 // the number of descriptors, the address of the set to read
	epolls                  // an epoll descriptor
)

// inputCalls are the system calls in which a thread can wait for input from a pipe.
var inputCalls = map[uint64]call{
	unix.SYS_READ:         {reads, 0, 2},
	unix.SYS_READV:        {reads, 0, -1},
	unix.SYS_PREADV2:      {reads, 0, -1}, // with the offset -1
	unix.SYS_SPLICE:       {reads, 0, 4},
	unix.SYS_TEE:          {reads, 0, 2},
	unix.SYS_PPOLL:        {polls, 0, -1},
	unix.SYS_PSELECT6:     {selects, 0, -1},
	unix.SYS_EPOLL_PWAIT:  {epolls, 0, -1},
	unix.SYS_EPOLL_PWAIT2: {epolls, 0, -1},
	// A poll that a stop of its process has interrupted goes on as this call, with
	// the same arguments. So does a sleep, which has no pollfd array there.
	unix.SYS_RESTART_SYSCALL: {polls, 0, -1},
}
