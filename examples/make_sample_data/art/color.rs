//! Colours of the pictures. They vary freely in every kind of object: only shapes tell kinds apart.

use crate::dice::Dice;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

pub const WHITE: Color = Color::rgb(0xf7, 0xf5, 0xef);
pub const DARK: Color = Color::rgb(0x22, 0x24, 0x2c);

impl Color {
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// `hue` in degrees, `saturation` and `lightness` in 0..1.
    pub fn hsl(hue: f32, saturation: f32, lightness: f32) -> Self {
        let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
        let channel = |offset: f32| {
            let position = (offset + hue / 30.0).rem_euclid(12.0);
            let level = lightness - chroma / 2.0 * (position - 3.0).min(9.0 - position).clamp(-1.0, 1.0);
            (level * 255.0).round().clamp(0.0, 255.0) as u8
        };
        Self { red: channel(0.0), green: channel(8.0), blue: channel(4.0) }
    }

    /// Part of the way to `other`.
    pub fn mix(self, other: Self, share: f32) -> Self {
        let channel = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
        Self {
            red: channel(self.red, other.red),
            green: channel(self.green, other.green),
            blue: channel(self.blue, other.blue),
        }
    }

    pub fn darker(self) -> Self {
        self.mix(DARK, 0.35)
    }

    pub fn lighter(self) -> Self {
        self.mix(WHITE, 0.45)
    }

    /// How far apart two colours look, about 0..765; green counts most, as for the eye.
    pub fn distance(self, other: Self) -> f32 {
        let channel = |a: u8, b: u8| f32::from(a) - f32::from(b);
        let (red, green, blue) =
            (channel(self.red, other.red), channel(self.green, other.green), channel(self.blue, other.blue));
        (2.0 * red * red + 4.0 * green * green + 3.0 * blue * blue).sqrt()
    }
}

/// The colours of one object.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub main: Color,
    pub second: Color,
    pub accent: Color,
}

impl Palette {
    /// Colours that stand out from `behind` and from each other.
    pub fn against(behind: &[Color], dice: &mut Dice) -> Self {
        let main = apart(behind, 190.0, dice);
        let second = apart(&[behind, &[main]].concat(), 150.0, dice);
        let accent = apart(&[main, second], 170.0, dice);
        Self { main, second, accent }
    }
}

/// A colour at least `distance` from all `others`, or the farthest of many tries.
fn apart(others: &[Color], distance: f32, dice: &mut Dice) -> Color {
    let mut best = (f32::MIN, DARK);
    for _ in 0..24 {
        let color = any(dice);
        let nearest = others.iter().map(|other| color.distance(*other)).fold(f32::INFINITY, f32::min);
        if nearest >= distance {
            return color;
        }
        if nearest > best.0 {
            best = (nearest, color);
        }
    }
    best.1
}

fn any(dice: &mut Dice) -> Color {
    if dice.chance(0.15) {
        return Color::hsl(dice.between(0.0, 360.0), 0.06, dice.between(0.2, 0.92));
    }
    Color::hsl(dice.between(0.0, 360.0), dice.between(0.35, 0.75), dice.between(0.3, 0.7))
}

pub fn skin(dice: &mut Dice) -> Color {
    const SKINS: [Color; 7] = [
        Color::rgb(0xfb, 0xdb, 0xc0),
        Color::rgb(0xf1, 0xc2, 0x9b),
        Color::rgb(0xe0, 0xa8, 0x7a),
        Color::rgb(0xc6, 0x86, 0x58),
        Color::rgb(0xa0, 0x66, 0x3e),
        Color::rgb(0x7a, 0x4a, 0x2d),
        Color::rgb(0x54, 0x33, 0x22),
    ];
    *dice.pick(&SKINS)
}

pub fn hair(dice: &mut Dice) -> Color {
    const HAIRS: [Color; 7] = [
        Color::rgb(0x1e, 0x1b, 0x1c),
        Color::rgb(0x3b, 0x26, 0x1b),
        Color::rgb(0x6b, 0x3f, 0x22),
        Color::rgb(0xa4, 0x4c, 0x22),
        Color::rgb(0xdf, 0xb5, 0x5c),
        Color::rgb(0x9a, 0x9a, 0xa0),
        Color::rgb(0x8a, 0x3d, 0x8f),
    ];
    *dice.pick(&HAIRS)
}
