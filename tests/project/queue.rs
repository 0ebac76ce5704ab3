//! Orders, filters, views and dismissed suspicions.

use spanlight::filter::Filter;
use spanlight::order::{Plan, QueueOrder};
use spanlight::project::Search;
use spanlight_models::prediction::ScoredSpan;

use super::*;

fn ids(project: &Project) -> Vec<TweetId> {
    project.queue().iter().map(|item| item.id).collect()
}

fn suggests(label: &str, start: usize, end: usize, least_confidence: f32) -> Scored {
    let spans = vec![ScoredSpan { span: Span::new(label, start, end), probability: 1.0 - least_confidence }];
    Scored { spans, ..unsure(least_confidence) }
}

fn fitting(project: &Project, line: &str) -> Vec<usize> {
    let filter: Filter = project.read_filter(line).expect("read").unwrap_or_else(|error| panic!("{line}: {error}"));
    let tweets = project.filtered(&filter).expect("looked through");
    tweets.into_iter().filter_map(|tweet| project.index_of(tweet)).collect()
}

fn plan(order: QueueOrder) -> Plan {
    Plan { order, random_share: 0, diverse: false, seed: 0 }
}

#[test]
fn what_a_model_makes_of_tweets_is_kept_compared_and_judged_by_labels() {
    let (_folder, dir, mut project) = project(&tweets(4));
    let ids = ids(&project);
    project.apply("done", &[set_state(ids[0], State::Done), set_state(ids[1], State::Done)]).expect("applied");
    // The labels are LOC at 1 and LOC at 3.
    let right = Scored {
        spans: [1, 3].map(|at| ScoredSpan { span: Span::new("LOC", at, at + 1), probability: 0.9 }).to_vec(),
        ..unsure(0.2)
    };
    let scores = [(ids[0], right.clone()), (ids[1], suggests("PER", 0, 1, 0.1)), (ids[2], suggests("PER", 0, 1, 0.5))];
    project.record_scores(0, &scores).expect("scored");
    let search = Search::default();
    let next = |project: &Project, order| project.next_tweet(&plan(order), &search).map(|choice| choice.tweet);
    assert_eq!(next(&project, QueueOrder::Labels), Some(ids[1]), "the model confirms the other one");
    assert_eq!(next(&project, QueueOrder::Uncertain), Some(ids[2]));
    assert_eq!(project.score(QueueOrder::Models, 2), None, "there was no other model yet");
    project.record_scores(1, &[(ids[2], right), (ids[3], unsure(0.4))]).expect("scored");
    assert_eq!(project.score(QueueOrder::Models, 2), Some(1.0), "the versions share no entity");
    assert_eq!(next(&project, QueueOrder::Models), Some(ids[2]));
    // A correction is judged at once, and so is its undo.
    project.apply("correct", &[relabel(ids[1], &[Span::new("PER", 0, 1)])]).expect("applied").expect("a change");
    assert_eq!(next(&project, QueueOrder::Labels), None);
    project.undo().expect("undone");
    assert_eq!(next(&project, QueueOrder::Labels), Some(ids[1]));
    let before: Vec<_> = project.queue().to_vec();
    drop(project);
    let project = Project::open(&dir).expect("opened");
    assert_eq!(project.queue(), before);
    assert_eq!(project.suggested(ids[2]).expect("read").expect("kept").version, 1);
}

#[test]
fn a_flagged_tweet_comes_only_when_nothing_else_is_left() {
    let (_folder, _dir, mut project) = project(&tweets(3));
    let ids = ids(&project);
    project.apply("flag", &[set_state(ids[1], State::Flagged)]).expect("applied");
    let next = |project: &Project| {
        let search = Search { open: Some(0), ..Search::default() };
        project.next_tweet(&plan(QueueOrder::Corpus), &search).map(|choice| choice.tweet)
    };
    assert_eq!(next(&project), Some(ids[2]));
    project.apply("done", &[set_state(ids[2], State::Done)]).expect("applied");
    assert_eq!(next(&project), Some(ids[1]));
}

