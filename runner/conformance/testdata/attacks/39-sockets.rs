//! row 39: families of sockets that are none of a program's business
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let no = &[EPERM, EACCES, EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, ENOSYS];
    for family in 3..48 {
        if family == 10 {
            continue; // IPv6
        }
        for kind in [1, 2, 3, 5] {
            refused(&format!("socket({family}, {kind})"), unsafe { socket(family, kind, 0) } as i64, no);
        }
    }
    for (what, family, protocol) in [("ICMP", 2, 1), ("raw IP", 2, 255), ("raw TCP", 2, 6), ("ICMPv6", 10, 58)] {
        refused(what, unsafe { socket(family, 3, protocol) } as i64, no);
    }
    // High words that a filter might not look at.
    refused("netlink with high bits", unsafe { syscall(nr::socket, 16u64 | 1 << 32, 3u64, 0u64) }, no);
    let mut pair = [0i32; 2];
    for family in [16, 17, 38, 40] {
        refused("socketpair", unsafe { socketpair(family, 1, 0, pair.as_mut_ptr()) } as i64, &[EPERM, EACCES, EAFNOSUPPORT, ESOCKTNOSUPPORT, 95]);
    }
}
