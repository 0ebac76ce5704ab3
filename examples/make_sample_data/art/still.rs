//! Pictures without anything that bears a name, for tweets whose picture does not help.

use super::canvas::Canvas;
use super::color::{Color, DARK, Palette, WHITE};
use crate::dice::Dice;

pub fn plate(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    canvas.ellipse(60.0, 50.0, 58.0, 48.0, WHITE);
    canvas.ellipse(60.0, 50.0, 42.0, 34.0, WHITE.mix(DARK, 0.12));
    canvas.ellipse(46.0, 50.0, 20.0, 17.0, palette.main);
    canvas.ellipse(76.0, 40.0, 15.0, 10.0, palette.second);
    for _ in 0..5 {
        canvas.circle(dice.between(62.0, 90.0), dice.between(52.0, 68.0), 5.5, palette.accent);
    }
}

pub fn mug(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    canvas.stroke(9.0, palette.main.darker(), |path| {
        path.move_to(74.0, 46.0);
        path.cubic_to(106.0, 42.0, 104.0, 84.0, 72.0, 82.0);
    });
    canvas.rounded(10.0, 32.0, 66.0, 66.0, 12.0, palette.main);
    canvas.ellipse(43.0, 34.0, 33.0, 8.0, Color::rgb(0x4a, 0x2c, 0x1a));
    for x in [26.0, 42.0, 58.0] {
        let sway = dice.between(4.0, 9.0);
        canvas.stroke(4.0, WHITE, |path| {
            path.move_to(x, 24.0);
            path.cubic_to(x + sway, 18.0, x - sway, 10.0, x, 3.0);
        });
    }
    canvas.rect(10.0, 58.0, 66.0, 12.0, palette.second);
}

pub fn flowers(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let green = Color::hsl(dice.between(90.0, 140.0), 0.45, 0.38);
    for (x, y) in [(20.0, 26.0), (46.0, 18.0), (72.0, 30.0)] {
        canvas.line(&[(46.0, 72.0), (x, y)], 4.0, green);
        for (dx, dy) in [(-9.0, 0.0), (9.0, 0.0), (0.0, -9.0), (0.0, 9.0)] {
            canvas.circle(x + dx, y + dy, 8.0, palette.main);
        }
        canvas.circle(x, y, 6.0, palette.accent);
    }
    canvas.polygon(&[(28.0, 64.0), (64.0, 64.0), (58.0, 100.0), (34.0, 100.0)], palette.second);
}

/// A card with lines of writing nobody can read.
pub fn note(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    canvas.rounded(0.0, 0.0, 120.0, 100.0, 6.0, WHITE);
    canvas.rect(0.0, 8.0, 120.0, 12.0, palette.main);
    for line in 0..4 {
        canvas.rounded(12.0, 32.0 + line as f32 * 16.0, dice.between(40.0, 96.0), 6.0, 3.0, DARK.mix(WHITE, 0.25));
    }
}
