package inside

// The users of a box, as it sees them.
const (
	AgentUID = 0    // as root, with a separate host user; see package native
	StepUID  = 1000 // the program
)

// Kind is how a mount of a box comes to be.
type Kind string

const (
	// Private is the host's directory behind an overlay, read-only, nosuid, nodev. The
	// files in it have the host's contents but other inodes: locks, inotify watches,
	// fsync and FIEMAP on them do not reach the host's files, and mountinfo does not
	// show where they are.
	Private Kind = "private"
	// PrivateFile is a file of the host's, in the same way.
	PrivateFile Kind = "private-file"

	Device  Kind = "device"  // the host's device node
	Tmpfs   Kind = "tmpfs"   // an empty writable file system
	Proc    Kind = "proc"    // processes of the box
	Symlink Kind = "symlink" // a link to Source
	File    Kind = "file"    // a small file; Source is its contents
)

// Sourced reports whether a kind shows something of the host's.
func (k Kind) Sourced() bool { return k == Private || k == PrivateFile || k == Device }

// Mount is one line of what a box sees.
type Mount struct {
	Kind   Kind   `json:"kind"`
	Target string `json:"target"`
	// Source is a path of the host, unless Kind defines it otherwise.
	Source string `json:"source,omitempty"`
	// Size and Inodes bound a tmpfs; Exec allows executing from it. Mode is the one of
	// its root directory, which the agent owns.
	Size   int64  `json:"size,omitempty"`
	Inodes int64  `json:"inodes,omitempty"`
	Exec   bool   `json:"exec,omitempty"`
	Mode   uint32 `json:"mode,omitempty"`
	// Why is for the reader.
	Why string `json:"-"`
}
