//! The image beside the tweet and the map over it.

use ratatui::style::Color;
use spanlight_models::example::RegionBox;

use super::{Desk, sample};
use crate::config::GraphicsChoice;

/// Colours of the upper halves of all picture cells on the screen drawn last.
fn pixels(desk: &Desk) -> Vec<Color> {
    let buffer = desk.terminal.backend().buffer();
    buffer.content.iter().filter(|cell| cell.symbol() == "▀").map(|cell| cell.fg).collect()
}

#[test]
fn the_image_is_shown_in_its_shape() {
    let mut desk = Desk::new();
    desk.press("s").draw(120, 36);
    let buffer = desk.terminal.backend().buffer();
    let cells: Vec<(u16, u16)> = buffer
        .content
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.symbol() == "▀")
        .map(|(i, _)| (i as u16 % 120, i as u16 / 120))
        .collect();
    let width =
        cells.iter().map(|c| c.0).max().expect("picture") - cells.iter().map(|c| c.0).min().expect("picture") + 1;
    let height =
        cells.iter().map(|c| c.1).max().expect("picture") - cells.iter().map(|c| c.1).min().expect("picture") + 1;
    let shape = f64::from(width) / f64::from(2 * height);
    assert!((shape - 64.0 / 48.0).abs() < 0.1, "{width} x {height}");
}

#[test]
fn missing_and_absent_images_are_said() {
    let mut desk = Desk::new();
    assert!(desk.screen(80, 24).contains("this tweet has no image"));
    desk.press("s I");
    let screen = desk.screen(80, 24);
    assert!(screen.contains("not in the image") && screen.contains("Image 2 of 2"), "{screen}");
    desk.press("I");
    assert!(desk.screen(80, 24).contains('▀'));
}

#[test]
fn a_corrupt_image_is_said_and_labelling_goes_on() {
    let mut tweets = sample();
    tweets[1].images = vec!["broken".into()];
    let mut desk = Desk::with(&tweets);
    desk.press("s");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("this image cannot be shown"), "{screen}");
    desk.press("1");
    assert_eq!(desk.labels(1)[0].label, "PER");
}

#[test]
fn the_heat_map_lies_over_the_image_and_says_what_it_is() {
    let mut desk = Desk::new();
    desk.ready().press("s").suggest(0, &[]).suggest(1, &[("PER", 6, 8, 0.9)]);
    desk.draw(120, 36);
    let plain = pixels(&desk);
    desk.press("t");
    let screen = desk.screen(120, 36);
    assert_ne!(pixels(&desk), plain);
    for part in ["“Lisbon” by compact v0", "attention: 1 layer × 1 head, mean", "2×2 regions", "0.100", "0.700"] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    desk.press("t").draw(120, 36);
    assert_eq!(pixels(&desk), plain);
}

#[test]
fn where_there_is_no_map_the_reason_is_said() {
    let mut tweets = sample();
    tweets[1].images = vec!["harbour".into(), "broken".into()];
    let mut desk = Desk::with(&tweets);
    desk.press("s t");
    assert!(desk.screen(200, 60).contains("no heat map: the model is being loaded"));
    desk.ready();
    assert!(desk.screen(200, 60).contains("no heat map: the model has not answered yet"));
    desk.suggest(0, &[]).suggest(1, &[]).press("I");
    let screen = desk.screen(200, 60);
    assert!(screen.contains("no heat map: the model looked at another of the tweet's images"), "{screen}");
}

#[test]
fn gold_boxes_are_drawn_in_the_colour_of_their_type() {
    let mut tweets = sample();
    tweets[1].boxes =
        vec![RegionBox { image: "harbour".into(), start: 0, end: 1, xmin: 8.0, ymin: 8.0, xmax: 40.0, ymax: 40.0 }];
    let mut desk = Desk::with(&tweets);
    desk.press("s b").draw(120, 36);
    let [red, green, blue] = desk.app.theme.type_color(&desk.app.project.settings().labels, "LOC");
    assert!(pixels(&desk).contains(&Color::Rgb(red, green, blue)));
    desk.press("b").draw(120, 36);
    assert!(!pixels(&desk).contains(&Color::Rgb(red, green, blue)));
}

#[test]
fn redrawing_finds_files_that_were_repaired() {
    let mut tweets = sample();
    tweets[0].images = vec!["broken".into()];
    let mut desk = Desk::with(&tweets);
    assert!(!desk.screen(80, 24).contains('▀'));
    image::RgbImage::new(9, 9).save(desk.dir.path().join("images/broken.jpg")).expect("image");
    desk.press("ctrl-l");
    assert!(desk.app.take_redraw());
    assert!(desk.screen(80, 24).contains('▀'));
}

#[test]
fn images_can_be_switched_off() {
    let mut desk = Desk::with_settings(&sample(), |config| config.settings.graphics = GraphicsChoice::Off);
    desk.press("s");
    let screen = desk.screen(120, 36);
    assert!(!screen.contains('▀') && !screen.contains("Image"), "{screen}");
}

#[test]
fn one_of_several_images_is_preferred_and_the_model_looks_at_it() {
    let mut tweets = sample();
    tweets[1].images = vec!["harbour".into(), "absent".into(), "broken".into()];
    tweets[1].image_scores = [("broken".into(), 0.82)].into();
    let mut desk = Desk::with(&tweets);
    desk.ready().press("s").suggest(0, &[]).suggest(1, &[]).suggest(2, &[]);
    desk.asked();
    assert!(desk.screen(80, 24).contains("[✓1] 2?  3 0.82"));
    desk.press("Y");
    assert_eq!(desk.notice(), "this image is the preferred one already");
    desk.press("J");
    let screen = desk.screen(80, 24);
    assert!(screen.contains(" ✓1  2? [3 0.82]") && screen.contains("Image 3 of 3"), "{screen}");
    desk.press("Y");
    assert_eq!(desk.stored(1).example.images, ["broken", "harbour", "absent"]);
    assert_eq!(desk.stored(1).preferred.as_deref(), Some("broken"));
    assert!(desk.screen(80, 24).contains("[✓1 0.82] 2  3?"), "the same image stays in sight");
    let looked_at = |desk: &Desk| {
        let asked = desk.asked().into_iter();
        asked
            .filter_map(|request| match request {
                crate::worker::Request::Predict(item) => {
                    item.image.and_then(|path| path.file_stem().map(std::ffi::OsStr::to_owned))
                }
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(looked_at(&desk), ["broken"]);
    desk.suggest(1, &[]).press("u");
    assert_eq!((desk.stored(1).example.images.len(), desk.stored(1).preferred), (3, None));
    assert_eq!(looked_at(&desk), ["harbour"]);
    assert!(desk.screen(80, 24).contains("Image 3 of 3"));
}
