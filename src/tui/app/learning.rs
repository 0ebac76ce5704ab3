//! The model: asking it, hearing from it, letting it learn.

use spanlight_models::influence::Ablation;
use spanlight_models::uncertainty::Scored;

use super::App;
use crate::project::{TrainingTweet, TweetId};
use crate::tui::action::Action;
use crate::tui::dialog::Dialog;
use crate::tui::influence::Influence;
use crate::tui::suggestions::Answer;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::worker::lesson::CAPS;
use crate::worker::message::task;
use crate::worker::{Event, LearnJob, ModelCard, Outcome, Request, Verdict, WorkItem};

impl App {
    /// Takes in what the model's thread says.
    pub(super) fn heard(&mut self, event: Event) {
        self.dirty = true;
        match event {
            Event::Ready { model, device } => {
                self.model.card = Some(model);
                self.model.device = Some(device);
                self.model.failure = None;
                self.consult();
                self.question();
            }
            Event::Predicted { tweet, version, prediction, alignments, fusion, image_problem, .. } => {
                let mut answer = Answer { version, prediction, alignments, fusion, image_problem };
                answer.respell(&self.types());
                self.suggestions.answered(tweet, answer);
                self.dirty = self.is_open(tweet);
                if self.dirty {
                    self.refresh_marks();
                }
                self.consult();
            }
            Event::Ablated { tweet, version, ablation } => self.ablated(tweet, version, ablation),
            Event::Inspected(question, answer) => self.inspected(question, answer),
            Event::Scored { version, scores } => self.scored(version, &scores),
            Event::Progress(progress) => self.model.progressed(progress, self.now),
            Event::Measured { step, score } => self.model.measured(step, score),
            Event::Finished(outcome) => self.finished(outcome),
            Event::ModelChanged { model, note } => self.model_changed(model, note),
            Event::Failed { during, message } => self.failed(&during, &message),
        }
    }

    /// Takes in what the texts of a tweet do, if that is still the question.
    fn ablated(&mut self, tweet: TweetId, version: u64, ablation: Ablation) {
        let texts =
            self.page.as_ref().filter(|page| page.tweet.id == tweet).map(|page| page.tweet.example.contexts.len());
        let asked = self.influence.as_ref().is_some_and(|influence| influence.tweet == tweet);
        if asked && texts == Some(ablation.without_one.len()) {
            self.influence = Some(Influence { tweet, version, said: Some(Ok(ablation)) });
        }
    }

    fn is_open(&self, tweet: TweetId) -> bool {
        self.page.as_ref().is_some_and(|page| page.tweet.id == tweet)
    }

    /// Asks the model what it does not know yet: the open tweet, the next one, then scores of the queue.
    pub(super) fn consult(&mut self) {
        let Some(version) = self.model.version() else { return };
        self.choose_next();
        let open = self.page.as_ref().map(|page| page.tweet.id);
        let wanted = open.filter(|tweet| self.suggestions.wanted(*tweet, version));
        let wanted = wanted.or_else(|| self.up_next.filter(|tweet| self.suggestions.wanted_ahead(*tweet, version)));
        if let Some(item) = wanted.and_then(|tweet| self.work_item(tweet)) {
            self.suggestions.asked(item.tweet);
            self.ask(Request::Predict(item));
        }
        // Scores wait for the tweet on the screen.
        if open.is_none_or(|tweet| self.suggestions.settled(tweet, version)) {
            self.score_nearest();
        }
    }

    fn score_nearest(&mut self) {
        let listed = self.batch.as_ref().and_then(|batch| batch.rows.get(batch.cursor).copied());
        let here = listed.or_else(|| self.page.as_ref().map(|page| page.index)).unwrap_or(0);
        let rows = self.scoring.next_batch(here);
        if rows.is_empty() {
            return;
        }
        let queue = self.project.queue();
        let items: Vec<WorkItem> = rows.iter().filter_map(|row| self.work_item(queue[*row].id)).collect();
        let compares = self.scoring.compares();
        self.ask(if compares { Request::Compare(items) } else { Request::Score(items) });
    }

    fn scored(&mut self, version: u64, scores: &[(TweetId, Scored)]) {
        self.scoring.answered();
        // Scores of a model that is no longer in use would order the queue by the wrong mind.
        if self.model.version() == Some(version) {
            if let Err(error) = self.project.record_scores(version, scores) {
                self.say(Tone::Bad, error.to_string());
            }
            self.queue_changed();
            self.tell_finder(scores.iter().map(|(tweet, _)| *tweet).collect());
        }
        self.consult();
    }

    /// Sends a lesson made of what was corrected since the last one.
    pub(super) fn learn(&mut self) {
        if self.model.gone || self.model.card.is_none() {
            self.say(
                Tone::Warn,
                if self.model.gone { "the model is not there" } else { "the model is not loaded yet" },
            );
            return;
        }
        self.count_corrections();
        let set = match self.project.training_set(CAPS) {
            Ok(set) => set,
            Err(error) => return self.say(Tone::Bad, error.to_string()),
        };
        if set.corrections.is_empty() {
            let done = self.key_of(Action::Done);
            self.say(Tone::Plain, format!("nothing was corrected since the last lesson; {done} confirms a tweet"));
            return;
        }
        let items = |tweets: Vec<TrainingTweet>| -> Vec<WorkItem> {
            tweets.into_iter().map(|t| WorkItem { tweet: t.tweet, example: t.example, image: t.image }).collect()
        };
        let waits = self.model.job.is_some();
        let corrected = text::counted(set.corrections.len(), "corrected tweet");
        let judged = set.held_out.len();
        self.model.learning(set.through, self.now);
        self.ask(Request::Learn(LearnJob {
            corrections: items(set.corrections),
            replay: items(set.replay),
            held_out: items(set.held_out),
            labels: self.project.settings().labels.clone(),
        }));
        let when = if waits { "will learn after the running lesson" } else { "learning" };
        let judge = if judged == 0 {
            "no held-out tweets to judge by".into()
        } else {
            format!("judged by {}", text::counted(judged, "held-out tweet"))
        };
        self.say(Tone::Plain, format!("{when} from {corrected}, {judge}"));
    }

