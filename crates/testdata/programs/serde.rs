use serde::{Deserialize, Serialize};
use std::rc::Rc;

#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", tag = "kind")]
enum Shape {
    Circle { the_radius: f64 },
    Named { name: Rc<str>, #[serde(default)] sides: u32 },
}

fn main() {
    let text = serde_json::to_string(&Shape::Circle { the_radius: 1.5 }).unwrap();
    assert_eq!(text, r#"{"kind":"circle","the_radius":1.5}"#);
    let s: Shape = serde_json::from_str(r#"{"kind":"named","name":"x"}"#).unwrap();
    assert_eq!(s, Shape::Named { name: "x".into(), sides: 0 });
}
