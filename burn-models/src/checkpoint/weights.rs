//! `weights.safetensors`: the parameters of a module under their places in it.

use std::collections::HashSet;
use std::rc::Rc;

use burn::module::Module;
use burn::store::{ModuleAdapter, ModuleSnapshot, PathFilter, SafetensorsStore, TensorSnapshot};
use burn::tensor::DType;

use super::CheckpointError;
use crate::device::Backend;

/// How exactly weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits, as they are trained.
    Full,
    /// 16 bits.
    Half,
}

/// The contents of `weights.safetensors`, without the parameters at the places `left_out`.
pub(crate) fn write<M: Module<Backend>>(
    module: &M,
    precision: Precision,
    left_out: &HashSet<String>,
) -> Result<Vec<u8>, CheckpointError> {
    let failed = |error: &dyn std::fmt::Display| CheckpointError::Unwritable(error.to_string());
    let target = match precision {
        Precision::Full => DType::F32,
        Precision::Half => DType::F16,
    };
    let mut store = SafetensorsStore::from_bytes(None).with_to_adapter(Cast(target));
    if !left_out.is_empty() {
        let all = module.collect(None, None, false).into_iter().map(|tensor| tensor.full_path());
        let kept: Vec<String> = all.filter(|place| !left_out.contains(place)).collect();
        store = store.filter(PathFilter::new().with_full_paths(kept));
    }
    module.save_into(&mut store).map_err(|error| failed(&error))?;
    store.get_bytes().map_err(|error| failed(&error))
}

/// Casts every float tensor to one type on its way to a file.
#[derive(Clone, Debug)]
struct Cast(DType);

impl ModuleAdapter for Cast {
    fn adapt(&self, snapshot: &TensorSnapshot) -> TensorSnapshot {
        if !matches!(snapshot.dtype, DType::F64 | DType::F32 | DType::F16 | DType::BF16) || snapshot.dtype == self.0 {
            return snapshot.clone();
        }
        let read = snapshot.clone_data_fn();
        let target = self.0;
        TensorSnapshot::from_closure(
            Rc::new(move || Ok(read()?.convert_dtype(target))),
            target,
            snapshot.shape.clone(),
            snapshot.path_stack.clone().unwrap_or_default(),
            snapshot.container_stack.clone().unwrap_or_default(),
            snapshot.tensor_id.unwrap_or_default(),
        )
    }

    fn clone_box(&self) -> Box<dyn ModuleAdapter> {
        Box::new(self.clone())
    }
}
