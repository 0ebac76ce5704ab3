//! What the README claims about pictures and the inspector: `cargo bench --bench inspector`.
//!
//! Memory and time of pictures while 10 000 images are browsed; in the real program in a pseudo terminal, on a model with
//! published weights where they were fetched and on the embedded one elsewhere, the time from a key to the frame that shows
//! another span, head or layer, with the maps at hand and with a pass through the model, and of the gallery of all heads.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod common;
#[allow(dead_code, reason = "each bench uses a part of it")]
#[path = "../tests/terminal/pty.rs"]
mod pty;
#[allow(dead_code, reason = "each bench uses a part of it")]
#[path = "../tests/common/mod.rs"]
mod shared;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use spanlight::config::Settings;
use spanlight::graphics::{Loader, PictureRequest, PixelFormat, Protocol, View};

use common::Failure;
use pty::Program;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Images that are browsed.
const IMAGES: usize = 10_000;
/// Different files among them; the others are links, which no cache knows.
const FILES: usize = 40;
/// Tweets that a model is asked about.
const TWEETS: usize = 12;
/// Between two keys.
const PAUSE: Duration = Duration::from_millis(40);

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    println!("| what | measured | aim |\n|---|---|---|");
    browsing(folder.path())?;
    inspecting(folder.path())
}

fn row(what: &str, measured: &str, aim: &str) {
    println!("| {what} | {measured} | {aim} |");
}

/// Every image in half blocks and in pixels, each fifth magnified, as fast as they come.
fn browsing(folder: &Path) -> Result<(), Failure> {
    let folder = folder.join("browsed");
    fs::create_dir(&folder)?;
    for index in 0..IMAGES {
        let path = folder.join(format!("{index}.jpg"));
        let file = folder.join(format!("{}.jpg", index % FILES));
        if index < FILES {
            // The size that tweets come in, and not two of the same shape.
            let (width, height) = (680 + 8 * index as u32, 510);
            let shade = |x: u32, y: u32| image::Rgb([(x / 5 + index as u32) as u8, (y / 4) as u8, (x * y / 999) as u8]);
            image::RgbImage::from_fn(width, height, shade).save(path)?;
        } else {
            fs::hard_link(file, path)?;
        }
    }
    let limit = Settings::default().image_memory;
    let (pictures, made) = channel();
    let loader = Loader::spawn(limit << 20, move |rendered| drop(pictures.send(rendered)))?;
    let before = memory("VmRSS").unwrap_or_default();
    let (mut most, mut times) = (0, Vec::with_capacity(IMAGES));
    for index in 0..IMAGES {
        let fine = PixelFormat { protocol: Protocol::Kitty, cell: (10, 20) };
        let mut view = View::default();
        if index % 5 == 0 {
            view = (0..8).fold(view, |view, _| view.zoomed(true));
        }
        let begun = Instant::now();
        loader.render(vec![PictureRequest {
            path: folder.join(format!("{index}.jpg")),
            columns: 100,
            rows: 30,
            view,
            heat: None,
            outlines: Vec::new(),
            marked: None,
            pixels: (index % 2 == 0).then_some(fine),
        }]);
        made.recv()?.result?;
        times.push(begun.elapsed().as_micros() as u64);
        most = most.max(memory("VmRSS").unwrap_or_default());
    }
    let grown = most.saturating_sub(before) / 1024;
    let aim = format!("{limit} MB of images, and one that is being decoded");
    row(&format!("memory for {IMAGES} images browsed"), &format!("{grown} MB"), &aim);
    row("an image of 680 to 992 x 510 decoded and scaled", &spread(times), "not on the screen's thread");
    Ok(())
}

/// Kilobytes that the system has under this name for this process.
fn memory(name: &str) -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

