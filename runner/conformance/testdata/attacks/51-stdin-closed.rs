//! row 51: the same for one that has closed its input
//! verdict: exit 6
//! stdin: endless
mod sys;

fn main() {
    unsafe { sys::close(0) };
    std::thread::sleep(std::time::Duration::from_millis(100));
    std::process::exit(6);
}
