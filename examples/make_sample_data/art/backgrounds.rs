//! What lies behind the objects; it says nothing about their type.

use super::canvas::Canvas;
use super::color::{Color, DARK, WHITE};
use crate::dice::Dice;

/// Where a picture is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Under the sky, on some ground.
    Outdoors,
    /// Under the sky, on water.
    Water,
    /// In a room.
    Indoors,
    /// Before plain colours.
    Studio,
}

/// What was painted: the height of the ground line, and the colours objects must stand out from.
pub struct Backdrop {
    pub ground: f32,
    pub colors: Vec<Color>,
}

pub fn paint(canvas: &mut Canvas, setting: Setting, dice: &mut Dice) -> Backdrop {
    match setting {
        Setting::Outdoors => outdoors(canvas, dice),
        Setting::Water => water(canvas, dice),
        Setting::Indoors => indoors(canvas, dice),
        Setting::Studio => studio(canvas, dice),
    }
}

/// A sky in flat bands with sun or moon and clouds.
fn sky(canvas: &mut Canvas, bottom: f32, dice: &mut Dice) -> Color {
    let (high, low, light) = match dice.whole(0, 4) {
        0 => (
            Color::hsl(dice.between(235.0, 265.0), 0.4, 0.2),
            Color::hsl(dice.between(220.0, 300.0), 0.35, 0.34),
            WHITE,
        ),
        1 => (
            Color::hsl(dice.between(255.0, 300.0), 0.35, 0.55),
            Color::hsl(dice.between(15.0, 40.0), 0.85, 0.74),
            Color::hsl(40.0, 0.95, 0.8),
        ),
        2 => (Color::hsl(210.0, 0.12, 0.72), Color::hsl(210.0, 0.12, 0.86), WHITE),
        _ => (
            Color::hsl(dice.between(195.0, 215.0), 0.7, 0.62),
            Color::hsl(dice.between(185.0, 205.0), 0.7, 0.85),
            Color::hsl(48.0, 0.95, 0.7),
        ),
    };
    let bands = 5;
    for band in 0..bands {
        let share = band as f32 / (bands - 1) as f32;
        let top = bottom * band as f32 / bands as f32;
        canvas.rect(0.0, top.floor(), canvas.width(), (bottom - top).ceil(), high.mix(low, share));
    }
    let unit = canvas.width().min(canvas.height());
    if dice.chance(0.5) {
        let x = dice.between(0.1, 0.9) * canvas.width();
        canvas.circle(x, dice.between(0.1, 0.25) * canvas.height(), unit * dice.between(0.05, 0.09), light);
    }
    for _ in 0..dice.whole(0, 3) {
        let (x, y) = (dice.between(0.0, 1.0) * canvas.width(), dice.between(0.06, 0.4) * canvas.height());
        let size = unit * dice.between(0.05, 0.09);
        let cloud = low.mix(WHITE, 0.6);
        canvas.rounded(x - size * 2.0, y, size * 4.0, size, size, cloud);
        canvas.circle(x - size * 0.5, y, size, cloud);
        canvas.circle(x + size * 0.7, y + size * 0.1, size * 0.75, cloud);
    }
    high.mix(low, 0.6)
}

fn outdoors(canvas: &mut Canvas, dice: &mut Dice) -> Backdrop {
    let (width, height) = (canvas.width(), canvas.height());
    let ground = height * dice.between(0.6, 0.8);
    let air = sky(canvas, ground, dice);
    let earth = match dice.whole(0, 4) {
        0 => Color::hsl(dice.between(38.0, 50.0), 0.5, 0.68),
        1 => Color::hsl(220.0, 0.08, dice.between(0.34, 0.5)),
        2 => Color::hsl(205.0, 0.2, 0.9),
        _ => Color::hsl(dice.between(85.0, 135.0), 0.4, dice.between(0.36, 0.55)),
    };
    if dice.chance(0.4) {
        let hill = earth.mix(air, 0.5);
        let x = dice.between(0.0, 1.0) * width;
        canvas.ellipse(x, ground + height * 0.04, width * 0.4, height * dice.between(0.08, 0.16), hill);
    }
    for _ in 0..dice.whole(0, 3) {
        let (x, size) = (dice.between(0.0, 1.0) * width, height * dice.between(0.06, 0.11));
        canvas.rect(x - size * 0.12, ground - size, size * 0.24, size, earth.mix(DARK, 0.5));
        canvas.circle(x, ground - size * 1.3, size * 0.7, earth.mix(air, 0.25).darker());
    }
    canvas.rect(0.0, ground.floor(), width, height, earth);
    match dice.whole(0, 2) {
        0 => canvas.rect(0.0, ground + (height - ground) * 0.5, width, (height - ground) * 0.22, earth.darker()),
        1 => {
            for _ in 0..5 {
                let (x, y) = (dice.between(0.0, 1.0) * width, dice.between(ground + 3.0, height));
                canvas.ellipse(x, y, width * 0.03, height * 0.01, earth.mix(WHITE, 0.3));
            }
        }
        _ => {}
    }
    Backdrop { ground, colors: vec![air, earth] }
}

