//! Pictures of things and animals that bear a name.

use super::canvas::Canvas;
use super::color::{Color, DARK, Palette, WHITE};
use crate::dice::Dice;

pub fn dog(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let (coat, dark) = (palette.main, palette.main.darker());
    let wag = dice.between(18.0, 40.0);
    canvas.stroke(7.0, coat, |path| {
        path.move_to(18.0, 54.0);
        path.quad_to(4.0, 50.0, 6.0, wag);
    });
    for x in [30.0, 76.0] {
        canvas.line(&[(x, 66.0), (x, 95.0)], 10.0, dark);
    }
    canvas.rounded(14.0, 44.0, 76.0, 34.0, 16.0, coat);
    for x in [20.0, 68.0] {
        canvas.line(&[(x, 66.0), (x, 94.0)], 10.0, coat);
    }
    if dice.chance(0.5) {
        canvas.ellipse(44.0, 56.0, 13.0, 9.0, palette.second);
    }
    canvas.polygon(&[(68.0, 50.0), (80.0, 24.0), (98.0, 36.0), (90.0, 62.0)], coat);
    canvas.circle(90.0, 28.0, 18.0, coat);
    canvas.rounded(94.0, 26.0, 31.0, 17.0, 8.0, coat.lighter());
    canvas.circle(121.0, 29.0, 5.0, DARK);
    canvas.ellipse(78.0, 30.0, 7.5, 17.0, dark);
    canvas.circle(96.0, 23.0, 3.2, DARK);
    canvas.line(&[(74.0, 48.0), (92.0, 54.0)], 6.0, palette.accent);
    if dice.chance(0.4) {
        canvas.ellipse(110.0, 46.0, 4.5, 6.5, Color::rgb(0xe8, 0x6a, 0x7c));
    }
}

pub fn cat(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let (coat, dark) = (palette.main, palette.main.darker());
    let curl = dice.between(30.0, 60.0);
    canvas.stroke(8.0, dark, |path| {
        path.move_to(60.0, 92.0);
        path.cubic_to(92.0, 96.0, 88.0, 66.0, 82.0, curl);
    });
    canvas.shape(coat, |path| {
        path.move_to(14.0, 98.0);
        path.cubic_to(12.0, 66.0, 24.0, 46.0, 40.0, 46.0);
        path.cubic_to(56.0, 46.0, 68.0, 66.0, 66.0, 98.0);
        path.close();
    });
    canvas.ellipse(40.0, 76.0, 12.0, 18.0, coat.lighter());
    for x in [30.0, 50.0] {
        canvas.ellipse(x, 96.0, 9.0, 4.0, coat.lighter());
    }
    for side in [-1.0, 1.0] {
        let at = |x: f32| 40.0 + side * x;
        canvas.polygon(&[(at(28.0), 2.0), (at(5.0), 16.0), (at(25.0), 34.0)], coat);
        canvas.polygon(&[(at(24.0), 9.0), (at(11.0), 17.0), (at(22.0), 26.0)], palette.second);
    }
    canvas.ellipse(40.0, 33.0, 27.0, 21.0, coat);
    for side in [-1.0, 1.0] {
        canvas.ellipse(40.0 + side * 11.0, 30.0, 5.5, 6.5, Color::hsl(70.0, 0.75, 0.7));
        canvas.ellipse(40.0 + side * 11.0, 30.0, 2.2, 6.0, DARK);
        for dy in [-3.0, 4.0] {
            canvas.line(&[(40.0 + side * 14.0, 40.0), (40.0 + side * 36.0, 40.0 + dy)], 2.0, WHITE);
        }
    }
    canvas.polygon(&[(36.0, 37.0), (44.0, 37.0), (40.0, 42.0)], DARK);
    if dice.chance(0.5) {
        for x in [32.0, 40.0, 48.0] {
            canvas.line(&[(x, 13.0), (x, 20.0)], 3.5, dark);
        }
    }
}

