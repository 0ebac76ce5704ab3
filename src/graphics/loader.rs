//! The thread that decodes, scales and composes pictures; the screen sends what it wants and gets finished cells.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};
use spanlight_models::alignment::Frame;
use spanlight_models::image_file;

use super::{ByteCache, HALF_BLOCKS, Heat, Outline, Picture, PixelFormat, Rgb, View, fit, view};

/// Longest side of a decoded image that is kept; more pixels than any terminal shows of a whole one.
const KEPT_SIDE: u32 = 960;
/// What a failure costs in the cache.
const FAILURE_BYTES: usize = 256;
/// One part in so many of the memory is for pictures that are scaled already, the rest for decoded images.
const SCALED_SHARE: usize = 4;

/// A picture that the screen wants.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureRequest {
    /// The image file.
    pub path: PathBuf,
    /// Most columns it may take.
    pub columns: u16,
    /// Most rows it may take.
    pub rows: u16,
    /// Which part of it is seen.
    pub view: View,
    /// A map to lay over it.
    pub heat: Option<Heat>,
    /// Rectangles to draw into it.
    pub outlines: Vec<Outline>,
    /// A part of it to put a frame around.
    pub marked: Option<(Frame, Rgb)>,
    /// How it is to be made in pixels too.
    pub pixels: Option<PixelFormat>,
}

impl PictureRequest {
    /// Columns and rows that the picture may take, and width and height of a cell.
    fn room(&self) -> ((u16, u16), (u16, u16)) {
        match self.pixels {
            Some(format) => (format.room(self.columns, self.rows), format.cell),
            None => ((self.columns, self.rows), HALF_BLOCKS),
        }
    }

    /// What is seen of an image file of `size` pixels.
    pub fn seen(&self, size: (u32, u32)) -> Frame {
        let (room, cell) = self.room();
        self.view.part(size, room, cell)
    }
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
    /// Starts the thread. It keeps at most `memory` bytes of images, decoded and scaled, or a single one that is larger,
    /// and hands every picture to `done`.
    pub fn spawn(memory: usize, done: impl Fn(Rendered) + Send + 'static) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        thread::Builder::new().name("pictures".into()).spawn(move || Studio::new(memory).run(&queue, &done))?;
        Ok(Self { jobs })
    }

    /// Asks for the pictures of a screen; of a screen that is left, none is begun any more.
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

/// A file, and whether every pixel of it is wanted.
type SourceKey = (PathBuf, bool);

/// A decoded image.
struct Source {
    /// Scaled down where it is large and not every pixel is wanted.
    pixels: DynamicImage,
    /// Size of the image in its file.
    full: (u32, u32),
}

/// A file, room in cells, part of it, and kind of pixels.
type BaseKey = (PathBuf, (u16, u16), View, Option<PixelFormat>);

/// A picture without overlays, so that another map on the same picture costs no scaling.
struct Base {
    /// Size of the image in its file.
    full: (u32, u32),
    /// What is seen of it in pixels: left and upper edge, width and height.
    part: [u32; 4],
    /// One pixel wide and two pixels high for each cell.
    cells: RgbImage,
    /// The same in the terminal's pixels.
    fine: Option<RgbImage>,
}

impl Base {
    fn bytes(&self) -> usize {
        self.cells.len() + self.fine.as_ref().map_or(0, |fine| fine.len())
    }

    /// What is seen, in fractions of the image.
    fn seen(&self) -> Frame {
        let [x, y, width, height] = self.part.map(|edge| edge as f32);
        let (across, down) = (self.full.0 as f32, self.full.1 as f32);
        Frame { x: x / across, y: y / down, width: width / across, height: height / down }
    }

    /// `pixels`, which are those of `self`, under what the screen wants to see over them.
    fn compose(&self, pixels: &RgbImage, request: &PictureRequest, thick: u32) -> RgbImage {
        let mut pixels = pixels.clone();
        if let Some(heat) = &request.heat {
            Heat { frame: view::within(heat.frame, self.seen()), ..heat.clone() }.draw(&mut pixels);
        }
        let [x, y, width, height] = self.part;
        let marked = request.marked.map(|(frame, color)| Outline::around(frame, self.full, color));
        for outline in request.outlines.iter().copied().chain(marked) {
            let outline = outline.from((x, y));
            if outline.meets((width, height)) {
                outline.draw(&mut pixels, (width, height), thick);
            }
        }
        pixels
    }
}

struct Studio {
    sources: ByteCache<SourceKey, Result<Arc<Source>, String>>,
    bases: ByteCache<BaseKey, Base>,
}

impl Studio {
    fn new(memory: usize) -> Self {
        let scaled = memory / SCALED_SHARE;
        Self { sources: ByteCache::new(memory - scaled), bases: ByteCache::new(scaled) }
    }