#[test]
fn filters_follow_edits_scores_and_people() {
    let (_folder, _dir, mut project) = project(&tweets(12));
    let ids = ids(&project);
    assert_eq!(fitting(&project, "word1 -/word1[0-9]/"), [1]);
    assert_eq!(fitting(&project, "state:new").len(), 12);
    project.apply("label", &[relabel(ids[3], &[Span::new("LOC", 0, 2)])]).expect("applied");
    project.apply("done", &[set_state(ids[4], State::Done)]).expect("applied");
    let note = Change { tweet: ids[5], note: Some("odd one".into()), ..Change::default() };
    project.apply("note", &[note]).expect("applied");
    project.record_scores(0, &[(ids[6], suggests("LOC", 1, 2, 0.75))]).expect("scored");
    assert_eq!(fitting(&project, "label:LOC=word3"), [3]);
    assert_eq!(fitting(&project, "state:in-progress,done"), [3, 4]);
    assert_eq!(fitting(&project, "note:odd"), [5]);
    assert_eq!(fitting(&project, "conf:<0.5"), [6]);
    assert_eq!(fitting(&project, "suggested:0"), [6], "LOC at 1 is a label already");
    let who = project.who().to_owned();
    assert_eq!(fitting(&project, &format!("by:{who}")), [3, 4, 5]);
    assert_eq!(fitting(&project, "since:1h"), [3, 4, 5]);
    assert!(fitting(&project, "since:2100-01-01").is_empty());
    project.mark_learned(1, 2).expect("noted");
    assert_eq!(fitting(&project, "since:v1"), [5]);
    assert_eq!(fitting(&project, "image:missing,yes,no len:4 labels:<=2").len(), 12);
    project.undo().expect("undone");
    assert!(fitting(&project, "note:yes").is_empty());
}

#[test]
fn exports_and_counts_can_be_narrowed_to_a_filter() {
    let (_folder, dir, mut writer) = project(&tweets(5));
    let ids = ids(&writer);
    writer.apply("done", &[set_state(ids[1], State::Done)]).expect("applied");
    writer.apply("done", &[set_state(ids[2], State::Done)]).expect("applied");
    let mut project = Project::open_read_only(&dir).expect("opened beside it");
    let done = project.read_filter("state:done word2").expect("read").expect("a filter");
    let tweets = project.filtered(&done).expect("looked through");
    project.narrow(&tweets).expect("narrowed");
    let (text, report) = exported(&project, LABEL);
    assert!(text.contains("word2") && !text.contains("word1"), "{text}");
    assert_eq!(report.tweets, 1);
    let stats = project.stats().expect("counted");
    assert_eq!((stats.roles["label"], stats.states["done"], stats.states["new"]), (1, 1, 0));
    assert_eq!((stats.edits, stats.human, stats.types["LOC"]), (1, 1, 2));
    assert_eq!(stats.days.iter().map(|day| day.done).sum::<usize>(), 1);
}

#[test]
fn views_are_kept_replaced_and_forgotten() {
    let (_folder, dir, mut project) = project(&tweets(1));
    project.save_view("hard", "conf:<0.5", Some(QueueOrder::Margin)).expect("saved");
    project.save_view("all", "", None).expect("saved");
    project.save_view("hard", "conf:<0.6", Some(QueueOrder::Entity)).expect("replaced");
    drop(project);
    let mut read_only = Project::open_read_only(&dir).expect("opened");
    let views = read_only.views().expect("read");
    assert_eq!(views.iter().map(|view| view.name.as_str()).collect::<Vec<_>>(), ["all", "hard"]);
    assert_eq!((views[1].filter.as_str(), views[1].order), ("conf:<0.6", Some(QueueOrder::Entity)));
    assert!(read_only.save_view("x", "", None).expect_err("read-only").to_string().contains("read-only"));
    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(
        (project.remove_view("all").expect("removed"), project.remove_view("all").expect("none")),
        (true, false)
    );
}

