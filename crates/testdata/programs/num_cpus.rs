fn main() {
    assert!(num_cpus::get() >= 1);
    assert!(num_cpus::get_physical() >= 1);
}
