use bitvec::prelude::*;

fn main() {
    let mut bits = bitvec![u8, Msb0; 0, 1, 0, 1];
    bits.push(true);
    assert_eq!(bits.count_ones(), 3);
    assert_eq!(bits[..4].load::<u8>(), 0b0101);
}
