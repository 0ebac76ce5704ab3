//! State of the annotation screen, and what every message does to it.
//!
//! Nothing here waits: the model is asked and answers later, pictures are made by another thread, and the store is
//! touched in short transactions only.

mod adjudication;
mod aside;
mod batch;
mod boxes;
mod commands;
mod contexts;
mod dialogs;
mod dictionary;
mod edits;
mod files;
mod gallery;
mod graphics;
mod guidelines;
mod history;
mod images;
mod inspect;
mod keys;
mod learning;
mod mouse;
mod occurrences;
mod remarks;
mod repeat;
mod scheme;
mod sequence;
mod sift;
mod suspects;
mod travel;
mod tutorial;
mod views;

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

pub use self::commands::chapter;
pub use self::graphics::Slot;
pub use self::history::{Past, VersionRow};
use self::repeat::Habits;
pub use self::tutorial::Leaving;
pub use self::views::ViewRow;
use super::adjudication::Adjudication;
use super::batch::Batch;
use super::boxing::Boxing;
use super::colors::ColorDepth;
use super::command::Command;
use super::course::Course;
use super::dialog::Dialog;
use super::dictionary::Lookup;
use super::gallery::Gallery;
use super::guidelines::Guidelines;
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
use super::sift::Sift;
use super::suggestions::Suggestions;
use super::suspects::Walk;
use super::theme::{Theme, Tone};
use super::tutorial::Tutorial;
use super::views::gallery::GalleryPanes;
use super::views::inspect::InspectPanes;
use crate::config::{Config, GraphicsChoice};
use crate::graphics::{Ability, HeatStyle, Loader, PixelPass};
use crate::project::{Project, State, TweetId, TypeUse};
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
#[allow(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct App {
    pub(super) project: Project,
    pub(super) requests: Requests,
    pub(super) config: Config,
    pub(super) keymap: Keymap,
    pub(super) type_keys: TypeKeys,
    /// The keys of a sequence that was begun.
    pub(super) pending: Vec<Key>,
    /// The number that was typed before a command.
    pub(super) times: Option<usize>,
    pub(super) theme: Theme,
    pub(super) colors: ColorDepth,
    /// What is wrong in the user's files, one line each.
    pub(super) problems: Vec<String>,
    pub(super) page: Option<Page>,
    pub(super) suggestions: Suggestions,
    /// Names that were labelled before.
    pub(super) names: Lookup,
    /// What was chosen in the palette, the last first.
    pub(super) recent: Vec<Command>,
    /// What may be done again.
    pub(super) habits: Habits,
    /// The token at which a button of the mouse went down.
    pressed_at: Option<usize>,
    /// Whether the terminal was told to send the mouse.
    mouse_told: bool,
    pub(super) scoring: Scoring,
    /// What the texts of a tweet do to its labels, as it was asked last.
    pub(super) influence: Option<Influence>,
    /// The inspector, where it is on the screen.
    pub(super) inspector: Option<Inspector>,
    /// Several annotators' differences, while they are gone through.
    pub(super) adjudication: Option<Adjudication>,
    pub(super) past: Past,
    /// The gallery of the tweet's images, where it is on the screen.
    pub(super) gallery: Option<Gallery>,
    pub(super) model: ModelState,
    pub(super) pictures: Pictures,
    /// What the terminal can show, once it was asked.
    ability: Option<Ability>,
    pass: PixelPass,
    /// Where threads of the screen tell that they are done.
    reports: Option<Sender<Message>>,
    pub(super) looks: Looks,
    /// How one goes through the queue.
    pub(super) course: Course,
    /// The filter of the queue.
    pub(super) sift: Sift,
    /// The list of many tweets, where it is on the screen.
    pub(super) batch: Option<Batch>,
    /// The list of suspicious labels, while one goes through it.
    pub(super) suspects: Option<Walk>,
    /// Number of tweets per state.
    counts: [usize; STATES],
    /// The tweet that follows when this one is done.
    pub(super) up_next: Option<TweetId>,
    /// Number of tweets that the model could learn from.
    pub(super) corrections: usize,
    pub(super) notice: Option<Notice>,
    pub(super) hits: Option<Hits>,
    pub(super) dialog: Option<Dialog>,
    /// The labels of each type, as they were counted last.
    pub(super) uses: Vec<TypeUse>,
    /// The guidelines, while they are on the screen.
    pub(super) guidelines: Option<Guidelines>,
    /// The box that is being drawn.
    pub(super) boxing: Option<Boxing>,
    pub(super) panes: Option<Panes>,
    pub(super) inspect_panes: Option<InspectPanes>,
    pub(super) gallery_panes: Option<GalleryPanes>,
    /// The pictures that the last frame has room for.
    pub(super) slots: Vec<Slot>,
    /// Whether a model's maps can be held against recorded ones.
    pub(super) recorded_maps: bool,
    /// Why the last edit is not on the disk, where that is so.
    pub(super) unsaved: Option<String>,
    pub(super) now: Instant,
    /// When a key was pressed last.
    typed: Instant,
    /// Since when the open tweet is on the screen, while its visit is not noted.
    arrived: Option<Instant>,
    /// Since when the number of corrections may be another one.
    uncounted: Option<Instant>,
    /// The tutorial, where the screen is its.
    pub(super) tutorial: Option<Tutorial>,
    quit: bool,
    leaving: Leaving,
    dirty: bool,
    redraw: bool,
}

