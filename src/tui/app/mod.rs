//! State of the annotation screen, and what every message does to it.
//!
//! Nothing here waits: the model is asked and answers later, pictures are made by another thread, and the store is
//! touched in short transactions only.

mod contexts;
mod dialogs;
mod edits;
mod files;
mod graphics;
mod images;
mod inspect;
mod keys;
mod learning;
mod travel;

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

pub use self::graphics::Slot;
use super::colors::ColorDepth;
use super::dialog::Dialog;
use super::influence::Influence;
use super::inspect::Inspector;
use super::key::Key;
use super::keymap::{Keymap, TypeKeys};
use super::layout::{Choices, Panes};
use super::link::Requests;
use super::message::Message;
use super::model::ModelState;
use super::page::Page;
use super::pictures::Pictures;
use super::scoring::Scoring;
use super::suggestions::Suggestions;
use super::theme::{Theme, Tone};
use super::views::inspect::InspectPanes;
use crate::config::{Config, GraphicsChoice, QueueOrder};
use crate::graphics::{Ability, HeatStyle, Loader, PixelPass};
use crate::project::{Project, State, TweetId};
use crate::worker::Request;

/// A tweet counts as seen when it stayed on the screen this long; what is not urgent waits as long for a pause.
const GLANCE: Duration = Duration::from_millis(400);
/// After such a rest the store's log is brought into its file, which takes longer than a key may wait.
const REST: Duration = Duration::from_secs(3);
/// Number of states that a tweet can have.
const STATES: usize = 6;
/// How often estimates of time are drawn anew while the model learns.
const CLOCK: Duration = Duration::from_secs(1);

/// One line for the person, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// The current search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// What was searched.
    pub text: String,
    /// Where it was found, in order of the queue.
    pub tweets: Vec<TweetId>,
}

/// What is shown and how.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// Panes that were chosen or hidden.
    pub panes: Choices,
    /// How images are shown.
    pub graphics: GraphicsChoice,
    /// Whether the heat map is on.
    pub heat: bool,
    /// How regions become pixels.
    pub heat_style: HeatStyle,
    /// Whether gold boxes are drawn.
    pub boxes: bool,
    /// Whether a tweet with accompanying texts was shown; their pane then stays, so that nothing jumps.
    pub texts: bool,
}

/// The annotation screen.
#[derive(Debug)]
pub struct App {
    pub(super) project: Project,
    pub(super) requests: Requests,
    pub(super) config: Config,
    pub(super) keymap: Keymap,
    pub(super) type_keys: TypeKeys,
    /// The keys of a sequence that was begun.
    pub(super) pending: Vec<Key>,
    pub(super) theme: Theme,
    pub(super) colors: ColorDepth,
    /// What is wrong in the user's files, one line each.
    pub(super) problems: Vec<String>,
    pub(super) page: Option<Page>,
    pub(super) suggestions: Suggestions,
    pub(super) scoring: Scoring,
    /// What the texts of a tweet do to its labels, as it was asked last.
    pub(super) influence: Option<Influence>,
    /// The inspector, where it is on the screen.
    pub(super) inspector: Option<Inspector>,
    pub(super) model: ModelState,
    pub(super) pictures: Pictures,
    /// What the terminal can show, once it was asked.
    ability: Option<Ability>,
    pass: PixelPass,
    /// Where threads of the screen tell that they are done.
    reports: Option<Sender<Message>>,
    pub(super) looks: Looks,
    pub(super) order: QueueOrder,
    /// Number of tweets per state.
    counts: [usize; STATES],
    /// The tweet that follows when this one is done.
    pub(super) up_next: Option<TweetId>,
    /// Number of tweets that the model could learn from.
    pub(super) corrections: usize,
    pub(super) notice: Option<Notice>,
    pub(super) hits: Option<Hits>,
    pub(super) dialog: Option<Dialog>,
    pub(super) panes: Option<Panes>,
    pub(super) inspect_panes: Option<InspectPanes>,
    /// Why the last edit is not on the disk, where that is so.
    pub(super) unsaved: Option<String>,
    pub(super) now: Instant,
    /// When a key was pressed last.
    typed: Instant,
    /// Since when the open tweet is on the screen, while its visit is not noted.
    arrived: Option<Instant>,
    /// Since when the number of corrections may be another one.
    uncounted: Option<Instant>,
    quit: bool,
    dirty: bool,
    redraw: bool,
}

