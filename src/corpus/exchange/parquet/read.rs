//! Reading: which columns are what, and a row as a tweet.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::{LogicalType, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::{Type, TypePtr};
use spanlight_models::example::{Example, Repair, Span, TagScheme, parse_tag};

use super::super::kept::{self, Kept};
use super::super::raw::Taken;
use super::features;
use crate::corpus::stem;

/// Names of columns, in lower case; of several that are there, the first one here counts.
const ID: [&str; 6] = ["id", "tweet_id", "imgid", "img_id", "image_id", "guid"];
const TOKENS: [&str; 2] = ["tokens", "words"];
const TAGS: [&str; 7] = ["ner_tags", "tags", "labels", "ner", "ner_labels", "label", "fine_ner_tags"];
const IMAGES: [&str; 6] = ["images", "image", "image_id", "image_path", "img", "img_id"];

/// The columns of a file.
struct Columns {
    id: Option<String>,
    tokens: String,
    tags: String,
    images: Option<String>,
    kept: Option<String>,
    /// What the numbers in the column of tags mean.
    classes: Option<Vec<String>>,
}

/// Tokens, entities and tags that are read differently.
type Labelled = (Vec<String>, Vec<Span>, Vec<Repair>);

/// Reads a file row by row; the error is about the file as a whole.
pub fn rows(file: File, taken: &mut Taken) -> Result<(), String> {
    let broken = |error: parquet::errors::ParquetError| format!("no Parquet that can be read: {error}");
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let metadata = reader.metadata().file_metadata();
    let root = metadata.schema();
    let about = metadata.key_value_metadata().into_iter().flatten();
    let about = about.filter(|pair| pair.key == features::FIELD).find_map(|pair| pair.value.as_deref());
    let columns = Columns::of(root, about)?;
    let wanted: Vec<&str> = [&columns.id, &columns.images, &columns.kept]
        .into_iter()
        .filter_map(Option::as_deref)
        .chain([columns.tokens.as_str(), columns.tags.as_str()])
        .collect();
    for other in root.get_fields().iter().filter(|field| !wanted.contains(&field.name())) {
        taken.conversion.leave(&format!("columns that are passed over: `{}`", other.name()));
    }
    let fields: Vec<TypePtr> =
        root.get_fields().iter().filter(|field| wanted.contains(&field.name())).filter_map(without_bytes).collect();
    let projection = Type::group_type_builder(root.name()).with_fields(fields).build().map_err(broken)?;
    for (number, row) in RowIter::from_file(Some(projection), &reader).map_err(broken)?.enumerate() {
        // What follows a row that cannot be unpacked cannot be found.
        let row = row.map_err(|error| format!("row {}: {error}", number + 1))?;
        columns.hand_over(number + 1, row, taken);
    }
    Ok(())
}

impl Columns {
    fn of(root: &Type, about: Option<&str>) -> Result<Self, String> {
        let fields = root.get_fields();
        let find = |names: &[&str], list: bool| {
            let called = |name: &&&str| {
                fields.iter().find(|field| field.name().to_lowercase() == ***name && (!list || field.is_group()))
            };
            names.iter().find_map(|name| called(&name)).map(|field| field.name().to_owned())
        };
        let there = || fields.iter().map(|field| format!("`{}`", field.name())).collect::<Vec<_>>().join(", ");
        let tokens = find(&TOKENS, true)
            .ok_or_else(|| format!("no column `tokens` or `words` with lists; there are {}", there()))?;
        let tags = find(&TAGS, true)
            .ok_or_else(|| format!("no column `ner_tags`, `tags` or `labels` with lists; there are {}", there()))?;
        let classes = about.and_then(|about| features::class_names(about, &tags));
        let kept = fields.iter().find(|field| field.name() == kept::FIELD).map(|field| field.name().to_owned());
        Ok(Self { id: find(&ID, false), tokens, tags, images: find(&IMAGES, false), kept, classes })
    }

    fn hand_over(&self, number: usize, row: Row, taken: &mut Taken) {
        let cells = row.into_columns();
        let cell = |name: &str| cells.iter().find(|(known, _)| known == name).map(|(_, cell)| cell);
        let named = |name: &Option<String>| name.as_deref().and_then(cell);
        let id = named(&self.id).and_then(text).unwrap_or_default();
        let kept = named(&self.kept).and_then(text).and_then(|kept| serde_json::from_str::<Kept>(&kept).ok());
        let Kept { images: kept_images, image_scores, image_measures, contexts, boxes, .. } = kept.unwrap_or_default();
        let images = named(&self.images).map(image_ids).unwrap_or_default();
        if images.is_empty() && named(&self.images).is_some_and(|cell| matches!(cell, Field::Group(_))) {
            taken.conversion.leave("tweets whose picture is in the file without a name; it is left out");
        }
        let made = self.labelled(cell(&self.tokens), cell(&self.tags));
        let (tokens, spans, repairs) = match made {
            Ok(made) => made,
            Err(what) => return taken.fault(number, &id, what),
        };
        let images = if kept_images.is_empty() { images } else { kept_images };
        let mut example = Example { id, tokens, spans, images, image_scores, image_measures, contexts, boxes };
        let count = example.tokens.len();
        example.boxes.retain(|region| region.start < region.end && region.end <= count);
        let repairs = repairs.into_iter().map(|repair| (number, repair)).collect();
        taken.ready(number, example, repairs);
    }

