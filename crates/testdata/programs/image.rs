use image::{ImageFormat, Rgb, RgbImage, imageops};
use std::io::Cursor;

fn main() {
    let picture = RgbImage::from_fn(4, 2, |x, _| Rgb([x as u8 * 60, 0, 9]));
    let mut png = Vec::new();
    picture.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
    let again = image::load_from_memory(&png).unwrap().to_rgb8();
    assert_eq!(again, picture);
    assert_eq!(imageops::rotate90(&again).dimensions(), (2, 4));
}
