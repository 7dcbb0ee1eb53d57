use futures_channel::{mpsc, oneshot};

fn main() {
    let (tx, rx) = oneshot::channel();
    std::thread::spawn(move || tx.send(5).unwrap());
    assert_eq!(futures::executor::block_on(rx), Ok(5));
    let (tx, mut rx) = mpsc::unbounded();
    tx.unbounded_send('x').unwrap();
    assert_eq!(rx.try_recv().unwrap(), 'x');
}