#[test]
fn a_dismissed_suspicion_is_an_edit_that_can_be_taken_back() {
    let (_folder, dir, mut project) = project(&tweets(2));
    let tweet = ids(&project)[0];
    project.dismiss("keep", tweet, "LOC 1-2 > PER 1-2").expect("dismissed").expect("a change");
    assert_eq!(project.dismiss("keep", tweet, "LOC 1-2 > PER 1-2").expect("again"), None);
    project.apply("done", &[set_state(tweet, State::Done)]).expect("applied");
    drop(project);
    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(project.dismissed(tweet).expect("read"), ["LOC 1-2 > PER 1-2"]);
    project.undo().expect("undone");
    assert_eq!(project.undo().expect("undone").expect("a step").summary, "undo: keep");
    assert!(project.dismissed(tweet).expect("read").is_empty());
    project.redo().expect("redone");
    assert_eq!(project.dismissed(tweet).expect("read").len(), 1);
    assert_eq!(exported(&project, LABEL).0, tweets(2), "labels are as they were");
}

#[test]
fn a_store_of_version_four_is_read_and_brought_up_to_date() {
    let (_folder, dir, project) = project(&tweets(2));
    let tweet = ids(&project)[0];
    drop(project);
    let db = rusqlite::Connection::open(dir.join("store.sqlite")).expect("opened");
    db.execute_batch(&format!(
        "DROP TABLE versions; DROP TABLE suggested; DROP TABLE project_edits; DROP TABLE types_to_write; \
         DROP TABLE comments; DROP TABLE boxes; DROP TABLE views; DROP TABLE dismissed; DROP TABLE scores; \
         CREATE TABLE scores (tweet INTEGER PRIMARY KEY REFERENCES tweets, uncertainty REAL NOT NULL) STRICT; \
         INSERT INTO scores VALUES ({tweet}, 0.75); PRAGMA user_version = 4;"
    ))
    .expect("made old");
    drop(db);
    let old = Project::open_read_only(&dir).expect("an old store can be looked at");
    assert_eq!(old.queue()[0].uncertainty(), Some(0.75));
    assert_eq!(fitting(&old, "conf:<0.5"), [0]);
    assert!(old.views().expect("read").is_empty() && old.suggested(tweet).expect("read").is_none());
    drop(old);
    let mut new = Project::open(&dir).expect("brought up to date");
    let scores = new.queue()[0].scores.expect("kept");
    assert_eq!((scores.version, scores.uncertainty.least_confidence), (None, 0.75));
    new.save_view("v", "state:new", None).expect("saved");
    new.dismiss("keep", tweet, "x").expect("dismissed").expect("a change");
    new.record_scores(3, &[(tweet, unsure(0.5))]).expect("scored");
    drop(new);
    let again = Project::open(&dir).expect("opened");
    assert_eq!(again.queue()[0].scores.expect("kept").version, Some(3));
}

#[test]
fn the_order_that_is_listed_is_the_order_in_which_one_works() {
    let (_folder, _dir, mut project) = project(&tweets(30));
    let ids = ids(&project);
    let scores: Vec<_> = ids.iter().enumerate().map(|(row, id)| (*id, unsure((row * 7 % 30) as f32 / 30.0))).collect();
    project.record_scores(0, &scores).expect("scored");
    let plan = Plan { diverse: false, ..Plan::default() };
    let listed = project.in_order(&plan, None, 30);
    assert_eq!(listed.len(), 30);
    let mut worked = Vec::new();
    let mut open = None;
    while let Some(choice) = project.next_tweet(&plan, &Search { open, ..Search::default() }) {
        open = project.index_of(choice.tweet);
        worked.extend(open);
        project.apply("done", &[set_state(choice.tweet, State::Done)]).expect("applied");
    }
    assert_eq!(worked, listed);
    let certain: Vec<usize> = project.in_order(&Plan { random_share: 0, ..plan }, Some(&[3, 4, 9]), 5);
    assert!(certain.is_empty(), "all are done");
}
