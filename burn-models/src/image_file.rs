//! Image files as pixels: recognised by content, within limits, always RGB.
//!
//! Every part of spanlight that looks at an image reads it here, so that maps and pictures agree and no file can ask
//! for more memory than an image of a tweet needs.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, Rgba};

/// The longest side of an image, in pixels.
pub const MAX_SIDE: u32 = 16_384;

/// The most pixels of an image.
pub const MAX_PIXELS: u64 = 64_000_000;

/// The largest image file, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// What decoding one image may allocate, in bytes.
const MAX_ALLOCATED: u64 = 768 << 20;

/// What shows through transparent pixels: neither black nor white writing vanishes on it.
const BEHIND: u8 = 128;

/// What a file's header says of its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// Width in pixels, as shown.
    pub width: u32,
    /// Height in pixels, as shown.
    pub height: u32,
    /// What the file is, whatever its name says.
    pub format: ImageFormat,
}

/// Why a file cannot be used as an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageFileError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A folder, a pipe or a device.
    #[error("{} is not a regular file", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file holds no byte.
    #[error("{} is empty", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// More bytes than an image of a tweet has.
    #[error("{} has {bytes} bytes, more than the {MAX_BYTES} that an image may have", .path.display())]
    TooManyBytes {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// More pixels than an image of a tweet has.
    #[error("{} declares {width} x {height} pixels, more than an image may have ({MAX_SIDE} a side, {MAX_PIXELS} in all)", .path.display())]
    TooManyPixels {
        /// The file.
        path: PathBuf,
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
    },
    /// No image that is understood.
    #[error("{} is no PNG, JPEG, GIF or WebP image", .path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The image is damaged.
    #[error("{} is damaged: {}", .path.display(), .cause.to_string().trim_end())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        cause: image::ImageError,
    },
}

/// Reads the header only: format and size, checked against the limits.
pub fn probe(path: &Path) -> Result<ImageInfo, ImageFileError> {
    open(path).map(|(info, ..)| info)
}

/// Reads an image upright and as RGB: transparent pixels on grey, the first frame of an animation.
pub fn load(path: &Path) -> Result<RgbImage, ImageFileError> {
    decode(path).map(flatten)
}

/// Reads an image upright and as RGB whose transparency is ignored, as published encoders were trained.
pub fn load_opaque(path: &Path) -> Result<RgbImage, ImageFileError> {
    decode(path).map(DynamicImage::into_rgb8)
}

