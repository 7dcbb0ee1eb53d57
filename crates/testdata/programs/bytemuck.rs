use bytemuck::{Pod, Zeroable};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable, PartialEq, Debug)]
struct Pixel {
    r: u8,
    g: u8,
    b: u8,
    a: u8,
}

fn main() {
    let pixels: &[Pixel] = bytemuck::cast_slice(&[1u8, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(pixels[1], Pixel { r: 5, g: 6, b: 7, a: 8 });
    assert!(bytemuck::try_cast_slice::<u8, Pixel>(&[1, 2, 3]).is_err());
}
