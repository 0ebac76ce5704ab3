//! Sizes and choices of `InstructNER`.

use serde::{Deserialize, Serialize};

use crate::layers::cross::CrossLayerConfig;
use crate::systems::options::{OptionError, Options, SystemOption};
use crate::systems::published_image::IMAGE_TUNING;

use super::guidance::Norm;

const GUIDANCE: SystemOption = SystemOption {
    name: "guidance",
    summary: "how attention and teacher become distributions: by their sums, by softmax as printed, by softmax of the raw \
              scores",
    value: "renorm|literal|logit",
    default: "renorm",
};

const GUIDANCE_WEIGHT: SystemOption = SystemOption {
    name: "guidance-weight",
    summary: "weight of the distance between attention and teacher in the loss (lambda)",
    value: "NUMBER",
    default: "0.5",
};

const TEACHER: SystemOption = SystemOption {
    name: "teacher",
    summary: "what shows the attention where to look: the maps of --map-folder, or the boxes of entities",
    value: "maps|boxes",
    default: "maps",
};

/// The options.
pub const OPTIONS: [SystemOption; 4] = [IMAGE_TUNING, GUIDANCE, GUIDANCE_WEIGHT, TEACHER];

/// Sizes and weights of an [`super::Instruct`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstructConfig {
    /// How attention and teacher become distributions.
    pub guidance: Norm,
    /// Weight of the distance between them in the loss (lambda).
    pub weight: f64,
    /// What shows the attention where to look.
    pub teacher: TeacherKind,
    /// The layers.
    pub layer: CrossLayerConfig,
}

/// What shows the attention where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeacherKind {
    /// Maps of words from files.
    Maps,
    /// The boxes in which entities are visible: 1 in the regions inside, for all words of the entity.
    Boxes,
}

impl InstructConfig {
    /// Takes over what was chosen.
    pub fn choose(&mut self, options: &Options) -> Result<(), OptionError> {
        self.guidance = options.read(&GUIDANCE, norm)?;
        self.weight = options.read(&GUIDANCE_WEIGHT, weight)?;
        self.teacher = options.read(&TEACHER, teacher)?;
        Ok(())
    }
}

fn norm(value: &str) -> Result<Norm, &'static str> {
    match value {
        "renorm" => Ok(Norm::Renorm),
        "literal" => Ok(Norm::Literal),
        "logit" => Ok(Norm::Logit),
        _ => Err("there is no such choice"),
    }
}

fn weight(value: &str) -> Result<f64, &'static str> {
    value.parse().ok().filter(|weight: &f64| weight.is_finite() && *weight >= 0.0).ok_or("it is a number, at least 0")
}

fn teacher(value: &str) -> Result<TeacherKind, &'static str> {
    match value {
        "maps" => Ok(TeacherKind::Maps),
        "boxes" => Ok(TeacherKind::Boxes),
        _ => Err("it is one or the other"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Backend;
    use crate::systems::instruct::Instruct;
    use crate::systems::region_chain::RegionChain;
    use crate::systems::toy;

    #[test]
    fn what_is_chosen_is_taken_or_refused() {
        let (_, spec) = toy::tagger::<RegionChain<Backend, Instruct<Backend>>>("image/vit");
        let of = |chosen: &[(&str, &str)]| {
            let mut config = spec.config.fusion;
            config.choose(&chosen.iter().copied().collect()).map(|()| config)
        };
        assert_eq!(of(&[]), Ok(spec.config.fusion));
        let chosen = of(&[("guidance", "logit"), ("guidance-weight", "0.3"), ("teacher", "boxes")]).expect("chosen");
        assert_eq!((chosen.guidance, chosen.weight, chosen.teacher), (Norm::Logit, 0.3, TeacherKind::Boxes));
        for wrong in [("guidance", "soft"), ("guidance-weight", "-1"), ("guidance-weight", "NaN"), ("teacher", "me")] {
            assert!(of(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
