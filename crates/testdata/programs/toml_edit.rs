use toml_edit::{DocumentMut, value};

fn main() {
    let mut doc: DocumentMut = "# kept\n[a]\nb = 1 # also kept\n".parse().unwrap();
    doc["a"]["c"] = value("new");
    assert_eq!(doc.to_string(), "# kept\n[a]\nb = 1 # also kept\nc = \"new\"\n");
    assert_eq!(doc["a"]["b"].as_integer(), Some(1));
}
