//! Boxes beside a corpus: a table in which every row has the id of an image, the words of an entity and a rectangle.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use spanlight_models::example::{Example, RegionBox, Span};

use super::exchange::read_boxes;
use super::{Listed, Problem, ReadError, shown, stem};

/// The columns that are read, wherever they stand; what else there is is passed over.
const COLUMNS: [&str; 6] = ["id", "entity", "xmin", "ymin", "xmax", "ymax"];

/// The boxes of a file, by the id of their image.
#[derive(Debug, Default)]
pub struct BoxFile {
    rows: HashMap<String, Vec<Row>>,
}

#[derive(Debug)]
struct Row {
    entity: String,
    /// Left, upper, right and lower edge in pixels.
    edges: [f32; 4],
}

impl BoxFile {
    /// Reads a table with tabs between its columns and their names in the first line, as those of GMNER (Yu et al. 2023), or
    /// a folder with Pascal VOC's XML files, one for each image.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        if path.is_dir() {
            let mut rows: HashMap<String, Vec<Row>> = HashMap::new();
            for (id, objects) in read_boxes(path)? {
                let row = |(entity, edges)| Row { entity, edges };
                rows.entry(stem(&id).to_owned()).or_default().extend(objects.into_iter().map(row));
            }
            return Ok(Self { rows });
        }
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|cause| ReadError::Io { file: file.clone(), cause })?;
        Self::parse(&text).map_err(|problems| ReadError::Malformed { file, problems })
    }

    fn parse(text: &str) -> Result<Self, Listed<Problem>> {
        let mut problems = Listed::default();
        let mut problem = |line: usize, id: &str, what: String| {
            problems.push(Problem { line: line + 1, tweet: id.to_owned(), what });
        };
        let mut lines = text.lines().enumerate();
        let header: Vec<&str> = lines.next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default();
        let places = COLUMNS.map(|column| header.iter().position(|name| name.trim() == column));
        let missing: Vec<&str> =
            COLUMNS.iter().zip(places).filter(|(_, place)| place.is_none()).map(|(name, _)| *name).collect();
        if !missing.is_empty() {
            problem(0, "-", format!("the first line must name the columns; {} is missing", missing.join(", ")));
            return Err(problems);
        }
        let mut rows: HashMap<String, Vec<Row>> = HashMap::new();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let fields: Vec<&str> = line.split('\t').collect();
            let field = |column: usize| places[column].and_then(|place| fields.get(place).copied()).unwrap_or_default();
            let id = field(0);
            if id.is_empty() || field(1).is_empty() {
                problem(number, id, "a row needs the id of an image and the words of an entity".to_owned());
                continue;
            }
            let edges = [2, 3, 4, 5].map(|column| field(column).parse().ok().filter(|edge: &f32| edge.is_finite()));
            match edges {
                [Some(left), Some(top), Some(right), Some(bottom)] if left < right && top < bottom => {
                    let row = Row { entity: field(1).to_owned(), edges: [left, top, right, bottom] };
                    rows.entry(stem(id).to_owned()).or_default().push(row);
                }
                _ => problem(number, id, format!("`{}` has no rectangle of four growing numbers", shown(line))),
            }
        }
        if problems.is_empty() { Ok(Self { rows }) } else { Err(problems) }
    }

    /// Adds to a tweet the boxes of its entities, by their words joined by spaces; gives their number.
    pub fn attach(&self, example: &mut Example) -> usize {
        let mut found = Vec::new();
        for image in &example.images {
            for row in self.rows.get(stem(image)).into_iter().flatten() {
                let named = |span: &&Span| {
                    example.tokens.get(span.start..span.end).is_some_and(|words| words.join(" ") == row.entity)
                };
                let [xmin, ymin, xmax, ymax] = row.edges;
                found.extend(example.spans.iter().filter(named).map(|span| RegionBox {
                    image: image.clone(),
                    start: span.start,
                    end: span.end,
                    xmin,
                    ymin,
                    xmax,
                    ymax,
                }));
            }
        }
        let count = found.len();
        example.boxes.extend(found);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "id\twidth\theight\tentity\txmin\tymin\txmax\tymax\n";

    #[test]
    fn boxes_go_to_the_entities_with_the_same_words() {
        let table = format!(
            "{HEADER}7\t9\t9\tada lovelace\t1\t2\t3\t4\n7\t9\t9\tnobody\t1\t2\t3\t4\n8\t9\t9\tada lovelace\t1\t2\t3\t4\n"
        );
        let boxes = BoxFile::parse(&table).expect("well formed");
        let mut example = Example {
            tokens: ["ada", "lovelace", "met", "ada", "lovelace"].map(str::to_owned).to_vec(),
            spans: vec![Span::new("PER", 0, 2), Span::new("PER", 3, 4)],
            images: vec!["7.jpg".to_owned()],
            ..Example::default()
        };
        assert_eq!(boxes.attach(&mut example), 1);
        let [region] = example.boxes.as_slice() else { panic!("{:?}", example.boxes) };
        assert_eq!((region.start, region.end, region.image.as_str()), (0, 2, "7.jpg"));
        let edges = [region.xmin, region.ymin, region.xmax, region.ymax].map(|edge| edge as i32);
        assert_eq!(edges, [1, 2, 3, 4]);
    }

    #[test]
    fn bad_rows_are_named_all_at_once() {
        let problems = |table: &str| -> Vec<usize> {
            let problems = BoxFile::parse(table).expect_err("malformed");
            problems.items().iter().map(|problem| problem.line).collect()
        };
        let rows = "7\t9\t9\tada\t5\t2\t3\t4\n8\t9\t9\tada\t1\t2\t3\t4\n9\t9\t9\tada\t1\tx\t3\t4\n\t9\t9\tada\t1\t2\t3\t4\n7\n";
        assert_eq!(problems(&format!("{HEADER}{rows}")), [2, 4, 5, 6]);
        assert_eq!(problems("id\tentity\n7\tada\n"), [1]);
        assert_eq!(problems(""), [1]);
    }
}
