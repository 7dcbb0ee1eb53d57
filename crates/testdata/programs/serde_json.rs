use serde_json::{Map, Value, json};

fn main() -> serde_json::Result<()> {
    let v: Value = serde_json::from_str(r#"{"a": [1, 2.5, null], "b": {"c": "d"}}"#)?;
    assert_eq!(v["a"][1], 2.5);
    assert_eq!(v.pointer("/b/c"), Some(&json!("d")));
    let mut m = Map::new();
    m.insert("k".into(), json!([true]));
    assert_eq!(Value::Object(m).to_string(), r#"{"k":[true]}"#);
    assert_eq!(serde_json::from_str::<Value>("[1,").unwrap_err().line(), 1);
    Ok(())
}
