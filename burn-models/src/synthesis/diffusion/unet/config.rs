//! `unet/config.json`.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::DiffusionError;
use super::super::settings::Settings;

/// Most channels of anything.
const WIDEST: usize = 1 << 16;

/// Settings of other members of the wider family, with the values that mean that they are not used.
const NOT_USED: [&str; 22] = [
    "addition_embed_type",
    "addition_time_embed_dim",
    "center_input_sample",
    "class_embed_type",
    "class_embeddings_concat",
    "cross_attention_norm",
    "dual_cross_attention",
    "encoder_hid_dim",
    "encoder_hid_dim_type",
    "mid_block_only_cross_attention",
    "num_class_embeds",
    "projection_class_embeddings_input_dim",
    "resnet_skip_time_act",
    "reverse_transformer_layers_per_block",
    "time_cond_proj_dim",
    "time_embedding_act_fn",
    "timestep_post_act",
    "conv_in_kernel",
    "conv_out_kernel",
    "downsample_padding",
    "mid_block_scale_factor",
    "resnet_out_scale_factor",
];

/// Settings that change nothing here: everything is computed in 32 bits, and nothing is dropped.
const WITHOUT_EFFECT: [&str; 3] = ["upcast_attention", "dropout", "addition_embed_type_num_heads"];

/// One level of the network, on the way down or up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelConfig {
    /// Channels of its feature maps.
    pub channels: usize,
    /// Residual blocks on the way down; there is one more on the way up.
    pub layers: usize,
    /// Whether a transformer follows each of them.
    pub attends: bool,
    /// Attention heads of a transformer.
    pub heads: usize,
    /// Blocks of a transformer.
    pub depth: usize,
}

/// Sizes of a [`super::Unet`].
#[derive(Clone, Debug, PartialEq)]
pub struct UnetConfig {
    /// Channels of the latent.
    pub in_channels: usize,
    /// Channels of the answer.
    pub out_channels: usize,
    /// Height and width of the latents that it was trained with.
    pub sample_size: [usize; 2],
    /// The levels from the picture down.
    pub levels: Vec<LevelConfig>,
    /// The middle; small distilled models have none.
    pub mid: Option<LevelConfig>,
    /// The levels on the way up, from the bottom.
    pub up_levels: Vec<LevelConfig>,
    /// Width of the vectors of the words.
    pub cross_attention_dim: usize,
    /// Width of the vector of the time.
    pub time_width: usize,
    /// Groups of the norms.
    pub groups: usize,
    /// What norms add to the variance, but for those in front of transformers.
    pub epsilon: f64,
    /// Whether cosines of the time come before the sines.
    pub flip_sin_to_cos: bool,
    /// Lowers the frequencies of the time.
    pub freq_shift: f64,
}

/// A number for all levels, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
enum PerLevel {
    One(usize),
    Each(Vec<usize>),
}

impl PerLevel {
    /// One for each of `count` levels, 1 to `most`.
    fn spread(self, name: &str, count: usize, most: usize, from: &Settings) -> Result<Vec<usize>, DiffusionError> {
        let values = match self {
            Self::One(value) => vec![value; count],
            Self::Each(values) => values,
        };
        if values.len() != count {
            return Err(from.wrong(format!("`{name}` has {} values for {count} blocks", values.len())));
        }
        match values.iter().find(|value| !(1..=most).contains(*value)) {
            Some(value) => Err(from.wrong(format!("`{name}` has {value}; it must be 1 to {most}"))),
            None => Ok(values),
        }
    }
}

impl UnetConfig {
    /// Reads the file at `path`.
    pub fn open(path: &Path) -> Result<Self, DiffusionError> {
        Settings::read_with(path, Self::read)
    }

    /// The same of a file's contents.
    pub(in super::super) fn parse(path: &Path, text: &str) -> Result<Self, DiffusionError> {
        Settings::parse(path, text)?.taken(Self::read)
    }