fn decode(path: &Path) -> Result<DynamicImage, ImageFileError> {
    let (_, decoder, orientation) = open(path)?;
    let damaged = |cause| ImageFileError::Damaged { path: path.to_owned(), cause };
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn open(path: &Path) -> Result<(ImageInfo, impl ImageDecoder, Orientation), ImageFileError> {
    let at = || path.to_owned();
    let failed = |cause| ImageFileError::Io { path: at(), cause };
    let damaged = |cause| ImageFileError::Damaged { path: at(), cause };
    // Looked at before it is opened: opening a pipe waits for its other end.
    let metadata = path.metadata().map_err(failed)?;
    match metadata.len() {
        _ if !metadata.is_file() => return Err(ImageFileError::NotAFile { path: at() }),
        0 => return Err(ImageFileError::Empty { path: at() }),
        bytes if bytes > MAX_BYTES => return Err(ImageFileError::TooManyBytes { path: at(), bytes }),
        _ => {}
    }
    let file = BufReader::new(File::open(path).map_err(failed)?);
    let mut reader = ImageReader::new(file).with_guessed_format().map_err(failed)?;
    let understood = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
    let format = reader.format().filter(|format| understood.contains(format));
    let format = format.ok_or_else(|| ImageFileError::UnknownFormat { path: at() })?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageFileError::TooManyPixels { path: at(), width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = if is_sideways(orientation) { (height, width) } else { (width, height) };
    Ok((ImageInfo { width, height, format }, decoder, orientation))
}

fn is_sideways(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH)
}

fn flatten(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = *image.get_pixel(x, y);
        let blend = |value: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            ((value * alpha + u32::from(BEHIND) * (255 - alpha) + 127) / 255) as u8
        };
        image::Rgb([red, green, blue].map(blend))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use image::codecs::gif::GifEncoder;
    use image::codecs::jpeg::JpegEncoder;
    use image::{Frame, GrayImage, ImageBuffer, ImageEncoder, Luma, Rgb, RgbaImage};

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    /// The header of a PNG that declares any size.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        chunk.extend([8, 2, 0, 0, 0]);
        let mut crc = u32::MAX;
        for byte in &chunk {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        png.extend(chunk);
        png.extend((!crc).to_be_bytes());
        png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
        png
    }

    #[test]
    fn content_counts_and_not_the_name() {
        let folder = folder();
        for (format, name) in [
            (ImageFormat::Png, "png.jpg"),
            (ImageFormat::Jpeg, "jpeg.png"),
            (ImageFormat::Gif, "gif"),
            (ImageFormat::WebP, "webp.txt"),
        ] {
            let path = folder.path().join(name);
            RgbImage::from_pixel(5, 3, Rgb([200, 100, 50])).save_with_format(&path, format).expect("written");
            assert_eq!(probe(&path).expect("an image"), ImageInfo { width: 5, height: 3, format });
            let Rgb([red, ..]) = *load(&path).expect("an image").get_pixel(4, 2);
            assert!(red.abs_diff(200) < 12, "{name}: {red}");
        }
    }

    #[test]
    fn every_depth_becomes_rgb() {
        let folder = folder();
        let path = folder.path().join("x.png");
        RgbaImage::from_pixel(1, 1, Rgba([255, 0, 0, 0])).save(&path).expect("written");
        assert_eq!(load(&path).expect("an image").get_pixel(0, 0), &Rgb([128; 3]));
        RgbaImage::from_pixel(1, 1, Rgba([255, 0, 0, 255])).save(&path).expect("written");
        assert_eq!(load(&path).expect("an image").get_pixel(0, 0), &Rgb([255, 0, 0]));
        GrayImage::from_pixel(1, 1, Luma([9])).save(&path).expect("written");
        assert_eq!(load(&path).expect("an image").get_pixel(0, 0), &Rgb([9; 3]));
        ImageBuffer::from_pixel(1, 1, Luma([0xffff_u16])).save(&path).expect("written");
        assert_eq!(load(&path).expect("an image").get_pixel(0, 0), &Rgb([255; 3]));
    }

    #[test]
    fn photographs_are_turned_upright() {
        // EXIF with one entry: orientation 6, to be turned by 90 degrees.
        let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif.to_vec()).expect("understood");
        encoder.encode_image(&RgbImage::new(4, 2)).expect("written");
        let folder = folder();
        let path = folder.path().join("x.jpg");
        fs::write(&path, bytes).expect("written");
        let info = probe(&path).expect("an image");
        assert_eq!((info.width, info.height), (2, 4));
        assert_eq!(load(&path).expect("an image").dimensions(), (2, 4));
    }

    #[test]
    fn animations_show_their_first_frame() {
        let frame = |red| Frame::new(RgbaImage::from_pixel(2, 2, Rgba([red, 0, 0, 255])));
        let mut bytes = Vec::new();
        GifEncoder::new(&mut bytes).encode_frames([frame(255), frame(0)]).expect("written");
        let folder = folder();
        let path = folder.path().join("x.gif");
        fs::write(&path, bytes).expect("written");
        assert_eq!(load(&path).expect("an image").get_pixel(1, 1), &Rgb([255, 0, 0]));
    }

    #[test]
    fn bombs_and_wrecks_are_refused_by_their_header() {
        let folder = folder();
        let path = folder.path().join("x.png");
        let refuse = |bytes: &[u8]| {
            fs::write(&path, bytes).expect("written");
            (probe(&path).err(), load(&path).err())
        };
        for (width, height) in [(60_000, 60_000), (10_000, 10_000), (60_000, 1)] {
            let errors = refuse(&png_header(width, height));
            let huge = Some(ImageFileError::TooManyPixels { path: path.clone(), width, height }.to_string());
            assert_eq!((errors.0.map(|e| e.to_string()), errors.1.map(|e| e.to_string())), (huge.clone(), huge));
        }
        assert!(matches!(refuse(b""), (Some(ImageFileError::Empty { .. }), Some(ImageFileError::Empty { .. }))));
        assert!(matches!(refuse(b"GIF8"), (Some(ImageFileError::UnknownFormat { .. }), Some(_))));
        assert!(matches!(refuse(&png_header(3, 3)), (None, Some(ImageFileError::Damaged { .. }))));
        assert!(matches!(probe(folder.path()), Err(ImageFileError::NotAFile { .. })));
        assert!(matches!(probe(&folder.path().join("none")), Err(ImageFileError::Io { .. })));
    }
}
