//! Figures fit for a paper: a tweet, what a model looked at for some of its words, and what the colours mean.
//!
//! Knows no terminal and no folders: an [`Explained`] tweet becomes a [`Figure`], that a [`Scene`], and that SVG or pixels.

mod arrays;
mod bar;
mod captions;
mod compose;
mod explained;
mod palette;
mod panel;
mod raster;
pub mod report;
mod scene;
mod script;
mod svg;
mod tables;
#[cfg(test)]
mod tests;
mod tweet;
mod typeface;

pub use arrays::Description;
pub use compose::figure;
pub use explained::{Asked, Explained, Look, Looked, Shown, Side};
pub use palette::of_type;
pub use panel::{Content, Panel};
pub use raster::{raster, write_png};
pub use scene::Scene;
pub use svg::{Embedding, svg};
pub use tables::{MAPS_HEADER, WEIGHTS_HEADER};
pub use tweet::{Tweet, phrase};
pub use typeface::{FontError, Typeface};

use self::palette::{DIM, INK, LINE};
use self::scene::{Area, Paragraph};

/// White around everything.
const MARGIN: f32 = 18.0;
/// White between two panels.
const GAP: f32 = 22.0;
/// Panels side by side.
const ACROSS: usize = 3;
/// Width of one panel alone, and of one among several.
const PANEL: [f32; 2] = [420.0, 280.0];

/// A figure.
#[derive(Clone, Debug)]
pub struct Figure<'a> {
    /// What it shows.
    pub title: String,
    /// The tweet.
    pub tweet: Tweet<'a>,
    /// The maps, and what belongs to them.
    pub panels: Vec<Panel>,
    /// Where everything comes from.
    pub notes: Vec<String>,
}

impl Figure<'_> {
    /// Lays the figure out.
    pub fn scene(&self, typeface: &Typeface) -> Scene {
        let across = self.panels.len().clamp(1, ACROSS);
        let panel = PANEL[usize::from(across > 1)];
        let width = across as f32 * panel + (across - 1) as f32 * GAP;
        let mut scene = Scene::new(width + 2.0 * MARGIN);
        let title = Paragraph { x: MARGIN, top: MARGIN, width, size: 15.0, color: INK };
        let mut y = scene.paragraph(typeface, &self.title, title) + 4.0;
        // Room for the frame around words at an edge.
        y = self.tweet.draw(&mut scene, typeface, MARGIN + 4.0, y, width - 8.0) + 8.0;
        for row in self.panels.chunks(ACROSS) {
            let (mut x, mut bottom) = (MARGIN, y);
            for drawn in row {
                bottom = drawn.draw(&mut scene, typeface, x, y, panel).max(bottom);
                x += panel + GAP;
            }
            y = bottom + 12.0;
        }
        scene.fill(Area { x: MARGIN, y, width, height: 0.6 }, LINE, 0.0);
        y += 5.0;
        for note in &self.notes {
            y = scene.paragraph(typeface, note, Paragraph { x: MARGIN, top: y, width, size: 8.5, color: DIM });
        }
        scene.height = (y + MARGIN - 4.0).ceil();
        scene
    }
}
