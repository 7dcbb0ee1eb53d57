use tracing_core::{Event, LevelFilter, Metadata, Subscriber, span};
use std::sync::atomic::{AtomicU32, Ordering};

struct Count(&'static AtomicU32);

impl Subscriber for Count {
    fn enabled(&self, m: &Metadata<'_>) -> bool {
        *m.level() <= LevelFilter::INFO
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

static SEEN: AtomicU32 = AtomicU32::new(0);

fn main() {
    tracing_core::dispatcher::with_default(&tracing_core::Dispatch::new(Count(&SEEN)), || {
        tracing::info!("one");
        tracing::debug!("not enabled");
    });
    assert_eq!(SEEN.load(Ordering::SeqCst), 1);
}
