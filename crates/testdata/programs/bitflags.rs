bitflags::bitflags! {
    #[derive(Debug, PartialEq, Clone, Copy)]
    struct Mode: u32 {
        const READ = 1;
        const WRITE = 2;
    }
}

fn main() {
    let both = Mode::READ | Mode::WRITE;
    assert!(both.contains(Mode::READ));
    assert_eq!(both - Mode::READ, Mode::WRITE);
    assert_eq!(Mode::from_bits(8), None);
}
