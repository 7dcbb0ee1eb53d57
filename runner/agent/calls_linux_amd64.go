package agent

import "golang.org/x/sys/unix"

// Older calls, which newer machines have no more.
func init() {
	inputCalls[unix.SYS_POLL] = call{polls, 0, -1}
	inputCalls[unix.SYS_SELECT] = call{selects, 0, -1}
	inputCalls[unix.SYS_EPOLL_WAIT] = call{epolls, 0, -1}
}
