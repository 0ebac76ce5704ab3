//! Several annotators: differences side by side, settled by keys, taken back by undo.

use spanlight_models::example::Span;

use super::{Desk, sample};
use crate::corpus::ReadOptions;
use crate::project::{Change, Project, State};
use crate::team::{BoxPolicy, Counting, Policy, Team, merge};

/// Type, first token and end of an entity.
type Marked<'a> = (&'a str, usize, usize);

/// What an annotator did: row of the tweet, entities, note.
type Work<'a> = (usize, &'a [Marked<'a>], Option<&'a str>);

/// A merged project of annotators by their names.
fn merged(team: &[(&str, &[Work<'_>])]) -> Desk {
    let folder = tempfile::tempdir().expect("folder");
    let mut paths = Vec::new();
    for (name, work) in team {
        let path = folder.path().join(format!("{name}.spanlight"));
        let mut project = super::new_project(&path, folder.path().to_owned());
        super::import(&mut project, &sample());
        for (row, spans, note) in *work {
            let spans = spans.iter().map(|(label, start, end)| Span::new(*label, *start, *end)).collect();
            let (tweet, note) = (project.queue()[*row].id, note.map(str::to_owned));
            let change = Change { tweet, spans: Some(spans), state: Some(State::Done), note };
            project.apply("label", &[change]).expect("applied");
        }
        paths.push(path);
    }
    let into = folder.path().join("demo.spanlight");
    let gathered = Team::gather(&paths, ReadOptions::default(), Counting::Done, &[], &mut |_| {}).expect("gathered");
    merge(&gathered, &into, Policy::Agreed, BoxPolicy::default(), false, &mut |_| {}).expect("merged");
    let mut desk = Desk::over(Project::open(&into).expect("opened"), folder, |_| {});
    desk.app.begin_adjudication();
    desk
}

const GRETA: Marked<'_> = ("PER", 0, 2);
const LISBON: Marked<'_> = ("LOC", 5, 6);

/// Three who differ about two places of the first tweet and about one of the second.
fn three() -> Desk {
    merged(&[
        ("ann", &[(0, &[GRETA, LISBON], Some("clear")), (1, &[("LOC", 0, 1)], None), (3, &[], None)]),
        ("bo", &[(0, &[GRETA], None), (1, &[("ORG", 0, 2)], None), (3, &[], None)]),
        ("cy", &[(0, &[("PER", 0, 1), ("LOC", 5, 6)], None)]),
    ])
}

fn current(desk: &Desk) -> usize {
    desk.app.adjudication.as_ref().and_then(|adjudication| adjudication.case.as_ref()).expect("a case").current
}

#[test]
fn a_merged_project_opens_with_its_differences_side_by_side() {
    let mut desk = three();
    let screen = desk.screen(120, 36);
    for part in ["1 ann", "2 bo", "3 cy", "4 model", "difference 1 of 2 · 2 open · 2 tweets left", "note of ann: clear"]
    {
        assert!(screen.contains(part), "`{part}` in\n{screen}");
    }
    assert!(screen.contains("borders Greta Thunberg") && screen.contains("missing Lisbon"), "{screen}");
    let small = desk.screen(80, 24);
    assert!(small.contains("1 ann") && small.contains("3 cy") && small.contains("difference 1 of 2"), "{small}");
    let smallest = desk.screen(60, 18);
    assert!(smallest.contains("1 ann") && smallest.contains("Greta Thunberg"), "{smallest}");
    // By name and number, not by colour alone.
    desk.app.theme = desk.app.theme.clone().without_color();
    assert!(desk.screen(120, 36).contains("2 bo"));
}

#[test]
fn differences_are_settled_one_by_one_and_the_next_tweet_follows() {
    let mut desk = three();
    desk.press("1");
    assert_eq!((desk.labels(0), current(&desk)), (vec![Span::new("PER", 0, 2)], 1));
    desk.press("0");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2)]);
    assert!(desk.notice().starts_with("every difference is settled"), "{}", desk.notice());
    desk.press("space");
    assert_eq!((desk.stored(0).state, desk.row()), (State::Done, 1));
    assert!(desk.screen(120, 36).contains("1 tweet left"));
    desk.press("2 space");
    assert_eq!(desk.labels(1), [Span::new("ORG", 0, 2)]);
    assert_eq!(desk.notice(), "every difference between the annotators is settled");
    assert!(desk.app.project.to_adjudicate().expect("read").is_empty());
    let history = desk.app.project.timeline(desk.id(0)).expect("read");
    assert_eq!(history[2].summary, "adjudicate `Greta Thunberg`: ann");
}

