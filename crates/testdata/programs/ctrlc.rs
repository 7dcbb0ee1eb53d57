use std::sync::mpsc::channel;

fn main() {
    let (tx, rx) = channel();
    ctrlc::set_handler(move || tx.send(()).unwrap()).unwrap();
    unsafe { libc::raise(libc::SIGINT) };
    rx.recv_timeout(std::time::Duration::from_secs(5)).expect("the handler ran");
}
