use async_stream::stream;
use futures::{StreamExt, executor::block_on, pin_mut};

fn main() {
    let squares = stream! {
        for i in 1..4u32 {
            yield i * i;
        }
    };
    pin_mut!(squares);
    assert_eq!(block_on(squares.collect::<Vec<_>>()), [1, 4, 9]);
}
