//! What the machine does for the names it knows: storages, tensors, ordered dictionaries.

use super::PickleError;
use super::machine::Machine;
use super::object::{Id, Known, Object, Storage, View};

impl Machine<'_> {
    /// `("storage", class, key, device, length)`, and in old files a view, which is `None`.
    pub(super) fn storage(&mut self) -> Result<(), PickleError> {
        let reference = self.pop()?;
        let parts = self.objects.tuple(reference)?;
        let [_, class, key, _, length, view @ ..] = parts else {
            return Err(PickleError::damaged("its pickle describes a storage incompletely"));
        };
        if view.iter().any(|view| !matches!(self.objects.get(*view), Object::Inert)) {
            return Err(PickleError::damaged("a storage is a view of another one, which no current file has"));
        }
        let Object::Known(Known::StorageClass(element, size)) = self.objects.get(*class) else {
            return Err(PickleError::damaged("a storage in its pickle has no class"));
        };
        let key = self.objects.key(*key).ok_or_else(|| PickleError::damaged("a storage in its pickle has no name"))?;
        let storage = Storage { element: element.clone(), size: *size, key, length: self.objects.count(*length)? };
        self.push(Object::Storage(storage));
        Ok(())
    }

    /// What one of the known names makes of its arguments.
    pub(super) fn build_known(&mut self) -> Result<(), PickleError> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Object::Known(known) = self.objects.get(callee) else {
            return Err(PickleError::damaged("its pickle calls what is no function"));
        };
        match (known, self.objects.tuple(arguments)?) {
            (Known::OrderedDictionary, []) => self.push(Object::Dictionary(Vec::new())),
            (Known::OrderedDictionary, [items]) => {
                let pairs = self.pairs(*items)?;
                self.pairs += pairs.len();
                // The same list may be named again and again, each time for a few bytes.
                if self.pairs > self.stream.len() {
                    return Err(PickleError::damaged("its pickle grows without end"));
                }
                self.push(Object::Dictionary(pairs));
            }
            (Known::RebuildTensor, [storage, offset, shape, strides, ..])
                if matches!(self.objects.get(*storage), Object::Storage(_)) =>
            {
                let view = View {
                    storage: *storage,
                    offset: self.objects.count(*offset)?,
                    shape: self.objects.counts(*shape)?,
                    strides: self.objects.counts(*strides)?,
                };
                if view.shape.len() != view.strides.len() {
                    return Err(PickleError::damaged("a tensor has not as many strides as axes"));
                }
                self.push(Object::Tensor(view));
            }
            (Known::RebuildParameter, [tensor, ..]) => {
                let tensor = *tensor;
                self.stack.push(tensor);
            }
            _ => return Err(PickleError::damaged(format!("its pickle gives {known:?} the wrong arguments"))),
        }
        Ok(())
    }

    fn pairs(&self, items: Id) -> Result<Vec<(Id, Id)>, PickleError> {
        let Object::List(items) = self.objects.get(items) else {
            return Err(PickleError::damaged("an ordered dictionary is not made of a list"));
        };
        let pair = |item: &Id| match self.objects.get(*item) {
            Object::Tuple(pair) | Object::List(pair) if pair.len() == 2 => Ok((pair[0], pair[1])),
            _ => Err(PickleError::damaged("an ordered dictionary is not made of pairs")),
        };
        items.iter().map(pair).collect()
    }
}
