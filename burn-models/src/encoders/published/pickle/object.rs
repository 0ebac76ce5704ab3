//! What a pickle can describe.

use std::rc::Rc;

use super::super::stored::Element;
use super::PickleError;

/// Most axes of a tensor.
const MOST_AXES: usize = 8;

/// Place of an object in its [`Objects`].
pub(in super::super) type Id = usize;

/// A pickled object.
#[derive(Clone, Debug)]
pub(in super::super) enum Object {
    /// `None`, a float, bytes: anything whose value does not matter here.
    Inert,
    Bool(bool),
    Integer(i64),
    Text(Rc<str>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dictionary(Vec<(Id, Id)>),
    /// A name that was looked up.
    Known(Known),
    Storage(Storage),
    Tensor(View),
}

/// The names a state dictionary may mention.
#[derive(Clone, Debug)]
pub(in super::super) enum Known {
    OrderedDictionary,
    RebuildTensor,
    RebuildParameter,
    /// A storage class; how its numbers are written, and their size in bytes.
    StorageClass(Element, usize),
}

impl Known {
    /// The meaning of `module.name`.
    pub fn find(module: &str, name: &str) -> Result<Self, PickleError> {
        match (module, name) {
            ("collections", "OrderedDict") => Ok(Self::OrderedDictionary),
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Ok(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Ok(Self::RebuildParameter),
            ("torch" | "torch.cuda", class) => {
                let (element, size) = storage_class(class).ok_or_else(|| code(module, name))?;
                Ok(Self::StorageClass(element, size))
            }
            _ => Err(code(module, name)),
        }
    }
}

fn code(module: &str, name: &str) -> PickleError {
    PickleError::Code(format!("{module}.{name}"))
}

/// How the numbers of a storage class are written, and their size in bytes.
fn storage_class(class: &str) -> Option<(Element, usize)> {
    Some(match class {
        "DoubleStorage" => (Element::F64, 8),
        "FloatStorage" => (Element::F32, 4),
        "HalfStorage" => (Element::F16, 2),
        "BFloat16Storage" => (Element::Bf16, 2),
        "LongStorage" => (Element::I64, 8),
        "IntStorage" => (Element::I32, 4),
        "ShortStorage" => (Element::I16, 2),
        "CharStorage" => (Element::I8, 1),
        "ByteStorage" => (Element::U8, 1),
        "BoolStorage" => (Element::Bool, 1),
        "ComplexFloatStorage" | "ComplexDoubleStorage" => {
            (Element::Other(class.to_owned()), if class.contains("Float") { 8 } else { 16 })
        }
        _ => return None,
    })
}

/// A run of numbers that tensors are views of.
#[derive(Clone, Debug)]
pub(in super::super) struct Storage {
    /// How its numbers are written.
    pub element: Element,
    /// Size of a number in bytes.
    pub size: usize,
    /// Its name in the file.
    pub key: Rc<str>,
    /// Number of elements.
    pub length: usize,
}

/// A tensor: a strided view of a storage.
#[derive(Clone, Debug)]
pub(in super::super) struct View {
    /// Place of the storage.
    pub storage: Id,
    /// First element.
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// All objects of a pickle.
#[derive(Debug, Default)]
pub(in super::super) struct Objects(Vec<Object>);

impl Objects {
    /// Adds an object.
    pub fn add(&mut self, object: Object) -> Id {
        self.0.push(object);
        self.0.len() - 1
    }

    /// The object at `id`, which came from [`Self::add`].
    pub fn get(&self, id: Id) -> &Object {
        &self.0[id]
    }

    /// The object at `id`, to be changed.
    pub fn get_mut(&mut self, id: Id) -> &mut Object {
        &mut self.0[id]
    }

    /// Every storage that is described.
    pub fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.0.iter().filter_map(|object| if let Object::Storage(storage) = object { Some(storage) } else { None })
    }

    /// The text or the integer at `id`, as a key is written.
    pub fn key(&self, id: Id) -> Option<Rc<str>> {
        match self.get(id) {
            Object::Text(text) => Some(Rc::clone(text)),
            Object::Integer(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    /// The integer at `id` as a count.
    pub fn count(&self, id: Id) -> Result<usize, PickleError> {
        match self.get(id) {
            Object::Integer(number) => {
                usize::try_from(*number).map_err(|_| PickleError::damaged(format!("{number} is no count")))
            }
            _ => Err(PickleError::damaged("a count is not an integer")),
        }
    }

    /// The tuple at `id`.
    pub fn tuple(&self, id: Id) -> Result<&[Id], PickleError> {
        match self.get(id) {
            Object::Tuple(items) => Ok(items),
            _ => Err(PickleError::damaged("a tuple is expected")),
        }
    }

    /// The tuple of counts at `id`, one for every axis of a tensor.
    pub fn counts(&self, id: Id) -> Result<Vec<usize>, PickleError> {
        let items = self.tuple(id)?;
        if items.len() > MOST_AXES {
            return Err(PickleError::damaged(format!("a tensor has {} axes", items.len())));
        }
        items.iter().map(|item| self.count(*item)).collect()
    }
}