    /// Tokens and entities of a row.
    fn labelled(&self, tokens: Option<&Field>, tags: Option<&Field>) -> Result<Labelled, String> {
        let list = |cell: Option<&Field>, name: &str| match cell {
            Some(Field::ListInternal(list)) => Ok(list.elements().to_vec()),
            _ => Err(format!("the row has no `{name}`")),
        };
        let (words, numbers) = (list(tokens, &self.tokens)?, list(tags, &self.tags)?);
        if words.is_empty() {
            return Err("the row has no tokens".to_owned());
        }
        if words.len() != numbers.len() {
            let (words, tags) = (words.len(), numbers.len());
            return Err(format!("the row has {words} tokens and {tags} tags; there must be one for each"));
        }
        let words: Option<Vec<String>> = words.iter().map(text).collect();
        let words = words.ok_or_else(|| "a token is no text".to_owned())?;
        let tags = numbers.iter().map(|cell| self.tag(cell)).collect::<Result<Vec<String>, String>>()?;
        let tags = with_prefixes(tags);
        if let Some(tag) = tags.iter().find(|tag| parse_tag(tag).is_none()) {
            return Err(format!(
                "`{}` is not a tag; expected `O` or one of `B-`, `I-`, `E-`, `S-` and a type",
                crate::corpus::shown(tag)
            ));
        }
        let bioes = tags.iter().any(|tag| tag.starts_with("E-") || tag.starts_with("S-"));
        let scheme = if bioes { TagScheme::Bioes } else { TagScheme::Bio };
        let (spans, repairs) = scheme.decode(&tags).map_err(|error| error.to_string())?;
        Ok((words, spans, repairs))
    }

    fn tag(&self, cell: &Field) -> Result<String, String> {
        let Some(number) = number(cell) else {
            return text(cell).ok_or_else(|| "a tag is neither text nor a number".to_owned());
        };
        let Some(classes) = &self.classes else {
            return Err(format!(
                "the tags in `{}` are numbers, and the file does not say what they mean; write it with `datasets` and a \
                 ClassLabel, or with tags as text",
                self.tags
            ));
        };
        let class = usize::try_from(number).ok().and_then(|number| classes.get(number));
        class.cloned().ok_or_else(|| format!("the tag {number} is none of the {} classes of the file", classes.len()))
    }
}

/// Tags of types alone, without prefixes, as tags: neighbours of one type are one entity.
fn with_prefixes(tags: Vec<String>) -> Vec<String> {
    let plain = |tag: &String| tag != "O" && parse_tag(tag).is_none() && !tag.is_empty();
    if !tags.iter().all(|tag| tag == "O" || plain(tag)) {
        return tags;
    }
    let mut before = None;
    let prefixed = |tag: String| {
        let goes_on = before.as_ref() == Some(&tag);
        let named = if tag == "O" { tag.clone() } else { format!("{}-{tag}", if goes_on { 'I' } else { 'B' }) };
        before = Some(tag);
        named
    };
    tags.into_iter().map(prefixed).collect()
}

fn text(cell: &Field) -> Option<String> {
    match cell {
        Field::Str(text) => Some(text.clone()),
        Field::Bytes(bytes) => bytes.as_utf8().ok().map(str::to_owned),
        other => number(other).map(|number| number.to_string()),
    }
}

fn number(cell: &Field) -> Option<i64> {
    match *cell {
        Field::Byte(number) => Some(number.into()),
        Field::Short(number) => Some(number.into()),
        Field::Int(number) => Some(number.into()),
        Field::Long(number) => Some(number),
        Field::UByte(number) => Some(number.into()),
        Field::UShort(number) => Some(number.into()),
        Field::UInt(number) => Some(number.into()),
        Field::ULong(number) => i64::try_from(number).ok(),
        _ => None,
    }
}

/// Ids of images: names of their files without folder and ending.
fn image_ids(cell: &Field) -> Vec<String> {
    let id = |name: String| {
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        Some(stem(file).to_owned()).filter(|id| !id.is_empty())
    };
    match cell {
        Field::ListInternal(list) => list.elements().iter().flat_map(image_ids).collect(),
        Field::Group(picture) => {
            let path = picture.get_column_iter().find(|(name, _)| name.as_str() == "path");
            path.and_then(|(_, path)| text(path)).and_then(id).into_iter().collect()
        }
        other => text(other).and_then(id).into_iter().collect(),
    }
}

/// A column without the pictures in it, which are large and of no use; none where nothing else is in it.
fn without_bytes(column: &TypePtr) -> Option<TypePtr> {
    if column.is_primitive() {
        let text = matches!(column.get_basic_info().logical_type_ref(), Some(LogicalType::String));
        let picture = column.name() == "bytes" && column.get_physical_type() == Physical::BYTE_ARRAY && !text;
        return (!picture).then(|| Arc::clone(column));
    }
    let fields: Vec<TypePtr> = column.get_fields().iter().filter_map(without_bytes).collect();
    if fields.len() == column.get_fields().len() {
        return Some(Arc::clone(column));
    }
    let info = column.get_basic_info();
    let builder = Type::group_type_builder(info.name())
        .with_repetition(info.repetition())
        .with_converted_type(info.converted_type())
        .with_logical_type(info.logical_type_ref().cloned())
        .with_fields(fields);
    builder.build().ok().map(Arc::new)
}
