use crossbeam_channel::{bounded, never, select, tick, unbounded};
use std::{thread, time::Duration};

fn main() {
    let (tx, rx) = unbounded();
    thread::spawn(move || (0..10).for_each(|i| tx.send(i).unwrap()));
    assert_eq!(rx.iter().sum::<i32>(), 45);
    let (_hold, empty) = bounded::<()>(0);
    select! {
        recv(empty) -> _ => unreachable!(),
        recv(never::<()>()) -> _ => unreachable!(),
        recv(tick(Duration::from_millis(1))) -> at => assert!(at.is_ok()),
    }
}
