//! The inspector: what is asked, what of the answers is seen, and that labels cannot be changed there.

use std::time::Duration;

use spanlight_models::alignment::{Alignment, Frame, HeadMap, Regions};
use spanlight_models::attribution::{Falls, Method, Piece, Unit};
use spanlight_models::example::{RegionBox, Span};
use spanlight_models::model::Reading;
use spanlight_models::prediction::ScoredSpan;

use super::{Desk, sample};
use crate::worker::{Event, Insight, Question, Request, Which};

/// The questions since the last time.
fn questions(desk: &Desk) -> Vec<Question> {
    let asked = desk.asked().into_iter().filter_map(|request| match request {
        Request::Inspect(question, item) => {
            let first = item.example.images.first().filter(|_| item.image.is_some());
            assert!(
                question.image.is_none() || first == question.image.as_ref(),
                "the image that is asked about comes first"
            );
            Some(question)
        }
        _ => None,
    });
    asked.collect()
}

/// An answer with two heads over 2 x 2 regions; one looks at the upper right, the other a little at the lower left.
fn insight(question: &Question, label: &str, sharp: f32) -> Box<Insight> {
    let tokens = 10;
    let rest = (1.0 - sharp) / 3.0;
    let head = |head, weights: [f32; 4]| HeadMap { head, weights: weights.repeat(tokens), ..HeadMap::default() };
    let mut reading = Reading::default();
    reading.answer.prediction.spans = vec![ScoredSpan { span: Span::new(label, 0, 1), probability: 0.75 }];
    let falls = Falls {
        regions: vec![0, 1, 2, 3],
        probabilities: vec![0.75; tokens],
        falls: [0.01, 0.5, 0.02, 0.0].repeat(tokens),
    };
    Box::new(Insight {
        model: "compact v0".into(),
        system: "compact",
        types: vec!["PER".into(), "LOC".into()],
        chances: vec![vec![0.25, 0.7, 0.05]; tokens],
        reading,
        alignment: question.image.clone().map(|image| Alignment {
            method: question.method.name(),
            tokens,
            spans: Vec::new(),
            regions: Regions::Grid { image, rows: 2, columns: 2, frame: Frame::WHOLE },
            maps: vec![head(0, [rest, sharp, rest, rest]), head(1, [0.05, 0.05, 0.1, 0.05])],
        }),
        pieces: (0..tokens)
            .flat_map(|token| [Piece { text: format!("p{token}"), token }, Piece { text: format!("q{token}"), token }])
            .filter(|_| question.unit == Unit::SubToken)
            .collect(),
        falls: (question.method == Method::Occlusion).then_some(falls),
        elapsed: Duration::from_millis(3),
    })
}

/// A desk on the second tweet, whose first word has a gold box in the upper right of its image, in the inspector.
fn inspecting() -> (Desk, Question) {
    let mut tweets = sample();
    tweets[1].boxes =
        vec![RegionBox { image: "harbour".into(), start: 0, end: 1, xmin: 32.0, ymin: 0.0, xmax: 64.0, ymax: 24.0 }];
    let mut desk = Desk::with(&tweets);
    desk.ready().press("s V");
    let asked = questions(&desk);
    assert_eq!(asked.len(), 1);
    (desk, asked[0].clone())
}

fn answer(desk: &mut Desk, question: &Question, label: &str, sharp: f32) {
    desk.hear(Event::Inspected(question.clone(), Ok(insight(question, label, sharp))));
}

#[test]
fn a_map_is_asked_for_once_and_shown_with_all_that_it_is() {
    let (mut desk, question) = inspecting();
    assert_eq!((question.method, question.model, question.unit), (Method::Attention, Which::InUse, Unit::Word));
    assert_eq!(question.image.as_deref(), Some("harbour"));
    assert!(desk.screen(120, 36).contains("asking the model"));
    answer(&mut desk, &question, "LOC", 0.85);
    let screen = desk.screen(120, 36);
    for part in [
        "LOC 75% “Lisbon”",
        "“Lisbon” · attention · mean",
        "row 1, column 2: 0.",
        "Scale: one for all words",
        "2 heads of 1 layer",
        "peak inside",
        "m: gradient-attention, occlusion",
        "0.0 1.00",
        "0.1 0.25",
        "attention says where",
    ] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    desk.press("e d a");
    assert!(questions(&desk).is_empty(), "another word, layer or head costs no pass through the model");
}

