//! Text as outlines: which font has which letter, how letters join, and how wide a text is.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use rustybuzz::{Direction, Face, UnicodeBuffer};
use tiny_skia::PathBuilder;
use unicode_segmentation::UnicodeSegmentation;

use super::script::{self, is_rtl};

/// The font in the program.
const DEJAVU: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");

/// Width of the box in place of a letter that no font has, in ems.
const BOX: f32 = 0.95;

/// A font that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// The file cannot be read.
    #[error("{}: {cause}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is none of a font.
    #[error("{}: no TrueType or OpenType font; give a .ttf, .otf or .ttc file", .0.display())]
    NoFont(PathBuf),
}

/// The fonts of figures, the first one first.
pub struct Typeface {
    faces: Vec<Face<'static>>,
}

impl fmt::Debug for Typeface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typeface").field("faces", &self.faces.len()).finish()
    }
}

/// One line of text, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// The text, without anything that no picture can hold.
    pub text: String,
    /// Size of an em.
    pub size: f32,
    /// Width.
    pub width: f32,
    /// Whether it is read from the right.
    pub rtl: bool,
    /// What is seen, from the left.
    pub marks: Vec<Mark>,
}

/// A letter, or the box in place of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// A glyph of a font at a place from the left end of the baseline, upwards.
    Glyph {
        /// Number of the font.
        face: usize,
        /// Number of the glyph.
        id: u16,
        /// From the left.
        x: f32,
        /// Upwards.
        y: f32,
    },
    /// No font has it.
    Missing {
        /// From the left.
        x: f32,
    },
}

/// Letters of one font and one direction.
struct Run {
    /// `None` where no font has them.
    face: Option<usize>,
    rtl: bool,
    text: String,
}

impl Typeface {
    /// The font in the program, and those in files for what it lacks.
    pub fn new(more: &[PathBuf]) -> Result<Self, FontError> {
        let mut faces: Vec<Face<'static>> = Face::from_slice(DEJAVU, 0).into_iter().collect();
        for path in more {
            faces.push(open(path)?);
        }
        Ok(Self { faces })
    }

    /// Lays out one line in letters of `size`.
    pub fn write(&self, text: &str, size: f32) -> Writing {
        let text = script::drawable(text);
        let mut writing = Writing { size, width: 0.0, rtl: script::reads_from_right(&text), marks: Vec::new(), text };
        let mut runs = self.runs(&writing.text, writing.rtl);
        if writing.rtl {
            runs.reverse();
        }
        for run in &runs {
            self.add(run, &mut writing);
        }
        writing
    }

    /// Width of a line in letters of `size`.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        self.write(text, size).width
    }

    /// Breaks a text between words, so that no line is wider than `width` unless one word is.
    pub fn wrap(&self, text: &str, size: f32, width: f32) -> Vec<Writing> {
        let mut lines: Vec<Writing> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if line.is_empty() || self.width(&longer, size) <= width {
                line = longer;
            } else {
                lines.push(self.write(&line, size));
                word.clone_into(&mut line);
            }
        }
        if !line.is_empty() {
            lines.push(self.write(&line, size));
        }
        lines
    }

    /// A glyph's outline in ems, upwards; `None` for one without any, as a space.
    pub fn outline(&self, face: usize, id: u16) -> Option<tiny_skia::Path> {
        let face = self.faces.get(face)?;
        let mut pen = Pen { builder: PathBuilder::new(), scale: 1.0 / face.units_per_em() as f32 };
        face.outline_glyph(GlyphId(id), &mut pen)?;
        pen.builder.finish()
    }

    /// Parts of one font and one direction, in the order of reading.
    fn runs(&self, text: &str, rtl: bool) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut known = HashMap::new();
        for grapheme in text.graphemes(true) {
            let face = *known.entry(grapheme).or_insert_with(|| self.face_of(grapheme));
            let strong = grapheme.chars().find_map(is_rtl);
            let rtl = strong.unwrap_or_else(|| runs.last().map_or(rtl, |run| run.rtl));
            match runs.last_mut().filter(|run| run.face == face && run.rtl == rtl) {
                Some(run) => run.text.push_str(grapheme),
                None => runs.push(Run { face, rtl, text: grapheme.to_owned() }),
            }
        }
        runs
    }

    /// The first font that has all letters of a grapheme.
    fn face_of(&self, grapheme: &str) -> Option<usize> {
        let has = |face: &Face<'_>| {
            grapheme.chars().filter(|c| !script::is_invisible(*c)).all(|c| face.glyph_index(c).is_some())
        };
        self.faces.iter().position(has)
    }

    fn add(&self, run: &Run, writing: &mut Writing) {
        let size = writing.size;
        let Some((number, face)) = run.face.and_then(|number| Some((number, self.faces.get(number)?))) else {
            for _ in run.text.graphemes(true) {
                writing.marks.push(Mark::Missing { x: writing.width });
                writing.width += BOX * size;
            }
            return;
        };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&run.text);
        buffer.guess_segment_properties();
        buffer.set_direction(if run.rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        let shaped = rustybuzz::shape(face, &[], buffer);
        let scale = size / face.units_per_em() as f32;
        for (glyph, place) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let (x, y) = (place.x_offset as f32 * scale, place.y_offset as f32 * scale);
            writing.marks.push(Mark::Glyph { face: number, id: glyph.glyph_id as u16, x: writing.width + x, y });
            writing.width += place.x_advance as f32 * scale;
        }
    }
}

