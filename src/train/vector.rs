//! Many tensors as one vector: of small networks, and on GPUs, calls cost more than numbers.

use tch::Tensor;

/// The numbers of tensors, one after the other.
///
/// # Panics
/// If there are no tensors.
pub fn joined<'a>(tensors: impl IntoIterator<Item = &'a Tensor>) -> Tensor {
    let flat = tensors.into_iter().map(|tensor| tensor.flatten(0, -1));
    Tensor::cat(&flat.collect::<Vec<_>>(), 0)
}

/// Parts of a vector, as long and shaped as `like`, one after the other; they share its memory.
pub fn parts(vector: &Tensor, like: &[&Tensor]) -> Vec<Tensor> {
    let lengths: Vec<i64> = like.iter().map(|tensor| tensor.numel() as i64).collect();
    let parts = vector.split_with_sizes(&lengths, 0).into_iter();
    let shaped = parts.zip(like);
    shaped
        .map(|(part, tensor)| part.view_(tensor.size()))
        .collect()
}
