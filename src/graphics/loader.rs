//! The thread that decodes, scales and composes pictures; the screen sends what it wants and gets finished cells.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};
use spanlight_models::image_file;

use super::{ByteCache, Heat, Outline, Picture, fit};

/// Longest side of a decoded image that is kept; more pixels than any terminal shows.
const KEPT_SIDE: u32 = 960;
/// What a failure costs in the cache.
const FAILURE_BYTES: usize = 256;

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
    Render(PictureRequest),
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

    /// Asks for a picture; of several requests that wait, only the newest is answered.
    pub fn render(&self, request: PictureRequest) {
        // The thread ends only with this handle.
        let _ = self.jobs.send(Job::Render(request));
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

/// The last picture without overlays, so that another map on the same picture costs no scaling.
struct Base {
    path: PathBuf,
    space: (u16, u16),
    full: (u32, u32),
    pixels: RgbImage,
}

struct Studio {
    sources: ByteCache<PathBuf, Result<Arc<Source>, String>>,
    base: Option<Base>,
}

impl Studio {
    fn new(memory: usize) -> Self {
        Self { sources: ByteCache::new(memory), base: None }
    }

    fn run(&mut self, queue: &Receiver<Job>, done: &impl Fn(Rendered)) {
        while let Ok(first) = queue.recv() {
            let mut render = None;
            let mut ahead = None;
            for job in std::iter::once(first).chain(queue.try_iter()) {
                match job {
                    Job::Render(request) => render = Some(request),
                    Job::Prefetch(path) => ahead = Some(path),
                    Job::Forget => {
                        self.base = None;
                        self.sources.clear();
                    }
                }
            }
            if let Some(request) = render {
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
        let mut pixels = base.pixels.clone();
        if let Some(heat) = &request.heat {
            heat.draw(&mut pixels);
        }
        for outline in &request.outlines {
            outline.draw(&mut pixels, base.full.0, base.full.1);
        }
        Ok(Picture::from_pixels(&pixels))
    }

    fn base(&mut self, request: &PictureRequest) -> Result<&Base, String> {
        let space = (request.columns, request.rows);
        let current = self.base.as_ref().is_some_and(|base| base.path == request.path && base.space == space);
        if !current {
            let source = self.source(&request.path)?;
            let (columns, rows) = fit(source.full.0, source.full.1, space.0, space.1);
            if columns == 0 || rows == 0 {
                return Err("no space for the picture".into());
            }
            let scaled = viuer::resize(&source.pixels, Some(columns.into()), Some(rows.into()));
            let pixels = scaled.into_rgb8();
            self.base = Some(Base { path: request.path.clone(), space, full: source.full, pixels });
        }
        self.base.as_ref().ok_or_else(|| "no picture".into())
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
    use spanlight_models::alignment::Frame;

    fn write(dir: &Path, name: &str, width: u32, height: u32) -> PathBuf {
        let path = dir.join(name);
        let left_red =
            RgbImage::from_fn(width, height, |x, _| image::Rgb(if x < width / 2 { [200, 0, 0] } else { [0, 0, 200] }));
        left_red.save(&path).expect("test image");
        path
    }

    fn request(path: &Path, columns: u16, rows: u16) -> PictureRequest {
        PictureRequest { path: path.to_path_buf(), columns, rows, heat: None, outlines: Vec::new() }
    }

    #[test]
    fn pictures_keep_their_shape_whatever_their_size() {
        let dir = tempfile::tempdir().expect("folder");
        let mut studio = Studio::new(1 << 20);
        for (width, height) in [(64, 64), (63, 31), (31, 63), (1, 1), (500, 3), (2000, 999)] {
            let path = write(dir.path(), &format!("{width}x{height}.png"), width, height);
            let picture = studio.render(&request(&path, 40, 20)).expect("picture");
            assert_eq!((picture.columns(), picture.rows()), fit(width, height, 40, 20), "{width}x{height}");
        }
        let path = dir.path().join("64x64.png");
        let picture = studio.render(&request(&path, 40, 20)).expect("picture");
        assert!(picture.cell(2, 2)[0][0] > 150 && picture.cell(37, 17)[1][2] > 150);
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
            loader.render(request(&path, columns, 15));
        }
        let last = received.iter().find(|rendered| rendered.request.columns == 30).expect("answer");
        assert!(last.result.is_ok());
    }
}
