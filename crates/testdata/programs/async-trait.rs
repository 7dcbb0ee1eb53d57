use async_trait::async_trait;

#[async_trait]
trait Greet {
    async fn greet(&self) -> String;
}

struct World;

#[async_trait]
impl Greet for World {
    async fn greet(&self) -> String {
        "hello".into()
    }
}

fn main() {
    let g: Box<dyn Greet> = Box::new(World);
    assert_eq!(futures::executor::block_on(g.greet()), "hello");
}
