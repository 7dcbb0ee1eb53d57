#[rustversion::since(1.70)]
const RECENT: bool = true;
#[rustversion::before(1.70)]
const RECENT: bool = false;

fn main() {
    assert!(RECENT);
    assert!(rustversion::cfg!(any(stable, beta, nightly)));
}