    /// Stops the running lesson.
    pub(super) fn stop(&mut self) {
        match &mut self.model.job {
            Some(job) => {
                job.stopping = true;
                self.ask(Request::Stop);
                self.say(Tone::Plain, "stopping after this step");
            }
            None => self.say(Tone::Plain, "the model is not learning"),
        }
    }

    /// Answers what becomes of a model that the held-out tweets did not confirm.
    pub(super) fn answer_candidate(&mut self, answer: Request) {
        if self.model.candidate.is_none() {
            self.say(Tone::Plain, "there is no new model to decide about");
            return;
        }
        if matches!(answer, Request::Discard) {
            self.model.candidate = None;
            self.say(Tone::Plain, "the new model is dropped; the one in use stays");
        }
        self.ask(answer);
    }

    /// Asks before going back, because undo does not bring the newer model back.
    pub(super) fn ask_roll_back(&mut self) {
        match self.model.version() {
            None | Some(0) => self.say(Tone::Plain, "there is no earlier model to go back to"),
            Some(version) => {
                let question =
                    format!("Go back from model v{version} to the one before? The newer one is not kept in use.");
                self.dialog = Some(Dialog::Confirm { question, action: Action::RollBack });
            }
        }
    }

    fn finished(&mut self, outcome: Outcome) {
        let verdict = outcome.verdict.clone();
        let left_out = match outcome.beyond_flat {
            0 => String::new(),
            // A word has one entity at most in a model.
            count => format!("; {count} of the labels, which lie within or across longer ones, were left out"),
        };
        if let (Some(through), Verdict::Accepted { version }) = (self.model.finished(outcome, self.now), &verdict) {
            self.learned(*version, through);
        }
        let (take_over, discard) = (self.key_of(Action::TakeOver), self.key_of(Action::Discard));
        match verdict {
            Verdict::Accepted { version } => {
                self.say(Tone::Good, format!("learned: model v{version} is in use{left_out}"));
            }
            Verdict::Worse => {
                self.say(Tone::Warn, format!("the new model is worse on the held-out tweets: {take_over} uses it all the same, {discard} drops it"));
            }
            Verdict::Unjudged => {
                self.say(
                    Tone::Warn,
                    format!("no held-out tweets judge the new model: {take_over} uses it, {discard} drops it"),
                );
            }
            Verdict::Stopped => self.say(Tone::Plain, "stopped; the model is as it was"),
        }
    }

    fn model_changed(&mut self, model: ModelCard, note: String) {
        let before = self.model.version();
        let version = model.version;
        if before < Some(version)
            && let Some(through) = self.model.candidate.take()
        {
            self.learned(version, through);
        }
        if before > Some(version) {
            if let Err(error) = self.project.unlearn_after(version) {
                self.say(Tone::Bad, error.to_string());
            }
            self.count_corrections();
        }
        let retyped = self.model.card.as_ref().is_some_and(|card| card.labels != model.labels);
        if before == Some(version) && retyped {
            self.suggestions.outdate_all();
        }
        if before != Some(version) || retyped {
            self.scoring = self.scoring.restarted(self.project.queue(), self.course.plan.order);
        }
        self.model.card = Some(model);
        self.say(Tone::Good, note);
        self.consult();
        if let Some(inspector) = &mut self.inspector {
            inspector.insights.clear();
        }
        self.question();
        if matches!(self.dialog, Some(Dialog::Influence(_))) {
            self.ask_influence();
        }
    }

    /// Notes in the store that edits up to `through` are learned.
    fn learned(&mut self, version: u64, through: i64) {
        if through > 0
            && let Err(error) = self.project.mark_learned(version, through)
        {
            self.say(Tone::Bad, error.to_string());
        }
        self.count_corrections();
    }

    /// Counts the tweets that the model has not learned from yet.
    pub(super) fn count_corrections(&mut self) {
        self.uncounted = None;
        match self.project.corrections_waiting() {
            Ok(count) => {
                self.dirty |= self.corrections != count;
                self.corrections = count;
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    fn failed(&mut self, during: &str, message: &str) {
        match during {
            task::PREDICTING => self.suggestions.failed(self.model.version().unwrap_or(0)),
            task::ABLATING => {
                if let Some(influence) = &mut self.influence {
                    influence.said.get_or_insert_with(|| Err(message.trim_end().to_owned()));
                }
            }
            task::SCORING => self.scoring.failed(),
            task::LEARNING => self.model.job_failed(self.now),
            _ => {}
        }
        let text = format!("{during}: {}", message.trim_end());
        self.model.failure = Some(text.clone());
        self.say(Tone::Bad, text);
    }

    pub(super) fn worker_gone(&mut self) {
        self.model.gone = true;
        self.model.job = None;
        self.model.queued = None;
        let reason = self.model.failure.clone().unwrap_or_else(|| "the model's thread has ended".into());
        self.say(Tone::Bad, format!("{reason}; labelling goes on without suggestions"));
    }
}