pub fn shoe(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let high = dice.chance(0.4);
    let collar = if high { 4.0 } else { 22.0 };
    canvas.shape(palette.main, |path| {
        path.move_to(8.0, 80.0);
        path.quad_to(6.0, 50.0, 12.0, collar);
        path.quad_to(34.0, collar + 10.0, 56.0, collar + 2.0);
        path.cubic_to(74.0, 40.0, 98.0, 50.0, 128.0, 56.0);
        path.quad_to(148.0, 62.0, 146.0, 80.0);
        path.close();
    });
    canvas.shape(palette.main.lighter(), |path| {
        path.move_to(112.0, 80.0);
        path.quad_to(114.0, 60.0, 128.0, 56.0);
        path.quad_to(148.0, 62.0, 146.0, 80.0);
        path.close();
    });
    canvas.stroke(8.0, palette.second, |path| {
        path.move_to(34.0, 70.0);
        path.quad_to(60.0, 74.0, 84.0, 54.0);
    });
    canvas.rounded(10.0, collar + 4.0, 12.0, 30.0, 4.0, palette.second);
    canvas.rounded(3.0, 76.0, 146.0, 14.0, 7.0, WHITE);
    canvas.rounded(5.0, 86.0, 142.0, 12.0, 6.0, palette.accent);
    for lace in 0..4 {
        let (x, y) = (60.0 + lace as f32 * 12.0, collar * 0.25 + 24.0 + lace as f32 * 5.5);
        canvas.line(&[(x, y + 10.0), (x + 11.0, y + 2.0)], 4.5, WHITE);
    }
}

pub fn car(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let glass = Color::hsl(200.0, 0.45, 0.82);
    let (front, rear) = (dice.between(104.0, 122.0), dice.between(36.0, 50.0));
    canvas.polygon(&[(rear - 24.0, 52.0), (rear, 8.0), (front, 8.0), (front + 32.0, 52.0)], palette.main);
    canvas.polygon(&[(rear - 10.0, 48.0), (rear + 5.0, 16.0), (76.0, 16.0), (76.0, 48.0)], glass);
    canvas.polygon(&[(84.0, 48.0), (84.0, 16.0), (front - 3.0, 16.0), (front + 20.0, 48.0)], glass);
    canvas.rounded(2.0, 46.0, 186.0, 36.0, 15.0, palette.main);
    canvas.rect(8.0, 62.0, 174.0, 6.0, palette.second);
    canvas.rounded(90.0, 54.0, 14.0, 4.5, 2.0, DARK);
    canvas.ellipse(182.0, 57.0, 6.0, 6.0, Color::hsl(50.0, 0.95, 0.75));
    canvas.ellipse(6.0, 58.0, 4.0, 6.0, Color::hsl(0.0, 0.8, 0.5));
    for x in [44.0, 146.0] {
        canvas.circle(x, 80.0, 19.0, DARK);
        canvas.circle(x, 80.0, 9.0, palette.accent.lighter());
    }
}

pub fn ship(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    if dice.chance(0.5) {
        steamer(canvas, palette, dice);
    } else {
        sailing_boat(canvas, palette, dice);
    }
}

fn draw_hull(canvas: &mut Canvas, palette: &Palette) {
    canvas.shape(palette.main, |path| {
        path.move_to(0.0, 66.0);
        path.line_to(150.0, 66.0);
        path.quad_to(138.0, 94.0, 122.0, 98.0);
        path.line_to(26.0, 98.0);
        path.quad_to(8.0, 90.0, 0.0, 66.0);
        path.close();
    });
    canvas.polygon(&[(1.0, 66.0), (149.0, 66.0), (145.0, 75.0), (4.0, 75.0)], palette.accent);
}

fn steamer(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let funnels = dice.whole(1, 3);
    for funnel in 0..funnels {
        let x = 48.0 + funnel as f32 * 22.0;
        canvas.polygon(&[(x, 44.0), (x + 2.0, 12.0), (x + 15.0, 12.0), (x + 15.0, 44.0)], palette.second);
        canvas.rect(x + 1.5, 12.0, 14.0, 8.0, DARK);
    }
    canvas.rect(22.0, 50.0, 104.0, 17.0, WHITE);
    canvas.rect(36.0, 38.0, 76.0, 13.0, WHITE.mix(DARK, 0.15));
    draw_hull(canvas, palette);
    for port in 0..5 {
        canvas.circle(32.0 + port as f32 * 21.0, 58.0, 4.0, DARK);
        canvas.circle(34.0 + port as f32 * 20.0, 84.0, 4.5, WHITE);
    }
}

fn sailing_boat(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let mast = dice.between(62.0, 84.0);
    canvas.rect(mast - 2.5, 2.0, 5.0, 66.0, DARK);
    canvas.shape(WHITE, |path| {
        path.move_to(mast + 5.0, 4.0);
        path.quad_to(mast + 48.0, 26.0, mast + 54.0, 60.0);
        path.line_to(mast + 5.0, 60.0);
        path.close();
    });
    canvas.shape(palette.second, |path| {
        path.move_to(mast - 5.0, 12.0);
        path.quad_to(mast - 20.0, 44.0, mast - 52.0, 60.0);
        path.line_to(mast - 5.0, 60.0);
        path.close();
    });
    draw_hull(canvas, palette);
}

