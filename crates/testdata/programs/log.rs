use log::{Level, Log, Metadata, Record};
use std::sync::Mutex;

struct Memory(Mutex<Vec<String>>);

impl Log for Memory {
    fn enabled(&self, m: &Metadata) -> bool {
        m.level() <= Level::Info
    }
    fn log(&self, r: &Record) {
        if self.enabled(r.metadata()) {
            self.0.lock().unwrap().push(format!("{} {}", r.level(), r.args()));
        }
    }
    fn flush(&self) {}
}

static LOG: Memory = Memory(Mutex::new(Vec::new()));

fn main() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    log::warn!("disk {}%", 91);
    log::debug!("not kept");
    assert_eq!(*LOG.0.lock().unwrap(), ["WARN disk 91%"]);
}
