//! Types, comments, guidelines and boxes on the screen.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::Desk;
use crate::project::{CommentKind, EntityType};
use crate::tui::message::Message;
use crate::worker::{Event, Request};

/// A desk whose surveys are heard.
fn desk() -> (Desk, std::sync::mpsc::Receiver<Message>) {
    let mut desk = Desk::new();
    let (sender, reports) = channel();
    desk.app.report_to(sender);
    desk.ready();
    (desk, reports)
}

/// Waits for the next thing that a thread of the screen reports.
fn hear(desk: &mut Desk, reports: &std::sync::mpsc::Receiver<Message>) {
    loop {
        let message = reports.recv_timeout(Duration::from_secs(30)).expect("a report");
        // The dictionary speaks unasked.
        let awaited = !matches!(message, Message::Known(..) | Message::Found(_));
        desk.app.update(message);
        if awaited {
            return;
        }
    }
}

fn names(desk: &Desk) -> Vec<String> {
    desk.app.project.settings().labels.names().map(str::to_owned).collect()
}

#[test]
fn a_type_is_renamed_after_a_preview_and_undo_takes_it_back() {
    let (mut desk, reports) = desk();
    desk.suggest(0, &[("LOC", 5, 6, 0.9)]);
    desk.press("; t");
    hear(&mut desk, &reports);
    assert!(desk.screen(80, 24).contains("1 labels"), "{}", desk.screen(80, 24));
    desk.write("loc").press("enter").press("backspace backspace backspace").write("PLACE").press("enter");
    assert!(desk.screen(80, 24).contains("looking through"));
    assert_eq!(names(&desk)[1], "LOC", "nothing happens before the preview was seen");
    desk.press("enter");
    assert!(desk.notice().contains("wait"), "{}", desk.notice());
    hear(&mut desk, &reports);
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("[Lisbon]") && screen.contains("one step of undo"), "{screen}");
    }
    desk.asked();
    desk.press("enter");
    assert_eq!((names(&desk)[1].as_str(), desk.labels(1)[0].label.as_str()), ("PLACE", "PLACE"));
    let retyped = desk.asked().into_iter().find_map(|request| match request {
        Request::Retype(types) => Some(types),
        _ => None,
    });
    assert_eq!(retyped.expect("the model is told").former["LOC"], "PLACE");
    // What the model had said, and what it says before it knows, is read by the new name.
    assert_eq!(desk.app.page.as_ref().expect("page").marks[0].span.label, "PLACE");
    desk.suggest(0, &[("LOC", 5, 6, 0.9)]);
    assert_eq!(desk.app.page.as_ref().expect("page").marks[0].span.label, "PLACE");
    desk.press("esc").press("u");
    assert_eq!((names(&desk)[1].as_str(), desk.labels(1)[0].label.as_str()), ("LOC", "LOC"));
    assert!(desk.notice().contains("undo: rename LOC to PLACE"), "{}", desk.notice());
}

#[test]
fn a_new_type_has_a_key_at_once_and_mistakes_stay_to_be_mended() {
    let (mut desk, reports) = desk();
    desk.press("; t").write("TIME").press("enter").press("down").write("d").press("enter");
    assert!(desk.notice().contains("is the key of next-token"), "{}", desk.notice());
    desk.press("backspace").write("y").press("down").write("reddish").press("enter");
    assert!(desk.notice().contains("no colour"), "{}", desk.notice());
    desk.press("ctrl-u").write("#aa0000").press("enter");
    assert_eq!(names(&desk).last().map(String::as_str), Some("TIME"));
    hear(&mut desk, &reports);
    desk.press("esc").press("y");
    assert_eq!(desk.labels(0)[0].label, "TIME");
    // The model's types are others then: what it said about tweets is asked anew.
    let mut card = super::card(0);
    card.labels.push("TIME".into());
    desk.suggest(0, &[]).suggest(1, &[]).asked();
    desk.hear(Event::ModelChanged { model: card, note: "not learned yet: TIME".into() });
    assert!(desk.asked().iter().any(|request| matches!(request, Request::Predict(_))));
}

