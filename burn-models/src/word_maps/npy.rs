//! The description in front of numpy's arrays.
//!
//! The crates that read it bring a parser of Python along; of all that only three entries are needed here.

use std::io::{self, Read, Write};

/// Longest description of an array; numpy writes 128 bytes.
const LONGEST: usize = 1024;

/// How the format begins.
const MAGIC: &[u8] = b"\x93NUMPY";

/// What is said of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Byte order, kind and size of its elements (`<f4`).
    pub kind: String,
    /// Whether the first axis runs fastest, as in Fortran.
    pub columns_first: bool,
    /// Axes.
    pub shape: Vec<usize>,
}

impl Header {
    /// Reads magic, version, length and description, up to the first number.
    pub fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut start = [0; 10];
        from.read_exact(&mut start)?;
        if !start.starts_with(MAGIC) {
            return Err(io::Error::other("no array of numpy"));
        }
        let short = usize::from(u16::from_le_bytes([start[8], start[9]]));
        // From the second version on the length has four bytes.
        let length = if start[6] == 1 {
            short
        } else {
            let mut high = [0; 2];
            from.read_exact(&mut high)?;
            short + (usize::from(u16::from_le_bytes(high)) << 16)
        };
        if length > LONGEST {
            return Err(io::Error::other(format!("its description claims {length} bytes")));
        }
        let mut text = vec![0; length];
        from.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        Self::parse(&text).ok_or_else(|| io::Error::other(format!("`{}` describes no array", text.trim())))
    }

    /// Writes magic, version, length and description; the first number stands at a multiple of 64 bytes, as numpy has it.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let axes: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        // A single axis is written with a comma behind it.
        let axes = if axes.len() == 1 { format!("{},", axes[0]) } else { axes.join(", ") };
        let order = if self.columns_first { "True" } else { "False" };
        let mut text = format!("{{'descr': '{}', 'fortran_order': {order}, 'shape': ({axes}), }}", self.kind);
        let start = MAGIC.len() + 4;
        let length = (start + text.len() + 1).next_multiple_of(64) - start;
        text.push_str(&" ".repeat(length - 1 - text.len()));
        text.push('\n');
        let length = u16::try_from(text.len()).map_err(|_| io::Error::other("an array of too many axes"))?;
        to.write_all(MAGIC)?;
        to.write_all(&[1, 0])?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(text.as_bytes())
    }

    /// Reads the literal of a dictionary that numpy writes, `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
    fn parse(text: &str) -> Option<Self> {
        let entry = |key: &str| Some(text.split_once(&format!("'{key}':"))?.1.trim_start());
        let kind = entry("descr")?.strip_prefix('\'')?.split_once('\'')?.0.to_owned();
        let columns_first = match entry("fortran_order")? {
            order if order.starts_with("False") => false,
            order if order.starts_with("True") => true,
            _ => return None,
        };
        let axes = entry("shape")?.strip_prefix('(')?.split_once(')')?.0;
        let axes = axes.split(',').map(str::trim).filter(|axis| !axis.is_empty());
        Some(Self { kind, columns_first, shape: axes.map(str::parse).collect::<Result<_, _>>().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_written_as_they_are_read() {
        for shape in [&[][..], &[7], &[3, 2, 4]] {
            let header = Header { kind: "<f4".to_owned(), columns_first: false, shape: shape.to_vec() };
            let mut bytes = Vec::new();
            header.write(&mut bytes).expect("written");
            assert_eq!((bytes.len() % 64, Header::read(&mut bytes.as_slice()).expect("an array")), (0, header));
        }
    }

    #[test]
    fn descriptions_are_read_as_numpy_writes_them() {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 4), }          \n";
        let header = Header { kind: "<f4".to_owned(), columns_first: false, shape: vec![3, 2, 4] };
        assert_eq!(Header::parse(text), Some(header.clone()));
        let other = "{'descr': '>f8', 'fortran_order': True, 'shape': (7,), }";
        assert_eq!(Header::parse(other), Some(Header { kind: ">f8".into(), columns_first: true, shape: vec![7] }));
        for wrong in [
            "",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }",
            "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, -1), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3",
        ] {
            assert_eq!(Header::parse(wrong), None, "{wrong}");
        }
        // The second version has a longer length.
        let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.as_bytes());
        assert_eq!(Header::read(&mut bytes.as_slice()).expect("an array"), header);
        bytes[11] = 1;
        assert!(Header::read(&mut bytes.as_slice()).is_err());
    }
}
