//! row 39: protocols of the allowed families that few machines use, and those for
//! which a kernel looks for a module
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    for family in [2, 10] {
        for (what, kind, protocol) in [
            ("ICMP", 2, 1), ("ICMPv6", 2, 58), ("DCCP", 6, 33), ("L2TP", 2, 115), ("SCTP", 1, 132), ("SCTP", 5, 132),
            ("SCTP", 5, 0), ("UDPLITE", 2, 136), ("SMC", 1, 256), ("MPTCP", 1, 262), ("a stream of UDP", 1, 17),
            ("datagrams of TCP", 2, 6), ("raw", 3, 6), ("a new one", 1, 77), ("a new kind", 4, 0), ("a new kind", 9, 0),
        ] {
            refused(what, unsafe { socket(family, kind, protocol) } as i64, &[EPERM]);
            // High words that a filter might look at, and the kernel does not.
            let high = |n: i32| n as u64 | 1 << 32;
            refused(what, unsafe { syscall(nr::socket, family as u64, high(kind), high(protocol)) }, &[EPERM]);
        }
        let mut pair = [0i32; 2];
        for (kind, protocol) in [(1, 0), (2, 136), (1, 262)] {
            refused("socketpair", unsafe { socketpair(family, kind, protocol, pair.as_mut_ptr()) } as i64, &[EPERM]);
        }
        if unsafe { socket(family, 1, 0) } < 0 {
            continue; // IPv6 is switched off
        }
        const CLOEXEC: i32 = 0o2000000;
        for (kind, protocol) in [(1, 0), (1, 6), (2, 0), (2, 17), (1 | CLOEXEC, 6), (2 | CLOEXEC, 0)] {
            let r = unsafe { socket(family, kind, protocol) };
            assert!(r >= 0, "socket({family}, {kind}, {protocol}): error {}", errno());
        }
    }
}
