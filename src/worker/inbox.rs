//! Which request comes first: the tweet on screen, then decisions, then jobs, then background scores.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError};

use super::message::{LearnJob, Question, Request, Which, WorkItem, task};

/// Tweets whose predictions wait; more than this, and the oldest have left the screen long ago.
const WAITING_PREDICTIONS: usize = 8;

/// Questions about where words looked that wait: those of one screen.
const WAITING_QUESTIONS: usize = 6;

/// What to do next.
#[derive(Debug)]
pub enum Task {
    Predict(WorkItem),
    Ablate(WorkItem),
    Inspect(Question, WorkItem),
    Score(Vec<WorkItem>),
    Compare(Vec<WorkItem>),
    Learn(LearnJob),
    Accept,
    Discard,
    RollBack,
    Shutdown,
}

impl Task {
    /// Words for a failure message.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Predict(_) => task::PREDICTING,
            Self::Ablate(_) => task::ABLATING,
            Self::Inspect(..) => task::INSPECTING,
            Self::Score(_) | Self::Compare(_) => task::SCORING,
            Self::Learn(_) => task::LEARNING,
            Self::Accept => "taking over the new model",
            Self::Discard => "dropping the new model",
            Self::RollBack => "going back to the model before",
            Self::Shutdown => "shutting down",
        }
    }
}

/// Requests sorted by urgency.
#[derive(Debug)]
pub struct Inbox<'a> {
    requests: &'a Receiver<Request>,
    predictions: VecDeque<WorkItem>,
    ablation: Option<WorkItem>,
    questions: VecDeque<(Question, WorkItem)>,
    decisions: VecDeque<Task>,
    waiting: Option<LearnJob>,
    scores: VecDeque<Task>,
    stop: bool,
    shutdown: bool,
}

impl<'a> Inbox<'a> {
    pub fn new(requests: &'a Receiver<Request>) -> Self {
        Self {
            requests,
            predictions: VecDeque::new(),
            ablation: None,
            questions: VecDeque::new(),
            decisions: VecDeque::new(),
            waiting: None,
            scores: VecDeque::new(),
            stop: false,
            shutdown: false,
        }
    }

    /// Waits for the most urgent task.
    pub fn next(&mut self) -> Task {
        loop {
            self.drain();
            // A stop that came after the job had ended stops nothing.
            self.stop = false;
            if self.shutdown {
                return Task::Shutdown;
            }
            let job = |inbox: &mut Self| inbox.waiting.take().map(Task::Learn);
            let task = self.prediction().map(Task::Predict).or_else(|| self.ablation().map(Task::Ablate));
            let task = task.or_else(|| self.question().map(|(question, item)| Task::Inspect(question, item)));
            let task = task.or_else(|| self.decisions.pop_front()).or_else(|| job(self));
            if let Some(task) = task.or_else(|| self.scores.pop_front()) {
                return task;
            }
            match self.requests.recv() {
                Ok(request) => self.sort(request),
                Err(_) => self.shutdown = true,
            }
        }
    }

    /// The newest tweet that waits for its prediction.
    pub fn prediction(&mut self) -> Option<WorkItem> {
        self.drain();
        self.predictions.pop_back()
    }

    /// The tweet that is to be read without its contexts: the last one that was asked for.
    pub fn ablation(&mut self) -> Option<WorkItem> {
        self.drain();
        self.ablation.take()
    }

    /// The question about where words looked that was asked first.
    pub fn question(&mut self) -> Option<(Question, WorkItem)> {
        self.drain();
        self.questions.pop_front()
    }

    /// The one to this model that was asked first.
    pub fn question_to(&mut self, model: Which) -> Option<(Question, WorkItem)> {
        self.drain();
        let place = self.questions.iter().position(|(question, _)| question.model == model)?;
        self.questions.remove(place)
    }

    /// Whether nobody waits for what is asked about a tweet any more: another one is on the screen, or the program ends.
    pub fn has_left(&mut self, tweet: i64) -> bool {
        self.drain();
        self.shutdown || self.questions.iter().any(|(question, _)| question.tweet != tweet)
    }

    /// Whether the running job should end.
    pub fn should_stop(&mut self) -> bool {
        self.drain();
        self.stop || self.shutdown
    }

    fn drain(&mut self) {
        loop {
            match self.requests.try_recv() {
                Ok(request) => self.sort(request),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.shutdown = true;
                    return;
                }
            }
        }
    }

    fn sort(&mut self, request: Request) {
        match request {
            Request::Predict(item) => {
                self.predictions.retain(|waiting| waiting.tweet != item.tweet);
                self.predictions.push_back(item);
                if self.predictions.len() > WAITING_PREDICTIONS {
                    self.predictions.pop_front();
                }
            }
            Request::Ablate(item) => self.ablation = Some(item),
            Request::Inspect(question, item) => {
                self.questions.retain(|(waiting, _)| waiting.tweet == question.tweet && *waiting != question);
                self.questions.push_back((question, item));
                if self.questions.len() > WAITING_QUESTIONS {
                    self.questions.pop_front();
                }
            }
            Request::Score(items) => self.scores.push_back(Task::Score(items)),
            Request::Compare(items) => self.scores.push_back(Task::Compare(items)),
            Request::Learn(job) => self.waiting = Some(job),
            Request::Stop => self.stop = true,
            Request::Accept => self.decisions.push_back(Task::Accept),
            Request::Discard => self.decisions.push_back(Task::Discard),
            Request::RollBack => self.decisions.push_back(Task::RollBack),
            Request::Shutdown => self.shutdown = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use spanlight_models::example::{Example, LabelSet};

    use super::*;

    fn item(tweet: i64) -> WorkItem {
        WorkItem { tweet, example: Example::default(), image: None }
    }

    fn job(corrections: usize) -> LearnJob {
        let corrections = (0..corrections as i64).map(item).collect();
        LearnJob { corrections, replay: Vec::new(), held_out: Vec::new(), labels: LabelSet::default() }
    }

    #[test]
    fn the_newest_question_comes_first_and_a_newer_job_replaces_the_waiting_one() {
        let (sender, requests) = channel();
        let mut inbox = Inbox::new(&requests);
        let script = [
            Request::Score(vec![item(9)]),
            Request::Learn(job(1)),
            Request::Learn(job(2)),
            Request::Predict(item(1)),
            Request::RollBack,
            Request::Ablate(item(7)),
            Request::Ablate(item(8)),
            Request::Predict(item(2)),
            Request::Predict(item(1)),
        ];
        for request in script {
            sender.send(request).expect("the inbox listens");
        }
        assert!(matches!(inbox.next(), Task::Predict(item) if item.tweet == 1));
        assert!(matches!(inbox.next(), Task::Predict(item) if item.tweet == 2));
        assert!(matches!(inbox.next(), Task::Ablate(item) if item.tweet == 8));
        assert!(matches!(inbox.next(), Task::RollBack));
        assert!(matches!(inbox.next(), Task::Learn(job) if job.corrections.len() == 2));
        assert!(matches!(inbox.next(), Task::Score(_)));
        drop(sender);
        assert!(matches!(inbox.next(), Task::Shutdown));
    }

    #[test]
    fn a_stop_is_for_the_running_job_only() {
        let (sender, requests) = channel();
        let mut inbox = Inbox::new(&requests);
        sender.send(Request::Stop).expect("the inbox listens");
        assert!(inbox.should_stop());
        sender.send(Request::Learn(job(1))).expect("the inbox listens");
        assert!(matches!(inbox.next(), Task::Learn(_)));
        assert!(!inbox.should_stop());
    }
}
