fn main() -> Result<(), csv::Error> {
    let mut rows = csv::Reader::from_reader("name,n\n\"a,b\",1\nc,2\n".as_bytes());
    let got: Vec<(String, u32)> = rows.deserialize().collect::<Result<_, _>>()?;
    assert_eq!(got, [("a,b".into(), 1), ("c".into(), 2)]);
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["x", "say \"hi\""])?;
    assert_eq!(w.into_inner().unwrap(), b"x,\"say \"\"hi\"\"\"\n");
    Ok(())
}
