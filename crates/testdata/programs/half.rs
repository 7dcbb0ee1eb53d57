use half::{bf16, f16};

fn main() {
    let x = f16::from_f32(1.5);
    assert_eq!((x + x).to_f32(), 3.0);
    assert_eq!(x.to_bits(), 0x3e00);
    assert_eq!(bf16::from_f32(1.0).to_bits(), 0x3f80);
}