fn water(canvas: &mut Canvas, dice: &mut Dice) -> Backdrop {
    let (width, height) = (canvas.width(), canvas.height());
    let ground = height * dice.between(0.6, 0.76);
    let air = sky(canvas, ground, dice);
    let sea = Color::hsl(dice.between(180.0, 222.0), dice.between(0.4, 0.7), dice.between(0.32, 0.5));
    canvas.rect(0.0, ground.floor(), width, height, sea);
    for _ in 0..dice.whole(4, 8) {
        let (x, y) = (dice.between(0.0, 1.0) * width, dice.between(ground + 4.0, height));
        canvas.rounded(x, y, width * dice.between(0.08, 0.2), height * 0.014, 2.0, sea.lighter());
    }
    Backdrop { ground, colors: vec![air, sea] }
}

fn indoors(canvas: &mut Canvas, dice: &mut Dice) -> Backdrop {
    let (width, height) = (canvas.width(), canvas.height());
    let ground = height * dice.between(0.62, 0.82);
    let wall = Color::hsl(dice.between(0.0, 360.0), dice.between(0.15, 0.4), dice.between(0.6, 0.86));
    let floor = Color::hsl(dice.between(15.0, 40.0), dice.between(0.25, 0.5), dice.between(0.32, 0.62));
    canvas.rect(0.0, 0.0, width, height, wall);
    if dice.chance(0.35) {
        let step = width / dice.whole(5, 8) as f32;
        let mut x = 0.0;
        while x < width {
            canvas.rect(x, 0.0, step * 0.4, height, wall.mix(WHITE, 0.3));
            x += step;
        }
    }
    if dice.chance(0.5) {
        let (x, y) = (dice.between(0.05, 0.7) * width, dice.between(0.06, 0.14) * height);
        let pane = if dice.chance(0.5) { Color::hsl(205.0, 0.6, 0.82) } else { wall.mix(floor, 0.5) };
        canvas.rect(x, y, width * 0.24, height * 0.3, WHITE);
        canvas.rect(x + width * 0.02, y + height * 0.02, width * 0.2, height * 0.26, pane);
    }
    canvas.rect(0.0, ground.floor(), width, height, floor);
    canvas.rect(0.0, ground.floor(), width, height * 0.025, floor.lighter());
    if dice.chance(0.3) {
        canvas.ellipse(
            width * 0.5,
            f32::midpoint(ground, height),
            width * 0.4,
            (height - ground) * 0.32,
            wall.darker(),
        );
    }
    Backdrop { ground, colors: vec![wall, floor] }
}

fn studio(canvas: &mut Canvas, dice: &mut Dice) -> Backdrop {
    let (width, height) = (canvas.width(), canvas.height());
    let first = Color::hsl(dice.between(0.0, 360.0), dice.between(0.2, 0.6), dice.between(0.25, 0.85));
    let second = Color::hsl(dice.between(0.0, 360.0), 0.3, dice.between(0.4, 0.8)).mix(first, 0.6);
    canvas.rect(0.0, 0.0, width, height, first);
    match dice.whole(0, 3) {
        0 => {
            for band in 0..6 {
                let y = height * band as f32 / 6.0;
                canvas.rect(0.0, y.floor(), width, height, first.mix(second, band as f32 / 5.0));
            }
        }
        1 => {
            for _ in 0..dice.whole(4, 9) {
                let (x, y) = (dice.between(0.0, 1.0) * width, dice.between(0.0, 1.0) * height);
                canvas.circle(x, y, width * dice.between(0.04, 0.1), second);
            }
        }
        2 => {
            for stripe in -2..6 {
                let x = stripe as f32 * width / 3.0;
                canvas.polygon(
                    &[(x, 0.0), (x + width * 0.16, 0.0), (x + width * 0.5, height), (x + width * 0.34, height)],
                    second,
                );
            }
        }
        _ => canvas.ellipse(width * 0.5, height * 0.5, width * 0.46, height * 0.44, second),
    }
    Backdrop { ground: height * 0.86, colors: vec![first, second] }
}
