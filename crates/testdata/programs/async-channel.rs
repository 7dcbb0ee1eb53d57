fn main() {
    let (tx, rx) = async_channel::bounded(1);
    let sender = std::thread::spawn(move || {
        for i in 0..3 {
            tx.send_blocking(i).unwrap();
        }
    });
    let mut got = Vec::new();
    while let Ok(i) = rx.recv_blocking() {
        got.push(i);
    }
    sender.join().unwrap();
    assert_eq!(got, [0, 1, 2]);
}
