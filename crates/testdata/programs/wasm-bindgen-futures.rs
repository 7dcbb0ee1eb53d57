use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

// Futures of another world: on this platform they can be named, not awaited.
async fn value(f: JsFuture) -> Result<JsValue, JsValue> {
    f.await
}

fn main() {
    let _: fn(JsFuture) -> _ = value;
    fn is_future<F: Future<Output = Result<JsValue, JsValue>>>() {}
    is_future::<JsFuture>();
}
