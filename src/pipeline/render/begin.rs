//! Work that is begun for all before any of it is waited for.

/// Begins everything, then waits for everything that was begun: a failure must not leave the rest half-made behind.
///
/// # Errors
/// The first failure, when nothing is under way any more.
pub(super) fn begin_then_finish<T, P, D>(
    items: impl Iterator<Item = T>,
    mut begin: impl FnMut(T) -> anyhow::Result<P>,
    finish: impl FnMut(P) -> anyhow::Result<D>,
) -> anyhow::Result<Vec<D>> {
    let mut pending = Vec::new();
    let mut failed = None;
    for item in items {
        match begin(item) {
            Ok(begun) => pending.push(begun),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let results: Vec<anyhow::Result<D>> = pending.into_iter().map(finish).collect();
    match failed {
        Some(error) => Err(error),
        None => results.into_iter().collect(),
    }
}
