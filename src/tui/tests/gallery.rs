//! The gallery of candidate images: seen side by side and closely, one preferred, whatever the files are.

use std::collections::HashSet;

use ratatui::style::Color;
use spanlight_models::example::{Context, ContextKind, Example, ImageMeasures, RegionBox};

use super::{Desk, sample, tweet};
use crate::config::GraphicsChoice;
use crate::graphics::{Ability, PixelFormat, Protocol};
use crate::tui::gallery::Arrangement;

/// Colour of the `index`th image, which no other has.
fn color_of(index: usize) -> [u8; 3] {
    [20 * index as u8 + 10, 200 - 20 * index as u8, 77]
}

/// A desk on a tweet with nine images of their own colours and one that is missing, in the gallery.
fn gallery() -> Desk {
    let names: Vec<String> = (0..9).map(|index| format!("quay_{index}")).collect();
    let measures = ImageMeasures { coverage: Some(0.25), accuracy: Some(0.75) };
    let mut tweets = sample();
    tweets[0] = Example {
        images: names.iter().cloned().chain(["absent".to_owned()]).collect(),
        image_scores: [("quay_1".to_owned(), 0.82)].into(),
        image_measures: [("quay_1".to_owned(), measures)].into(),
        boxes: vec![RegionBox { image: "quay_2".into(), start: 0, end: 2, xmin: 0.0, ymin: 0.0, xmax: 9.0, ymax: 9.0 }],
        contexts: vec![Context {
            image: Some("quay_3".into()),
            similarity: Some(0.31),
            ..Context::new(ContextKind::Caption, "a quay")
        }],
        ..tweet("a1", "Greta Thunberg met Sebastian in Lisbon today", &[("PER", 0, 2)])
    };
    let mut desk = Desk::with(&tweets);
    for (index, name) in names.iter().enumerate() {
        let path = desk.dir.path().join(format!("images/{name}.png"));
        image::RgbImage::from_pixel(40, 30, image::Rgb(color_of(index))).save(path).expect("image");
    }
    desk.press("ctrl-l ; p");
    desk
}

/// The images of [`gallery`] that are on the screen drawn last.
fn seen(desk: &Desk) -> Vec<usize> {
    let buffer = desk.terminal.backend().buffer();
    let colors: HashSet<Color> =
        buffer.content.iter().filter(|cell| cell.symbol() == "▀").map(|cell| cell.fg).collect();
    let is_seen = |index: &usize| {
        let [red, green, blue] = color_of(*index);
        colors.contains(&Color::Rgb(red, green, blue))
    };
    (0..9).filter(is_seen).collect()
}

fn images(desk: &Desk) -> Vec<String> {
    desk.stored(0).example.images
}

#[test]
fn all_images_are_seen_side_by_side_with_what_is_known_of_them() {
    let mut desk = gallery();
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        assert_eq!(seen(&desk), (0..9).collect::<Vec<_>>(), "{width}x{height}\n{screen}");
        for part in ["All 10 images", "[✓1]", "0.82", "no file", "Greta"] {
            assert!(screen.contains(part), "`{part}` is missing at {width}x{height}:\n{screen}");
        }
    }
    let screen = desk.screen(200, 60);
    for part in ["quay_0 · preferred", "score 0.82 · coverage 0.25", "0.75", "1 box", "similarity 0.31"] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    // On the smallest screen some are out of sight, but never the one under the cursor.
    for _ in 0..9 {
        desk.press("tab");
        let screen = desk.screen(60, 18);
        let cursor = desk.app.page.as_ref().expect("page").image;
        assert!(cursor == 9 || seen(&desk).contains(&cursor), "{cursor}\n{screen}");
        assert!(screen.contains(&format!("[{}]", cursor + 1)), "{screen}");
    }
}

#[test]
fn one_is_preferred_and_undo_takes_it_back() {
    let mut desk = gallery();
    desk.draw(120, 36);
    desk.press("right right down");
    let cursor = desk.app.page.as_ref().expect("page").image;
    assert!(cursor > 3, "a row further down: {cursor}");
    let chosen = images(&desk)[cursor].clone();
    desk.press("enter");
    assert_eq!((images(&desk)[0].as_str(), desk.stored(0).preferred.as_deref()), (&*chosen, Some(&*chosen)));
    assert!(desk.notice().contains("preferred from now on"), "{}", desk.notice());
    assert!(desk.screen(120, 36).contains("[✓1]"), "it comes first now, under the cursor still");
    desk.press("u");
    assert_eq!((images(&desk)[0].as_str(), desk.stored(0).preferred), ("quay_0", None));
    desk.press("7");
    assert!(desk.screen(120, 36).contains("[7]"));
    desk.press("home end esc");
    assert!(desk.app.gallery.is_none() && desk.screen(120, 36).contains("Image 7 of 10"), "the same one is shown");
}