impl App {
    /// The screen of a project; `requests` leads to the model's thread, `loader` makes the pictures.
    pub fn new(project: Project, requests: Requests, loader: Option<Loader>, config: Config) -> Self {
        let colors = ColorDepth::detect(config.settings.colors);
        let plan = project.settings().queue.over(config.settings.plan());
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
            scoring: Scoring::continued(project.queue(), plan.order),
            course: Course::behind(plan, project.recent_texts().unwrap_or_default()),
            project,
            requests,
            config,
            keymap: Keymap::built_in(),
            type_keys: TypeKeys::default(),
            pending: Vec::new(),
            times: None,
            theme: Theme::fallback(),
            colors,
            problems: Vec::new(),
            page: None,
            suggestions: Suggestions::default(),
            names: Lookup::default(),
            recent: Vec::new(),
            habits: Habits::default(),
            pressed_at: None,
            mouse_told: false,
            influence: None,
            inspector: None,
            adjudication: None,
            past: Past::default(),
            gallery: None,
            model: ModelState::default(),
            pictures: Pictures::new(loader),
            ability: None,
            pass: PixelPass::default(),
            reports: None,
            looks,
            sift: Sift::default(),
            batch: None,
            suspects: None,
            counts: [0; STATES],
            up_next: None,
            corrections: 0,
            notice: None,
            hits: None,
            dialog: None,
            uses: Vec::new(),
            guidelines: None,
            boxing: None,
            panes: None,
            inspect_panes: None,
            gallery_panes: None,
            slots: Vec::new(),
            recorded_maps: false,
            unsaved: None,
            now: Instant::now(),
            typed: Instant::now(),
            arrived: None,
            uncounted: None,
            tutorial: None,
            quit: false,
            leaving: Leaving::default(),
            dirty: true,
            redraw: false,
        };
        app.load_files();
        app.count_corrections();
        app.queue_changed();
        app.open_first();
        app.choose_next();
        app
    }

    /// Names the queue in which threads of the screen tell that they are done.
    pub fn report_to(&mut self, reports: Sender<Message>) {
        self.start_dictionary(reports.clone());
        self.reports = Some(reports);
        self.weigh_annotators();
    }

    /// Takes in what happened.
    pub fn update(&mut self, message: Message) {
        self.now = Instant::now();
        match message {
            Message::Key(event, _) => {
                self.typed = self.now;
                self.pressed(event);
            }
            Message::Mouse(event) => {
                self.typed = self.now;
                self.moused(event);
            }
            Message::Paste(text) => self.pasted(&text),
            // Between two sizes the terminal may have lost what it showed, even if it has its old size again.
            Message::Resized => (self.redraw, self.dirty) = (true, true),
            Message::Worker(event) => self.heard(event),
            Message::WorkerGone => self.worker_gone(),
            Message::Picture(rendered) => self.dirty |= self.pictures.receive(rendered),
            Message::Contested(found) => self.contested(found),
            Message::Progress(progress) => {
                self.past.progress = Some(*progress);
                self.dirty = true;
            }
            Message::Exported(written) => self.exported(written),
            Message::Surveyed(found) => self.surveyed(found),
            Message::GuidelinesChanged => self.reload_guidelines(),
            Message::Known(tweet, found) => self.found_names(tweet, found),
            Message::Found(found) => self.found(found),
            Message::FilesChanged => self.reload_files(),
            Message::Tick => self.rested(),
            Message::Hangup => (self.quit, self.leaving) = (true, Leaving::Quit),
        }
        self.sync_adjudication();
        self.choose_next();
        self.observe_tutorial();
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
        if self.is_unsettled() && long_ago(Some(self.typed), REST) {
            self.project.settle();
        }
        self.dirty |= self.model.job.is_some();
    }

    /// Whether the store's log can be brought into its file; not while another thread reads all of it.
    fn is_unsettled(&self) -> bool {
        self.project.unsettled() && self.sift.reading.is_none()
    }

    /// How long the screen may sleep before it wants a [`Message::Tick`].
    pub fn sleep(&self) -> Option<Duration> {
        let clock = self.model.job.as_ref().map(|_| CLOCK);
        let rest =
            |since: Option<Instant>, span: Duration| Some((since? + span).saturating_duration_since(Instant::now()));
        let unsettled = self.is_unsettled().then_some(self.typed);
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

    /// The queue's states or scores changed: counts follow, and the next tweet before it is needed.
    fn queue_changed(&mut self) {
        self.counts = [0; STATES];
        for item in self.project.queue() {
            self.counts[item.state as usize] += 1;
        }
        self.course.stale = true;
    }

    /// Number of tweets in one of the states.
    pub(super) fn count(&self, state: State) -> usize {
        self.counts[state as usize]
    }
}
