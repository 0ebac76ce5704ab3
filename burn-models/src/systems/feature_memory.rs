//! What an image encoder that does not change said about the pictures of a training, so that it looks at each once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::tensor::Tensor;

use crate::device::Backend;
use crate::encoders::image::{ImageFeatures, Pixels};

/// Most numbers that are kept, 1 GiB of them: the 7 x 7 regions of 2600 pictures by a ResNet-152.
const LIMIT: usize = 1 << 28;

/// Features by picture, for as long as the picture is in use; copies share them.
#[derive(Clone, Debug, Default)]
pub struct FeatureMemory {
    known: Arc<Mutex<HashMap<usize, Known>>>,
}

/// The features of one picture.
#[derive(Debug)]
struct Known {
    /// While it is held, no other picture can come to lie at the same address.
    picture: Weak<Pixels>,
    /// `[1, R, C]`.
    grid: Tensor<Backend, 3>,
    /// `[1, P]`.
    pooled: Tensor<Backend, 2>,
}

impl Known {
    fn numbers(&self) -> usize {
        self.grid.shape().num_elements() + self.pooled.shape().num_elements()
    }
}

impl FeatureMemory {
    /// The features of `pictures`, of which there is at least one; `look` is asked for those that are not known.
    pub fn recall(
        &self,
        pictures: &[Arc<Pixels>],
        look: impl FnOnce(&[Arc<Pixels>]) -> ImageFeatures<Backend>,
    ) -> ImageFeatures<Backend> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, known| known.picture.strong_count() > 0);
        let new: Vec<Arc<Pixels>> =
            pictures.iter().filter(|picture| !known.contains_key(&address(picture))).cloned().collect();
        let mut found: HashMap<usize, Known> = HashMap::new();
        if !new.is_empty() {
            let ImageFeatures { grid, pooled } = look(&new);
            let grids = grid.chunk(new.len(), 0).into_iter().zip(pooled.chunk(new.len(), 0));
            found.extend(new.iter().zip(grids).map(|(picture, (grid, pooled))| {
                (address(picture), Known { picture: Arc::downgrade(picture), grid, pooled })
            }));
        }
        let of = |picture: &Arc<Pixels>| known.get(&address(picture)).or_else(|| found.get(&address(picture)));
        let all: Vec<&Known> = pictures.iter().filter_map(of).collect();
        let features = ImageFeatures {
            grid: Tensor::cat(all.iter().map(|known| known.grid.clone()).collect(), 0),
            pooled: Tensor::cat(all.iter().map(|known| known.pooled.clone()).collect(), 0),
        };
        let mut taken: usize = known.values().map(Known::numbers).sum();
        for (address, new) in found {
            taken += new.numbers();
            if taken <= LIMIT {
                known.insert(address, new);
            }
        }
        features
    }
}

fn address(picture: &Arc<Pixels>) -> usize {
    Arc::as_ptr(picture).addr()
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::device::cpu;
    use crate::tagging::numbers;

    /// Features that tell how many pictures were asked for before.
    fn look(asked: &mut usize, count: usize) -> ImageFeatures<Backend> {
        let from = *asked as i64;
        *asked += count;
        let values = Tensor::<Backend, 1, burn::tensor::Int>::arange(from..from + count as i64, &cpu()).float();
        ImageFeatures {
            grid: values.clone().reshape([count, 1, 1]).repeat_dim(1, 4),
            pooled: values.reshape([count, 1]),
        }
    }

    #[test]
    fn each_picture_is_looked_at_once_and_keeps_its_place() {
        let picture = || Arc::new(Pixels::new(&RgbImage::new(2, 2), 2));
        let pictures: Vec<Arc<Pixels>> = (0..4).map(|_| picture()).collect();
        let memory = FeatureMemory::default();
        let mut asked = 0;
        let mut recall = |places: &[usize]| {
            let pictures: Vec<Arc<Pixels>> = places.iter().map(|place| Arc::clone(&pictures[*place])).collect();
            let features = memory.clone().recall(&pictures, |new| look(&mut asked, new.len()));
            assert_eq!(features.grid.dims(), [places.len(), 4, 1]);
            numbers(features.pooled)
        };
        assert_eq!(recall(&[0, 1]), [0.0, 1.0]);
        assert_eq!(recall(&[2, 1, 3]), [2.0, 1.0, 3.0]);
        assert_eq!(recall(&[3, 2, 1, 0]), [3.0, 2.0, 1.0, 0.0]);
        assert_eq!(asked, 4);
        drop(pictures);
        let other = [picture()];
        assert_eq!(numbers(memory.recall(&other, |new| look(&mut asked, new.len())).pooled), [4.0]);
        assert_eq!(memory.known.lock().expect("whole").len(), 1, "what is gone is forgotten");
    }
}