#[test]
fn one_is_looked_at_closely_and_moved_about() {
    let mut desk = gallery();
    // Red grows to the right, green downwards.
    let path = desk.dir.path().join("images/quay_0.png");
    let shaded = image::RgbImage::from_fn(400, 300, |x, y| image::Rgb([(x / 2) as u8, (y / 2) as u8, 250]));
    shaded.save(path).expect("image");
    desk.press("ctrl-l space");
    assert!(desk.screen(120, 36).contains("400 × 300 pixels"));
    let middle = |desk: &mut Desk| {
        let buffer = desk.draw(120, 36);
        let cells: Vec<Color> = buffer.content.iter().filter(|cell| cell.symbol() == "▀").map(|cell| cell.fg).collect();
        let Color::Rgb(red, green, _) = cells[cells.len() / 2] else { panic!("no colour") };
        (cells.len(), red, green)
    };
    let (cells, red, green) = middle(&mut desk);
    desk.press("+ + +");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("3.4×:") && screen.contains("% across") && screen.contains("% down"), "{screen}");
    assert!(middle(&mut desk).0 > cells, "a magnified image fills the room");
    desk.press("right right");
    assert!(middle(&mut desk).1 > red + 20);
    desk.press("up");
    assert!(middle(&mut desk).2 + 10 < green);
    desk.press("right right right right right right");
    assert!(desk.screen(120, 36).contains("–100 % across"), "no farther than the edge");
    desk.press("0");
    assert_eq!(middle(&mut desk), (cells, red, green));
    desk.press("right");
    assert!(desk.screen(120, 36).contains("Image 2 of 10"), "where nothing is magnified, arrows go to others");
    desk.press("esc");
    assert!(desk.screen(120, 36).contains("All 10 images"));
    desk.press("- +");
    assert_eq!(desk.app.gallery.as_ref().map(|gallery| gallery.arrangement), Some(Arrangement::Single));
}

#[test]
fn two_are_seen_side_by_side() {
    let mut desk = gallery();
    desk.press("4 c");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("Images 1 and 4 of 10") && seen(&desk) == [0, 3], "{screen}");
    desk.press("tab");
    desk.draw(120, 36);
    assert_eq!(seen(&desk), [0, 4], "the preferred one stays");
    desk.press("h tab");
    desk.draw(120, 36);
    assert_eq!(seen(&desk), [4, 5], "the one that was kept stays");
    desk.press("c");
    assert!(desk.screen(120, 36).contains("All 10 images"));
    // The other tweets have two images, of which one is missing, and none.
    desk.press("c s");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("All 2 images") && screen.contains("no file in the image folders"), "{screen}");
    desk.press("s");
    assert!(desk.screen(120, 36).contains("this tweet has no image"));
    desk.press("c enter space + right");
    assert!(desk.screen(120, 36).contains("this tweet has no image"));
}

#[test]
fn files_that_cannot_be_shown_say_why_and_one_pixel_can() {
    let mut tweets = sample();
    tweets[0].images = ["absent", "broken", "strip", "dot", "gone"].map(str::to_owned).to_vec();
    let mut desk = Desk::with(&tweets);
    let folder = desk.dir.path().join("images");
    image::RgbImage::new(20_000, 10).save(folder.join("strip.png")).expect("image");
    image::RgbImage::from_pixel(1, 1, image::Rgb([1, 2, 3])).save(folder.join("dot.png")).expect("image");
    image::RgbImage::new(9, 9).save(folder.join("gone.png")).expect("image");
    desk.press("ctrl-l ; p");
    assert!(desk.app.project.images().find("gone").is_some(), "it is known");
    std::fs::remove_file(folder.join("gone.png")).expect("removed");
    let screen = desk.screen(200, 60);
    for part in ["no file in the image folders", "20000 x 10 pixels", "cannot be shown", "cannot read", "[✓1]"] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    let dot = Color::Rgb(1, 2, 3);
    let has_dot = |desk: &Desk| desk.terminal.backend().buffer().content.iter().any(|cell| cell.fg == dot);
    assert!(has_dot(&desk));
    for number in 1..=5 {
        for (width, height) in [(60, 18), (120, 36)] {
            desk.press(&format!("{number} space + + right"));
            desk.draw(width, height);
            assert!(number != 4 || has_dot(&desk));
            desk.press("c");
            desk.draw(width, height);
            desk.press("esc esc ; p");
        }
    }
}

#[test]
fn nothing_else_is_edited_here_and_not_at_all_from_the_inspector() {
    let mut desk = gallery();
    let before = desk.stored(0);
    for key in ["r", "*", "f", "x", "L", "S"] {
        desk.press(key);
    }
    assert_eq!(desk.stored(0).example, before.example);
    assert!(desk.notice().contains("annotation screen"), "{}", desk.notice());
    desk.press("esc");
    desk.app.open_inspector(true);
    desk.press("; p 3 enter");
    assert!(desk.notice().contains("not from the inspector"), "{}", desk.notice());
    desk.press("u");
    assert_eq!(desk.stored(0).example, before.example);
    desk.press("esc");
    assert!(desk.app.gallery.is_none() && desk.app.inspector.is_some());
    assert_eq!(desk.app.primary().and_then(|question| question.image), None, "no model has come yet");
    // The help does what a key would, no more.
    desk.press("?").write("next-method").press("enter");
    assert!(desk.app.dialog.is_none());
    desk.press("?").write("reject-all").press("enter");
    assert!(desk.notice().contains("annotation screen"), "{}", desk.notice());
}

#[test]
fn in_pixels_no_image_takes_the_last_column_or_row_and_dialogs_lie_on_top() {
    let mut desk = gallery();
    let pixels = Some(PixelFormat { protocol: Protocol::Kitty, cell: (10, 20) });
    desk.app.looks.graphics = GraphicsChoice::Auto;
    desk.app.can_show(Ability { pixels, ..Ability::unasked() });
    for keys in ["0", "space", "c"] {
        desk.press(keys);
        let area = desk.draw(120, 36).area;
        let mut out = Vec::new();
        desk.app.show_pixels(&mut out).expect("written");
        let shown = String::from_utf8_lossy(&out).matches("a=T").count();
        assert_eq!(shown, desk.app.slots.len());
        for slot in &desk.app.slots {
            assert!(slot.space.right() < area.right() && slot.space.bottom() < area.bottom(), "{:?}", slot.space);
        }
    }
    desk.press("?");
    desk.draw(120, 36);
    let mut out = Vec::new();
    desk.app.show_pixels(&mut out).expect("written");
    let written = String::from_utf8_lossy(&out).into_owned();
    assert!(written.contains("a=d") && !written.contains("a=T"), "{written:?}");
}