    fn run(&mut self, queue: &Receiver<Job>, done: &impl Fn(Rendered)) {
        let (mut wanted, mut ahead) = (VecDeque::new(), None);
        loop {
            // Nobody waits for what was wanted before the newest wish.
            let first = if wanted.is_empty() && ahead.is_none() {
                let Ok(job) = queue.recv() else { return };
                Some(job)
            } else {
                None
            };
            for job in first.into_iter().chain(queue.try_iter()) {
                match job {
                    Job::Render(requests) => wanted = requests.into(),
                    Job::Prefetch(path) => ahead = Some(path),
                    Job::Forget => {
                        self.bases.clear();
                        self.sources.clear();
                    }
                }
            }
            if let Some(request) = wanted.pop_front() {
                let result = self.render(&request);
                done(Rendered { request, result });
            } else if let Some(path) = ahead.take() {
                // A failure is kept and told when the picture is wanted.
                let _ = self.source(&path, false);
            }
        }
    }

    fn render(&mut self, request: &PictureRequest) -> Result<Picture, String> {
        let base = self.base(request)?;
        let cells = base.compose(&base.cells, request, 1);
        let picture = Picture::from_pixels(&cells).of_part(base.full, base.seen());
        let (Some(format), Some(fine)) = (request.pixels, &base.fine) else { return Ok(picture) };
        let thick = u32::from(format.cell.0 / 4).max(1);
        // Half blocks remain where the picture cannot be written in pixels.
        Ok(match format.encode(&base.compose(fine, request, thick), picture.columns(), picture.rows()) {
            Ok(bytes) => picture.with_pixels(bytes),
            Err(reason) => {
                tracing::warn!("{}: {reason}", request.path.display());
                picture
            }
        })
    }

    fn base(&mut self, request: &PictureRequest) -> Result<&Base, String> {
        let key = (request.path.clone(), (request.columns, request.rows), request.view, request.pixels);
        if self.bases.get(&key).is_none() {
            let base = self.scaled(request)?;
            let bytes = base.bytes();
            self.bases.put(key.clone(), base, bytes);
        }
        self.bases.peek(&key).ok_or_else(|| "no picture".into())
    }

    /// The part of the image that is seen, in the size in which it is.
    fn scaled(&mut self, request: &PictureRequest) -> Result<Base, String> {
        let PictureRequest { path, view, pixels, .. } = request;
        let (room, cell) = request.room();
        let mut source = self.source(path, false)?;
        let full = source.full;
        let part = view::pixels(full, request.seen(full));
        let [_, _, width, height] = part;
        let (columns, rows) = fit((width, height), room.0, room.1, cell);
        if columns == 0 || rows == 0 {
            return Err("no space for the picture".into());
        }
        let enlarged = |source: &Source| {
            let kept = source.pixels.width() as f32 / full.0 as f32 * width as f32;
            kept < f32::from(columns) * f32::from(cell.0)
        };
        if !view.is_whole() && source.pixels.width() < full.0 && enlarged(&source) {
            source = self.source(path, true)?;
        }
        let mut base = Base { full, part, cells: RgbImage::default(), fine: None };
        let cut;
        let shown = if view.is_whole() {
            &source.pixels
        } else {
            let size = (source.pixels.width(), source.pixels.height());
            let [x, y, width, height] = view::pixels(size, base.seen());
            cut = source.pixels.crop_imm(x, y, width, height);
            &cut
        };
        base.cells = halves(shown, columns, rows);
        base.fine = pixels.map(|format| {
            let (width, height) = format.size(columns, rows);
            shown.resize_exact(width, height, FilterType::Triangle).into_rgb8()
        });
        Ok(base)
    }

