//! Going through suspicious labels.

use spanlight_models::example::Span;

use super::{Desk, sample};

fn desk() -> Desk {
    let desk = Desk::with(&sample());
    let (first, second) = (desk.id(0), desk.id(1));
    let text = format!(
        r#"{{"version": 1, "checks": ["types"], "model": null, "tweets": 4, "entities": 1, "suspects": [
        {{"tweet": "a2", "place": 1, "row": {second}, "score": 0.93, "fault": "type", "words": "Lisbon",
          "gold": {{"start": 0, "end": 1, "type": "LOC"}}, "suggestion": {{"start": 0, "end": 1, "type": "ORG"}},
          "reasons": [{{"check": "types", "score": 0.93, "text": "`Lisbon` is LOC here and ORG in 12 other places"}}]}},
        {{"tweet": "a1", "place": 0, "row": {first}, "score": 0.6, "fault": "missing", "words": "Greta Thunberg",
          "gold": null, "suggestion": {{"start": 0, "end": 2, "type": "PER"}}, "reasons": []}},
        {{"tweet": "a9", "place": 9, "row": 999, "score": 0.5, "fault": "extra", "words": "x",
          "gold": {{"start": 0, "end": 1, "type": "PER"}}, "suggestion": null, "reasons": []}}]}}"#
    );
    std::fs::write(desk.app.project.dir().join("suspects.json"), text).expect("written");
    desk
}

#[test]
fn a_suspicion_is_shown_with_its_reason_and_answered_with_one_key() {
    let mut desk = desk();
    desk.press("; s");
    assert_eq!((desk.row(), desk.cursor()), (1, 0));
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        for part in ["Suspicious label 1 of 3", "◆LOC → ◇ORG?", "LOC here and ORG in", "Space keep", "s later"] {
            assert!(screen.contains(part), "`{part}` at {width}x{height}:\n{screen}");
        }
    }
    desk.press("f");
    assert_eq!(desk.labels(1), [Span::new("ORG", 0, 1)]);
    assert_eq!(desk.row(), 0, "the next one");
    desk.press("f");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2)]);
    assert_eq!((desk.notice().as_str(), desk.app.suspects.is_none()), ("every suspicious label is answered", true));
    desk.press("u u ; s");
    assert_eq!((desk.row(), desk.labels(1)), (1, vec![Span::new("LOC", 0, 1)]), "undo makes it a question again");
}

#[test]
fn what_was_kept_is_not_asked_again_until_that_is_undone() {
    let mut desk = desk();
    desk.press("; s space");
    assert_eq!((desk.row(), desk.labels(1)), (0, vec![Span::new("LOC", 0, 1)]));
    desk.press("s");
    assert_eq!(desk.row(), 0, "only the skipped one is left");
    desk.press("esc ; s");
    assert_eq!(desk.row(), 0);
    let mut desk = desk.restart(|dir| crate::project::Project::open(dir).expect("opened"));
    desk.press("; s");
    assert_eq!(desk.row(), 0);
    desk.press("u");
    assert_eq!((desk.row(), desk.app.suspects.as_ref().map(|walk| walk.at)), (1, Some(0)));
}

#[test]
fn without_a_list_or_with_a_broken_one_there_are_words() {
    let mut desk = Desk::new();
    desk.press("; s");
    assert!(desk.notice().contains("spanlight suspects --project"), "{}", desk.notice());
    for (text, part) in [("{", "makes it anew"), ("{\"version\": 9, \"suspects\": []}", "version 9")] {
        std::fs::write(desk.app.project.dir().join("suspects.json"), text).expect("written");
        desk.press("; s");
        assert!(desk.notice().contains(part), "{}", desk.notice());
    }
    std::fs::write(desk.app.project.dir().join("suspects.json"), "{\"version\": 1, \"suspects\": []}")
        .expect("written");
    desk.press("; s");
    assert!(desk.notice().starts_with("no suspicious label is left"), "{}", desk.notice());
    assert!(desk.app.suspects.is_none());
}
