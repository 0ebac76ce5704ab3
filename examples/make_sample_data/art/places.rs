//! Pictures of places.

use super::canvas::Canvas;
use super::color::{Color, DARK, Palette, WHITE};
use crate::dice::Dice;

pub fn mountains(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let peaks = dice.whole(2, 4);
    let step = 180.0 / (peaks as f32 + 1.0);
    let mut order: Vec<u32> = (1..=peaks).collect();
    dice.shuffle(&mut order);
    let snow = dice.chance(0.75);
    for (layer, peak) in order.into_iter().enumerate() {
        let x = step * peak as f32 + dice.between(-8.0, 8.0);
        let top = if layer == 0 { 2.0 } else { dice.between(8.0, 40.0) };
        let half = (98.0 - top) * dice.between(0.62, 0.8);
        let rock = if layer % 2 == 0 { palette.main } else { palette.main.mix(palette.second, 0.5) };
        canvas.polygon(&[(x - half, 96.0), (x, top), (x + half, 96.0)], rock);
        canvas.polygon(&[(x, top), (x + half, 96.0), (x + half * 0.1, 96.0), (x - half * 0.12, 55.0)], rock.darker());
        if snow {
            let (side, low) = (half * 0.34, top + (96.0 - top) * 0.34);
            canvas.polygon(
                &[
                    (x, top),
                    (x + side, low),
                    (x + side * 0.4, low - 6.0),
                    (x, low + 5.0),
                    (x - side * 0.45, low - 5.0),
                    (x - side, low),
                ],
                WHITE,
            );
        }
    }
    canvas.shape(palette.second, |path| {
        path.move_to(0.0, 100.0);
        path.quad_to(50.0, 78.0, 95.0, 92.0);
        path.quad_to(140.0, 80.0, 180.0, 100.0);
        path.close();
    });
}

pub fn island(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let sand = Color::hsl(dice.between(30.0, 55.0), 0.6, dice.between(0.62, 0.8));
    canvas.shape(sand, |path| {
        path.move_to(0.0, 100.0);
        path.cubic_to(25.0, 68.0, 115.0, 66.0, 140.0, 100.0);
        path.close();
    });
    let palms: &[(f32, f32, f32)] = match dice.whole(0, 2) {
        0 => &[(60.0, 76.0, 0.0)],
        1 => &[(50.0, 28.0, -16.0), (82.0, 96.0, 12.0)],
        _ => &[(46.0, 22.0, 6.0), (66.0, 72.0, -6.0), (92.0, 116.0, 22.0)],
    };
    for &(foot, crown, drop) in palms {
        draw_palm(canvas, palette, foot, crown, 30.0 + f32::abs(drop), dice);
    }
    if dice.chance(0.6) {
        let x = dice.between(22.0, 34.0);
        canvas.line(&[(x, 62.0), (x, 92.0)], 3.0, DARK);
        canvas.shape(palette.accent, |path| {
            path.move_to(x - 17.0, 68.0);
            path.quad_to(x, 40.0, x + 17.0, 68.0);
            path.close();
        });
        canvas.polygon(&[(x, 54.0), (x + 6.0, 68.0), (x - 6.0, 68.0)], WHITE);
    }
}

fn draw_palm(canvas: &mut Canvas, palette: &Palette, foot: f32, crown: f32, top: f32, dice: &mut Dice) {
    canvas.stroke(6.0, palette.second.darker(), |path| {
        path.move_to(foot, 84.0);
        path.quad_to(foot, 55.0, crown, top);
    });
    for (dx, dy) in
        [(-30.0, 6.0), (-24.0, -14.0), (0.0, -26.0), (24.0, -14.0), (30.0, 6.0), (-16.0, 22.0), (16.0, 22.0)]
    {
        let (dx, dy) = (dx + dice.between(-2.0, 2.0), dy + dice.between(-2.0, 2.0));
        canvas.stroke(6.5, palette.main, |path| {
            path.move_to(crown, top);
            path.quad_to(crown + dx * 0.6, top + dy - 8.0, crown + dx, top + dy);
        });
    }
    canvas.circle(crown, top + 2.0, 4.5, palette.second);
}

