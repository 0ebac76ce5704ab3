//! What the ends of a colour scale are.

use std::fmt;
use std::str::FromStr;

/// Percentage of the weights that a percentile scale leaves out at either end.
const OUTSIDE: f32 = 2.0;

/// How a colour scale is laid over the weights of maps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scale {
    /// One for all tokens, heads and models that are shown together: from 0 to the greatest weight of any.
    #[default]
    Shared,
    /// One for each map: from its least to its greatest weight.
    Map,
    /// One for all, without the weights that stick out.
    Percentile,
    /// From one number to another.
    Fixed(f32, f32),
}

/// A word that names no scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no scale; there are shared, map, percentile, and two growing numbers as in 0..0.4")]
pub struct UnknownScale(String);

/// The ends of a colour scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ends {
    /// The weights that have the first and the last colour.
    pub range: (f32, f32),
    /// Whether there are weights below and above.
    pub clipped: [bool; 2],
}

impl Scale {
    /// The ends for the map `own`, which is one of those that have the weights `all`.
    pub fn ends(self, own: &[f32], all: &[f32]) -> Ends {
        let range = match self {
            Self::Shared => (0.0, extent(all).1.max(f32::MIN_POSITIVE)),
            Self::Map => extent(own),
            Self::Percentile => percentiles(all),
            Self::Fixed(least, most) => (least, most),
        };
        let (least, most) = extent(own);
        Ends { range, clipped: [least < range.0, most > range.1] }
    }

    /// The ends for differences, as far below as above zero, where `all` are those that are shown together.
    pub fn even_ends(self, own: &[f32], all: &[f32]) -> Ends {
        let far = |values: &[f32]| values.iter().fold(0.0_f32, |far, value| far.max(value.abs()));
        let most = match self {
            Self::Map => far(own),
            Self::Shared | Self::Fixed(..) => far(all),
            Self::Percentile => percentiles(&all.iter().map(|value| value.abs()).collect::<Vec<_>>()).1,
        };
        let most = most.max(f32::MIN_POSITIVE);
        Ends { range: (-most, most), clipped: [own.iter().any(|v| *v < -most), own.iter().any(|v| *v > most)] }
    }

    /// The rule, for people; `others` says what is shown together.
    pub fn rule(self, others: &str) -> String {
        match self {
            Self::Shared => format!("Scale: one for {others}, from 0 to the greatest weight of any."),
            Self::Map => "Scale: of this map alone, from its least to its greatest weight.".to_owned(),
            Self::Percentile => {
                format!("Scale: one for {others}, from the {OUTSIDE}nd to the {}th percentile.", 100.0 - OUTSIDE)
            }
            Self::Fixed(..) => "Scale: fixed by hand.".to_owned(),
        }
    }
}

fn extent(values: &[f32]) -> (f32, f32) {
    let fold = |(least, most): (f32, f32), value: &f32| (least.min(*value), most.max(*value));
    values.iter().copied().reduce(f32::min).map_or((0.0, 0.0), |first| values.iter().fold((first, first), fold))
}

/// The values below and above which the percentage lies, by the nearest rank.
fn percentiles(values: &[f32]) -> (f32, f32) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let at = |percent: f32| {
        let place = (percent / 100.0 * sorted.len().saturating_sub(1) as f32).round() as usize;
        sorted.get(place).copied().unwrap_or(0.0)
    };
    (at(OUTSIDE), at(100.0 - OUTSIDE))
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared => f.write_str("shared"),
            Self::Map => f.write_str("map"),
            Self::Percentile => f.write_str("percentile"),
            Self::Fixed(least, most) => write!(f, "{least}..{most}"),
        }
    }
}

impl FromStr for Scale {
    type Err = UnknownScale;

    fn from_str(text: &str) -> Result<Self, UnknownScale> {
        let unknown = || UnknownScale(text.to_owned());
        let number = |text: &str| text.parse::<f32>().ok().filter(|number| number.is_finite());
        match text {
            "shared" => Ok(Self::Shared),
            "map" => Ok(Self::Map),
            "percentile" => Ok(Self::Percentile),
            _ => {
                let (least, most) = text.split_once("..").ok_or_else(unknown)?;
                let ends = number(least).zip(number(most)).filter(|(least, most)| least < most);
                ends.map(|(least, most)| Self::Fixed(least, most)).ok_or_else(unknown)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_read_as_they_are_written() {
        for scale in [Scale::Shared, Scale::Map, Scale::Percentile, Scale::Fixed(-0.5, 0.25)] {
            assert_eq!(scale.to_string().parse(), Ok(scale));
        }
        for wrong in ["", "Shared", "1", "0.5..0.5", "1..0", "0..", "..1", "0..NaN"] {
            assert_eq!(wrong.parse::<Scale>(), Err(UnknownScale(wrong.into())));
        }
    }

    #[test]
    fn the_ends_follow_the_rule() {
        let (own, all) = ([0.1, 0.3], [0.1, 0.3, 0.8]);
        assert_eq!(Scale::Shared.ends(&own, &all), Ends { range: (0.0, 0.8), clipped: [false; 2] });
        assert_eq!(Scale::Map.ends(&own, &all), Ends { range: (0.1, 0.3), clipped: [false; 2] });
        assert_eq!(Scale::Fixed(0.2, 0.25).ends(&own, &all), Ends { range: (0.2, 0.25), clipped: [true; 2] });
        let many: Vec<f32> = (0..=100_u8).map(f32::from).collect();
        assert_eq!(Scale::Percentile.ends(&many, &many), Ends { range: (2.0, 98.0), clipped: [true; 2] });
        assert_eq!(Scale::Map.ends(&[], &[]).range, (0.0, 0.0));
    }

    #[test]
    fn differences_are_as_far_below_as_above_nothing() {
        assert_eq!(Scale::Shared.even_ends(&[0.1], &[0.1, -0.4]).range, (-0.4, 0.4));
        assert_eq!(Scale::Map.even_ends(&[0.1, -0.2], &[0.9]).range, (-0.2, 0.2));
        assert!(Scale::Shared.even_ends(&[0.0], &[0.0]).range.1 > 0.0);
    }
}