#[test]
fn undo_takes_back_every_decision_in_turn() {
    let mut desk = three();
    desk.press("2 0");
    let settled = |desk: &Desk| [desk.app.is_settled(0), desk.app.is_settled(1)];
    assert_eq!(settled(&desk), [true, true]);
    desk.press("u");
    assert_eq!((settled(&desk), current(&desk)), ([true, false], 1), "for no entity there was no edit to take back");
    desk.press("u");
    assert_eq!((settled(&desk), desk.labels(0)), ([false, false], vec![]));
    // A label that was there first, then none.
    desk.press("down 1 down 0");
    assert_eq!((settled(&desk), desk.labels(0)), ([true, false], vec![]));
    desk.press("u");
    assert_eq!((settled(&desk), desk.labels(0)), ([true, false], vec![Span::new("PER", 0, 2)]));
    desk.press("u");
    assert_eq!((settled(&desk), desk.labels(0)), ([false, false], vec![]));
}

#[test]
fn what_was_decided_is_kept_while_one_looks_at_other_tweets() {
    let mut desk = three();
    desk.press("up 0 s");
    assert_eq!(desk.row(), 1);
    desk.press("w");
    assert!(desk.app.is_settled(1) && !desk.app.is_settled(0));
}

#[test]
fn a_difference_is_relabelled_and_edited_as_usual() {
    let mut desk = three();
    // The tokens of the difference are selected, so that one key labels them.
    desk.press("o");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 2)]);
    assert!(desk.app.is_settled(0));
    desk.press("c");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 1)]);
    desk.press("3");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 1)], "a voice takes the place of what a hand did");
}

#[test]
fn the_chosen_voice_and_the_models_are_taken_too() {
    let mut desk = three();
    desk.ready().suggest(0, &[("ORG", 0, 2, 0.8), ("PER", 3, 4, 0.7)]);
    assert!(desk.screen(120, 36).contains("◇ORG 80%"));
    desk.press("4");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 2)]);
    desk.press("right right enter");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 2), Span::new("LOC", 5, 6)]);
    // What the model alone sees stays a suggestion.
    desk.press("f");
    assert_eq!(desk.labels(0).len(), 3);
    desk.press("9");
    assert_eq!(desk.notice(), "there is no voice with the number 9");
}

#[test]
fn all_are_taken_together_only_where_they_share_no_token() {
    let mut desk = three();
    desk.press("&");
    assert!(desk.notice().contains("shares tokens") && desk.labels(0).is_empty(), "{}", desk.notice());
    desk.press("down &");
    assert_eq!(desk.labels(0), [Span::new("LOC", 5, 6)]);
}

#[test]
fn a_tweet_with_open_differences_is_finished_only_when_that_is_said_twice() {
    let mut desk = three();
    desk.press("space");
    assert!(desk.notice().starts_with("2 differences open"), "{}", desk.notice());
    assert_eq!(desk.stored(0).state, State::New);
    desk.press("d space");
    assert_eq!(desk.stored(0).state, State::New, "another key comes between");
    desk.press("space");
    assert_eq!((desk.stored(0).state, desk.row()), (State::Done, 1));
}

#[test]
fn one_goes_between_adjudicating_and_labelling_by_a_key() {
    let mut desk = three();
    desk.press("; a 1");
    assert!(!desk.screen(120, 36).contains("difference 1 of"));
    assert_eq!(desk.labels(0).len(), 1, "a digit assigns a type again");
    desk.press("u ; a");
    assert!(desk.screen(120, 36).contains("difference 1 of 2"));
    let mut alone = Desk::new();
    alone.app.begin_adjudication();
    alone.press("; a");
    assert!(alone.notice().contains("spanlight merge"), "{}", alone.notice());
}
