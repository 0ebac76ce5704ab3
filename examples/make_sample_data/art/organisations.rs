//! Pictures of organisations: their houses, signs and crests.

use super::canvas::Canvas;
use super::color::{Color, DARK, Palette, WHITE};
use crate::dice::Dice;

/// A round sign with one of a few emblems, the mark of every organisation.
fn draw_logo(canvas: &mut Canvas, x: f32, y: f32, size: f32, palette: &Palette, dice: &mut Dice) {
    canvas.circle(x, y, size, WHITE);
    canvas.circle(x, y, size * 0.82, palette.accent);
    let half = size * 0.46;
    match dice.whole(0, 3) {
        0 => canvas.polygon(&[(x, y - half), (x + half, y + half * 0.8), (x - half, y + half * 0.8)], WHITE),
        1 => canvas.circle(x, y, half * 0.8, WHITE),
        2 => canvas.polygon(&[(x, y - half), (x + half, y), (x, y + half), (x - half, y)], WHITE),
        _ => {
            canvas.rect(x - half, y - half * 0.3, half * 2.0, half * 0.6, WHITE);
            canvas.rect(x - half * 0.3, y - half, half * 0.6, half * 2.0, WHITE);
        }
    }
}

pub fn shop(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    canvas.rect(4.0, 10.0, 112.0, 90.0, palette.main);
    canvas.rect(0.0, 4.0, 120.0, 8.0, palette.main.darker());
    canvas.rounded(10.0, 14.0, 100.0, 24.0, 4.0, palette.accent);
    let sign = dice.between(24.0, 96.0);
    draw_logo(canvas, sign, 26.0, 11.0, palette, dice);
    for (x, width) in if sign < 60.0 { [(42.0, 34.0), (82.0, 20.0)] } else { [(16.0, 34.0), (56.0, 20.0)] } {
        canvas.rounded(x, 22.0, width, 8.0, 3.0, WHITE);
    }
    let door = if dice.chance(0.5) { 12.0 } else { 80.0 };
    let window = if door < 50.0 { 46.0 } else { 10.0 };
    canvas.rect(door, 56.0, 28.0, 44.0, DARK);
    canvas.rect(door + 4.0, 60.0, 20.0, 22.0, Color::hsl(200.0, 0.5, 0.8));
    canvas.rect(window, 56.0, 64.0, 32.0, Color::hsl(dice.between(40.0, 210.0), 0.5, 0.82));
    canvas.rect(window, 78.0, 64.0, 10.0, palette.second.darker());
    for stripe in 0..7 {
        let x = 2.0 + stripe as f32 * 16.6;
        let color = if stripe % 2 == 0 { palette.second } else { WHITE };
        canvas.polygon(&[(x, 40.0), (x + 16.6, 40.0), (x + 16.6, 56.0), (x, 56.0)], color);
        canvas.circle(x + 8.3, 56.0, 8.3, color);
    }
}

pub fn factory(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let smoke = Color::hsl(220.0, 0.1, dice.between(0.72, 0.86));
    let chimneys = dice.whole(2, 3);
    for chimney in 0..chimneys {
        let x = 12.0 + chimney as f32 * 24.0;
        let top = dice.between(22.0, 34.0);
        canvas.rect(x, top, 12.0, 60.0, palette.second);
        canvas.rect(x - 2.0, top, 16.0, 7.0, palette.second.darker());
        for (dx, dy, radius) in [(8.0, -6.0, 7.0), (15.0, -14.0, 8.5), (6.0, -13.0, 6.5)] {
            canvas.circle(x + dx, f32::max(9.0, top + dy), radius, smoke);
        }
    }
    canvas.rect(0.0, 66.0, 140.0, 34.0, palette.main);
    for tooth in 0..4 {
        let x = tooth as f32 * 35.0;
        canvas.polygon(&[(x, 68.0), (x, 46.0), (x + 35.0, 68.0)], palette.main.darker());
    }
    for column in 0..3 {
        canvas.rect(8.0 + column as f32 * 24.0, 76.0, 16.0, 11.0, Color::hsl(50.0, 0.7, 0.78));
    }
    draw_logo(canvas, 108.0, 74.0, 20.0, palette, dice);
}