    /// The decoded image, with every pixel or with as many as a whole one is shown with.
    fn source(&mut self, path: &Path, every_pixel: bool) -> Result<Arc<Source>, String> {
        let key = (path.to_path_buf(), every_pixel);
        if let Some(known) = self.sources.get(&key) {
            return known.clone();
        }
        // A decoder that panics on a hostile file costs the picture, not the thread.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(path, every_pixel)));
        let source = decoded.unwrap_or_else(|_| Err("the decoder failed on this file".into())).map(Arc::new);
        let bytes = source.as_ref().map_or(FAILURE_BYTES, |source| source.pixels.as_bytes().len());
        self.sources.put(key, source.clone(), bytes);
        source
    }
}

/// The picture with one pixel for every half of a cell.
fn halves(pixels: &DynamicImage, columns: u16, rows: u16) -> RgbImage {
    let (columns, rows) = (u32::from(columns), u32::from(rows));
    // viuer shortens pictures of an odd height by half a cell.
    if pixels.height().is_multiple_of(2) {
        viuer::resize(pixels, Some(columns), Some(rows)).into_rgb8()
    } else {
        pixels.resize_exact(columns, 2 * rows, FilterType::CatmullRom).into_rgb8()
    }
}

fn decode(path: &Path, every_pixel: bool) -> Result<Source, String> {
    let image = image_file::load(path).map_err(|error| error.to_string())?;
    let full = image.dimensions();
    let scale = (f64::from(KEPT_SIDE) / f64::from(full.0.max(full.1))).min(1.0);
    let image = DynamicImage::ImageRgb8(image);
    if every_pixel || scale >= 1.0 {
        return Ok(Source { pixels: image, full });
    }
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    Ok(Source { pixels: image.resize_exact(side(full.0), side(full.1), FilterType::Triangle), full })
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
            view: View::default(),
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

    #[test]
    fn a_magnified_part_has_every_pixel_of_the_file_and_its_overlays_in_place() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("large.png");
        // One white column in the middle, too thin to be seen in the picture that is kept.
        RgbImage::from_fn(3840, 960, |x, _| image::Rgb([if x == 1920 { 255 } else { 0 }; 3]))
            .save(&path)
            .expect("image");
        let mut studio = Studio::new(64 << 20);
        let whole = studio.render(&request(&path, 60, 20)).expect("picture");
        assert_eq!((whole.size(), whole.seen()), ((3840, 960), Frame::WHOLE));
        let mut view = View::default();
        for _ in 0..12 {
            view = view.zoomed(true);
        }
        let outlines = vec![
            Outline { edges: [1920.0, 470.0, 3840.0, 960.0], color: [9, 99, 199] },
            Outline { edges: [0.0, 0.0, 20.0, 20.0], color: [1, 2, 3] },
        ];
        let near = studio.render(&PictureRequest { view, outlines, ..request(&path, 60, 20) }).expect("picture");
        assert!(near.seen().width < 0.02 && near.columns() == 60, "{:?}", near.seen());
        let row: Vec<[u8; 3]> = (0..60).map(|column| near.cell(column, 0)[0]).collect();
        assert!(row.iter().any(|color| color[0] > 200), "the column is seen: {row:?}");
        let cells = (0..near.rows()).flat_map(|row| (0..60).map(move |column| (column, row)));
        let all: Vec<[u8; 3]> = cells.flat_map(|(column, row)| near.cell(column, row)).collect();
        assert!(all.contains(&[9, 99, 199]) && !all.contains(&[1, 2, 3]), "a box elsewhere is not drawn");
    }

    #[test]
    fn what_is_kept_stays_within_its_bounds() {
        let dir = tempfile::tempdir().expect("folder");
        let memory = 400_000;
        let mut studio = Studio::new(memory);
        let paths: Vec<PathBuf> =
            (0..40).map(|number| write(dir.path(), &format!("{number}.png"), 100 + number, 120)).collect();
        for path in &paths {
            for columns in [10, 30, 60] {
                studio.render(&request(path, columns, 30)).expect("picture");
            }
            assert!(studio.sources.bytes() + studio.bases.bytes() <= memory);
        }
        assert!(studio.sources.bytes() > memory / 2, "it is made use of");
    }

    #[test]
    fn a_screen_that_is_left_is_not_finished() {
        let dir = tempfile::tempdir().expect("folder");
        let path = write(dir.path(), "a.png", 16, 16);
        let (jobs, queue) = channel();
        let (answers, received) = channel();
        let (first, second) = (vec![request(&path, 1, 1), request(&path, 2, 2)], vec![request(&path, 3, 3)]);
        jobs.send(Job::Render(first)).expect("sent");
        let jobs = std::cell::RefCell::new(Some(jobs));
        Studio::new(1 << 20).run(&queue, &|rendered: Rendered| {
            if let Some(jobs) = jobs.borrow_mut().take() {
                jobs.send(Job::Render(second.clone())).expect("sent");
            }
            answers.send(rendered.request.columns).expect("received");
        });
        assert_eq!(received.try_iter().collect::<Vec<_>>(), [1, 3]);
    }
}
