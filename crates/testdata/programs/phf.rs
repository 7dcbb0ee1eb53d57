static COLOURS: phf::Map<&str, u32> = phf::phf_map! {
    "red" => 0xff0000,
    "blue" => 0x0000ff,
};

fn main() {
    assert_eq!(COLOURS.get("red"), Some(&0xff0000));
    assert_eq!(COLOURS.get("green"), None);
    assert!(phf::phf_set! { 1u8, 2 }.contains(&2));
}
