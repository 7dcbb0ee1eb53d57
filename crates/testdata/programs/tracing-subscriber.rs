use tracing_subscriber::{Layer, filter::{LevelFilter, Targets}, layer::SubscriberExt, registry::Registry};

struct Names(std::sync::mpsc::Sender<&'static str>);

impl<S: tracing::Subscriber> Layer<S> for Names {
    fn on_event(&self, e: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        self.0.send(e.metadata().target()).unwrap();
    }
}

fn main() {
    let (tx, rx) = std::sync::mpsc::channel();
    let subscriber = Registry::default().with(Names(tx).with_filter(LevelFilter::WARN));
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(target: "no", "x");
        tracing::error!(target: "yes", "x");
    });
    assert_eq!(rx.iter().collect::<Vec<_>>(), ["yes"]);
    assert!("a=info,b=off".parse::<Targets>().unwrap().would_enable("a", &tracing::Level::INFO));
}
