//! row 10: one sparse file of a terabyte
//! verdict: disk
//! signal: SIGXFSZ
fn main() {
    let f = std::fs::File::create("/work/huge").unwrap();
    f.set_len(1 << 40).unwrap();
}
