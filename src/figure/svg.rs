//! A figure as SVG: text stays text, pictures are inside, nothing is loaded from elsewhere.

use std::fmt::Write as _;
use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{ExtendedColorType, ImageEncoder, ImageError, RgbImage, imageops};

use super::scene::{Area, Scene, Shape};
use crate::graphics::{Heat, HeatStyle, Rgb, Tone};

/// Fonts that readers have, the nearest to the one that text was measured with first.
const FONTS: &str = "'DejaVu Sans',Verdana,'Noto Sans',sans-serif";

/// Pixels of a picture to a point of the figure; more would only make the file larger.
const DENSITY: f32 = 2.0;

/// Quality of JPEG pictures, of 100.
const QUALITY: u8 = 88;

/// How the pictures in a figure are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embedding {
    /// As they are.
    Png,
    /// Smaller, for pages with many.
    Jpeg,
}

/// The figure as an SVG document, or as a part of an HTML page.
pub fn svg(scene: &Scene, embedding: Embedding) -> Result<String, ImageError> {
    let (width, height) = (number(scene.width), number(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"{FONTS}\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for shape in &scene.shapes {
        add(&mut out, shape, embedding)?;
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn add(out: &mut String, shape: &Shape, embedding: Embedding) -> Result<(), ImageError> {
    // Writing to a string cannot fail.
    let _ = match shape {
        Shape::Fill { area, color, radius } => {
            writeln!(out, "<rect {}{} fill=\"{}\"/>", place(*area), corners(*radius), hex(*color))
        }
        Shape::Border { area, color, thickness, radius } => writeln!(
            out,
            "<rect {}{} fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>",
            place(*area),
            corners(*radius),
            hex(*color),
            number(*thickness)
        ),
        Shape::Text { x, baseline, writing, color } => {
            let direction = if writing.rtl { " direction=\"rtl\" text-anchor=\"end\"" } else { "" };
            writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\" textLength=\"{}\" \
                 lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\"{direction}>{}</text>",
                number(*x),
                number(*baseline),
                number(writing.size),
                hex(*color),
                number(writing.width),
                escaped(&writing.text)
            )
        }
        Shape::Picture { area, pixels, heat } => return picture(out, *area, pixels, heat.as_ref(), embedding),
    };
    Ok(())
}

/// A picture; regions of a grid are rectangles of their own, so that they stay sharp and can be changed.
fn picture(
    out: &mut String,
    area: Area,
    pixels: &RgbImage,
    heat: Option<&Heat>,
    embedding: Embedding,
) -> Result<(), ImageError> {
    let side = |length: f32, own: u32| ((length * DENSITY).round() as u32).clamp(1, own.max(1));
    let (width, height) = (side(area.width, pixels.width()), side(area.height, pixels.height()));
    let grid = heat.filter(|heat| heat.style == HeatStyle::Grid);
    let mut pixels = match heat {
        // A map that is mixed into the pixels must not be coarser than the figure.
        Some(heat) if grid.is_none() => {
            let full =
                ((area.width * DENSITY).round().max(1.0) as u32, (area.height * DENSITY).round().max(1.0) as u32);
            let mut pixels = imageops::resize(pixels, full.0, full.1, FilterType::Triangle);
            heat.draw(&mut pixels);
            pixels
        }
        _ if (width, height) == pixels.dimensions() => pixels.clone(),
        _ => imageops::resize(pixels, width, height, FilterType::Triangle),
    };
    if let Some(heat) = grid {
        heat.prepare(&mut pixels);
    }
    let _ = writeln!(
        out,
        "<image {} preserveAspectRatio=\"none\" href=\"data:{};base64,{}\"/>",
        place(area),
        if embedding == Embedding::Png { "image/png" } else { "image/jpeg" },
        STANDARD.encode(encoded(&pixels, embedding)?)
    );
    if let Some(heat) = grid {
        let tone = Tone::of(heat);
        out.push_str("<g shape-rendering=\"crispEdges\">\n");
        for (index, weight) in heat.weights.iter().enumerate() {
            let (color, opacity) = tone.tint(*weight);
            let region = heat.region(index);
            let region = Area {
                x: area.x + region.x * area.width,
                y: area.y + region.y * area.height,
                width: region.width * area.width,
                height: region.height * area.height,
            };
            let _ = writeln!(
                out,
                "<rect {} fill=\"{}\" fill-opacity=\"{}\"><title>{weight}</title></rect>",
                place(region),
                hex(color),
                number(opacity)
            );
        }
        out.push_str("</g>\n");
    }
    Ok(())
}

fn encoded(pixels: &RgbImage, embedding: Embedding) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    let (width, height) = pixels.dimensions();
    match embedding {
        Embedding::Png => PngEncoder::new(&mut bytes).write_image(pixels, width, height, ExtendedColorType::Rgb8)?,
        Embedding::Jpeg => JpegEncoder::new_with_quality(&mut bytes, QUALITY).write_image(
            pixels,
            width,
            height,
            ExtendedColorType::Rgb8,
        )?,
    }
    Ok(bytes.into_inner())
}

fn place(area: Area) -> String {
    let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(number);
    format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn corners(radius: f32) -> String {
    if radius > 0.0 { format!(" rx=\"{}\"", number(radius)) } else { String::new() }
}

/// A number with at most two places.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A colour as `#rrggbb`.
pub(super) fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text between or in tags.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use spanlight_models::alignment::Frame;

    use super::*;
    use crate::figure::typeface::Typeface;
    use crate::graphics::ColorMap;

    #[test]
    fn a_figure_holds_its_picture_its_regions_and_its_text() {
        let mut scene = Scene::new(100.0);
        scene.height = 80.0;
        let heat = Heat {
            rows: 1,
            columns: 2,
            frame: Frame { x: 0.5, y: 0.0, width: 0.5, height: 1.0 },
            weights: vec![0.25, 1.0],
            range: Some((0.0, 1.0)),
            style: HeatStyle::Grid,
            map: ColorMap::Viridis,
        };
        let area = Area { x: 10.0, y: 0.0, width: 40.0, height: 20.0 };
        let pixels = Arc::new(RgbImage::new(4, 2));
        scene.shapes.push(Shape::Picture { area, pixels: Arc::clone(&pixels), heat: Some(heat.clone()) });
        let typeface = Typeface::new(&[]).expect("a font");
        scene.text(1.0, 50.5, typeface.write("<a> & \"b\"", 10.0), [1, 2, 255]);
        let text = svg(&scene, Embedding::Png).expect("encoded");
        // The frame is the right half of the picture, and each region half of that.
        for part in [
            "<rect x=\"30\" y=\"0\" width=\"10\" height=\"20\"",
            "<rect x=\"40\" y=\"0\" width=\"10\" height=\"20\" fill=\"#fde725\" fill-opacity=\"0.75\"><title>1</title>",
            "href=\"data:image/png;base64,iVBOR",
            "&lt;a&gt; &amp; &quot;b&quot;</text>",
            "y=\"50.5\" font-size=\"10\" fill=\"#0102ff\"",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("http://") || text.matches("http://").count() == 1, "only the name of the format");
        let smooth = Heat { style: HeatStyle::Smooth, ..heat };
        scene.shapes[0] = Shape::Picture { area, pixels, heat: Some(smooth) };
        let text = svg(&scene, Embedding::Jpeg).expect("encoded");
        assert!(text.contains("data:image/jpeg;base64,/9j/") && !text.contains("crispEdges"));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.126, -0.001, 12.5, 100.0].map(number), ["1", "0.13", "0", "12.5", "100"]);
    }
}
