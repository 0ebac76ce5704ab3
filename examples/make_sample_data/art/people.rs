//! Pictures of people: head, hair, torso and arms, in four poses.

use super::canvas::Canvas;
use super::color::{Color, DARK, Palette, WHITE, hair, skin};
use crate::dice::Dice;

/// What a person looks like, whatever the pose.
struct Looks {
    skin: Color,
    hair: Color,
    style: u32,
}

impl Looks {
    fn any(dice: &mut Dice) -> Self {
        Self { skin: skin(dice), hair: hair(dice), style: dice.whole(0, 5) }
    }
}

/// Hair that falls behind head and shoulders.
fn draw_hair_behind(canvas: &mut Canvas, looks: &Looks, x: f32, y: f32, size: f32) {
    match looks.style {
        1 => canvas.rounded(x - size * 1.22, y - size * 1.1, size * 2.44, size * 2.9, size, looks.hair),
        2 => canvas.circle(x, y - size * 0.25, size * 1.5, looks.hair),
        3 => canvas.circle(x, y - size * 1.35, size * 0.55, looks.hair),
        _ => {}
    }
}

/// A head of half-width `size` around `x`, `y`, with a face.
fn draw_head(canvas: &mut Canvas, looks: &Looks, x: f32, y: f32, size: f32, hat: Color) {
    canvas.ellipse(x, y, size, size * 1.2, looks.skin);
    match looks.style {
        4 => {
            canvas.rounded(x - size * 1.05, y - size * 1.45, size * 2.1, size * 0.95, size * 0.6, hat);
            canvas.rounded(x - size * 1.05, y - size * 0.75, size * 2.6, size * 0.28, size * 0.14, hat.darker());
        }
        5 => canvas.shape(looks.hair, |path| {
            path.move_to(x - size, y + size * 0.1);
            path.quad_to(x - size, y + size * 1.5, x, y + size * 1.45);
            path.quad_to(x + size, y + size * 1.5, x + size, y + size * 0.1);
            path.quad_to(x + size * 0.6, y + size * 0.75, x, y + size * 0.6);
            path.quad_to(x - size * 0.6, y + size * 0.75, x - size, y + size * 0.1);
            path.close();
        }),
        _ => canvas.shape(looks.hair, |path| {
            path.move_to(x - size * 1.06, y);
            path.cubic_to(x - size * 1.2, y - size * 1.75, x + size * 1.2, y - size * 1.75, x + size * 1.06, y);
            path.quad_to(x + size * 0.7, y - size * 0.7, x, y - size * 0.62);
            path.quad_to(x - size * 0.8, y - size * 0.6, x - size * 1.06, y);
            path.close();
        }),
    }
    for side in [-1.0, 1.0] {
        canvas.ellipse(x + side * size * 0.42, y + size * 0.05, size * 0.14, size * 0.18, DARK);
    }
    canvas.stroke(size * 0.14, DARK.mix(looks.skin, 0.25), |path| {
        path.move_to(x - size * 0.36, y + size * 0.55);
        path.quad_to(x, y + size * 0.85, x + size * 0.36, y + size * 0.55);
    });
}

pub fn portrait(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let looks = Looks::any(dice);
    let (x, y, size) = (40.0, 36.0, dice.between(15.5, 18.5));
    draw_hair_behind(canvas, &looks, x, y, size);
    canvas.rounded(32.0, 46.0, 16.0, 22.0, 6.0, looks.skin.darker());
    canvas.shape(palette.main, |path| {
        path.move_to(2.0, 100.0);
        path.cubic_to(3.0, 70.0, 14.0, 66.0, 31.0, 61.0);
        path.quad_to(40.0, 69.0, 49.0, 61.0);
        path.cubic_to(66.0, 66.0, 77.0, 70.0, 78.0, 100.0);
        path.close();
    });
    for x in [16.0, 61.0] {
        canvas.rect(x, 82.0, 3.0, 18.0, palette.main.darker());
    }
    match dice.whole(0, 2) {
        0 => canvas.polygon(&[(36.0, 66.0), (44.0, 66.0), (46.0, 92.0), (40.0, 100.0), (34.0, 92.0)], palette.second),
        1 => {
            canvas.rect(20.0, 80.0, 40.0, 6.0, palette.second);
            canvas.rect(20.0, 91.0, 40.0, 6.0, palette.second);
        }
        _ => canvas.polygon(&[(31.0, 61.0), (40.0, 80.0), (49.0, 61.0), (40.0, 67.0)], palette.second),
    }
    draw_head(canvas, &looks, x, y, size, palette.accent);
}

