//! The thread that decodes, scales and composes pictures; the screen sends what it wants and gets finished cells.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};
use lru::LruCache;
use spanlight_models::alignment::Frame;
use spanlight_models::image_file;

use super::{ByteCache, HALF_BLOCKS, Heat, Outline, Picture, PixelFormat, Rgb, fit};

/// Longest side of a decoded image that is kept; more pixels than any terminal shows.
const KEPT_SIDE: u32 = 960;
/// What a failure costs in the cache.
const FAILURE_BYTES: usize = 256;
/// Pictures without overlays that are kept: those of one screen, the nine candidates of a tweet among them.
const BASES: NonZeroUsize = NonZeroUsize::new(12).unwrap();

/// A picture that the screen wants.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureRequest {
    /// The image file.
    pub path: PathBuf,
    /// Most columns it may take.
    pub columns: u16,
    /// Most rows it may take.
    pub rows: u16,
    /// A map to lay over it.
    pub heat: Option<Heat>,
    /// Rectangles to draw into it.
    pub outlines: Vec<Outline>,
    /// A part of it to put a frame around.
    pub marked: Option<(Frame, Rgb)>,
    /// How it is to be made in pixels too.
    pub pixels: Option<PixelFormat>,
}

/// The answer to a [`PictureRequest`].
#[derive(Clone, Debug)]
pub struct Rendered {
    /// What was asked.
    pub request: PictureRequest,
    /// The picture, or why there is none.
    pub result: Result<Picture, String>,
}

enum Job {
    Render(Vec<PictureRequest>),
    Prefetch(PathBuf),
    Forget,
}

/// Handle of the picture thread, which ends when the handle is dropped.
#[derive(Debug)]
pub struct Loader {
    jobs: Sender<Job>,
}

impl Loader {
    /// Starts the thread. It keeps at most `memory` bytes of decoded images and hands every picture to `done`.
    pub fn spawn(memory: usize, done: impl Fn(Rendered) + Send + 'static) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        thread::Builder::new().name("pictures".into()).spawn(move || Studio::new(memory).run(&queue, &done))?;
        Ok(Self { jobs })
    }

    /// Asks for the pictures of a screen; of several screens that wait, only the newest is made.
    pub fn render(&self, requests: Vec<PictureRequest>) {
        // The thread ends only with this handle.
        let _ = self.jobs.send(Job::Render(requests));
    }

    /// Has every file read anew when it is wanted next.
    pub fn forget(&self) {
        let _ = self.jobs.send(Job::Forget);
    }

    /// Has an image decoded ahead of its use.
    pub fn prefetch(&self, path: PathBuf) {
        let _ = self.jobs.send(Job::Prefetch(path));
    }
}

/// A decoded image, scaled down.
struct Source {
    pixels: DynamicImage,
    /// Size of the image in its file.
    full: (u32, u32),
}

/// A file, room in cells, and kind of pixels.
type BaseKey = (PathBuf, (u16, u16), Option<PixelFormat>);

/// A picture without overlays, so that another map on the same picture costs no scaling.
struct Base {
    /// Size of the image in its file.
    full: (u32, u32),
    /// One pixel wide and two pixels high for each cell.
    cells: RgbImage,
    /// The same in the terminal's pixels.
    fine: Option<RgbImage>,
}

struct Studio {
    sources: ByteCache<PathBuf, Result<Arc<Source>, String>>,
    bases: LruCache<BaseKey, Base>,
}

impl Studio {
    fn new(memory: usize) -> Self {
        Self { sources: ByteCache::new(memory), bases: LruCache::new(BASES) }
    }

    fn run(&mut self, queue: &Receiver<Job>, done: &impl Fn(Rendered)) {
        while let Ok(first) = queue.recv() {
            let mut render = Vec::new();
            let mut ahead = None;
            for job in std::iter::once(first).chain(queue.try_iter()) {
                match job {
                    Job::Render(requests) => render = requests,
                    Job::Prefetch(path) => ahead = Some(path),
                    Job::Forget => {
                        self.bases.clear();
                        self.sources.clear();
                    }
                }
            }
            for request in render {
                let result = self.render(&request);
                done(Rendered { request, result });
            }
            if let Some(path) = ahead {
                // A failure is kept and told when the picture is wanted.
                let _ = self.source(&path);
            }
        }
    }

