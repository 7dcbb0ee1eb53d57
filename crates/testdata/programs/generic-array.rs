use generic_array::{GenericArray, arr, sequence::{Concat, Lengthen}, typenum::U3};

fn main() {
    let a: GenericArray<u8, U3> = arr![1, 2, 3];
    let b = a.append(4).concat(arr![5]);
    assert_eq!(b.as_slice(), [1, 2, 3, 4, 5]);
}