    fn read(from: &mut Settings) -> Result<Self, DiffusionError> {
        from.expect_class(&["UNet2DConditionModel"])?;
        refuse_others(from)?;
        let channels: Vec<usize> = from.take("block_out_channels", vec![320, 640, 1280, 1280])?;
        let count = channels.len();
        let groups = from.size("norm_num_groups", 32, WIDEST)?;
        if let Some(wrong) =
            channels.iter().find(|channels| !(1..=WIDEST).contains(*channels) || *channels % groups != 0)
        {
            return Err(from.wrong(format!("{wrong} channels are no multiple of `norm_num_groups` {groups}")));
        }
        let mut per_level = |name: &str, default: usize, most: usize| {
            from.take(name, PerLevel::One(default))?.spread(name, count, most, from)
        };
        let layers = per_level("layers_per_block", 2, 100)?;
        let depth = per_level("transformer_layers_per_block", 1, 100)?;
        let head_dim = per_level("attention_head_dim", 8, WIDEST)?;
        // Called so by mistake: it is the number of heads, unless the file has that as well.
        let heads = match from.take::<Option<PerLevel>>("num_attention_heads", None)? {
            None => head_dim,
            Some(heads) => heads.spread("num_attention_heads", count, WIDEST, from)?,
        };
        let usual = |plain: &str, attending: &str, first: bool| {
            let plain_at = if first { count.saturating_sub(1) } else { 0 };
            (0..count).map(|index| if index == plain_at { plain } else { attending }.to_owned()).collect::<Vec<_>>()
        };
        let [down, up] = [
            ("down_block_types", "DownBlock2D", "CrossAttnDownBlock2D", true),
            ("up_block_types", "UpBlock2D", "CrossAttnUpBlock2D", false),
        ]
        .map(|(name, plain, attending, first)| blocks(from, name, [plain, attending], usual(plain, attending, first)));
        let level = |index: usize, attends: bool| LevelConfig {
            channels: channels[index],
            layers: layers[index],
            attends,
            heads: heads[index],
            depth: depth[index],
        };
        let levels: Vec<LevelConfig> = down?.into_iter().enumerate().map(|(index, on)| level(index, on)).collect();
        let up_levels: Vec<LevelConfig> =
            up?.into_iter().enumerate().map(|(index, on)| level(count - 1 - index, on)).collect();
        if levels.len() != count || up_levels.len() != count || count == 0 {
            return Err(from.wrong(format!("there are channels for {count} blocks, and other numbers of block types")));
        }
        let usual_mid = Some("UNetMidBlock2DCrossAttn".to_owned());
        let mid = match from.take("mid_block_type", usual_mid)? {
            None => None,
            Some(name) if name == "UNetMidBlock2DCrossAttn" => {
                Some(LevelConfig { layers: 1, ..level(count - 1, true) })
            }
            Some(name) => {
                let supported = "\"UNetMidBlock2DCrossAttn\" or null";
                return Err(from.field("mid_block_type", &Value::String(name), supported));
            }
        };
        let attending = levels.iter().chain(&up_levels).chain(&mid).filter(|level| level.attends);
        for LevelConfig { channels, heads, .. } in attending {
            if channels % heads != 0 {
                return Err(from.wrong(format!("{heads} attention heads do not divide {channels} channels")));
            }
        }
        Ok(Self {
            in_channels: from.size("in_channels", 4, WIDEST)?,
            out_channels: from.size("out_channels", 4, WIDEST)?,
            sample_size: sample_size(from)?,
            time_width: from.size("time_embedding_dim", 4 * channels[0], WIDEST)?,
            levels,
            mid,
            up_levels,
            cross_attention_dim: from.size("cross_attention_dim", 1280, WIDEST)?,
            groups,
            epsilon: from.take("norm_eps", 1e-5)?,
            flip_sin_to_cos: from.take("flip_sin_to_cos", true)?,
            freq_shift: from.take("freq_shift", 0.0)?,
        })
    }
}

/// Refuses what makes a network of another kind, by the setting that says so.
fn refuse_others(from: &mut Settings) -> Result<(), DiffusionError> {
    for name in NOT_USED {
        let usual = match name {
            "conv_in_kernel" | "conv_out_kernel" => json!(3),
            "downsample_padding" | "mid_block_scale_factor" | "resnet_out_scale_factor" => json!(1),
            _ => json!(false),
        };
        from.only(name, &[usual])?;
    }
    from.only("act_fn", &[json!("silu"), json!("swish")])?;
    from.only("attention_type", &[json!("default")])?;
    from.only("resnet_time_scale_shift", &[json!("default")])?;
    from.only("time_embedding_type", &[json!("positional")])?;
    match from.take("only_cross_attention", json!(false))? {
        Value::Bool(false) | Value::Null => {}
        Value::Array(all) if all.iter().all(|one| one == &json!(false)) => {}
        found => return Err(from.field("only_cross_attention", &found, "false")),
    }
    // Both layouts of the projections are the same layer.
    from.ignore(&["use_linear_projection"]);
    from.ignore(&WITHOUT_EFFECT);
    Ok(())
}

/// Which of the blocks called `name` attend to the words.
fn blocks(
    from: &mut Settings,
    name: &str,
    [plain, attending]: [&str; 2],
    usual: Vec<String>,
) -> Result<Vec<bool>, DiffusionError> {
    let types: Vec<String> = from.take(name, usual)?;
    let supported = || format!("\"{plain}\" or \"{attending}\"");
    match types.iter().find(|kind| *kind != plain && *kind != attending) {
        Some(kind) => Err(from.field(name, &Value::String(kind.clone()), supported())),
        None => Ok(types.iter().map(|kind| kind == attending).collect()),
    }
}

/// Height and width.
fn sample_size(from: &mut Settings) -> Result<[usize; 2], DiffusionError> {
    let size = from.take("sample_size", PerLevel::One(64))?.spread("sample_size", 2, 1 << 13, from)?;
    Ok([size[0], size[1]])
}