fn open(path: &Path) -> Result<Face<'static>, FontError> {
    let bytes = fs::read(path).map_err(|cause| FontError::Read { path: path.to_owned(), cause })?;
    // A font is used until the program ends.
    Face::from_slice(bytes.leak(), 0).ok_or_else(|| FontError::NoFont(path.to_owned()))
}

/// Draws a glyph's outline in ems.
struct Pen {
    builder: PathBuilder,
    scale: f32,
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.builder.move_to(x * self.scale, y * self.scale);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.builder.line_to(x * self.scale, y * self.scale);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let [x1, y1, x, y] = [x1, y1, x, y].map(|place| place * self.scale);
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let [x1, y1, x2, y2, x, y] = [x1, y1, x2, y2, x, y].map(|place| place * self.scale);
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typeface() -> Typeface {
        Typeface::new(&[]).expect("the font in the program")
    }

    fn glyphs(writing: &Writing) -> Vec<u16> {
        let id = |mark: &Mark| match mark {
            Mark::Glyph { id, .. } => *id,
            Mark::Missing { .. } => u16::MAX,
        };
        writing.marks.iter().map(id).collect()
    }

    #[test]
    fn letters_have_outlines_and_a_width_that_grows_with_the_size() {
        let typeface = typeface();
        let (small, large) = (typeface.write("Ada", 10.0), typeface.write("Ada", 20.0));
        assert!((2.0 * small.width - large.width).abs() < 1e-3 && small.width > 15.0, "{}", small.width);
        let Mark::Glyph { face, id, .. } = small.marks[0] else { panic!("an A") };
        let outline = typeface.outline(face, id).expect("an outline");
        assert!(outline.bounds().height() > 0.6 && outline.bounds().height() < 0.8);
        assert_eq!(glyphs(&small)[1..].iter().filter(|id| **id == 0).count(), 0);
    }

    #[test]
    fn arabic_is_joined_and_stands_from_right_to_left() {
        let typeface = typeface();
        let word = typeface.write("سلام", 10.0);
        let alone: Vec<u16> = "سلام".chars().flat_map(|c| glyphs(&typeface.write(&c.to_string(), 10.0))).collect();
        assert!(word.rtl && glyphs(&word) != alone && glyphs(&word).last() != alone.last());
        // The first letter is the rightmost one.
        let hebrew = typeface.write("אב", 10.0);
        assert_eq!(glyphs(&hebrew)[1], glyphs(&typeface.write("א", 10.0))[0]);
        let mixed = typeface.write("ab אב", 10.0);
        assert_eq!((mixed.rtl, glyphs(&mixed)[0]), (false, glyphs(&typeface.write("a", 10.0))[0]));
    }

    #[test]
    fn what_no_font_has_is_one_box_a_grapheme() {
        let typeface = typeface();
        let missing = |text: &str| {
            typeface.write(text, 10.0).marks.iter().filter(|mark| matches!(mark, Mark::Missing { .. })).count()
        };
        assert_eq!([missing("東京"), missing("👩‍👩‍👧‍👦"), missing("a☕b"), missing("é ♥ €")], [2, 1, 0, 0]);
        assert_eq!(typeface.write("", 10.0).width.to_bits(), 0);
    }

    #[test]
    fn lines_break_between_words_and_files_that_are_no_fonts_are_refused() {
        let typeface = typeface();
        let lines = typeface.wrap("one two three four", 10.0, typeface.width("one two", 10.0) + 1.0);
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["one two", "three", "four"]);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(Typeface::new(&[file]).is_err_and(|error| error.to_string().contains("no TrueType")));
        assert!(Typeface::new(&["/nowhere.ttf".into()]).is_err_and(|error| error.to_string().contains("/nowhere.ttf")));
    }
}
