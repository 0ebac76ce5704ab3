//! Pascal VOC: an XML file per image with an `object` for every box, as the boxes of GMNER (Yu et al. 2023) are published.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};
use spanlight_models::example::{Example, RegionBox};

use crate::corpus::Listed;
use crate::corpus::error::{Problem, ReadError};

/// The objects of an image: words of an entity, and left, upper, right and lower edge in pixels.
pub(in crate::corpus) type Objects = Vec<(String, [f32; 4])>;

/// Reads every XML file of a folder, by the id of its image.
pub(in crate::corpus) fn read_folder(dir: &Path) -> Result<BTreeMap<String, Objects>, ReadError> {
    let failed = |path: &Path, cause| ReadError::Io { file: path.display().to_string(), cause };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dir).map_err(|cause| failed(dir, cause))? {
        let path = entry.map_err(|cause| failed(dir, cause))?.path();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml")) {
            paths.push(path);
        }
    }
    paths.sort();
    let (mut images, mut problems) = (BTreeMap::new(), Listed::default());
    for path in paths {
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let text = fs::read(&path).map_err(|cause| failed(&path, cause))?;
        match parse(&String::from_utf8_lossy(&text)) {
            Ok(objects) => drop(images.insert(id, objects)),
            Err((line, what)) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                problems.push(Problem { line, tweet: id, what: format!("{name}: {what}") });
            }
        }
    }
    if problems.is_empty() {
        return Ok(images);
    }
    Err(ReadError::Malformed { file: dir.display().to_string(), problems })
}

fn parse(text: &str) -> Result<Objects, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let document = Document::parse(text).map_err(|error| (error.pos().row as usize, error.to_string()))?;
    let mut objects = Vec::new();
    for object in document.descendants().filter(|node| node.has_tag_name("object")) {
        let line = document.text_pos_at(object.range().start).row as usize;
        let name = child(object, "name").and_then(|name| name.text()).unwrap_or_default().trim();
        let place = child(object, "bndbox");
        let edge = |name: &str| {
            let text = place.and_then(|place| child(place, name)).and_then(|edge| edge.text())?;
            text.trim().parse::<f32>().ok().filter(|edge| edge.is_finite())
        };
        match ["xmin", "ymin", "xmax", "ymax"].map(edge) {
            [Some(left), Some(top), Some(right), Some(bottom)] if left < right && top < bottom && !name.is_empty() => {
                objects.push((name.to_owned(), [left, top, right, bottom]));
            }
            _ => return Err((line, "an object needs a name and a bndbox of four growing numbers".to_owned())),
        }
    }
    Ok(objects)
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.has_tag_name(name))
}

/// The file of an image with its boxes.
pub(super) fn render(example: &Example, image: &str, boxes: &[&RegionBox]) -> String {
    let mut text = format!("<annotation>\n\t<filename>{}</filename>\n", escaped(image));
    for region in boxes {
        let words = example.tokens.get(region.start..region.end).unwrap_or_default().join(" ");
        let RegionBox { xmin, ymin, xmax, ymax, .. } = region;
        let _ = write!(
            text,
            "\t<object>\n\t\t<name>{}</name>\n\t\t<bndbox>\n\t\t\t<xmin>{xmin}</xmin>\n\t\t\t<ymin>{ymin}</ymin>\n\
             \t\t\t<xmax>{xmax}</xmax>\n\t\t\t<ymax>{ymax}</ymax>\n\t\t</bndbox>\n\t</object>\n",
            escaped(&words)
        );
    }
    text.push_str("</annotation>\n");
    text
}

/// Text within an element; characters that XML does not know are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control() || *c == '\t') {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out
}
