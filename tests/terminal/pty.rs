//! A program in a pseudo terminal: keys in, a screen out.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Longer than any screen takes to come, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running program and what it shows.
pub struct Program {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<Shown>>,
    reader: Option<JoinHandle<()>>,
}

/// The screen, and every byte that led to it.
struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Program {
    /// Starts spanlight with folders of its own under `home`, `[columns, rows]` large.
    pub fn start(program: &Path, home: &Path, size: [u16; 2], arguments: &[&str]) -> Self {
        let pty = native_pty_system().openpty(pty_size(size)).expect("a pseudo terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        for (name, folder) in [("SPANLIGHT_CONFIG_DIR", "config"), ("SPANLIGHT_DATA_DIR", "data")] {
            command.env(name, home.join(folder));
        }
        command.env("SPANLIGHT_DEVICE", "cpu");
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env_remove("NO_COLOR");
        let child = pty.slave.spawn_command(command).expect("the program starts");
        drop(pty.slave);

        let mut output = pty.master.try_clone_reader().expect("output of the program");
        let keyboard = pty.master.take_writer().expect("input of the program");
        let parser = vt100::Parser::new(size[1], size[0], 0);
        let screen = Arc::new(Mutex::new(Shown { parser, bytes: Vec::new() }));
        let shown = Arc::clone(&screen);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.parser.process(&buffer[..count]);
                shown.bytes.extend_from_slice(&buffer[..count]);
            }
        });
        Self { child, master: pty.master, keyboard, screen, reader: Some(reader) }
    }

    /// Presses keys.
    pub fn keys(&mut self, keys: &str) {
        // A program that has ended takes no keys; what it showed last is what counts.
        let _ = self.keyboard.write_all(keys.as_bytes()).and_then(|()| self.keyboard.flush());
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.look(vt100::Screen::contents)
    }

    /// Reads something off the screen.
    pub fn look<T>(&self, read: impl FnOnce(&vt100::Screen) -> T) -> T {
        read(self.screen.lock().unwrap_or_else(PoisonError::into_inner).parser.screen())
    }

    /// Every byte the program wrote.
    pub fn bytes(&self) -> Vec<u8> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).bytes.clone()
    }

    /// Waits until the screen looks as `wanted`.
    pub fn until(&self, wanted: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if wanted(&text) {
                return text;
            }
            assert!(begun.elapsed() < PATIENCE, "this did not become what was waited for:\n{text}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Changes the size of the terminal.
    pub fn resize(&self, size: [u16; 2]) {
        // The screen first: what the program draws for the new size must find room.
        let mut shown = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        shown.parser.screen_mut().set_size(size[1], size[0]);
        self.master.resize(pty_size(size)).expect("a pseudo terminal has a size");
    }

    /// Ends the program by `kill -9` and gives the last screen it showed.
    pub fn kill(mut self) -> String {
        let process = self.child.process_id().expect("the program runs").to_string();
        let killed = Command::new("kill").args(["-9", &process]).status().expect("`kill` can be run");
        assert!(killed.success(), "the program had ended before it was killed:\n{}", self.text());
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            // What was on its way to the screen has been seen by the user.
            let _ = reader.join();
        }
        self.text()
    }

    /// Waits until the program has ended by itself.
    pub fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the program did not end:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pty_size([cols, rows]: [u16; 2]) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
