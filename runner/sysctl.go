package runner

// Sysctl is a setting of the kernel's that holds for one box, in a namespace of its
// own.
type Sysctl struct {
	// Name is as sysctl(8) writes it, such as "net.core.optmem_max".
	Name  string
	Value string
	// Since is the first version of Linux, major and minor, in which the setting
	// belongs to a namespace. Native boxes find out by trying.
	Since [2]int `json:"-"`
	// Why is for the reader.
	Why string `json:"-"`
}

// NetworkSysctls bound the kernel's memory for the sockets of a box, on every backend.
// None of it is charged to a box in control groups of version 1, and the socket
// options are not in version 2 either.
var NetworkSysctls = []Sysctl{
	{"net.core.optmem_max", "4096", [2]int{6, 8}, "options and control messages of one socket: charged to nobody"},
	{"net.ipv4.tcp_rmem", "4096 65536 65536", [2]int{4, 15}, "TCP buffers count against the machine's net.ipv4.tcp_mem, beyond which its own connections starve"},
	{"net.ipv4.tcp_wmem", "4096 16384 65536", [2]int{4, 15}, "the same for what is sent"},
	{"net.ipv4.tcp_max_tw_buckets", "256", [2]int{4, 15}, "connections that are over, half a KiB each: charged to nobody"},
}
