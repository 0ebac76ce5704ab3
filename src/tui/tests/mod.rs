//! The whole screen on a test terminal: keys in, screen and store looked at, the model played by the test.

mod adjudication;
mod batch;
mod commands;
mod contexts;
mod dictionary;
mod files;
mod gallery;
mod hostile;
mod images;
mod influence;
mod inspect;
mod labelling;
mod learning;
mod mouse;
mod nested;
mod occurrences;
mod past;
mod queue;
mod scheme;
mod screens;
mod sequences;
mod sift;
mod suspects;
mod tutorial;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use spanlight_models::alignment::{Alignment, Frame, HeadMap, Regions};
use spanlight_models::attribution::Method;
use spanlight_models::example::{Example, Span};
use spanlight_models::prediction::{Prediction, ScoredSpan};
use spanlight_models::uncertainty::{Scored, Uncertainty};
use tempfile::TempDir;

use super::app::App;
use super::key::Key;
use super::link::{Requests, WorkerLink};
use super::message::Message;
use crate::config::{ColorChoice, Config, Folders};
use crate::corpus::{Corpus, ReadOptions};
use crate::graphics::Loader;
use crate::project::{Project, Role, Settings, Tweet, TweetId};
use crate::worker::{DeviceCard, Event, ModelCard, Request};

/// A screen with its project, and the other ends of its channels.
struct Desk {
    app: App,
    requests: Receiver<Request>,
    messages: Receiver<Message>,
    /// Where threads of the screen are to tell what they find, until they do.
    reports: Option<Sender<Message>>,
    terminal: Terminal<TestBackend>,
    dir: TempDir,
}

/// What a model says that is unsure of a labelling and suggests nothing.
fn unsure(least_confidence: f32) -> Scored {
    Scored { uncertainty: Uncertainty { least_confidence, ..Uncertainty::default() }, ..Scored::default() }
}

/// A tweet of words, with labels.
fn tweet(id: &str, words: &str, spans: &[(&str, usize, usize)]) -> Example {
    Example {
        id: id.into(),
        tokens: words.split(' ').map(str::to_owned).collect(),
        spans: spans.iter().map(|(label, start, end)| Span::new(*label, *start, *end)).collect(),
        ..Example::default()
    }
}

/// The tweets that most tests use; the second has an image.
fn sample() -> Vec<Example> {
    vec![
        tweet("a1", "Greta Thunberg met Sebastian in Lisbon today", &[]),
        Example {
            images: vec!["harbour".into(), "absent".into()],
            ..tweet("a2", "Lisbon harbour at dawn , says Greta Thunberg of Lisbon Weekly", &[("LOC", 0, 1)])
        },
        tweet("a3", "👩‍👩‍👧‍👦 in 東京 with שלום #sunset ❤️", &[]),
        tweet("a4", "nothing to see here", &[]),
    ]
}

impl Desk {
    fn new() -> Self {
        Self::with(&sample())
    }

    fn with(tweets: &[Example]) -> Self {
        Self::with_settings(tweets, |_| {})
    }