pub fn skyline(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let towers = dice.whole(5, 7);
    let width = 160.0 / towers as f32;
    let tallest = dice.whole(1, towers - 2);
    for tower in 0..towers {
        let top = if tower == tallest { 8.0 } else { dice.between(22.0, 68.0) };
        let x = tower as f32 * width;
        let wall = *dice.pick(&[palette.main, palette.main.darker(), palette.second]);
        match dice.whole(0, 3) {
            0 => canvas.polygon(
                &[
                    (x, top + 12.0),
                    (x + width / 2.0, top - 6.0),
                    (x + width, top + 12.0),
                    (x + width, 100.0),
                    (x, 100.0),
                ],
                wall,
            ),
            1 => {
                canvas.rect(x, top + 10.0, width, 90.0 - top, wall);
                canvas.rect(x + width * 0.25, top, width * 0.5, 12.0, wall);
            }
            2 => {
                canvas.rect(x, top, width, 100.0 - top, wall);
                canvas.line(&[(x + width / 2.0, top), (x + width / 2.0, f32::max(2.0, top - 14.0))], 2.5, wall);
            }
            _ => canvas.rect(x, top, width, 100.0 - top, wall),
        }
        draw_lit_windows(canvas, (x + width * 0.2, top + 18.0, width * 0.6), wall, dice);
    }
}

fn draw_lit_windows(canvas: &mut Canvas, (x, top, width): (f32, f32, f32), wall: Color, dice: &mut Dice) {
    let lit = Color::hsl(48.0, 0.9, 0.75);
    let mut y = top;
    while y < 92.0 {
        for column in 0..2 {
            let color = if dice.chance(0.6) { lit } else { wall.darker() };
            canvas.rect(x + column as f32 * width * 0.58, y, width * 0.42, 6.0, color);
        }
        y += 13.0;
    }
}

pub fn castle(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let stone = palette.main;
    draw_battlement(canvas, (24.0, 48.0, 72.0, 52.0), stone);
    for (x, top) in [(4.0, dice.between(28.0, 40.0)), (92.0, dice.between(28.0, 40.0))] {
        draw_turret(canvas, (x, top, 24.0), palette, dice);
    }
    if dice.chance(0.7) {
        let top = dice.between(24.0, 30.0);
        canvas.rect(48.0, top, 24.0, 40.0, stone.darker());
        canvas.polygon(&[(43.0, top), (60.0, top - 20.0), (77.0, top)], palette.second);
        canvas.ellipse(60.0, top + 12.0, 4.0, 6.0, DARK);
    }
    canvas.rounded(48.0, 66.0, 24.0, 20.0, 12.0, DARK);
    canvas.rect(48.0, 78.0, 24.0, 20.0, DARK);
    for x in [34.0, 80.0] {
        canvas.rounded(x, 66.0, 7.0, 13.0, 3.5, DARK);
    }
    canvas.rect(4.0, 97.0, 112.0, 3.0, stone.darker());
}

fn draw_battlement(canvas: &mut Canvas, (x, y, width, height): (f32, f32, f32, f32), stone: Color) {
    canvas.rect(x, y, width, height, stone);
    let teeth = (width / 12.0).round();
    let step = width / (teeth * 2.0 - 1.0);
    for tooth in 0..teeth as u32 {
        canvas.rect(x + tooth as f32 * 2.0 * step, y - 7.0, step, 8.0, stone);
    }
}

fn draw_turret(canvas: &mut Canvas, (x, top, width): (f32, f32, f32), palette: &Palette, dice: &mut Dice) {
    canvas.rect(x, top, width, 100.0 - top, palette.main.lighter());
    if dice.chance(0.65) {
        canvas.polygon(&[(x - 4.0, top), (x + width / 2.0, top - 26.0), (x + width + 4.0, top)], palette.second);
        canvas.line(&[(x + width / 2.0, top - 24.0), (x + width / 2.0, 3.0)], 1.8, DARK);
        canvas
            .polygon(&[(x + width / 2.0, 2.0), (x + width / 2.0 + 14.0, 6.0), (x + width / 2.0, 11.0)], palette.accent);
    } else {
        draw_battlement(canvas, (x - 3.0, top - 2.0, width + 6.0, 8.0), palette.main.lighter());
    }
    canvas.rounded(x + width / 2.0 - 4.0, top + 12.0, 8.0, 14.0, 4.0, DARK);
}