pub fn rocket(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    if dice.chance(0.7) {
        let flame = dice.between(92.0, 100.0);
        canvas.polygon(&[(20.0, 78.0), (40.0, 78.0), (30.0, flame)], Color::rgb(0xf4, 0x8b, 0x29));
        canvas.polygon(&[(25.0, 78.0), (35.0, 78.0), (30.0, flame - 8.0)], Color::rgb(0xfc, 0xe0, 0x62));
    }
    for side in [-1.0, 1.0] {
        let at = |x: f32| 30.0 + side * x;
        canvas.polygon(&[(at(10.0), 48.0), (at(29.0), 74.0), (at(27.0), 88.0), (at(8.0), 76.0)], palette.second);
    }
    canvas.shape(palette.main, |path| {
        path.move_to(30.0, 0.0);
        path.cubic_to(50.0, 16.0, 48.0, 56.0, 42.0, 80.0);
        path.line_to(18.0, 80.0);
        path.cubic_to(12.0, 56.0, 10.0, 16.0, 30.0, 0.0);
        path.close();
    });
    canvas.shape(palette.accent, |path| {
        path.move_to(30.0, 0.0);
        path.quad_to(39.0, 7.0, 42.5, 20.0);
        path.line_to(17.5, 20.0);
        path.quad_to(21.0, 7.0, 30.0, 0.0);
        path.close();
    });
    canvas.circle(30.0, 36.0, 8.5, WHITE);
    canvas.circle(30.0, 36.0, 6.0, Color::hsl(205.0, 0.6, 0.55));
    canvas.rect(17.0, 66.0, 26.0, 5.0, palette.accent);
    canvas.rect(27.5, 60.0, 5.0, 26.0, palette.second.darker());
}

pub fn gamepad(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    canvas.shape(palette.main, |path| {
        path.move_to(34.0, 8.0);
        path.quad_to(75.0, 20.0, 116.0, 8.0);
        path.cubic_to(146.0, 6.0, 152.0, 66.0, 146.0, 88.0);
        path.cubic_to(140.0, 104.0, 122.0, 96.0, 108.0, 68.0);
        path.line_to(42.0, 68.0);
        path.cubic_to(28.0, 96.0, 10.0, 104.0, 4.0, 88.0);
        path.cubic_to(-2.0, 66.0, 4.0, 6.0, 34.0, 8.0);
        path.close();
    });
    canvas.rect(20.0, 32.0, 30.0, 10.0, DARK);
    canvas.rect(30.0, 22.0, 10.0, 30.0, DARK);
    for (x, y) in [(116.0, 22.0), (128.0, 36.0), (104.0, 36.0), (116.0, 50.0)] {
        canvas.circle(x, y, 6.5, palette.accent);
    }
    if dice.chance(0.5) {
        canvas.rounded(58.0, 26.0, 34.0, 22.0, 4.0, palette.second);
    } else {
        for x in [60.0, 90.0] {
            canvas.circle(x, 52.0, 9.5, palette.second);
            canvas.circle(x, 52.0, 5.0, DARK);
        }
    }
}

pub fn robot(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let metal = palette.main;
    canvas.line(&[(40.0, 16.0), (40.0, 5.0)], 3.0, DARK);
    canvas.circle(40.0, 5.0, 4.5, palette.accent);
    canvas.rounded(20.0, 13.0, 40.0, 29.0, 5.0, metal);
    canvas.rounded(24.0, 18.0, 32.0, 13.0, 5.0, DARK);
    for x in [32.0, 48.0] {
        canvas.circle(x, 24.5, 4.5, palette.accent.lighter());
    }
    canvas.rect(30.0, 35.0, 20.0, 4.0, DARK);
    canvas.rect(34.0, 41.0, 12.0, 6.0, metal.darker());
    for side in [-1.0, 1.0] {
        let at = |x: f32| 40.0 + side * x;
        let hand = if dice.chance(0.35) { 34.0 } else { 72.0 };
        canvas.line(&[(at(22.0), 53.0), (at(32.0), 55.0), (at(32.0), hand)], 7.0, metal.darker());
        canvas.circle(at(32.0), hand, 6.5, palette.second);
        canvas.line(&[(at(11.0), 78.0), (at(11.0), 92.0)], 9.0, metal.darker());
        canvas.rounded(at(11.0) - 10.0, 91.0, 20.0, 9.0, 4.0, palette.second);
    }
    canvas.rounded(17.0, 46.0, 46.0, 36.0, 5.0, metal);
    canvas.rounded(25.0, 52.0, 30.0, 18.0, 3.0, WHITE);
    for (column, color) in [palette.accent, palette.second, DARK].into_iter().enumerate() {
        canvas.circle(32.0 + column as f32 * 8.0, 61.0, 3.3, color);
    }
}
