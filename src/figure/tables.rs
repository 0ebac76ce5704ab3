//! The numbers behind figures as tables.

use std::fmt::Write as _;

use spanlight_models::alignment::{MapError, Regions, Selection};
use spanlight_models::attribution::{Method, Unit};

use super::explained::{Asked, Explained, Look, Looked, Side};

/// First line of the table of one tweet's weights.
pub const WEIGHTS_HEADER: &str =
    "tweet,model,method,selection,unit,start,end,text,type,region,row,column,word,weight\n";

/// First line of the table of all maps.
pub const MAPS_HEADER: &str = "tweet,model,system,method,selection,unit,start,end,text,type,sum,entropy,normalised_entropy,peak,\
                               row,column,pointing,mass,iou,chance\n";

impl Explained<'_> {
    /// All weights as a table with one row for each unit and region, without the first line.
    pub fn weights_table(&self, look: &Look) -> Result<String, MapError> {
        let mut table = String::new();
        self.each_map(look, |row, looked, asked, selection| {
            let map = looked.map(asked, selection)?;
            let [_, columns] = looked.grid();
            for (region, weight) in map.weights.iter().enumerate() {
                let word = match &looked.alignment.regions {
                    Regions::Words { words } => words.get(region).map_or("", |word| &word.text),
                    Regions::Grid { .. } => "",
                };
                let (line, column) = (region / columns.max(1), region % columns.max(1));
                // Writing to a string cannot fail.
                let _ = writeln!(table, "{},{region},{line},{column},{},{weight}", row.short(), field(word));
            }
            Ok(())
        })?;
        Ok(table)
    }

    /// One line for each map with its measures, without line ends.
    pub fn maps_table(&self, look: &Look) -> Result<Vec<String>, MapError> {
        let mut lines = Vec::new();
        self.each_map(look, |row, looked, asked, selection| {
            let map = looked.map(asked, selection)?;
            let [_, columns] = looked.grid();
            let trust = self.trust(looked, asked, &map);
            let number = |value: Option<f32>| value.map_or_else(String::new, |value| value.to_string());
            let place = |of: fn(usize, usize) -> usize| {
                trust.map_or_else(String::new, |trust| of(trust.brightest, columns.max(1)).to_string())
            };
            let overlap = trust.and_then(|trust| trust.overlap);
            lines.push(format!(
                "{},{},{},{},{},{},{},{},{},{},{}",
                row.long(),
                map.sum,
                number(trust.map(|trust| trust.entropy)),
                number(trust.map(|trust| trust.normalised_entropy)),
                number(trust.map(|trust| trust.peak)),
                place(|brightest, columns| brightest / columns),
                place(|brightest, columns| brightest % columns),
                overlap.map_or_else(String::new, |overlap| u8::from(overlap.pointing).to_string()),
                number(overlap.map(|overlap| overlap.mass)),
                number(overlap.map(|overlap| overlap.iou)),
                number(overlap.map(|overlap| overlap.chance)),
            ));
            Ok(())
        })?;
        Ok(lines)
    }

    fn each_map(
        &self,
        look: &Look,
        mut take: impl FnMut(&Row<'_>, &Looked, &Asked, Selection) -> Result<(), MapError>,
    ) -> Result<(), MapError> {
        for side in &self.sides {
            for (method, looked) in &side.maps {
                let Ok(looked) = looked else { continue };
                let selection = look.selection(*method);
                for asked in self.asked(look.unit) {
                    let row = Row { explained: self, side, method: *method, selection, unit: look.unit, asked: &asked };
                    take(&row, looked, &asked, selection)?;
                }
            }
        }
        Ok(())
    }
}

/// What the beginning of a table's row says.
struct Row<'a> {
    explained: &'a Explained<'a>,
    side: &'a Side,
    method: Method,
    selection: Selection,
    unit: Unit,
    asked: &'a Asked,
}

impl Row<'_> {
    fn short(&self) -> String {
        format!("{},{},{}", field(&self.explained.example.id), field(&self.side.name), self.rest())
    }

    fn long(&self) -> String {
        let (id, side) = (&self.explained.example.id, self.side);
        format!("{},{},{},{}", field(id), field(&side.name), side.system, self.rest())
    }

    fn rest(&self) -> String {
        let asked = self.asked;
        format!(
            "{},{},{},{},{},{},{}",
            self.method,
            self.selection,
            self.unit,
            asked.tokens.start,
            asked.tokens.end,
            field(&asked.text(&self.explained.example.tokens)),
            field(asked.label.as_deref().unwrap_or_default())
        )
    }
}

/// A field of a table, in quotation marks where it needs them (RFC 4180).
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_signs_of_the_table_are_quoted() {
        assert_eq!(["a b", "a,b", "\"", "שלום"].map(field), ["a b", "\"a,b\"", "\"\"\"\"", "שלום"]);
    }

    #[test]
    fn every_column_has_a_name() {
        assert_eq!(WEIGHTS_HEADER.matches(',').count(), 13);
        assert_eq!(MAPS_HEADER.matches(',').count(), 19);
    }
}
