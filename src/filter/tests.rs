//! The language of filters.

use spanlight_models::uncertainty::Uncertainty;

use super::{Counts, Facts, Filter, ImageFact, Label, Vocabulary, World, complete};
use crate::project::{Role, State};

fn vocabulary() -> Vocabulary {
    Vocabulary { types: vec!["PER".into(), "LOC".into(), "a/b".into()], people: vec!["ann".into(), "Bob".into()] }
}

fn world() -> World {
    World { people: vec!["ann".into(), "Bob".into()], learned: vec![(1, 10), (2, 20)] }
}

fn facts() -> Facts {
    let label = |name: &str, words: &str| Label { name: name.into(), words: words.into() };
    Facts {
        tweet: 1,
        name: "16_05_10_96".into(),
        role: Role::Label,
        text: "RT @one : Greta Thunberg in New York ÉTÉ https://t.co/x".into(),
        tokens: 9,
        state: State::InProgress,
        labels: vec![label("PER", "Greta Thunberg"), label("LOC", "New York")],
        image: ImageFact::Yes,
        uncertainty: Some(Uncertainty { least_confidence: 0.25, entity: 0.125, entropy: 0.5, margin: 0.5 }),
        models: Some(0.5),
        contradiction: None,
        suggestions: Some(0),
        note: Some("is the Festival an event ?".into()),
        people: vec![1],
        edited: Some((15, "2026-11-03T10:00:00.000Z".into())),
    }
}

fn admits(line: &str) -> bool {
    Filter::parse(line, &vocabulary()).unwrap_or_else(|error| panic!("{line}: {error}")).admits(&facts(), &world())
}

#[test]
fn every_term_looks_at_its_thing() {
    let fit = [
        "",
        "greta",
        "\"thunberg in NEW york\"",
        "été",
        "/G.*g in/",
        "/greta/i",
        "https://t.co/x",
        "-lisbon",
        "state:in-progress",
        "state:new,in-progress",
        "type:PER type:loc",
        "type:any",
        "type:LOC,a/b",
        "label:york",
        "label:LOC=york",
        "label:LOC=\"new york\"",
        "label:PER=/^Greta/",
        "image:yes",
        "image:no,yes",
        "len:>8 len:<10 len:9 len:>=9 len:<=9 len:5..12",
        "labels:2",
        "suggested:0",
        "conf:>0.7",
        "entity:>0.8",
        "entropy:0.5",
        "margin:<0.6",
        "models:>0.4",
        "-against:>0",
        "by:bob",
        "by:ann,bob",
        "since:2026-11-01",
        "since:2026-11-03T09:00",
        "since:v1",
        "note:yes",
        "note:festival",
        "id:05_10",
        "role:label",
        "  type:PER   -state:done greta  ",
    ];
    let differ = [
        "lisbon",
        "-greta",
        "/greta/",
        "\"greta  thunberg\"",
        "state:done",
        "-state:in-progress",
        "type:a/b",
        "label:PER=york",
        "image:no",
        "len:>9",
        "len:<9",
        "conf:<0.7",
        "against:>=0",
        "by:ann",
        "since:2026-11-04",
        "since:v2",
        "since:today",
        "note:missing",
        "role:held-out",
        "greta state:done",
    ];
    for line in fit {
        assert!(admits(line), "`{line}` fits");
    }
    for line in differ {
        assert!(!admits(line), "`{line}` does not fit");
    }
}

#[test]
fn mistakes_say_where_they_are_and_what_is_possible() {
    for (line, place, said) in [
        ("sate:new", 0..4, "is `state` meant?"),
        ("greta colour:red", 6..12, "there are state, type"),
        ("state:nwe", 6..9, "there are new, seen"),
        ("type:PRE", 5..8, "there are PER, LOC"),
        ("len:many", 4..8, "no number"),
        ("len:9..5", 4..8, "smaller number comes first"),
        ("len:", 4..4, "wants a value"),
        ("\"open", 0..5, "a closing \" is missing"),
        ("x /open", 2..7, "a closing / is missing"),
        ("/a(/", 0..4, "unclosed group"),
        ("label:PER=\"new york", 10..19, "a closing \" is missing"),
        ("label:PER=", 6..10, "type:PER"),
        ("since:yesterday", 6..15, "no time"),
        ("\"a\"b", 3..4, "a space is missing"),
        ("\"\"", 0..2, "nothing between"),
    ] {
        let error = Filter::parse(line, &vocabulary()).expect_err(line);
        assert!(error.message.contains(said), "{line}: {}", error.message);
        assert_eq!(error.place, place, "{line}");
    }
}

#[test]
fn hostile_lines_are_read_or_refused_without_a_panic() {
    let pieces =
        ["-", "\"", "/", ":", "state:", "é", "👩‍👩‍👧‍👦", " ", "\\", "=", "label:PER=", "..", "v", "since:", "\u{a0}"];
    let mut seed = 7_u64;
    for _ in 0..20_000 {
        let mut line = String::new();
        for _ in 0..6 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            line.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        let _ = Filter::parse(&line, &vocabulary());
        for (cursor, _) in line.char_indices().chain([(line.len(), ' ')]) {
            let completion = complete(&line, cursor, &vocabulary());
            for offer in &completion.offers {
                let (taken, at) = completion.take(&line, cursor, offer);
                assert!(taken.is_char_boundary(at));
            }
        }
    }
}

#[test]
fn what_can_stand_at_the_cursor_is_offered() {
    let offered = |line: &str| -> Vec<String> {
        complete(line, line.len(), &vocabulary()).offers.into_iter().map(|offer| offer.insert).collect()
    };
    assert_eq!(offered("st"), ["state:"]);
    assert_eq!(offered("greta -ty"), ["type:"]);
    assert!(offered("").len() > 10);
    assert_eq!(offered("state:s"), ["state:seen", "state:skipped"]);
    assert_eq!(offered("type:p"), ["type:PER"]);
    assert_eq!(offered("type:PER,"), ["type:PER,LOC", "type:PER,a/b"]);
    assert_eq!(offered("by:"), ["by:ann", "by:Bob"]);
    assert!(offered("\"state:").is_empty());
    let completion = complete("greta -st here", 9, &vocabulary());
    assert_eq!(completion.take("greta -st here", 9, &completion.offers[0]), ("greta -state: here".into(), 13));
    let completion = complete("state:se x", 8, &vocabulary());
    assert_eq!(completion.take("state:se x", 8, &completion.offers[0]), ("state:seen x".into(), 11));
}

#[test]
fn counts_are_per_value_and_once_per_tweet() {
    let mut counts = Counts::default();
    let mut twice = facts();
    twice.labels.push(twice.labels[0].clone());
    counts.add(&twice);
    counts.add(&Facts { labels: Vec::new(), people: Vec::new(), note: None, state: State::New, ..facts() });
    counts.name(&world());
    let of = |term: &str| counts.of(term).expect(term);
    assert_eq!([of("type:PER"), of("type:any"), of("labels:0"), of("state:new"), of("image:yes")], [1, 1, 1, 1, 2]);
    assert_eq!([of("by:Bob"), of("by:ann"), of("note:yes"), of("type:ORG")], [1, 0, 1, 0]);
    assert_eq!(counts.of("len:>3"), None);
}

#[test]
fn the_term_that_is_being_written_can_be_left_out() {
    let filter = Filter::parse("greta state:done", &vocabulary()).expect("a filter");
    assert!(!filter.admits(&facts(), &world()));
    assert!(filter.without(16).admits(&facts(), &world()));
    assert!(!filter.without(2).admits(&facts(), &world()));
}