pub fn standing(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let looks = Looks::any(dice);
    draw_hair_behind(canvas, &looks, 28.0, 16.0, 9.5);
    if dice.chance(0.4) {
        for x in [23.0, 33.0] {
            canvas.line(&[(x, 70.0), (x, 95.0)], 6.0, looks.skin);
            canvas.ellipse(x, 97.0, 5.0, 3.0, DARK);
        }
        canvas.polygon(&[(19.0, 52.0), (37.0, 52.0), (45.0, 80.0), (11.0, 80.0)], palette.second);
    } else {
        let spread = dice.between(0.0, 5.0);
        for (hip, foot) in [(23.5, 22.0 - spread), (32.5, 34.0 + spread)] {
            canvas.line(&[(hip, 57.0), (foot, 93.0)], 8.5, palette.second);
            canvas.ellipse(foot, 97.0, 6.0, 3.0, DARK);
        }
    }
    draw_arms(canvas, palette.main, looks.skin, dice);
    canvas.rounded(17.0, 29.0, 22.0, 32.0, 6.0, palette.main);
    canvas.rect(17.0, 55.0, 22.0, 3.5, palette.accent);
    canvas.rect(25.0, 24.0, 6.0, 7.0, looks.skin.darker());
    draw_head(canvas, &looks, 28.0, 16.0, 9.5, palette.accent);
}

/// Two arms from the shoulders of a standing figure, each hanging, raised or at the hip.
fn draw_arms(canvas: &mut Canvas, sleeve: Color, hand: Color, dice: &mut Dice) {
    for side in [-1.0, 1.0] {
        let (elbow, palm) = match dice.whole(0, 2) {
            0 => ((15.0, 46.0), (17.0, 59.0)),
            1 => ((19.0, 26.0), (21.0, 12.0)),
            _ => ((20.0, 43.0), (12.0, 53.0)),
        };
        let at = |(x, y): (f32, f32)| (28.0 + side * x, y);
        canvas.line(&[at((10.0, 33.0)), at(elbow), at(palm)], 6.5, sleeve.darker());
        canvas.circle(at(palm).0, at(palm).1, 4.0, hand);
    }
}

pub fn singer(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let looks = Looks::any(dice);
    for (hip, foot) in [(31.0, 27.0), (40.0, 45.0)] {
        canvas.line(&[(hip, 60.0), (foot, 94.0)], 8.5, palette.second);
        canvas.ellipse(foot - 1.0, 97.0, 6.0, 3.0, DARK);
    }
    draw_hair_behind(canvas, &looks, 35.0, 19.0, 10.0);
    let wave = dice.between(8.0, 40.0);
    canvas.line(&[(45.0, 38.0), (54.0, 36.0), (62.0, wave)], 6.5, palette.main.darker());
    canvas.circle(62.0, wave, 4.0, looks.skin);
    canvas.rounded(24.0, 33.0, 23.0, 31.0, 6.0, palette.main);
    canvas.rect(32.0, 28.0, 6.0, 7.0, looks.skin.darker());
    draw_head(canvas, &looks, 35.0, 19.0, 10.0, palette.accent);
    canvas.line(&[(10.0, 30.0), (10.0, 96.0)], 3.0, palette.accent);
    canvas.ellipse(10.0, 97.0, 10.0, 3.0, palette.accent);
    canvas.line(&[(10.0, 38.0), (17.0, 27.0)], 3.0, palette.accent);
    canvas.circle(19.0, 25.0, 5.0, DARK);
    canvas.line(&[(26.0, 38.0), (18.0, 50.0), (11.0, 40.0)], 6.5, palette.main.darker());
    canvas.circle(11.0, 40.0, 4.0, looks.skin);
}

pub fn footballer(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let looks = Looks::any(dice);
    draw_hair_behind(canvas, &looks, 40.0, 15.0, 9.0);
    canvas.line(&[(34.0, 60.0), (26.0, 76.0), (10.0, 88.0)], 7.5, looks.skin);
    canvas.line(&[(10.0, 88.0), (5.0, 84.0)], 6.0, DARK);
    canvas.line(&[(41.0, 60.0), (53.0, 73.0), (54.0, 91.0)], 7.5, looks.skin);
    canvas.line(&[(54.0, 95.0), (61.0, 95.0)], 6.0, DARK);
    canvas.polygon(
        &[(27.0, 52.0), (48.0, 52.0), (56.0, 70.0), (43.0, 72.0), (37.0, 64.0), (29.0, 74.0), (19.0, 68.0)],
        palette.second,
    );
    let lift = dice.between(-8.0, 8.0);
    canvas.line(&[(30.0, 33.0), (17.0, 40.0 + lift), (8.0, 30.0 + lift)], 6.5, palette.main.darker());
    canvas.circle(8.0, 30.0 + lift, 4.0, looks.skin);
    canvas.line(&[(48.0, 33.0), (60.0, 42.0 - lift), (68.0, 33.0 - lift)], 6.5, palette.main.darker());
    canvas.circle(68.0, 33.0 - lift, 4.0, looks.skin);
    canvas.polygon(&[(28.0, 29.0), (51.0, 29.0), (49.0, 57.0), (27.0, 57.0)], palette.main);
    if dice.chance(0.5) {
        canvas.rect(36.0, 29.0, 6.0, 28.0, palette.accent);
    }
    canvas.rect(37.0, 23.0, 6.0, 7.0, looks.skin.darker());
    draw_head(canvas, &looks, 40.0, 15.0, 9.0, palette.accent);
    canvas.circle(75.0, 91.0, 9.0, WHITE);
    canvas.circle(75.0, 91.0, 3.5, DARK);
    for (x, y) in [(68.0, 87.0), (81.0, 86.0), (72.0, 98.0), (80.0, 97.0)] {
        canvas.circle(x, y, 1.8, DARK);
    }
}