    fn render(&mut self, request: &PictureRequest) -> Result<Picture, String> {
        let base = self.base(request)?;
        let compose = |pixels: &RgbImage, thick: u32| {
            let mut pixels = pixels.clone();
            if let Some(heat) = &request.heat {
                heat.draw(&mut pixels);
            }
            for outline in &request.outlines {
                outline.draw(&mut pixels, base.full, thick);
            }
            if let Some((frame, color)) = request.marked {
                Outline::around(frame, base.full, color).draw(&mut pixels, base.full, thick);
            }
            pixels
        };
        let picture = Picture::from_pixels(&compose(&base.cells, 1));
        let (Some(format), Some(fine)) = (request.pixels, &base.fine) else { return Ok(picture) };
        let thick = u32::from(format.cell.0 / 4).max(1);
        // Half blocks remain where the picture cannot be written in pixels.
        Ok(match format.encode(&compose(fine, thick), picture.columns(), picture.rows()) {
            Ok(bytes) => picture.with_pixels(bytes),
            Err(reason) => {
                tracing::warn!("{}: {reason}", request.path.display());
                picture
            }
        })
    }

    fn base(&mut self, request: &PictureRequest) -> Result<&Base, String> {
        let key = (request.path.clone(), (request.columns, request.rows), request.pixels);
        if !self.bases.contains(&key) {
            let source = self.source(&request.path)?;
            let cell = request.pixels.map_or(HALF_BLOCKS, |format| format.cell);
            let (columns, rows) = fit(source.full, request.columns, request.rows, cell);
            if columns == 0 || rows == 0 {
                return Err("no space for the picture".into());
            }
            let cells = viuer::resize(&source.pixels, Some(columns.into()), Some(rows.into())).into_rgb8();
            let fine = request.pixels.map(|format| {
                let (width, height) = format.size(columns, rows);
                source.pixels.resize_exact(width, height, FilterType::Triangle).into_rgb8()
            });
            self.bases.put(key.clone(), Base { full: source.full, cells, fine });
        }
        self.bases.get(&key).ok_or_else(|| "no picture".into())
    }

    fn source(&mut self, path: &Path) -> Result<Arc<Source>, String> {
        if let Some(known) = self.sources.get(&path.to_path_buf()) {
            return known.clone();
        }
        // A decoder that panics on a hostile file costs the picture, not the thread.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(path)));
        let source = decoded.unwrap_or_else(|_| Err("the decoder failed on this file".into())).map(Arc::new);
        let bytes = source.as_ref().map_or(FAILURE_BYTES, |source| source.pixels.as_bytes().len());
        self.sources.put(path.to_path_buf(), source.clone(), bytes);
        source
    }
}