    fn with_settings(tweets: &[Example], change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let images = dir.path().join("images");
        std::fs::create_dir(&images).expect("folder");
        image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, 120]))
            .save(images.join("harbour.png"))
            .expect("image");
        std::fs::write(images.join("broken.jpg"), b"\x89PNG\r\n\x1a\nnope").expect("image");
        let mut project = new_project(&dir.path().join("demo.spanlight"), images);
        import(&mut project, tweets);
        Self::over(project, dir, change)
    }

    fn over(project: Project, dir: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::load(Folders::at(&dir.path().join("config"), &dir.path().join("data")));
        config.settings.colors = ColorChoice::True;
        change(&mut config);
        let (sender, requests) = channel();
        let (pictures, messages) = channel();
        let reports = pictures.clone();
        let done = move |rendered| drop(pictures.send(Message::Picture(rendered)));
        let loader = Loader::spawn(8 << 20, done).expect("thread");
        let app = App::new(project, requests_to(sender), Some(loader), config);
        let terminal = Terminal::new(TestBackend::new(120, 36)).expect("terminal");
        Self { app, requests, messages, reports: Some(reports), terminal, dir }
    }

    /// Lets threads of the screen tell what they find; until then their work is done at once or left undone.
    fn listening(mut self) -> Self {
        self.listen();
        self
    }

    fn listen(&mut self) {
        if let Some(reports) = self.reports.take() {
            self.app.report_to(reports);
        }
    }

    /// Ends the program and starts it again on the same project.
    fn restart(self, open: impl FnOnce(&Path) -> Project) -> Self {
        let Self { app, dir, .. } = self;
        drop(app);
        let project = open(&dir.path().join("demo.spanlight"));
        Self::over(project, dir, |_| {})
    }

    /// Presses keys, named as in the keymap, with spaces between them.
    fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split(' ').filter(|name| !name.is_empty()) {
            let key: Key = name.parse().expect(name);
            self.app.update(Message::Key(key.event(), Instant::now()));
        }
        self
    }

    /// Types text into a dialog.
    fn write(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.app.update(Message::Key(Key::char(c).event(), Instant::now()));
        }
        self
    }

    fn hear(&mut self, event: Event) -> &mut Self {
        self.app.update(Message::Worker(event));
        self
    }

    /// The model is there.
    fn ready(&mut self) -> &mut Self {
        let device = DeviceCard { device: "cpu".into(), reason: "asked for auto, no CUDA driver".into() };
        self.hear(Event::Ready { model: card(0), device })
    }

    /// The model answers about a tweet, with a map whose highest region is the second of the first row.
    fn suggest(&mut self, row: usize, spans: &[(&str, usize, usize, f32)]) -> &mut Self {
        self.suggest_by(0, row, spans)
    }

    fn suggest_by(&mut self, version: u64, row: usize, spans: &[(&str, usize, usize, f32)]) -> &mut Self {
        let tweet = self.stored(row);
        let scored = |(label, start, end, probability): &(&str, usize, usize, f32)| ScoredSpan {
            span: Span::new(*label, *start, *end),
            probability: *probability,
        };
        let prediction = Prediction { spans: spans.iter().map(scored).collect(), path_probability: 0.7, entropy: 0.1 };
        let tokens = tweet.example.tokens.len();
        let alignments = tweet.example.images.first().map(|image| Alignment {
            method: "attention",
            tokens,
            spans: Vec::new(),
            regions: Regions::Grid { image: image.clone(), rows: 2, columns: 2, frame: Frame::WHOLE },
            maps: vec![HeadMap { weights: [0.1, 0.7, 0.1, 0.1].repeat(tokens), ..HeadMap::default() }],
        });
        self.hear(Event::Predicted {
            tweet: tweet.id,
            version,
            prediction,
            alignments: alignments.into_iter().collect(),
            fusion: None,
            image_problem: None,
            elapsed: Duration::from_millis(12),
        })
    }

    /// All requests since the last time.
    fn asked(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }

    /// The tweet at a row as the store has it.
    fn stored(&self, row: usize) -> Tweet {
        self.app.project.tweet(self.id(row)).expect("tweet")
    }

    fn id(&self, row: usize) -> TweetId {
        self.app.project.queue()[row].id
    }

    /// The labels of a tweet in the store.
    fn labels(&self, row: usize) -> Vec<Span> {
        self.stored(row).example.spans
    }

    /// Row of the open tweet.
    fn row(&self) -> usize {
        self.app.page.as_ref().expect("page").index
    }

    fn cursor(&self) -> usize {
        self.app.page.as_ref().expect("page").cursor
    }

    fn notice(&self) -> String {
        self.app.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
    }

    /// Draws at a size, waiting for the picture where there is one.
    fn draw(&mut self, width: u16, height: u16) -> &Buffer {
        self.terminal.backend_mut().resize(width, height);
        self.terminal.resize(ratatui::layout::Rect::new(0, 0, width, height)).expect("resize");
        loop {
            self.terminal.draw(|frame| self.app.draw(frame)).expect("frame");
            self.app.want_picture();
            if self.app.pictures.settled() {
                break;
            }
            let message = self.messages.recv_timeout(Duration::from_secs(30)).expect("picture");
            self.app.update(message);
        }
        self.terminal.backend().buffer()
    }

    /// Takes in what the thread that looks through the queue says, until `done`.
    fn look(&mut self, done: impl Fn(&App) -> bool) -> &mut Self {
        self.listen();
        while !done(&self.app) {
            let message = self.messages.recv_timeout(Duration::from_secs(30)).expect("an answer");
            self.app.update(message);
        }
        self
    }

    /// Writes a filter and uses it.
    fn sift(&mut self, line: &str) -> &mut Self {
        self.listen();
        self.press("; f").write(line).press("enter");
        self.look(|app| app.sift.awaited.is_none())
    }

    /// The screen as text.
    fn screen(&mut self, width: u16, height: u16) -> String {
        let buffer = self.draw(width, height).clone();
        text_of(&buffer)
    }

    /// The first cell where `text` stands on the screen drawn last.
    fn cell_of(&self, text: &str) -> Cell {
        let buffer = self.terminal.backend().buffer();
        for y in 0..buffer.area.height {
            for x in 0..buffer.area.width {
                let row: String = (x..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
                if row.starts_with(text) {
                    return buffer[(x, y)].clone();
                }
            }
        }
        panic!("`{text}` is not on the screen:\n{}", text_of(buffer));
    }

    fn config_file(&self, name: &str) -> PathBuf {
        let file = self.dir.path().join("config").join(name);
        std::fs::create_dir_all(file.parent().expect("folder")).expect("folder");
        file
    }
}

/// Requests that the test can look at.
fn requests_to(sender: Sender<Request>) -> Requests {
    let (_, events) = channel();
    let ask = move |request| {
        let _ = sender.send(request);
    };
    WorkerLink::new(ask, events).requests
}

/// The rows of a screen; cells that a wide character covers are left out.
fn text_of(buffer: &Buffer) -> String {
    let mut rows = Vec::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += super::text::width(symbol).max(1) as u16;
        }
        rows.push(row.trim_end().to_owned());
    }
    rows.join("\n")
}

fn card(version: u64) -> ModelCard {
    ModelCard {
        system: "compact".into(),
        name: "embedded".into(),
        version,
        parameters: 1_234_567,
        labels: vec!["PER".into(), "LOC".into(), "ORG".into()],
        methods: vec![Method::Attention, Method::GradientAttention, Method::Occlusion],
        uses_image: true,
        uses_contexts: false,
    }
}

fn new_project(dir: &Path, images: PathBuf) -> Project {
    let mut labels = spanlight_models::example::LabelSet::new(["PER", "LOC", "ORG"]);
    labels.insert("OTHER", spanlight_models::example::TypeStyle::default());
    let settings = Settings { labels, images: vec![images], ..Settings::default() };
    Project::create(dir, &settings).expect("project")
}

fn import(project: &mut Project, tweets: &[Example]) {
    let lines: Vec<String> = tweets.iter().map(|tweet| serde_json::to_string(tweet).expect("json")).collect();
    if lines.is_empty() {
        return;
    }
    let text = lines.join("\n") + "\n";
    let corpus = Corpus::read_from("sample.jsonl", text.as_bytes(), ReadOptions::default()).expect("corpus");
    project.import(&corpus, Role::Label).expect("import");
}
