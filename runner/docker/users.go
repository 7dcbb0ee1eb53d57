package docker

import (
	"math/rand/v2"
	"sync"

	"github.com/corust-dev/corust/internal/engine"
)

// users hands out the users of boxes, from the range that the image has names for.
// Agent and steps of a box are one user, since the agent, without capabilities, could
// not become another; it is kept out of the program's reach by being undumpable (see
// package agent). Two boxes are two users: the kernel counts queued signals, timers,
// POSIX queues, descriptors under way, inotify watches and pipe buffers by user, and
// one box could take them all.
//
// Its methods may be called from any goroutine.
type users struct {
	mu   sync.Mutex
	live map[int]bool
}

// take returns a user that no living box of this process has, as long as there is one.
// The search begins at a random one, since other processes make boxes with the same
// engine.
func (u *users) take() (user int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	first := rand.IntN(engine.Users)
	for i := range engine.Users {
		user = engine.UserBase + (first+i)%engine.Users
		if !u.live[user] {
			break
		}
	}
	u.live[user] = true
	return user
}

// give takes a user back, when its box is gone.
func (u *users) give(user int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.live, user)
}
