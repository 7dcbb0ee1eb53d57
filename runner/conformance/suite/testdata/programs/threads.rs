use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

static STARTED: AtomicU32 = AtomicU32::new(0);

fn main() {
    let total = Arc::new(Mutex::new(0u64));
    let (tx, rx) = mpsc::channel();
    let threads: Vec<_> = (1..=4u64)
        .map(|n| {
            let (total, tx) = (Arc::clone(&total), tx.clone());
            thread::spawn(move || {
                STARTED.fetch_add(1, Ordering::Relaxed);
                *total.lock().unwrap() += n;
                tx.send(n * n).unwrap();
            })
        })
        .collect();
    drop(tx);
    for t in threads {
        t.join().unwrap();
    }
    println!(
        "{} {} {}",
        total.lock().unwrap(),
        rx.iter().sum::<u64>(),
        STARTED.load(Ordering::Relaxed)
    );
}
