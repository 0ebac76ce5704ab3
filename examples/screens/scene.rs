//! The running program, and how it is led to a moment worth a picture.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use spanlight::corpus::ReadError;

use crate::gold;
use crate::pty::Program;

/// A screen that stays as it is for so long has come to rest.
const REST: Duration = Duration::from_millis(700);
/// Whatever is still moving after that may be in the picture.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// spanlight on the sample project.
pub struct Scene {
    program: Program,
    /// Keys that label the tweets, in the order of the queue.
    gold: Vec<String>,
}

impl Scene {
    /// Starts the program and waits for the first tweet and its suggestions.
    pub fn open(program: &Path, home: &Path, size: [u16; 2], theme: &str) -> Result<Self, ReadError> {
        let gold = gold::keys()?;
        let scene = Self { program: Program::start(program, home, size, &["--theme", theme]), gold };
        // What a first start is greeted with; it goes with the first key.
        scene.wait_for("tutorial");
        Ok(scene)
    }

    /// Labels the first tweets as a person would.
    pub fn label(&mut self, tweets: usize) {
        for keys in self.gold.iter().take(tweets) {
            self.program.keys(keys);
            self.rest();
        }
    }

    /// Presses keys and waits for what they lead to.
    pub fn press(&mut self, keys: &str) {
        self.program.keys(keys);
        self.rest();
    }

    /// Opens the tweet that says `text`.
    pub fn find(&mut self, text: &str) {
        self.press("/");
        self.press(text);
        self.press("\r");
    }

    /// Waits until `text` stands on the screen.
    pub fn wait_for(&self, text: &str) {
        self.program.until(|screen| screen.contains(text));
        self.rest();
    }

    /// Reads the screen.
    pub fn picture<T>(&self, read: impl FnOnce(&vt100::Screen) -> T) -> T {
        self.program.look(read)
    }

    /// Waits until nothing moves any more: images are decoded and suggestions are made while one reads.
    fn rest(&self) {
        let begun = Instant::now();
        let mut shown = self.program.look(vt100::Screen::contents_formatted);
        let mut since = Instant::now();
        while since.elapsed() < REST && begun.elapsed() < PATIENCE {
            thread::sleep(PAUSE);
            let now = self.program.look(vt100::Screen::contents_formatted);
            if now != shown {
                shown = now;
                since = Instant::now();
            }
        }
    }
}