fn decode(path: &Path) -> Result<Source, String> {
    let image = image_file::load(path).map_err(|error| error.to_string())?;
    let full = image.dimensions();
    let scale = (f64::from(KEPT_SIDE) / f64::from(full.0.max(full.1))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    // viuer shortens pictures of an odd height by half a cell, so the kept one has an even height.
    let kept = (side(full.0), side(full.1).next_multiple_of(2));
    let image = DynamicImage::ImageRgb8(image);
    let pixels = if kept == full { image } else { image.resize_exact(kept.0, kept.1, FilterType::Triangle) };
    Ok(Source { pixels, full })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphics::{ColorMap, HeatStyle};

    fn write(dir: &Path, name: &str, width: u32, height: u32) -> PathBuf {
        let path = dir.join(name);
        let left_red =
            RgbImage::from_fn(width, height, |x, _| image::Rgb(if x < width / 2 { [200, 0, 0] } else { [0, 0, 200] }));
        left_red.save(&path).expect("test image");
        path
    }

    fn request(path: &Path, columns: u16, rows: u16) -> PictureRequest {
        PictureRequest {
            path: path.to_path_buf(),
            columns,
            rows,
            heat: None,
            outlines: Vec::new(),
            marked: None,
            pixels: None,
        }
    }

    #[test]
    fn pictures_keep_their_shape_whatever_their_size() {
        let dir = tempfile::tempdir().expect("folder");
        let mut studio = Studio::new(1 << 20);
        for (width, height) in [(64, 64), (63, 31), (31, 63), (1, 1), (500, 3), (2000, 999)] {
            let path = write(dir.path(), &format!("{width}x{height}.png"), width, height);
            let picture = studio.render(&request(&path, 40, 20)).expect("picture");
            assert_eq!(
                (picture.columns(), picture.rows()),
                fit((width, height), 40, 20, HALF_BLOCKS),
                "{width}x{height}"
            );
        }
        let path = dir.path().join("64x64.png");
        let picture = studio.render(&request(&path, 40, 20)).expect("picture");
        assert!(picture.cell(2, 2)[0][0] > 150 && picture.cell(37, 17)[1][2] > 150);
    }

    #[test]
    fn pictures_in_pixels_take_the_same_cells_and_have_the_map_too() {
        use crate::graphics::Protocol;
        let dir = tempfile::tempdir().expect("folder");
        let path = write(dir.path(), "a.png", 60, 30);
        let mut studio = Studio::new(1 << 20);
        let format = PixelFormat { protocol: Protocol::Sixel, cell: (10, 20) };
        let outlines = vec![Outline { edges: [0.0, 0.0, 60.0, 30.0], color: [255; 3] }];
        let request = PictureRequest { pixels: Some(format), outlines, ..request(&path, 20, 20) };
        let picture = studio.render(&request).expect("picture");
        let decoded = icy_sixel::SixelImage::decode(picture.pixels().expect("pixels")).expect("sixel");
        let (width, height) = format.size(picture.columns(), picture.rows());
        // Rows come by six.
        assert_eq!((decoded.width as u32, decoded.height as u32), (width, height.next_multiple_of(6)));
        assert!(decoded.pixels[..3].iter().all(|value| *value > 240), "the corner is on the outline");
    }

    #[test]
    fn broken_and_missing_files_say_why() {
        let dir = tempfile::tempdir().expect("folder");
        let mut studio = Studio::new(1 << 20);
        let empty = dir.path().join("empty.jpg");
        std::fs::write(&empty, b"").expect("file");
        assert!(studio.render(&request(&empty, 40, 20)).is_err());
        assert!(studio.render(&request(&dir.path().join("absent.jpg"), 40, 20)).is_err());
    }

    #[test]
    fn another_map_on_the_same_picture_starts_from_the_clean_picture() {
        let dir = tempfile::tempdir().expect("folder");
        let path = write(dir.path(), "a.png", 64, 64);
        let mut studio = Studio::new(1 << 20);
        let plain = studio.render(&request(&path, 20, 10)).expect("picture");
        let heat = Heat {
            rows: 1,
            columns: 2,
            frame: Frame::WHOLE,
            weights: vec![0.9, 0.1],
            range: None,
            style: HeatStyle::Grid,
            map: ColorMap::Viridis,
        };
        let outlines = vec![Outline { edges: [0.0, 0.0, 64.0, 64.0], color: [1, 2, 3] }];
        let hot =
            studio.render(&PictureRequest { heat: Some(heat), outlines, ..request(&path, 20, 10) }).expect("picture");
        assert_ne!(plain, hot);
        assert_eq!(hot.cell(0, 0)[0], [1, 2, 3]);
        assert_eq!(studio.render(&request(&path, 20, 10)).expect("picture"), plain);
    }

    #[test]
    fn the_thread_answers_the_newest_request() {
        let dir = tempfile::tempdir().expect("folder");
        let path = write(dir.path(), "a.png", 16, 16);
        let (answers, received) = channel();
        let loader = Loader::spawn(1 << 20, move |rendered| drop(answers.send(rendered))).expect("thread");
        loader.prefetch(path.clone());
        for columns in 1..=30 {
            loader.render(vec![request(&path, 1, 1), request(&path, columns, 15)]);
        }
        let last = received.iter().find(|rendered| rendered.request.columns == 30).expect("answer");
        assert!(last.result.is_ok());
    }
}
