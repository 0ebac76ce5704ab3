//! The stack machine. Instructions are described in Python's `pickletools`.

use std::collections::HashMap;
use std::rc::Rc;

use super::PickleError;
use super::object::{Id, Known, Object, Objects};
use super::stream::Stream;

/// Longer texts are no names of tensors, and are not kept.
const LONGEST_NAME: usize = 1024;

/// Reads the first pickle in `bytes`; gives its objects, the place of the outermost one, and its length in bytes.
pub(in super::super) fn parse(bytes: &[u8]) -> Result<(Objects, Id, usize), PickleError> {
    let mut machine = Machine {
        stream: Stream::new(bytes),
        objects: Objects::default(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        pairs: 0,
    };
    loop {
        let instruction = machine.stream.byte()?;
        if instruction == b'.' {
            let result = machine.pop()?;
            return Ok((machine.objects, result, machine.stream.place));
        }
        machine.step(instruction)?;
    }
}

pub(super) struct Machine<'a> {
    pub(super) stream: Stream<'a>,
    pub(super) objects: Objects,
    pub(super) stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    /// Pairs copied from lists into dictionaries so far.
    pub(super) pairs: usize,
}

impl Machine<'_> {
    fn step(&mut self, instruction: u8) -> Result<(), PickleError> {
        match instruction {
            // Protocol and frame only say how the rest is laid out.
            0x80 => drop(self.stream.byte()?),
            0x95 => drop(self.stream.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            // What `b` takes is the state of an ordered dictionary: versions of the layers, which nothing here needs.
            b'0' | b'b' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'N' => self.push(Object::Inert),
            0x88 => self.push(Object::Bool(true)),
            0x89 => self.push(Object::Bool(false)),
            b'J' | b'K' | b'M' | b'I' | b'L' | 0x8a | 0x8b => self.integer(instruction)?,
            b'G' => {
                self.stream.take(8)?;
                self.push(Object::Inert);
            }
            b'F' => {
                self.stream.line()?;
                self.push(Object::Inert);
            }
            b'X' | b'T' => self.counted_text(4)?,
            0x8c | b'U' => self.counted_text(1)?,
            0x8d => self.counted_text(8)?,
            b'V' => {
                let line = self.stream.line()?;
                self.text(&line);
            }
            b'S' => {
                let line = self.stream.line()?;
                self.text(line.trim_matches(['\'', '"']));
            }
            b'C' => self.bytes(1)?,
            b'B' => self.bytes(4)?,
            0x8e => self.bytes(8)?,
            b')' => self.push(Object::Tuple(Vec::new())),
            0x85..=0x87 => {
                let first = self.height_of(usize::from(instruction - 0x84))?;
                let items = self.stack.split_off(first);
                self.push(Object::Tuple(items));
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Object::Tuple(items));
            }
            b']' => self.push(Object::List(Vec::new())),
            b'l' => {
                let items = self.pop_to_mark()?;
                self.push(Object::List(items));
            }
            b'}' => self.push(Object::Dictionary(Vec::new())),
            b'd' => {
                let items = self.pop_to_mark()?;
                self.push(Object::Dictionary(Vec::new()));
                self.insert(&items)?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            b's' => {
                let first = self.height_of(2)?;
                let items = self.stack.split_off(first);
                self.insert(&items)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.insert(&items)?;
            }
            b'q' | b'r' | b'p' | 0x94 => self.remember(instruction)?,
            b'h' | b'j' | b'g' => self.recall(instruction)?,
            b'c' => {
                let (module, name) = (self.stream.line()?, self.stream.line()?);
                self.push(Object::Known(Known::find(&module, &name)?));
            }
            0x93 => {
                let (name, module) = (self.pop_key()?, self.pop_key()?);
                self.push(Object::Known(Known::find(&module, &name)?));
            }
            b'Q' => self.storage()?,
            b'R' | 0x81 => self.build_known()?,
            other => return Err(PickleError::damaged(format!("its pickle has the unknown instruction {other:#04x}"))),
        }
        Ok(())
    }

    pub(super) fn push(&mut self, object: Object) {
        let id = self.objects.add(object);
        self.stack.push(id);
    }

    pub(super) fn pop(&mut self) -> Result<Id, PickleError> {
        let first = self.height_of(1)?;
        Ok(self.stack.remove(first))
    }

    /// Height of the stack below its `count` uppermost objects, none of which may lie below a mark.
    fn height_of(&self, count: usize) -> Result<usize, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let height = self.stack.len().checked_sub(count).filter(|height| *height >= floor);
        height.ok_or_else(|| PickleError::damaged("its pickle takes more than it has put down"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or_else(|| PickleError::damaged("its pickle has a mark missing"))?;
        Ok(self.stack.split_off(mark))
    }

    fn pop_key(&mut self) -> Result<Rc<str>, PickleError> {
        let id = self.pop()?;
        self.objects.key(id).ok_or_else(|| PickleError::damaged("a name in its pickle is no text"))
    }

    fn top(&self) -> Result<Id, PickleError> {
        self.height_of(1).map(|place| self.stack[place])
    }

    fn integer(&mut self, instruction: u8) -> Result<(), PickleError> {
        let number = match instruction {
            b'J' => self.stream.long(4)?,
            b'K' => self.stream.number(1)? as i64,
            b'M' => self.stream.number(2)? as i64,
            0x8a => {
                let width = usize::from(self.stream.byte()?);
                self.stream.long(width)?
            }
            0x8b => {
                let width = self.stream.number(4)? as usize;
                self.stream.long(width)?
            }
            _ => {
                let line = self.stream.line()?;
                match (instruction, line.as_str()) {
                    (b'I', "00") => {
                        self.push(Object::Bool(false));
                        return Ok(());
                    }
                    (b'I', "01") => {
                        self.push(Object::Bool(true));
                        return Ok(());
                    }
                    _ => {}
                }
                let number = line.trim_end_matches('L').parse();
                number.map_err(|_| PickleError::damaged(format!("`{line}` in its pickle is no integer")))?
            }
        };
        self.push(Object::Integer(number));
        Ok(())
    }

    fn counted_text(&mut self, width: usize) -> Result<(), PickleError> {
        let bytes = self.stream.counted(width)?;
        if bytes.len() > LONGEST_NAME {
            self.push(Object::Inert);
        } else {
            self.text(&String::from_utf8_lossy(bytes));
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.push(if text.len() > LONGEST_NAME { Object::Inert } else { Object::Text(text.into()) });
    }

    fn bytes(&mut self, width: usize) -> Result<(), PickleError> {
        self.stream.counted(width)?;
        self.push(Object::Inert);
        Ok(())
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), PickleError> {
        let list = self.top()?;
        match self.objects.get_mut(list) {
            Object::List(list) => {
                list.extend(items);
                Ok(())
            }
            _ => Err(PickleError::damaged("its pickle appends to what is no list")),
        }
    }

    /// Keys and values in turn, into the dictionary on top.
    fn insert(&mut self, items: &[Id]) -> Result<(), PickleError> {
        let dictionary = self.top()?;
        let (pairs, rest) = items.as_chunks::<2>();
        match self.objects.get_mut(dictionary) {
            Object::Dictionary(dictionary) if rest.is_empty() => {
                dictionary.extend(pairs.iter().map(|[key, value]| (*key, *value)));
                Ok(())
            }
            _ => Err(PickleError::damaged("its pickle puts a key without a value, or into no dictionary")),
        }
    }

    fn remember(&mut self, instruction: u8) -> Result<(), PickleError> {
        let key = match instruction {
            b'q' => self.stream.number(1)?,
            b'r' => self.stream.number(4)?,
            0x94 => self.memo.len() as u64,
            _ => self.line_key()?,
        };
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, instruction: u8) -> Result<(), PickleError> {
        let key = match instruction {
            b'h' => self.stream.number(1)?,
            b'j' => self.stream.number(4)?,
            _ => self.line_key()?,
        };
        let id = self.memo.get(&key).ok_or_else(|| PickleError::damaged("its pickle recalls what it never kept"))?;
        self.stack.push(*id);
        Ok(())
    }

    fn line_key(&mut self) -> Result<u64, PickleError> {
        let line = self.stream.line()?;
        line.parse().map_err(|_| PickleError::damaged(format!("`{line}` in its pickle is no place")))
    }
}
