//! row 41: new mounts, in the old way and in the new
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let no = &[EPERM, ENOSYS];
    let (tmpfs, work, proc_, root) = (c("tmpfs"), c("/work"), c("proc"), c("/"));
    unsafe {
        refused("mount tmpfs", syscall(nr::mount, tmpfs.as_ptr(), work.as_ptr(), tmpfs.as_ptr(), 0, 0usize), no);
        refused("mount proc", syscall(nr::mount, proc_.as_ptr(), work.as_ptr(), proc_.as_ptr(), 0, 0usize), no);
        refused("remount / writable", syscall(nr::mount, 0usize, root.as_ptr(), 0usize, 32, 0usize), no);
        refused("bind", syscall(nr::mount, root.as_ptr(), work.as_ptr(), 0usize, 4096, 0usize), no);
        refused("umount2", syscall(nr::umount2, c("/proc").as_ptr(), 2), no);
        refused("pivot_root", syscall(nr::pivot_root, work.as_ptr(), work.as_ptr()), no);
        refused("chroot", syscall(nr::chroot, work.as_ptr()), no);
        refused("open_tree", syscall(new::open_tree, -100, root.as_ptr(), 1), no);
        refused("move_mount", syscall(new::move_mount, -100, root.as_ptr(), -100, work.as_ptr(), 0), no);
        refused("fsopen", syscall(new::fsopen, tmpfs.as_ptr(), 0), no);
        refused("fspick", syscall(new::fspick, -100, root.as_ptr(), 0), no);
        refused("mount_setattr", syscall(new::mount_setattr, -100, root.as_ptr(), 0, [0u64; 4].as_ptr(), 32), no);
        refused("open_by_handle_at", syscall(nr::open_by_handle_at, -100, [0u8; 64].as_ptr(), 0), no);
    }
}
