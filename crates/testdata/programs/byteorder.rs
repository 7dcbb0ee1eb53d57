use byteorder::{BigEndian, ByteOrder, LittleEndian, ReadBytesExt, WriteBytesExt};

fn main() {
    let mut buf = Vec::new();
    buf.write_u16::<BigEndian>(0x0102).unwrap();
    assert_eq!(LittleEndian::read_u16(&buf), 0x0201);
    assert_eq!((&buf[..]).read_u16::<BigEndian>().unwrap(), 0x0102);
}
