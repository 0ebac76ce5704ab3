//! Themes: TOML files that give every part of the screen its colour.

mod styles;

use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;
use spanlight_models::example::LabelSet;
use toml::Spanned;

use crate::config::{ConfigError, read_optional};
use crate::graphics::{ColorMap, Rgb};

#[cfg(test)]
pub use styles::color;

/// The themes that are built in: name and text.
const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../themes/colour-blind.toml")),
    ("warm", include_str!("../../themes/warm.toml")),
];

/// A theme file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    palette: IndexMap<String, Spanned<String>>,
    ui: Ui<Spanned<String>>,
    types: Vec<Spanned<String>>,
    heat: Heat,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heat {
    map: ColorMap,
}

/// The colours of the screen's parts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ui<C> {
    /// Behind everything.
    pub background: C,
    /// Behind the status line, the row under the cursor of lists, and dialogs.
    pub raised: C,
    /// Text.
    pub text: C,
    /// Text of less weight.
    pub dim: C,
    /// Lines between panes.
    pub border: C,
    /// Titles and what is in use.
    pub accent: C,
    /// Keys in hints and help.
    pub key: C,
    /// Behind the token under the cursor.
    pub cursor: C,
    /// The token under the cursor.
    pub cursor_text: C,
    /// Behind selected tokens.
    pub selection: C,
    /// What went well.
    pub good: C,
    /// What needs attention.
    pub warn: C,
    /// What went wrong.
    pub bad: C,
    /// The curve of the loss.
    pub loss: C,
    /// The curve of F1.
    pub score: C,
}

impl<C> Ui<C> {
    fn try_map<D, E>(&self, mut f: impl FnMut(&C) -> Result<D, E>) -> Result<Ui<D>, E> {
        Ok(Ui {
            background: f(&self.background)?,
            raised: f(&self.raised)?,
            text: f(&self.text)?,
            dim: f(&self.dim)?,
            border: f(&self.border)?,
            accent: f(&self.accent)?,
            key: f(&self.key)?,
            cursor: f(&self.cursor)?,
            cursor_text: f(&self.cursor_text)?,
            selection: f(&self.selection)?,
            good: f(&self.good)?,
            warn: f(&self.warn)?,
            bad: f(&self.bad)?,
            loss: f(&self.loss)?,
            score: f(&self.score)?,
        })
    }
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Plain,
    /// Something went well.
    Good,
    /// Something needs attention.
    Warn,
    /// Something went wrong.
    Bad,
}

/// A theme, ready for drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Name of its file.
    pub name: String,
    /// Colours of the screen's parts.
    pub ui: Ui<Rgb>,
    /// Colours of entity types, in order.
    pub types: Vec<Rgb>,
    /// Colours by name, which projects may use for their types.
    pub palette: IndexMap<String, Rgb>,
    /// The colour map of heat maps.
    pub heat_map: ColorMap,
    /// Whether colours are used at all.
    pub colored: bool,
}

impl Theme {
    /// Reads a theme from `text`, the contents of `file`.
    fn parse(name: &str, file: &Path, text: &str) -> Result<Self, ConfigError> {
        let parsed: ThemeFile = toml::from_str(text).map_err(|error| ConfigError::from_toml(file, text, &error))?;
        let at = |color: &Spanned<String>, message: String| ConfigError::at(file, text, Some(color.span()), message);
        let mut palette = IndexMap::new();
        for (color_name, color) in &parsed.palette {
            let value = hex(color.get_ref())
                .ok_or_else(|| at(color, format!("`{}` is no colour like #1a2b3c", color.get_ref())))?;
            palette.insert(color_name.clone(), value);
        }
        let resolve = |color: &Spanned<String>| {
            let written = color.get_ref();
            let known = hex(written).or_else(|| palette.get(written).copied());
            known.ok_or_else(|| {
                at(color, format!("`{written}` is neither a colour like #1a2b3c nor a name of [palette]"))
            })
        };
        let ui = parsed.ui.try_map(resolve)?;
        let types = parsed.types.iter().map(resolve).collect::<Result<Vec<_>, _>>()?;
        if types.is_empty() {
            return Err(ConfigError::at(file, text, None, "`types` needs at least one colour"));
        }
        Ok(Self { name: name.to_owned(), ui, types, palette, heat_map: parsed.heat.map, colored: true })
    }

    /// The theme `name` of the folder, else the built-in one of that name.
    pub fn load(folder: &Path, name: &str) -> Result<Self, ConfigError> {
        let file = theme_file(folder, name);
        if let Some(text) = read_optional(&file)? {
            return Self::parse(name, &file, &text);
        }
        let built_in = BUILT_IN.iter().find(|theme| theme.0 == name);
        let (_, text) = built_in.ok_or_else(|| ConfigError::Unreadable {
            file: file.clone(),
            reason: format!("there is no theme `{}`; there are {}", name, Self::names(folder).join(", ")),
        })?;
        Self::parse(name, Path::new(name), text)
    }

    /// The built-in theme that is used where nothing else can be.
    pub fn fallback() -> Self {
        let (name, text) = BUILT_IN[0];
        Self::parse(name, Path::new(name), text).unwrap_or_else(|error| unreachable!("built-in theme: {error}"))
    }

