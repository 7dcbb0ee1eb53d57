package runner

// Sysctl is a kernel setting that applies to one box, in its namespace.
type Sysctl struct {
	// Name is the name in the form of sysctl(8), such as "net.core.optmem_max".
	Name  string
	Value string
	// Since is the first version of Linux, major and minor, in which the setting is
	// per namespace. Native boxes detect that by trying.
	Since [2]int `json:"-"`
	// Why explains the setting to readers of the code.
	Why string `json:"-"`
}

// NetworkSysctls bound the kernel's memory for the sockets of a box, on every backend.
// cgroup v1 charges none of that memory to a box, and cgroup v2 does not charge socket
// options.
var NetworkSysctls = []Sysctl{
	{"net.core.optmem_max", "4096", [2]int{6, 8}, "options and control messages of one socket: not charged to the box"},
	{"net.ipv4.tcp_rmem", "4096 65536 65536", [2]int{4, 15}, "TCP buffers count against the machine's net.ipv4.tcp_mem, beyond which the machine's connections starve"},
	{"net.ipv4.tcp_wmem", "4096 16384 65536", [2]int{4, 15}, "the same for what is sent"},
	{"net.ipv4.tcp_max_tw_buckets", "256", [2]int{4, 15}, "closed connections, half a KiB each: not charged to the box"},
}
