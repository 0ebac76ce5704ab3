//! The way to the screen: what is opened, and what is said where there is no terminal.

use super::*;

#[test]
fn without_a_terminal_it_says_so_and_makes_nothing() {
    let shell = Shell::new();
    let data = shell.file("t.txt", tweets(1));
    let calls: [&[&str]; 4] = [&[], &["annotate"], &["annotate", "--corpus", &data], &["--project", "p"]];
    for arguments in calls {
        let said = shell.run(arguments).refused();
        assert!(said.contains("needs a terminal"), "{said}");
    }
    assert!(!shell.path("data").exists());
}

/// The program in a pseudo terminal.
#[cfg(unix)]
mod screen {
    use std::fs;
    use std::io::{Read, Write};
    use std::path::PathBuf;
    use std::sync::{Arc, Mutex};
    use std::thread;
    use std::time::{Duration, Instant};

    use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
    use spanlight::project::Project;

    use crate::{Shell, tweets};

    /// How long the program may take for anything; on a busy machine an unoptimised one is slow.
    const PATIENCE: Duration = Duration::from_mins(1);

    struct Screen {
        child: Box<dyn Child + Send + Sync>,
        keys: Box<dyn Write + Send>,
        shown: Arc<Mutex<vt100::Parser>>,
    }

    impl Screen {
        fn start(shell: &Shell, arguments: &[&str]) -> Self {
            let size = PtySize { rows: 30, cols: 110, pixel_width: 0, pixel_height: 0 };
            let pair = native_pty_system().openpty(size).expect("a pseudo terminal");
            let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_spanlight"));
            command.args(arguments);
            command.cwd(shell.folder.path());
            command.env("SPANLIGHT_CONFIG_DIR", shell.path("config"));
            command.env("SPANLIGHT_DATA_DIR", shell.path("data"));
            command.env("SPANLIGHT_DEVICE", "cpu");
            command.env("TERM", "xterm-256color");
            let child = pair.slave.spawn_command(command).expect("started");
            drop(pair.slave);
            let mut output = pair.master.try_clone_reader().expect("readable");
            let keys = pair.master.take_writer().expect("writable");
            let shown = Arc::new(Mutex::new(vt100::Parser::new(30, 110, 0)));
            let parser = Arc::clone(&shown);
            thread::spawn(move || {
                // Kept open as long as something may be read from it.
                let _master = pair.master;
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = output.read(&mut bytes) {
                    parser.lock().expect("no panic").process(&bytes[..count]);
                }
            });
            Self { child, keys, shown }
        }

        fn text(&self) -> String {
            self.shown.lock().expect("no panic").screen().contents()
        }

        fn wait_for(&self, text: &str) {
            let begun = Instant::now();
            while !self.text().contains(text) {
                assert!(begun.elapsed() < PATIENCE, "`{text}` never came; the screen is\n{}", self.text());
                thread::sleep(Duration::from_millis(20));
            }
        }

        fn press(&mut self, keys: &str) {
            self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the program listens");
        }

        /// The exit code, and what is on the terminal when the program has ended.
        fn end(mut self) -> (u32, String) {
            let code = self.child.wait().expect("ended").exit_code();
            // The last bytes may still be on their way.
            thread::sleep(Duration::from_millis(100));
            assert!(!self.shown.lock().expect("no panic").screen().alternate_screen());
            (code, self.text())
        }
    }

    fn projects(folder: PathBuf) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name.ends_with(".spanlight"));
        names.sort();
        names
    }

    #[test]
    fn the_sample_opens_by_itself_and_starts_afresh_on_request() {
        let shell = Shell::new();
        let quit = |arguments: &[&str]| {
            let mut screen = Screen::start(&shell, arguments);
            screen.wait_for("Tweet 1 of ");
            screen.press("q");
            assert_eq!(screen.end().0, 0);
        };
        quit(&[]);
        assert_eq!(projects(shell.path("data")), ["sample.spanlight"]);
        assert!(shell.path("data/spanlight.log").is_file());
        quit(&["annotate", "--theme", "light"]);
        assert_eq!(projects(shell.path("data")), ["sample.spanlight"]);
        quit(&["--reset-sample"]);
        assert_eq!(projects(shell.path("data")).len(), 2, "the old one is kept");
    }

    #[test]
    fn a_corpus_has_one_project_however_often_it_is_opened() {
        let shell = Shell::new();
        let data = shell.file("c/tiny.txt", tweets(2));
        for _ in 0..2 {
            let mut screen = Screen::start(&shell, &["annotate", "--corpus", &data]);
            screen.wait_for("word0");
            screen.press("q");
            assert_eq!(screen.end().0, 0);
        }
        let names = projects(shell.path("data/projects"));
        assert!(names.len() == 1 && names[0].starts_with("tiny-"), "{names:?}");
        assert_eq!(Project::open(&shell.path("data/projects").join(&names[0])).expect("a project").queue().len(), 2);
    }

    #[test]
    fn a_corpus_without_labels_can_be_labelled() {
        let shell = Shell::new();
        let data = shell.file("plain.txt", "IMGID:1\nplainly\tO\nnothing\tO\n");
        let mut screen = Screen::start(&shell, &["--corpus", &data, "--project", "p"]);
        screen.wait_for("plainly");
        screen.press("q");
        assert_eq!(screen.end().0, 0);
        let project = Project::open(&shell.path("p")).expect("a project");
        assert_eq!(project.settings().labels.names().collect::<Vec<_>>(), ["PER", "LOC", "ORG", "MISC"]);
    }

    #[test]
    fn what_cannot_be_opened_is_said_before_the_screen_comes_up() {
        let shell = Shell::new();
        let data = shell.file("t.txt", tweets(1));
        shell.run(&["import", &data, "--project", "p"]).done();
        let held = Project::open(&shell.path("p")).expect("opened");
        let cases: [(&[&str], &str); 4] = [
            (&["--project", "p"], "open in another program"),
            (&["--project", "absent"], "not a spanlight project"),
            (&["--model", "absent"], "is no model"),
            (&["--theme", "no-such-theme"], "no-such-theme"),
        ];
        for (arguments, part) in cases {
            let screen = Screen::start(&shell, arguments);
            let (code, text) = screen.end();
            assert!(code == 1 && text.contains("error: ") && text.replace('\n', "").contains(part), "{code}: {text}");
        }
        drop(held);
    }
}
