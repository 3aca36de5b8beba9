//! Stand-in.
use std::ops::ControlFlow;
use std::path::Path;
use super::{DecodePlan, Error, Limits, Media, Pictures, decode};
use crate::frame::Picture;
use crate::timeline::Timestamp;

/// Stand-in.
pub fn pictures_at(path: &Path, media: &Media, times: &[Timestamp], width: u32, limits: &Limits,
    visit: &mut dyn FnMut(usize, Timestamp, Picture) -> ControlFlow<()>) -> Result<(), Error> {
    let plan = DecodePlan { threads: 1, pictures: Some(Pictures { every: std::time::Duration::ZERO, width }) };
    let mut next = 0;
    decode(path, media, &plan, limits, &mut |frame| {
        if next < times.len() && frame.time >= times[next] {
            next += 1;
            if let Some(picture) = frame.picture { return visit(next - 1, frame.time, picture); }
        }
        if next == times.len() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(())
}
