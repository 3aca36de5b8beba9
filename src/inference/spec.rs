//! What a model must have: names, element types and dimensions of its inputs and outputs.

use std::fmt;

use ort::value::{Outlet, TensorElementType};

use super::kept::described;

/// What a model takes or gives under a name.
#[derive(Debug, Clone, Copy)]
pub struct TensorSpec<'a> {
    name: &'a str,
    of: TensorElementType,
    shape: &'a [Option<usize>],
}

impl<'a> TensorSpec<'a> {
    /// Floats of these dimensions, `None` where any length will do.
    pub const fn floats(name: &'a str, shape: &'a [Option<usize>]) -> Self {
        let of = TensorElementType::Float32;
        Self { name, of, shape }
    }

    /// Bytes.
    pub const fn bytes(name: &'a str, shape: &'a [Option<usize>]) -> Self {
        let of = TensorElementType::Uint8;
        Self { name, of, shape }
    }

    /// Indices.
    pub const fn indices(name: &'a str, shape: &'a [Option<usize>]) -> Self {
        let of = TensorElementType::Int64;
        Self { name, of, shape }
    }

    /// Tells whether a tensor of this type and these dimensions may stand here: a dimension that the model leaves open
    /// takes any length, one value more at the end changes nothing, and dimensions it does not tell show when it runs.
    fn takes(&self, of: TensorElementType, shape: &[Option<usize>]) -> bool {
        let needless = |shape: &[Option<usize>]| {
            let kept = shape.iter().rposition(|length| *length != Some(1));
            kept.map_or(0, |last| last + 1)
        };
        let shape = &shape[..needless(shape).max(self.shape.len()).min(shape.len())];
        let fits = |(wanted, found): (&Option<usize>, &Option<usize>)| {
            wanted.is_none() || found.is_none() || wanted == found
        };
        of == self.of
            && (shape.is_empty()
                || (shape.len() == self.shape.len() && self.shape.iter().zip(shape).all(fits)))
    }
}

/// Returns the first thing that is not as it must be: expected and found.
pub(super) fn first_misfit(
    what: &str,
    wanted: &[TensorSpec<'_>],
    found: &[Outlet],
) -> Option<String> {
    for spec in wanted {
        let Some(outlet) = found.iter().find(|outlet| outlet.name() == spec.name) else {
            return Some(names_differ(what, wanted, found));
        };
        let Some((of, shape)) = described(outlet.dtype()) else {
            return Some(format!("expected {what} {spec}, found no tensor"));
        };
        if !spec.takes(of, &shape) {
            let shape = &shape;
            let found = TensorSpec { of, shape, ..*spec };
            return Some(format!("expected {what} {spec}, found {found}"));
        }
    }
    None
}

/// Returns what is wrong where a model has an input that nobody feeds.
pub(super) fn unfed(wanted: &[TensorSpec<'_>], found: &[Outlet]) -> Option<String> {
    let is_wanted = |outlet: &Outlet| wanted.iter().any(|spec| spec.name == outlet.name());
    (!found.iter().all(is_wanted)).then(|| names_differ("input", wanted, found))
}

fn names_differ(what: &str, wanted: &[TensorSpec<'_>], found: &[Outlet]) -> String {
    let wanted: Vec<&str> = wanted.iter().map(|spec| spec.name).collect();
    let found: Vec<&str> = found.iter().map(Outlet::name).collect();
    format!("expected {what}s {wanted:?}, found {found:?}")
}

/// Writes `frames: Uint8 [any, 200, 27, 48, 3]`.
impl fmt::Display for TensorSpec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |length: &Option<usize>| {
            length.map_or_else(|| "any".to_owned(), |length| length.to_string())
        };
        let shape: Vec<String> = self.shape.iter().map(length).collect();
        write!(f, "{}: {:?} [{}]", self.name, self.of, shape.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: TensorSpec<'_> =
        TensorSpec::bytes("frames", &[None, Some(200), Some(27), Some(48), Some(3)]);
    const SCORES: TensorSpec<'_> = TensorSpec::floats("scores", &[None, Some(200)]);

    #[test]
    fn a_tensor_of_another_type_rank_or_size_does_not_fit() {
        let of = TensorElementType::Uint8;
        let open = [None, None, Some(27), Some(48), Some(3)];
        assert!(FRAMES.takes(of, &open));
        assert!(FRAMES.takes(of, &[]));
        assert!(!FRAMES.takes(TensorElementType::Int64, &open));
        assert!(!FRAMES.takes(of, &open[1..]));
        assert!(!FRAMES.takes(of, &[None, None, Some(99), Some(99), Some(3)]));
        assert!(!FRAMES.takes(of, &[None, Some(100), Some(27), Some(48), Some(3)]));
    }

    #[test]
    fn an_output_of_one_value_a_window_does_not_fit_and_one_in_a_column_does() {
        let of = TensorElementType::Float32;
        assert!(!SCORES.takes(of, &[None, Some(1)]));
        assert!(SCORES.takes(of, &[None, Some(200), Some(1)]));
        assert!(SCORES.takes(of, &[Some(1), None]));
    }

    #[test]
    fn it_is_told_as_a_person_reads_it() {
        assert_eq!(FRAMES.to_string(), "frames: Uint8 [any, 200, 27, 48, 3]");
    }
}