    /// All themes there are: the built-in ones, then those of the folder by name.
    pub fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|theme| theme.0.to_owned()).collect();
        let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut own: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .filter(|name| !names.contains(name))
            .collect();
        own.sort();
        names.extend(own);
        names
    }

    /// The theme with no colours at all.
    pub fn without_color(self) -> Self {
        Self { colored: false, ..self }
    }

    /// Whether a project can choose a colour so.
    pub fn is_color(&self, text: &str) -> bool {
        hex(text).is_some() || self.palette.contains_key(text)
    }

    /// The colour of the type `label`.
    pub fn type_color(&self, labels: &LabelSet, label: &str) -> Rgb {
        let chosen = labels.style(label).and_then(|style| style.color.as_deref());
        let chosen = chosen.and_then(|color| hex(color).or_else(|| self.palette.get(color).copied()));
        // A type that the project does not know stands behind the known ones.
        let index = labels.index_of(label).unwrap_or(labels.len());
        chosen.unwrap_or(self.types[index % self.types.len()])
    }
}

/// The file of the theme `name`.
pub fn theme_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.toml"))
}

fn hex(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([channel(0)?, channel(2)?, channel(4)?])
}

#[cfg(test)]
mod tests {
    use super::styles::{SUGGESTION_FADE, mix, tint};
    use super::*;
    use spanlight_models::example::TypeStyle;

    fn luminance(color: Rgb) -> f32 {
        let linear = color.map(|channel| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(a: Rgb, b: Rgb) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn all() -> Vec<Theme> {
        BUILT_IN.iter().map(|(name, text)| Theme::parse(name, Path::new(name), text).expect(name)).collect()
    }

    #[test]
    fn everything_is_readable_in_every_theme() {
        for theme in all() {
            let ui = &theme.ui;
            let readable = |what: &str, text: Rgb, behind: Rgb, least: f32| {
                let found = contrast(text, behind);
                assert!(found >= least, "{}: {what} has a contrast of {found:.2}, needs {least}", theme.name);
            };
            readable("text", ui.text, ui.background, 7.0);
            readable("text on raised", ui.text, ui.raised, 6.0);
            readable("dim text", ui.dim, ui.background, 4.5);
            readable("dim text on raised", ui.dim, ui.raised, 4.0);
            readable("cursor", ui.cursor_text, ui.cursor, 7.0);
            readable("text in a selection", ui.text, ui.selection, 4.5);
            for (what, text) in
                [("key", ui.key), ("accent", ui.accent), ("good", ui.good), ("warn", ui.warn), ("bad", ui.bad)]
            {
                readable(what, text, ui.background, 4.5);
            }
            for (index, of_type) in theme.types.iter().enumerate() {
                readable(&format!("type {index}"), *of_type, tint(ui.background, *of_type), 4.5);
                readable(
                    &format!("suggestion {index}"),
                    mix(*of_type, ui.background, SUGGESTION_FADE),
                    ui.background,
                    3.0,
                );
            }
        }
    }

    #[test]
    fn neighbouring_types_are_told_apart() {
        for theme in all() {
            assert!(theme.types.len() >= 8, "{}", theme.name);
            for pair in theme.types.windows(2) {
                let distance: i32 = (0..3).map(|i| (i32::from(pair[0][i]) - i32::from(pair[1][i])).abs()).sum();
                assert!(distance > 90, "{}: {pair:?}", theme.name);
            }
        }
    }

    #[test]
    fn a_broken_theme_says_where_and_what() {
        let parse = |text: &str| Theme::parse("mine", Path::new("mine.toml"), text).expect_err("broken").to_string();
        let good = BUILT_IN[0].1;
        assert!(parse("[palette]\nred = \"nope\"\n").starts_with("mine.toml:1: missing field `ui`"));
        let unknown = parse(&good.replace("[heat]", "[heat]\nsmell = 1"));
        assert!(unknown.contains("unknown field `smell`"), "{unknown}");
        let line = good.lines().position(|line| line.starts_with("warn")).expect("line") + 1;
        let no_name = parse(&good.replace("warn = \"yellow\"", "warn = \"yelow\""));
        assert!(no_name.starts_with(&format!("mine.toml:{line}: `yelow` is neither")), "{no_name}");
    }

    #[test]
    fn the_users_theme_of_the_same_name_is_preferred() {
        let dir = tempfile::tempdir().expect("folder");
        assert_eq!(Theme::load(dir.path(), "light").expect("theme").ui.background, all()[1].ui.background);
        fs::write(theme_file(dir.path(), "light"), BUILT_IN[0].1).expect("theme");
        fs::write(theme_file(dir.path(), "own"), BUILT_IN[0].1).expect("theme");
        assert_eq!(Theme::load(dir.path(), "light").expect("theme").ui.background, all()[0].ui.background);
        assert_eq!(Theme::names(dir.path()).last().map(String::as_str), Some("own"));
        let missing = Theme::load(dir.path(), "absent").expect_err("no theme").to_string();
        assert!(missing.contains("there is no theme `absent`"), "{missing}");
    }

    #[test]
    fn projects_choose_colours_by_value_or_name() {
        let theme = Theme::fallback();
        let mut labels = LabelSet::new(["PER"]);
        labels.insert("LOC", TypeStyle { color: Some("#010203".into()), key: None });
        labels.insert("ORG", TypeStyle { color: Some("yellow".into()), key: None });
        labels.insert("BAD", TypeStyle { color: Some("no such".into()), key: None });
        assert_eq!(theme.type_color(&labels, "PER"), theme.types[0]);
        assert_eq!(theme.type_color(&labels, "LOC"), [1, 2, 3]);
        assert_eq!(theme.type_color(&labels, "ORG"), theme.palette["yellow"]);
        assert_eq!(theme.type_color(&labels, "BAD"), theme.types[3]);
        assert_eq!(theme.type_color(&labels, "unknown"), theme.types[4]);
    }
}
