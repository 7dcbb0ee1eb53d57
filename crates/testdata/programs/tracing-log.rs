use std::{io, sync::Mutex};
use tracing_log::{AsTrace, LogTracer};

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

fn main() {
    assert_eq!(log::Level::Warn.as_trace(), tracing::Level::WARN);
    LogTracer::init().unwrap();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Memory).finish();
    tracing::subscriber::with_default(subscriber, || log::info!("from log"));
    assert!(String::from_utf8(OUT.lock().unwrap().clone()).unwrap().contains("from log"));
}