#[test]
fn a_question_is_asked_found_and_answered() {
    let (mut desk, _reports) = desk();
    desk.press(":").write("2").press("enter").press("; c").write("the city?");
    for (width, height) in [(60, 18), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("Comment on “Lisbon”") && screen.contains("new question"), "{screen}");
    }
    desk.press("enter").press(":").write("4").press("enter").press("; c").write("dull").press("enter");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("✎ dull") && screen.contains("✎1"), "{screen}");
    desk.press("; n").write("question").press("enter");
    assert_eq!(desk.row(), 1);
    assert!(desk.notice().contains("the city?"), "{}", desk.notice());
    desk.press("; c").write("yes, the city").press("enter");
    let id = desk.id(1);
    let comments = desk.app.project.comments(id).expect("read");
    assert_eq!(comments[0].comment.kind, CommentKind::Decision);
    assert!(desk.screen(120, 36).contains("= the city?"), "{}", desk.screen(120, 36));
    desk.press("u u u");
    assert!(desk.app.project.remarks().expect("read").is_empty());
    desk.press("; n");
    assert!(desk.notice().contains("nothing is commented"), "{}", desk.notice());
}

#[test]
fn guidelines_stand_beside_the_tweet_and_follow_the_file_and_the_type() {
    let (mut desk, reports) = desk();
    let file = desk.app.project.guidelines_file();
    desk.press("; g");
    assert!(desk.screen(120, 36).contains("no guidelines yet"), "{}", desk.screen(120, 36));
    hear(&mut desk, &reports);
    let filler = "A line of text.\n\n".repeat(60);
    std::fs::write(&file, format!("# Rules\n\n{filler}\n## LOC\n\n- a *place* on a map\n")).expect("written");
    desk.app.update(Message::GuidelinesChanged);
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        assert!(desk.screen(width, height).contains("Rules"), "{}", desk.screen(width, height));
    }
    desk.press("> >");
    assert!(!desk.screen(80, 24).contains("Rules"));
    desk.press(":").write("2").press("enter");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("• a place on a map") && screen.contains("most: Lisbon 1"), "{screen}");
    desk.press("; g");
    assert!(!desk.screen(120, 36).contains("Guidelines"));
}

#[test]
fn a_box_is_drawn_by_grid_and_pixels_and_seen_on_the_picture() {
    let (mut desk, _reports) = desk();
    desk.press("; b");
    assert!(desk.notice().contains("cursor on a label"), "{}", desk.notice());
    desk.press(":").write("2").press("enter");
    let plain = desk.draw(80, 24).clone();
    desk.press("; b");
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("new · grid"), "{screen}");
    }
    assert_ne!(desk.draw(80, 24).content, plain.content);
    // Cells of 4 pixels on an image of 64 x 48.
    desk.press("left up shift-right shift-down space space right enter");
    let region = desk.stored(1).example.boxes[0].clone();
    let edges = [region.xmin, region.ymin, region.xmax, region.ymax].map(|edge| edge as i32);
    assert_eq!(edges, [13, 8, 49, 36]);
    assert_eq!((region.start, region.end, region.image.as_str()), (0, 1, "harbour"));
    desk.press("down enter tab enter");
    assert_eq!(desk.stored(1).example.boxes.len(), 2);
    assert_eq!(desk.stored(1).example.boxes[0].ymin as i32, 9);
    assert!(desk.screen(80, 24).contains("2/2"), "{}", desk.screen(80, 24));
    desk.press("delete esc");
    assert_eq!(desk.stored(1).example.boxes.len(), 1);
    desk.press("u");
    assert_eq!(desk.stored(1).example.boxes.len(), 2);
    // The box goes where its entity goes.
    desk.press("v");
    assert_eq!(desk.stored(1).example.boxes[0].end, 2);
    desk.press("u u u u");
    assert!(desk.stored(1).example.boxes.is_empty());
}

#[test]
fn types_with_hostile_names_draw_at_every_size() {
    let (mut desk, _reports) = desk();
    let mut settings = desk.app.project.settings().clone();
    let mut types = settings.types();
    types.extend((0..40).map(|n| EntityType::named(format!("\u{202e}a{n}👩‍👩‍👧‍👦 {}", "x".repeat(n * 3)))));
    settings.set_types(&types);
    desk.app.project.update_settings(settings).expect("written");
    desk.press("; t");
    for (width, height) in [(60, 18), (80, 24), (200, 60)] {
        desk.screen(width, height);
    }
    desk.press("pagedown pagedown enter");
    desk.screen(60, 18);
    desk.press("down down down down enter");
    assert!(desk.screen(60, 18).contains("one with"), "{}", desk.screen(60, 18));
}
