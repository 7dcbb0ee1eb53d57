use std::{io, sync::Mutex};
use tracing::{Level, info, instrument, span};

static OUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Memory;

impl io::Write for Memory {
    fn write(&mut self, b: &[u8]) -> io::Result<usize> {
        OUT.lock().unwrap().write(b)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[instrument(ret)]
fn twice(n: u32) -> u32 {
    info!(n, "called");
    n * 2
}

fn main() {
    let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(|| Memory).finish();
    tracing::subscriber::with_default(subscriber, || {
        let _in = span!(Level::INFO, "outer", id = 7).entered();
        assert_eq!(twice(4), 8);
    });
    let text = String::from_utf8(OUT.lock().unwrap().clone()).unwrap();
    assert!(text.contains("outer{id=7}:twice{n=4}") && text.contains("called n=4"), "{text}");
}