pub fn office(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    canvas.rect(6.0, 34.0, 58.0, 66.0, palette.main);
    canvas.rect(0.0, 94.0, 70.0, 6.0, palette.main.darker());
    canvas.rect(2.0, 32.0, 66.0, 6.0, palette.main.darker());
    canvas.rect(31.0, 26.0, 8.0, 10.0, DARK);
    draw_logo(canvas, 35.0, 17.0, 17.0, palette, dice);
    let glass = Color::hsl(dice.between(180.0, 230.0), 0.45, dice.between(0.7, 0.86));
    let rows = dice.whole(3, 4);
    let step = 48.0 / rows as f32;
    for row in 0..rows {
        let y = 43.0 + row as f32 * step;
        if row + 1 == rows {
            canvas.rect(12.0, y, 12.0, step * 0.65, glass);
            canvas.rect(46.0, y, 12.0, step * 0.65, glass);
            canvas.rect(28.0, y, 14.0, 100.0 - y, DARK);
        } else {
            for x in [12.0, 29.0, 46.0] {
                canvas.rect(x, y, 12.0, step * 0.65, glass);
            }
        }
    }
}

pub fn bank(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let stone = palette.main;
    canvas.rect(12.0, 40.0, 106.0, 50.0, stone.darker());
    canvas.polygon(&[(2.0, 38.0), (65.0, 2.0), (128.0, 38.0)], stone);
    canvas.rect(2.0, 37.0, 126.0, 8.0, palette.second);
    draw_logo(canvas, 65.0, 24.0, 11.0, palette, dice);
    let columns = dice.whole(4, 6);
    let step = 104.0 / columns as f32;
    for column in 0..columns {
        let x = 13.0 + (column as f32 + 0.5) * step;
        canvas.rect(x - 4.5, 45.0, 9.0, 44.0, WHITE);
        canvas.rect(x - 6.5, 45.0, 13.0, 4.0, WHITE);
        canvas.rect(x - 6.5, 85.0, 13.0, 4.0, WHITE);
    }
    canvas.rect(6.0, 88.0, 118.0, 6.0, palette.second);
    canvas.rect(0.0, 94.0, 130.0, 6.0, palette.second.darker());
}

pub fn crest(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    draw_shield(canvas, 0.0, WHITE);
    draw_shield(canvas, 5.0, palette.main);
    match dice.whole(0, 2) {
        0 => canvas.rect(35.0, 7.0, 20.0, 74.0, palette.second),
        1 => canvas.polygon(&[(9.0, 12.0), (24.0, 8.0), (80.0, 56.0), (70.0, 68.0)], palette.second),
        _ => canvas.polygon(&[(8.0, 36.0), (82.0, 36.0), (82.0, 54.0), (8.0, 54.0)], palette.second),
    }
    draw_logo(canvas, 45.0, 40.0, 19.0, palette, dice);
    canvas.polygon(&[(0.0, 74.0), (90.0, 74.0), (82.0, 83.0), (90.0, 92.0), (0.0, 92.0), (8.0, 83.0)], palette.accent);
    canvas.rounded(22.0, 79.0, 46.0, 7.0, 3.0, WHITE);
}

fn draw_shield(canvas: &mut Canvas, inset: f32, color: Color) {
    let (left, right, top) = (4.0 + inset, 86.0 - inset, 2.0 + inset);
    canvas.shape(color, |path| {
        path.move_to(left, top);
        path.quad_to(45.0, top + 6.0, right, top);
        path.line_to(right, 46.0);
        path.cubic_to(right, 74.0 - inset, 60.0, 90.0 - inset, 45.0, 98.0 - inset);
        path.cubic_to(30.0, 90.0 - inset, left, 74.0 - inset, left, 46.0);
        path.close();
    });
}
