//! How far the labels of one input are from those of another, word by word.

use burn::tensor::activation::log_softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};

use super::Crf;

impl<B: Backend> Crf<B> {
    /// Cross-view alignment (ITA, Wang et al. 2022, eq. 5, with the minus sign that it means): the divergence of a student's label distributions from a
    /// teacher's, which learns nothing from it.
    ///
    /// `teacher` and `student` are emissions `[B, N, K]` of the same sentences, `mask` `[B, N]` is true on words. Each word
    /// counts `temperature^2 KL(q || p)`, with the marginals `q` and `p` raised to `1 / temperature` and normed again
    /// (Hinton et al. 2015); the sum over the words of a sentence, the mean over the sentences.
    pub fn divergence(
        &self,
        teacher: Tensor<B, 3>,
        student: &Tensor<B, 3>,
        mask: &Tensor<B, 2, Bool>,
        temperature: f64,
    ) -> Tensor<B, 1> {
        let [batch, words, tags] = student.dims();
        let tempered = |marginals: Tensor<B, 3>| log_softmax(marginals.div_scalar(temperature), 2);
        // The field's own scores are part of the teacher too.
        let wanted = tempered(self.log_marginals(&teacher.detach(), mask)).detach();
        let told = tempered(self.log_marginals(student, mask));
        let hidden = mask.clone().bool_not().unsqueeze_dim::<3>(2).expand([batch, words, tags]);
        let terms = wanted.clone().exp() * (wanted - told);
        terms.mask_fill(hidden, 0.0).sum().mul_scalar(temperature * temperature / batch as f64)
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Param;
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::{Backend, Device, cpu};
    use crate::tagging::numbers;

    const TEACHER: [f32; 9] = [0.4, 1.1, -0.5, 0.2, -0.3, 0.8, 0.0, 0.4, 0.1];
    const STUDENT: [f32; 9] = [1.0, 0.5, -0.5, 0.2, -0.3, 0.8, 0.0, 0.4, 0.1];

    /// The field of the specification's reference numbers.
    fn field(device: &Device) -> Crf<Backend> {
        let transitions = [[0.3, 0.2, -1.0], [0.1, -0.5, 0.9], [0.4, -0.2, 0.6]];
        Crf {
            transitions: Param::from_tensor(Tensor::from_floats(transitions, device)),
            start: Param::from_tensor(Tensor::from_floats([0.2, 0.1, -2.0], device)),
            end: Param::from_tensor(Tensor::from_floats([0.3, 0.0, 0.1], device)),
        }
    }

    fn sentence(scores: &[f32], device: &Device) -> Tensor<Backend, 3> {
        Tensor::from_data(TensorData::new(scores.to_vec(), [1, 3, 3]), device)
    }

    fn all(words: usize, device: &Device) -> Tensor<Backend, 2, Bool> {
        Tensor::from_data(TensorData::new(vec![true; words], [1, words]), device)
    }

    #[test]
    fn the_reference_numbers_and_nothing_between_equals() {
        let device = cpu();
        let of = |teacher: &[f32], temperature| {
            let (teacher, student) = (sentence(teacher, &device), sentence(&STUDENT, &device));
            numbers(field(&device).divergence(teacher, &student, &all(3, &device), temperature))[0]
        };
        for (temperature, expected) in [(1.0, 0.168_704), (2.0, 0.191_629), (4.0, 0.182_840)] {
            let found = of(&TEACHER, temperature);
            assert!((found - expected).abs() < 2e-6, "{temperature}: {found}");
        }
        assert!(of(&STUDENT, 1.0).abs() < 1e-6);
    }

    #[test]
    fn padding_and_its_scores_do_not_count() {
        let device = cpu();
        let padded = |scores: &[f32], noise: f32| {
            let mut two = scores.to_vec();
            two.extend_from_slice(&scores[..6]);
            two.extend([noise, -noise, 3.0 * noise]);
            Tensor::from_data(TensorData::new(two, [2, 3, 3]), &device)
        };
        let mask = Tensor::from_data(TensorData::new(vec![true, true, true, true, true, false], [2, 3]), &device);
        let of = |noise| {
            numbers(field(&device).divergence(padded(&TEACHER, noise), &padded(&STUDENT, -noise), &mask, 1.0))[0]
        };
        assert!((of(1.0) - of(70.0)).abs() < 1e-6 && of(1.0) > 0.08);
    }

    #[test]
    fn the_teacher_learns_nothing() {
        let device = Device::autodiff(cpu());
        let field = field(&device);
        let (teacher, student) =
            (sentence(&TEACHER, &device).require_grad(), sentence(&STUDENT, &device).require_grad());
        let gradients = field.divergence(teacher.clone(), &student, &all(3, &device), 1.0).backward();
        assert!(teacher.grad(&gradients).is_none());
        let steepest = |gradient: Option<Vec<f32>>| {
            gradient.expect("a gradient").into_iter().fold(0.0_f32, |most, slope| most.max(slope.abs()))
        };
        assert!(steepest(student.grad(&gradients).map(numbers)) > 1e-3);
        assert!(steepest(field.transitions.val().grad(&gradients).map(numbers)) > 1e-4);
        for scores in [&field.start, &field.end] {
            assert!(steepest(scores.val().grad(&gradients).map(numbers)) > 1e-4);
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        const STEP: f32 = 1e-2;
        let device = Device::autodiff(cpu());
        let field = Crf::<Backend>::new(5, &device);
        let random = || Tensor::<Backend, 3>::random([1, 4, 5], Distribution::Uniform(-1.0, 1.0), &device);
        let (teacher, mask) = (random(), all(4, &device));
        let at = |student: &Tensor<Backend, 3>| field.divergence(teacher.clone(), student, &mask, 2.0);
        let student = random().require_grad();
        let gradient = numbers(student.grad(&at(&student).backward()).expect("a gradient"));
        let values = numbers(student);
        for (place, slope) in gradient.iter().enumerate() {
            let moved = |by: f32| {
                let mut values = values.clone();
                values[place] += by;
                numbers(at(&Tensor::from_data(TensorData::new(values, [1, 4, 5]), &device)))[0]
            };
            let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            assert!((slope - difference).abs() < 1e-3, "{place}: {slope} against {difference}");
        }
    }
}
