use windows_sys::core::GUID;

fn main() {
    let g = GUID::from_u128(0x12345678_1234_5678_0102_030405060708);
    assert_eq!((g.data1, g.data2, g.data4[7]), (0x12345678, 0x1234, 8));
}
