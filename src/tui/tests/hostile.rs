//! Texts that want to harm the screen.

use ratatui::buffer::Buffer;
use spanlight_models::example::{Context, ContextKind, Example, Span};

use super::{Desk, tweet};
use crate::tui::message::Message;
use crate::worker::Event;

/// No cell of a screen may hold a character that a terminal obeys.
fn assert_harmless(buffer: &Buffer) {
    for cell in &buffer.content {
        let harmful = |c: char| {
            c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!cell.symbol().chars().any(harmful), "{:?}", cell.symbol());
    }
}

const NASTY: &str = "\u{1b}[2J\u{1b}]0;owned\u{7} \u{9b}31m \u{202e}gnp.exe \0 \u{1b}]52;c;ZXZpbA==\u{7} a\u{301}\u{301} \u{200d} \u{fe0f} end";

#[test]
fn control_characters_are_shown_and_never_sent() {
    let mut hostile = tweet(&format!("id{NASTY}"), NASTY, &[]);
    hostile.images = vec![format!("../{NASTY}")];
    let (source, model) = (Some(NASTY.to_owned()), Some(NASTY.to_owned()));
    hostile.contexts = vec![Context { source, model, ..Context::new(ContextKind::Caption, NASTY) }];
    let mut desk = Desk::with(&[hostile.clone(), tweet("b", "calm", &[])]);
    desk.ready().press("D D 1");
    desk.hear(Event::Failed { during: NASTY.into(), message: NASTY.into() });
    for keys in [
        "", "t", "#", "Z", "esc", "?", "esc", "\"", "esc", "&", "esc", "; l", "esc", "; f", "esc", "; v", "esc", "P",
        "=",
    ] {
        desk.press(keys);
        for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
            assert_harmless(desk.draw(width, height));
        }
    }
    desk.press("esc home");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("␛[2J␛]0;owned␇") && screen.contains("‹RLO›gnp.exe"), "{screen}");
}

#[test]
fn pasted_text_does_nothing_outside_of_lines_to_type_in() {
    let mut desk = Desk::new();
    desk.app.update(Message::Paste("1 space q".into()));
    assert_eq!((desk.labels(0).len(), desk.row(), desk.app.quits()), (0, 0, false));
    desk.press("/");
    desk.app.update(Message::Paste("lis\u{1b}[31m\nbon".into()));
    assert_harmless(desk.draw(80, 24));
    let screen = desk.screen(80, 24);
    assert!(screen.contains("search: lis[31mbon"), "{screen}");
}

#[test]
fn resizing_at_any_moment_is_survived() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9)]).press("t s");
    for step in 0..400_u32 {
        let (width, height) = ((step * 37 % 230) as u16 + 1, (step * 53 % 80) as u16 + 1);
        let keys = "d s w ? esc / esc = esc M Q t C & enter d up esc ; l pagedown up esc ; f esc"
            .split(' ')
            .collect::<Vec<_>>();
        desk.press(keys[step as usize % keys.len()]);
        desk.terminal.backend_mut().resize(width, height);
        desk.terminal.resize(ratatui::layout::Rect::new(0, 0, width, height)).expect("resize");
        desk.terminal.draw(|frame| desk.app.draw(frame)).expect("frame");
        desk.app.want_picture();
        desk.messages.try_iter().for_each(|message| desk.app.update(message));
    }
}

#[test]
fn a_screen_that_is_too_small_says_what_it_needs() {
    let mut desk = Desk::new();
    assert!(desk.screen(59, 18).contains("60 x 18 are needed"));
    assert!(desk.screen(60, 17).contains("60 x 18 are needed"));
    desk.draw(1, 1);
}

#[test]
fn ten_thousand_tokens_scroll_with_the_cursor() {
    let words: Vec<String> = (0..10_000).map(|i| format!("word{i}")).collect();
    let mut desk = Desk::with(&[tweet("long", &words.join(" "), &[]), tweet("b", "calm", &[])]);
    assert!(desk.screen(80, 24).contains("word0 word1"));
    desk.press("end");
    assert!(desk.screen(80, 24).contains("word9999"));
    desk.press("up up home D 1");
    assert!(desk.screen(80, 24).contains("word0 word1"));
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2)]);
}

#[test]
fn long_and_strange_type_names_are_cut() {
    let long = "L".repeat(500);
    let strange = "a/b c\u{1b}[31m";
    let tweets = [tweet("a", "one two three", &[(&long, 0, 1), (strange, 1, 2)])];
    let mut desk = Desk::with(&tweets);
    for (width, height) in [(60, 18), (120, 36), (200, 60)] {
        assert_harmless(desk.draw(width, height));
        desk.press("=");
        assert_harmless(desk.draw(width, height));
        desk.press("esc");
    }
    let screen = desk.screen(120, 36);
    assert!(screen.contains("LLL…"), "{screen}");
}

#[test]
fn sixty_types_are_reached_by_name() {
    let spans: Vec<(String, usize, usize)> = (0..60).map(|i| (format!("type/{i}"), i, i + 1)).collect();
    let words: Vec<String> = (0..60).map(|i| format!("w{i}")).collect();
    let spans: Vec<(&str, usize, usize)> =
        spans.iter().map(|(label, start, end)| (label.as_str(), *start, *end)).collect();
    let mut desk = Desk::with(&[tweet("a", &words.join(" "), &spans)]);
    let screen = desk.screen(80, 24);
    assert!(screen.contains('+'), "{screen}");
    desk.press("=").write("type/59").press("enter");
    assert_eq!(desk.labels(0)[0], Span::new("type/59", 0, 1));
}

#[test]
fn a_tweet_of_one_enormous_token_is_broken() {
    let mut desk = Desk::with(&[Example { id: "a".into(), tokens: vec!["x".repeat(5000)], ..Example::default() }]);
    desk.press("1 t");
    assert_harmless(desk.draw(60, 18));
    assert_eq!(desk.labels(0).len(), 1);
}

#[test]
fn a_frame_over_another_equals_a_fresh_one() {
    let emoji = "Look at Lady Yeldale in this light 😭 🏳️‍🌈 ✨";
    let tweets =
        [tweet("a", "Trains to Oso Springs run every 50 minutes , but not today", &[]), tweet("b", emoji, &[])];
    let mut desk = Desk::with(&tweets);
    let mut fresh = Desk::with(&tweets);
    fresh.press("s");
    for keys in ["s", "w s", "? esc s"] {
        desk.terminal.draw(|frame| desk.app.draw(frame)).expect("frame");
        desk.press(keys);
    }
    desk.terminal.draw(|frame| desk.app.draw(frame)).expect("frame");
    let over = super::text_of(desk.terminal.backend().buffer());
    // The queue beside the tweet tells which tweets were seen, which differs.
    let row = |screen: &str| {
        screen.lines().find_map(|line| line.split('│').find(|pane| pane.contains("Yeldale in this")).map(str::to_owned))
    };
    assert!(row(&over).is_some());
    assert_eq!(row(&over), row(&fresh.screen(120, 36)));
}

#[test]
fn emoji_joiners_and_both_directions_keep_their_columns() {
    let mut desk = Desk::new();
    desk.press("s s d d 2");
    let screen = desk.screen(80, 24);
    assert!(screen.contains("👩‍👩‍👧‍👦 in 東京 with שלום #sunset ❤️"), "{screen}");
    let row = |text: &str| screen.lines().find(|line| line.contains(text)).map(str::to_owned).expect(text);
    let before = row("東京").split("東京").next().map(super::super::text::width);
    let below = row("◆LOC").split("◆LOC").next().map(super::super::text::width);
    assert_eq!(before, below, "{screen}");
}