fn inspecting(folder: &Path) -> Result<(), Failure> {
    let data = folder.join("inspected.jsonl");
    let test = fs::read_to_string(repository("sample-data/test.jsonl"))?;
    // Those in which there is something to look at.
    let seen = test.lines().filter(|line| line.contains("\"images\":[") && line.contains("\"contexts\":["));
    fs::write(&data, seen.take(TWEETS + 2).collect::<Vec<_>>().join("\n"))?;
    // Where words look at the image, and where every layer and head of the text encoder looks at the words of a caption.
    let models = match shared::weights("minilm-f16") {
        Some(weights) => vec![
            ("umt on MiniLM", trained("umt", &weights, &folder.join("umt"), &[])?),
            ("ita on MiniLM", trained("ita", &weights, &folder.join("ita"), &["--contexts", "caption,tags"])?),
        ],
        None => vec![("embedded", PathBuf::from("embedded"))],
    };
    for (name, model) in models {
        let log = folder.join("frames");
        let images = repository("sample-data/images");
        let named = [("--model", &model), ("--data", &data), ("--images", &images), ("--frame-log", &log)];
        let named: Vec<[String; 2]> =
            named.into_iter().map(|(name, path)| [name.to_owned(), path.display().to_string()]).collect();
        let arguments: Vec<&str> = ["inspect"].into_iter().chain(named.iter().flatten().map(String::as_str)).collect();
        let program = Path::new(env!("CARGO_BIN_EXE_spanlight"));
        let mut program = Program::start(program, folder, [200, 60], &arguments);
        let mapped = |text: &str| text.contains("· attention · ");
        let first = program.until(mapped);
        let heads =
            first.lines().find_map(|line| Some(line.split_once(" heads by ")?.0.rsplit(' ').next()?.to_owned()));
        let heads = heads.unwrap_or_default();

        let mut asked = Vec::new();
        for tweet in 2..2 + TWEETS {
            // The model has nothing else to do.
            thread::sleep(Duration::from_millis(300));
            let begun = Instant::now();
            program.keys("s");
            program.until(|text| text.contains(&format!("Tweet {tweet} of")) && mapped(text));
            asked.push(begun.elapsed().as_micros() as u64);
        }
        row(&format!("{name}: another tweet's maps, a pass through the model"), &spread(asked), "under 100 ms");

        for (what, keys) in [("span", "eeeeE"), ("head", "]]]]]]]]["), ("layer", "}}}}}{")] {
            let before = frames(&log).len();
            for key in keys.chars().cycle().take(60) {
                program.keys(&key.to_string());
                thread::sleep(PAUSE);
            }
            let frames = frames(&log).split_off(before);
            let all = frames.iter().map(|(all, _)| *all).collect();
            row(&format!("{name}: another {what}, maps at hand"), &spread(all), "under 16 ms");
            if what == "head" {
                let drawing = frames.iter().map(|(_, drawing)| *drawing).collect();
                row(&format!("{name}: a frame with all heads ({heads} of them)"), &spread(drawing), "under 50 ms");
            }
        }
        program.keys("q");
        assert!(program.end().success(), "the program ends by itself");
    }
    Ok(())
}

/// A checkpoint of a system on published weights, hardly trained: how well it does takes no time.
fn trained(system: &str, weights: &Path, out: &Path, more: &[&str]) -> Result<PathBuf, Failure> {
    let all = fs::read_to_string(repository("sample-data/train.jsonl"))?;
    let some = repository("sample-data").join("valid.jsonl");
    let few = out.with_extension("jsonl");
    fs::write(&few, all.lines().take(8).collect::<Vec<_>>().join("\n"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_spanlight"));
    command.args(["train", "--json", "--device", "cpu", "--system", system, "--epochs", "1"]).args(more);
    command.arg("--encoder").arg(weights).arg("--data").arg(&few).arg("--valid").arg(some);
    command.arg("--images").arg(repository("sample-data/images")).arg("--out").arg(out);
    let done = command.stdout(Stdio::null()).status()?;
    if !done.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(out.to_owned())
}

fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Microseconds from key to frame and of drawing it, one for every frame that a key led to.
fn frames(log: &Path) -> Vec<(u64, u64)> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let line = |line: &str| {
        let (all, drawing) = line.split_once(' ')?;
        Some((all.parse().ok()?, drawing.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// Median, 99 % and the longest of some times in microseconds.
fn spread(mut times: Vec<u64>) -> String {
    times.sort_unstable();
    let share =
        |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100).map_or(0.0, |time| *time as f64);
    let [median, most, longest] = [50, 99, 100].map(|percent| share(percent) / 1000.0);
    format!("median {median:.1} ms, p99 {most:.1} ms, longest {longest:.1} ms of {}", times.len())
}