pub fn bridge(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    if dice.chance(0.5) {
        suspension_bridge(canvas, palette, dice);
    } else {
        arch_bridge(canvas, palette, dice);
    }
}

fn suspension_bridge(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let inset = dice.between(38.0, 56.0);
    let (left, right, middle) = (inset, 200.0 - inset, 100.0);
    canvas.stroke(4.0, palette.second, |path| {
        path.move_to(2.0, 66.0);
        path.quad_to(left * 0.7, 46.0, left, 8.0);
        path.quad_to(middle, 112.0, right, 8.0);
        path.quad_to(200.0 - left * 0.7, 46.0, 198.0, 66.0);
    });
    let mut x = left + 12.0;
    while x < right - 4.0 {
        let along = (x - left) / (right - left);
        let cable = 8.0 + (112.0 - 8.0) * 2.0 * along * (1.0 - along);
        canvas.line(&[(x, cable), (x, 70.0)], 2.2, palette.second);
        x += 13.0;
    }
    for x in [left, right] {
        canvas.rect(x - 5.0, 4.0, 10.0, 96.0, palette.main);
        canvas.rect(x - 9.0, 90.0, 18.0, 10.0, palette.main.darker());
    }
    canvas.rect(0.0, 67.0, 200.0, 9.0, palette.main.darker());
}

fn arch_bridge(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let arches = dice.whole(2, 4);
    let step = 200.0 / arches as f32;
    canvas.shape(palette.main, |path| {
        path.move_to(0.0, 42.0);
        path.quad_to(100.0, 16.0, 200.0, 42.0);
        path.line_to(200.0, 100.0);
        for arch in (0..arches).rev() {
            let (start, end) = (arch as f32 * step + 8.0, (arch + 1) as f32 * step - 8.0);
            path.line_to(end, 100.0);
            path.cubic_to(end, 46.0, start, 46.0, start, 100.0);
        }
        path.line_to(0.0, 100.0);
        path.close();
    });
    canvas.stroke(7.0, palette.second, |path| {
        path.move_to(3.0, 40.0);
        path.quad_to(100.0, 15.0, 197.0, 40.0);
    });
    for post in 0..=arches {
        let x = (post as f32 * step).clamp(4.0, 196.0);
        canvas.rect(x - 3.5, 12.0 + (x - 100.0).abs() * 0.12, 7.0, 18.0, palette.second.darker());
    }
}

pub fn lighthouse(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let glow = Color::hsl(50.0, 0.95, 0.72);
    let side = |y: f32| 12.0 + (y - 26.0) * 0.12;
    let bands = dice.whole(2, 3) * 2;
    let step = 66.0 / bands as f32;
    for band in 0..bands {
        let (top, bottom) = (26.0 + band as f32 * step, 26.0 + (band + 1) as f32 * step);
        let color = if band % 2 == 0 { palette.main } else { WHITE };
        canvas.polygon(
            &[
                (35.0 - side(top), top),
                (35.0 + side(top), top),
                (35.0 + side(bottom), bottom),
                (35.0 - side(bottom), bottom),
            ],
            color,
        );
    }
    if dice.chance(0.6) {
        canvas.polygon(&[(35.0, 17.0), (0.0, 8.0), (0.0, 26.0)], glow.lighter());
        canvas.polygon(&[(35.0, 17.0), (70.0, 8.0), (70.0, 26.0)], glow.lighter());
    }
    canvas.rect(27.0, 11.0, 16.0, 14.0, glow);
    canvas.polygon(&[(24.0, 12.0), (35.0, 1.0), (46.0, 12.0)], palette.main.darker());
    canvas.rect(19.0, 23.0, 32.0, 5.0, DARK);
    canvas.rounded(30.0, 76.0, 10.0, 18.0, 5.0, DARK);
    canvas.shape(palette.second.darker(), |path| {
        path.move_to(4.0, 100.0);
        path.cubic_to(10.0, 86.0, 26.0, 92.0, 36.0, 90.0);
        path.cubic_to(50.0, 88.0, 60.0, 90.0, 66.0, 100.0);
        path.close();
    });
}
