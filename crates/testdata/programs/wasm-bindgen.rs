use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
pub fn double(n: u32) -> u32 {
    n * 2
}

fn same<T: JsCast + Into<JsValue>>(_: Option<T>) -> usize {
    size_of::<T>()
}

fn main() {
    assert_eq!(double(4), 8);
    assert_eq!(same::<JsValue>(None), size_of::<JsValue>());
}
