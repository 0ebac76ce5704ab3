//! Writing: the columns that `datasets` has for named entities, and two more for what else spanlight keeps.

use std::sync::Arc;

use indexmap::IndexSet;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use spanlight_models::example::Example;

use super::super::conll2003::tags;
use super::super::kept::Kept;
use super::features;

/// Rows that are packed together, as `datasets` does it.
const GROUP: usize = 1000;

const SCHEMA: &str = "message schema {
    OPTIONAL BYTE_ARRAY id (STRING);
    OPTIONAL group tokens (LIST) { REPEATED group list { OPTIONAL BYTE_ARRAY element (STRING); } }
    OPTIONAL group ner_tags (LIST) { REPEATED group list { OPTIONAL INT64 element; } }
    OPTIONAL group images (LIST) { REPEATED group list { OPTIONAL BYTE_ARRAY element (STRING); } }
    OPTIONAL BYTE_ARRAY spanlight (STRING);
}";

/// A value and how deep it is defined: 0 for none, and up to 1 in a plain column, 3 in a list.
const IN_PLAIN: i16 = 1;
const EMPTY_LIST: i16 = 1;
const IN_LIST: i16 = 3;

/// The bytes of a file.
pub fn file(examples: &[Example]) -> Result<Vec<u8>, ParquetError> {
    let all = examples.iter().map(|example| tags(example).map_err(|error| ParquetError::General(error.to_string())));
    let all: Vec<Vec<String>> = all.collect::<Result<_, _>>()?;
    let classes = classes(&all);
    let metadata =
        KeyValue::new(features::FIELD.to_owned(), features::metadata(&classes.iter().cloned().collect::<Vec<_>>()));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("spanlight {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(vec![metadata]));
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))?;
    for (examples, tags) in examples.chunks(GROUP).zip(all.chunks(GROUP)) {
        let mut group = writer.next_row_group()?;
        let texts = |of: fn(&Example) -> &[String]| {
            examples.iter().map(move |example| of(example).iter().map(|text| bytes(text)).collect())
        };
        let numbers = |tags: &Vec<String>| {
            tags.iter().filter_map(|tag| classes.get_index_of(tag)).map(|class| class as i64).collect()
        };
        plain(&mut group, examples.iter().map(|example| Some(bytes(&example.id))))?;
        list::<ByteArrayType>(&mut group, texts(|example| &example.tokens))?;
        list::<Int64Type>(&mut group, tags.iter().map(numbers))?;
        list::<ByteArrayType>(&mut group, texts(|example| &example.images))?;
        plain(&mut group, examples.iter().map(kept))?;
        group.close()?;
    }
    writer.into_inner()
}

/// All tags, `O` first, then both tags of every type in the order in which types come.
fn classes(tags: &[Vec<String>]) -> IndexSet<String> {
    let mut classes = IndexSet::from(["O".to_owned()]);
    for (_, label) in tags.iter().flatten().filter_map(|tag| tag.split_once('-')) {
        classes.extend([format!("B-{label}"), format!("I-{label}")]);
    }
    classes
}

/// What has no column of its own.
fn kept(example: &Example) -> Option<ByteArray> {
    let kept = Kept { tokens: None, images: Vec::new(), ..Kept::of(example)? };
    let text = (kept != Kept::default()).then(|| serde_json::to_string(&kept).ok()).flatten()?;
    Some(bytes(&text))
}

fn bytes(text: &str) -> ByteArray {
    text.into()
}

/// A column of text, with or without a value in each row.
fn plain(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    rows: impl Iterator<Item = Option<ByteArray>>,
) -> Result<(), ParquetError> {
    let rows: Vec<Option<ByteArray>> = rows.collect();
    let depths: Vec<i16> = rows.iter().map(|row| if row.is_some() { IN_PLAIN } else { 0 }).collect();
    let values: Vec<ByteArray> = rows.into_iter().flatten().collect();
    column::<ByteArrayType>(group, &values, &depths, None)
}

/// A column of lists.
fn list<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    rows: impl Iterator<Item = Vec<T::T>>,
) -> Result<(), ParquetError> {
    let (mut values, mut depths, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        if row.is_empty() {
            depths.push(EMPTY_LIST);
            repeats.push(0);
        }
        for (place, value) in row.into_iter().enumerate() {
            values.push(value);
            depths.push(IN_LIST);
            repeats.push(i16::from(place > 0));
        }
    }
    column::<T>(group, &values, &depths, Some(&repeats))
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    depths: &[i16],
    repeats: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("the schema has fewer columns than are written".to_owned()));
    };
    column.typed::<T>().write_batch(values, Some(depths), repeats)?;
    column.close()
}
