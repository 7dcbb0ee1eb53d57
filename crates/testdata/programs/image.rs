use image::{DynamicImage, ExtendedColorType, ImageEncoder, Rgb, RgbImage, codecs::png::{PngDecoder, PngEncoder}, imageops};
use std::io::Cursor;

fn main() {
    let picture = RgbImage::from_fn(4, 2, |x, _| Rgb([x as u8 * 60, 0, 9]));
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(picture.as_raw(), 4, 2, ExtendedColorType::Rgb8).unwrap();
    let again = DynamicImage::from_decoder(PngDecoder::new(Cursor::new(png)).unwrap()).unwrap().to_rgb8();
    assert_eq!(again, picture);
    assert_eq!(imageops::rotate90(&again).dimensions(), (2, 4));
}
