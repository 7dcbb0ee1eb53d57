use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget};

fn main() {
    let bar = ProgressBar::with_draw_target(Some(10), ProgressDrawTarget::hidden());
    bar.inc(4);
    assert_eq!(bar.position(), 4);
    assert_eq!(HumanBytes(3 << 20).to_string(), "3.00 MiB");
    assert_eq!(HumanDuration(std::time::Duration::from_secs(120)).to_string(), "2 minutes");
}
