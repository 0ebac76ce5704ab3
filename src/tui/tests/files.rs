//! Settings, keymap and themes while the program runs.

use spanlight_models::example::Span;

use super::{Desk, sample};
use crate::config::ColorChoice;
use crate::tui::message::Message;

#[test]
fn the_next_theme_is_one_key_away() {
    let mut desk = Desk::new();
    let dark = desk.app.theme.ui.background;
    desk.press("T");
    assert_ne!(desk.app.theme.ui.background, dark);
    assert!(desk.notice().starts_with("theme light"), "{}", desk.notice());
    desk.press("T T T T");
    assert_eq!(desk.app.theme.ui.background, dark);
}

#[test]
fn a_theme_that_changes_on_disk_is_used_at_once_and_a_broken_one_keeps_the_last() {
    let mut desk = Desk::new();
    let file = desk.config_file("themes/dark.toml");
    let text = include_str!("../../../themes/dark.toml");
    std::fs::write(&file, text.replace("night = \"#15171c\"", "night = \"#000011\"")).expect("theme");
    desk.app.update(Message::FilesChanged);
    assert_eq!(desk.app.theme.ui.background, [0, 0, 0x11]);
    std::fs::write(&file, text.replace("background = \"night\"", "background = \"nite\"")).expect("theme");
    desk.app.update(Message::FilesChanged);
    assert_eq!(desk.app.theme.ui.background, [0, 0, 0x11]);
    let line = text.lines().position(|line| line.starts_with("background")).expect("line") + 1;
    let screen = desk.screen(200, 60);
    assert!(screen.contains(&format!("dark.toml:{line}: `nite` is neither")), "{screen}");
    desk.press("P");
    assert!(desk.screen(120, 36).contains("Problems in settings"));
    std::fs::write(&file, text).expect("theme");
    desk.app.update(Message::FilesChanged);
    assert_eq!(desk.notice(), "settings, keymap and themes are in order again");
}

#[test]
fn keys_are_changed_while_running_and_conflicts_are_shown() {
    let mut desk = Desk::new();
    std::fs::write(desk.config_file("keymap.toml"), "next-tweet = [\"y\"]\ndone = [\"d\"]\n").expect("keymap");
    desk.app.update(Message::FilesChanged);
    assert!(desk.notice().contains("key `d` of `next-token` is already the key of `done`"), "{}", desk.notice());
    desk.press("y");
    assert_eq!(desk.row(), 1);
    assert!(desk.screen(120, 36).contains("y next tweet"));
}

#[test]
fn broken_settings_are_told_and_the_last_good_ones_stay() {
    let mut desk = Desk::new();
    std::fs::write(desk.config_file("settings.toml"), "theme = \"light\"\ncolors = \"true\"\n").expect("settings");
    desk.app.update(Message::FilesChanged);
    assert_eq!(desk.app.theme.name, "light");
    std::fs::write(desk.config_file("settings.toml"), "theme = 3\n").expect("settings");
    desk.app.update(Message::FilesChanged);
    assert_eq!(desk.app.theme.name, "light");
    assert!(desk.notice().contains("settings.toml:1:"), "{}", desk.notice());
}

#[test]
fn without_colours_everything_is_still_told_apart() {
    let mut desk = Desk::with_settings(&sample(), |config| config.settings.colors = ColorChoice::None);
    desk.ready().press("D 1").suggest(0, &[("LOC", 5, 6, 0.8)]).press("d d");
    let buffer = desk.draw(120, 36).clone();
    assert!(
        buffer
            .content
            .iter()
            .all(|cell| cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset)
    );
    let (label, suggestion, plain) = (desk.cell_of("Greta"), desk.cell_of("Lisbon today"), desk.cell_of("today"));
    assert_ne!(label.modifier, plain.modifier);
    assert_ne!(suggestion.modifier, plain.modifier);
    assert_ne!(suggestion.modifier, label.modifier);
    let picture = desk.press("s").draw(120, 36).clone();
    assert!(picture.content.iter().any(|cell| cell.symbol() == "▒"), "light becomes characters");
    let screen = desk.press("w").screen(120, 36);
    assert!(screen.contains("◆PER") && screen.contains("◇LOC 80%"), "{screen}");
}

#[test]
fn keys_can_be_sequences_and_what_can_follow_is_shown() {
    let mut desk = Desk::new();
    std::fs::write(desk.config_file("keymap.toml"), "next-tweet = [\"; y\"]\n").expect("keymap");
    desk.app.update(Message::FilesChanged);
    desk.press("; y");
    assert_eq!(desk.row(), 1);
    desk.press(";");
    assert!(desk.screen(80, 24).contains("y next tweet"));
    // A slip labels nothing, and the sequence is over.
    desk.press("1");
    assert_eq!(desk.notice(), ";1 does nothing");
    assert_eq!(desk.labels(1), [Span::new("LOC", 0, 1)]);
    desk.press("; esc");
    assert_eq!(desk.row(), 1);
    assert!(!desk.screen(80, 24).contains("y next tweet …"));
}
