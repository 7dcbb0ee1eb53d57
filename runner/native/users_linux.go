package native

// Host users for boxes, two each: 128 Ki from 0x70000000, which is above every
// range that systemd, subordinate users and containers take theirs from
// (systemd's UIDS-GIDS.md), and below 2³¹, where some file systems stop.
const (
	userBase  = 0x70000000
	userPairs = 1 << 16
)

// hostUsers are the users of a pair.
func hostUsers(pair int) (agent, step int) { return userBase + 2*pair, userBase + 2*pair + 1 }
