use web_sys::{js_sys::Array, wasm_bindgen::JsCast};

// Every API of the web is a feature of its own, and none is on; what the crate
// passes on is there.
fn main() {
    fn castable<T: JsCast>() -> usize {
        size_of::<T>()
    }
    assert_eq!(castable::<Array>(), size_of::<web_sys::wasm_bindgen::JsValue>());
}