impl App {
    /// The screen of a project; `requests` leads to the model's thread, `loader` makes the pictures.
    pub fn new(project: Project, requests: Requests, loader: Option<Loader>, config: Config) -> Self {
        let colors = ColorDepth::detect(config.settings.colors);
        let order = config.settings.order;
        let images = config.settings.graphics != GraphicsChoice::Off && loader.is_some();
        let looks = Looks {
            panes: Choices { images, ..Choices::default() },
            graphics: config.settings.graphics,
            heat: config.settings.heat_map,
            heat_style: HeatStyle::default(),
            boxes: false,
            texts: false,
        };
        let mut app = Self {
            scoring: Scoring::continued(project.queue()),
            project,
            requests,
            config,
            keymap: Keymap::built_in(),
            type_keys: TypeKeys::default(),
            pending: Vec::new(),
            theme: Theme::fallback(),
            colors,
            problems: Vec::new(),
            page: None,
            suggestions: Suggestions::default(),
            influence: None,
            inspector: None,
            model: ModelState::default(),
            pictures: Pictures::new(loader),
            ability: None,
            pass: PixelPass::default(),
            reports: None,
            looks,
            order,
            counts: [0; STATES],
            up_next: None,
            corrections: 0,
            notice: None,
            hits: None,
            dialog: None,
            panes: None,
            inspect_panes: None,
            unsaved: None,
            now: Instant::now(),
            typed: Instant::now(),
            arrived: None,
            uncounted: None,
            quit: false,
            dirty: true,
            redraw: false,
        };
        app.load_files();
        app.count_corrections();
        app.queue_changed();
        app.open_first();
        app
    }

    /// Names the queue in which threads of the screen tell that they are done.
    pub fn report_to(&mut self, reports: Sender<Message>) {
        self.reports = Some(reports);
    }

    /// Takes in what happened.
    pub fn update(&mut self, message: Message) {
        self.now = Instant::now();
        match message {
            Message::Key(event, _) => {
                self.typed = self.now;
                self.pressed(event);
            }
            Message::Paste(text) => self.pasted(&text),
            // Between two sizes the terminal may have lost what it showed, even if it has its old size again.
            Message::Resized => (self.redraw, self.dirty) = (true, true),
            Message::Worker(event) => self.heard(event),
            Message::WorkerGone => self.worker_gone(),
            Message::Picture(rendered) => self.dirty |= self.pictures.receive(rendered),
            Message::Exported(written) => self.exported(written),
            Message::FilesChanged => self.reload_files(),
            Message::Tick => self.rested(),
            Message::Hangup => self.quit = true,
        }
        if self.quit {
            self.note_visit();
        }
    }

    /// Nothing happened for a while: what is not urgent is done now, so that no key waits for it.
    fn rested(&mut self) {
        let now = self.now;
        let long_ago = |since: Option<Instant>, span| since.is_some_and(|since| now.duration_since(since) >= span);
        let (visited, miscounted) = (long_ago(self.arrived, GLANCE), long_ago(self.uncounted, GLANCE));
        if visited {
            self.note_visit();
        }
        if miscounted {
            self.count_corrections();
        }
        if self.project.unsettled() && long_ago(Some(self.typed), REST) {
            self.project.settle();
        }
        self.dirty |= self.model.job.is_some();
    }

    /// How long the screen may sleep before it wants a [`Message::Tick`].
    pub fn sleep(&self) -> Option<Duration> {
        let clock = self.model.job.as_ref().map(|_| CLOCK);
        let rest =
            |since: Option<Instant>, span: Duration| Some((since? + span).saturating_duration_since(Instant::now()));
        let unsettled = self.project.unsettled().then_some(self.typed);
        let pauses = [rest(self.arrived, GLANCE), rest(self.uncounted, GLANCE), rest(unsettled, REST)];
        pauses.into_iter().chain([clock]).flatten().min()
    }

    /// Whether the program is to end.
    pub fn quits(&self) -> bool {
        self.quit
    }

    /// Whether the screen differs from what was drawn last; asking makes it count as drawn.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Whether the terminal is to be cleared before drawing.
    pub fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), tone });
        self.dirty = true;
    }

    /// Asks the model for something; the answer comes as an event.
    fn ask(&self, request: Request) {
        self.requests.send(request);
    }

    /// Sends the model's thread home.
    pub fn dismiss_worker(&self) {
        self.ask(Request::Shutdown);
    }

    /// The queue's states or scores changed: counts and the next tweet follow.
    fn queue_changed(&mut self) {
        self.counts = [0; STATES];
        for item in self.project.queue() {
            self.counts[item.state as usize] += 1;
        }
        self.up_next = self.next_by_order();
    }

    /// Number of tweets in one of the states.
    pub(super) fn count(&self, state: State) -> usize {
        self.counts[state as usize]
    }
}
