//! Composes pictures: a background, one or two objects, and the tight box of each.

use super::backgrounds::{self, Backdrop, Setting};
use super::canvas::{Area, Canvas};
use super::color::Palette;
use super::kind::Kind;
use crate::dice::Dice;

/// Width and height of the usual shapes as parts of the longer side.
const SHAPES: [(f32, f32); 8] =
    [(1.0, 1.0), (1.0, 0.75), (0.75, 1.0), (1.0, 0.67), (0.67, 1.0), (1.0, 0.8), (0.8, 1.0), (1.0, 0.5625)];
/// Shapes with room for two objects side by side.
const WIDE_SHAPES: [(f32, f32); 5] = [(1.0, 1.0), (1.0, 0.75), (1.0, 0.67), (1.0, 0.8), (1.0, 0.5625)];

/// A finished picture with the box of every object, in the order they were asked for.
pub struct Picture {
    pub image: image::RgbImage,
    pub boxes: Vec<Area>,
}

/// A picture of one object.
pub fn single(kind: &Kind, dice: &mut Dice) -> Picture {
    let mut canvas = blank(&SHAPES, dice);
    let backdrop = backgrounds::paint(&mut canvas, *dice.pick(kind.settings), dice);
    let whole = Area::new(0.0, 0.0, canvas.width(), canvas.height());
    let share = dice.between(0.22, 0.5);
    let area = place(kind, whole, share, &backdrop, dice);
    let covered = draw(&mut canvas, kind, area, &backdrop, dice);
    Picture { image: canvas.into_rgb(), boxes: vec![covered] }
}

/// The surroundings of an object without it.
pub fn empty(kind: &Kind, dice: &mut Dice) -> Picture {
    let mut canvas = blank(&SHAPES, dice);
    backgrounds::paint(&mut canvas, *dice.pick(kind.settings), dice);
    Picture { image: canvas.into_rgb(), boxes: Vec::new() }
}

/// A picture of two objects, the first on the left; scenery fills the back and the second stands before it.
pub fn double(first: &Kind, second: &Kind, dice: &mut Dice) -> Picture {
    let mut canvas = blank(&WIDE_SHAPES, dice);
    let backdrop = backgrounds::paint(&mut canvas, shared_setting(first, second, dice), dice);
    let (width, height) = (canvas.width(), canvas.height());
    let split = width * dice.between(0.46, 0.54);
    let (left, right) = (Area::new(0.0, 0.0, split, height), Area::new(split, 0.0, width - split, height));
    let (back, front, shares) = if first.scenery && second.label != first.label {
        let front = if dice.chance(0.5) { left } else { right };
        (Area::new(0.0, 0.0, width, height * 0.86), front, (0.6, 0.4))
    } else {
        (left, right, (dice.between(0.4, 0.6), dice.between(0.4, 0.6)))
    };
    let area = place(first, back, shares.0, &backdrop, dice);
    let mut boxes = vec![draw(&mut canvas, first, area, &backdrop, dice)];
    let area = place(second, front, shares.1, &backdrop, dice);
    boxes.push(draw(&mut canvas, second, area, &backdrop, dice));
    Picture { image: canvas.into_rgb(), boxes }
}

/// An empty picture of one of the shapes.
fn blank(shapes: &[(f32, f32)], dice: &mut Dice) -> Canvas {
    let long = dice.whole(124, 192);
    let (across, down) = *dice.pick(shapes);
    Canvas::new((long as f32 * across).round() as u32, (long as f32 * down).round() as u32)
}

fn shared_setting(first: &Kind, second: &Kind, dice: &mut Dice) -> Setting {
    let both: Vec<Setting> = first.settings.iter().copied().filter(|it| second.settings.contains(it)).collect();
    if both.is_empty() { Setting::Outdoors } else { *dice.pick(&both) }
}

/// Room for an object that takes about `share` of the pixels in `room` and stands near the ground.
fn place(kind: &Kind, room: Area, share: f32, backdrop: &Backdrop, dice: &mut Dice) -> Area {
    let aspect = kind.width / 100.0 * dice.between(0.9, 1.12);
    let pixels = room.width * room.height * share;
    let (mut width, mut height) = ((pixels * aspect).sqrt(), (pixels / aspect).sqrt());
    let fit = (room.width * 0.92 / width).min(room.height * 0.86 / height).min(1.0);
    (width, height) = (width * fit, height * fit);
    let x = room.x + dice.between(0.03, 0.97) * (room.width - width);
    let lowest = room.height * 0.98 - height;
    let y = if kind.tilts {
        dice.between(0.02, 1.0) * lowest
    } else {
        (backdrop.ground + (room.height - backdrop.ground) * dice.between(0.1, 0.7) - height).clamp(1.0, lowest)
    };
    Area::new(x, y, width, height)
}

fn draw(canvas: &mut Canvas, kind: &Kind, area: Area, backdrop: &Backdrop, dice: &mut Dice) -> Area {
    let palette = Palette::against(&backdrop.colors, dice);
    let tilt = if kind.tilts { dice.between(-14.0, 14.0) } else { 0.0 };
    let mut layer = Canvas::new(canvas.width() as u32, canvas.height() as u32);
    layer.frame((kind.width, 100.0), area, dice.chance(0.5), tilt);
    (kind.draw)(&mut layer, &palette, dice);
    canvas.lay(&layer);
    layer.covered().expect("every object covers some pixels")
}