#[test]
fn heads_regions_and_scales_are_chosen_by_key() {
    let (mut desk, question) = inspecting();
    answer(&mut desk, &question, "LOC", 0.85);
    desk.press("] ] ]");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("· head:0.1") && screen.contains("row 2, column 1"), "its own brightest region:\n{screen}");
    desk.press("[ right up");
    assert!(desk.screen(120, 36).contains("row 1, column 2: 0.850"));
    desk.press("x");
    assert!(desk.screen(120, 36).contains("of this map alone"));
    desk.press("r");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("which words look at row 1, column 2") && screen.contains("looked at"), "{screen}");
}

#[test]
fn another_method_is_asked_for_and_a_failure_is_told() {
    let (mut desk, question) = inspecting();
    answer(&mut desk, &question, "LOC", 0.85);
    desk.press("m");
    let asked = questions(&desk);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].method, Method::GradientAttention);
    desk.hear(Event::Inspected(asked[0].clone(), Err("`compact` has no such maps; it has attention".into())));
    assert!(desk.screen(120, 36).contains("has no such maps"));
    desk.press("M m");
    assert!(questions(&desk).is_empty(), "what failed is not asked again");
}

#[test]
fn hiding_regions_says_whether_the_brightest_one_matters() {
    let (mut desk, question) = inspecting();
    answer(&mut desk, &question, "LOC", 0.85);
    assert!(desk.screen(120, 36).contains("h hides every region"));
    desk.press("h");
    let asked = questions(&desk);
    assert_eq!(asked[0].method, Method::Occlusion);
    answer(&mut desk, &asked[0], "LOC", 0.85);
    let screen = desk.screen(120, 36);
    assert!(screen.contains("falls by 0.500") && screen.contains("it matters"), "{screen}");
}

#[test]
fn two_models_are_compared_with_their_difference_and_labels() {
    let (mut desk, question) = inspecting();
    answer(&mut desk, &question, "LOC", 0.85);
    desk.press("c");
    let asked = questions(&desk);
    assert_eq!((asked.len(), asked[0].model), (1, Which::Other));
    answer(&mut desk, &asked[0], "PER", 0.25);
    let screen = desk.screen(160, 48);
    for part in ["Compared", "Difference", "becomes", "PER 75%", "second less first", "centred on no change"] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    desk.press("c");
    let screen = desk.screen(160, 48);
    assert!(screen.contains("nothing else to compare with") && questions(&desk).is_empty(), "its file is missing");
    // Without any image the labels alone are compared.
    desk.press("c c");
    let without = questions(&desk).pop().expect("asked");
    assert_eq!((without.image.as_deref(), without.model), (None, Which::InUse));
    answer(&mut desk, &without, "ORG", 0.5);
    let screen = desk.screen(160, 48);
    assert!(screen.contains("ORG 75%") && screen.contains("read without an image"), "{screen}");
}

#[test]
fn pieces_of_words_are_gone_through_one_by_one() {
    let (mut desk, question) = inspecting();
    answer(&mut desk, &question, "LOC", 0.85);
    desk.press("y y");
    let asked = questions(&desk).pop().expect("asked");
    assert_eq!(asked.unit, Unit::SubToken);
    answer(&mut desk, &asked, "LOC", 0.85);
    assert!(desk.screen(120, 36).contains("“p0”"));
    desk.press("d");
    assert!(desk.screen(120, 36).contains("“q0”") && desk.cursor() == 0);
    desk.press("d");
    assert!(desk.screen(120, 36).contains("“p1”") && desk.cursor() == 1);
}

