//! row 17: a daemon that keeps standard output after its parent's end
//! verdict: exit 3
//! stdout: parent
mod sys;

fn main() {
    println!("parent");
    if unsafe { sys::fork() } == 0 {
        unsafe { sys::setsid() };
        loop {
            std::thread::park();
        }
    }
    std::process::exit(3);
}