#[test]
fn labels_cannot_be_changed_here_and_the_way_back_is_told() {
    let (mut desk, _) = inspecting();
    let before = desk.labels(1);
    for key in ["1", "g", "f", "r", "space", "u", "*", "L", "z"] {
        desk.press(key);
    }
    assert_eq!(desk.labels(1), before);
    desk.press("space");
    assert!(desk.notice().contains("annotation screen"), "{}", desk.notice());
    desk.press("esc");
    assert!(desk.app.inspector.is_none() && desk.screen(120, 36).contains("Entities"));
    desk.app.open_inspector(true);
    desk.press("esc");
    assert!(desk.app.inspector.is_some() && desk.notice().contains("annotate"), "there is no other screen");
}

#[test]
fn every_size_has_a_map_and_a_tweet_without_image_says_so() {
    let (mut desk, question) = inspecting();
    answer(&mut desk, &question, "LOC", 0.85);
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("Map") && screen.contains('▀'), "{width}x{height}\n{screen}");
    }
    assert!(desk.screen(50, 18).contains("too small"));
    desk.press("w");
    let asked = questions(&desk).pop().expect("asked");
    let nothing = "the tweet `a1` has no image that `compact` could look at";
    desk.hear(Event::Inspected(asked, Err(nothing.into())));
    assert!(desk.screen(120, 36).contains("has no image"));
}

#[test]
fn what_is_shown_is_written_as_it_is() {
    let (mut desk, question) = inspecting();
    desk.press("p");
    assert!(desk.app.export().is_none(), "there is no map yet");
    answer(&mut desk, &question, "LOC", 0.85);
    desk.press("] x");
    let mut export = desk.app.export().expect("a map");
    export.folder = desk.dir.path().join("made/here");
    let written = crate::tui::exporter::write(&export).expect("written").picture;
    assert_eq!(written.file_name().and_then(|name| name.to_str()), Some("a2.0-0.attention.png"));
    for ending in ["png", "svg", "npz", "json"] {
        assert!(written.with_extension(ending).is_file(), "{ending}");
    }
    let described = std::fs::read_to_string(written.with_extension("json")).expect("readable");
    assert!(described.contains("\"max\"") && described.contains("compact v0"), "{described}");
    // Two methods are maps of one model, two models have a side each.
    let counts = |desk: &Desk| {
        desk.app.export().map(|export| export.sides.iter().map(|side| side.maps.len()).collect::<Vec<_>>())
    };
    desk.press("c c c");
    for asked in questions(&desk) {
        answer(&mut desk, &asked, "LOC", 0.5);
    }
    assert_eq!(counts(&desk), Some(vec![2]));
    desk.press("c c c");
    assert_eq!(counts(&desk), Some(vec![1, 1]));
    desk.app.update(crate::tui::message::Message::Exported(Err("the disk is full".into())));
    assert!(desk.notice().contains("the disk is full"));
}

#[test]
fn a_models_map_is_held_against_the_recorded_one_where_there_are_any() {
    let (mut desk, question) = inspecting();
    answer(&mut desk, &question, "LOC", 0.85);
    desk.press("c c c c c");
    assert!(!desk.screen(160, 48).contains("Compared"), "without a folder of maps there is nothing behind the image");
    desk.app.recorded_maps = true;
    desk.press("c c c c");
    questions(&desk);
    desk.press("c y y");
    let asked = questions(&desk).into_iter().find(|question| question.model == Which::Recorded).expect("asked");
    assert_eq!(asked.unit, Unit::Word, "files know no pieces");
    desk.press("y");
    let mut recorded = insight(&asked, "PER", 0.25);
    (recorded.model, recorded.types, recorded.chances) = ("recorded maps".into(), Vec::new(), Vec::new());
    desk.hear(Event::Inspected(asked, Ok(recorded)));
    let screen = desk.screen(160, 48);
    for part in ["recorded maps · harbour", "where the picture shows it", "nats from the recorded map", "Difference"] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    assert!(!screen.contains("becomes"), "files say nothing about labels");
}
