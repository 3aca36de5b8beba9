//! Overlapping windows of small pictures, the shot model's input.
//!
//! The model sees [`WINDOW`] frames at once and is right about the middle [`KEPT`]; the window moves on by as many.
//! 200 frames a window cost a third less than the published 100, with the same answers on labelled videos.

use crate::frame::SmallPicture;

/// Frames that the model sees at once.
pub const WINDOW: usize = 200;
/// Frames at either end of a window that only give context.
pub(super) const MARGIN: usize = 25;
/// Frames of a window whose scores count.
pub const KEPT: usize = WINDOW - 2 * MARGIN;

/// One input of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShotWindow {
    /// The video's frame that the first kept score belongs to.
    pub first_frame: usize,
    /// [`WINDOW`] pictures, one after the other.
    pub pixels: Vec<u8>,
}

/// Cuts a stream of pictures into windows; both ends are padded with the outermost picture.
#[derive(Debug, Default)]
pub struct ShotWindows {
    pending: Vec<u8>,
    last: Option<Box<SmallPicture>>,
    frames: usize,
    emitted: usize,
}

impl ShotWindows {
    /// Takes the next picture and returns the window that it completes.
    pub fn push(&mut self, picture: &SmallPicture) -> Option<ShotWindow> {
        if self.frames == 0 {
            self.pad(picture, MARGIN);
        }
        self.pending.extend_from_slice(picture);
        match &mut self.last {
            Some(last) => last.copy_from_slice(picture),
            None => self.last = Some(Box::new(*picture)),
        }
        self.frames += 1;
        (self.pending.len() == WINDOW * picture.len()).then(|| self.emit())
    }

    /// Returns the last windows: those that hold scores of frames no window holds yet.
    pub fn finish(mut self) -> Vec<ShotWindow> {
        let Some(last) = self.last.take() else {
            return Vec::new();
        };
        let mut rest = Vec::new();
        while self.emitted < self.frames {
            let missing = WINDOW - self.pending.len() / last.len();
            self.pad(&last, missing);
            rest.push(self.emit());
        }
        rest
    }

    /// Returns how many pictures went in.
    pub fn frames(&self) -> usize {
        self.frames
    }

    fn pad(&mut self, picture: &SmallPicture, copies: usize) {
        (0..copies).for_each(|_| self.pending.extend_from_slice(picture));
    }

    fn emit(&mut self) -> ShotWindow {
        let frame_bytes = self.pending.len() / WINDOW;
        let mut next = Vec::with_capacity(self.pending.len());
        next.extend_from_slice(&self.pending[KEPT * frame_bytes..]);
        let pixels = std::mem::replace(&mut self.pending, next);
        let first_frame = self.emitted;
        self.emitted += KEPT;
        ShotWindow {
            first_frame,
            pixels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SMALL_BYTES;
    use proptest::prelude::*;

    /// Pictures that carry their number in the first two bytes.
    fn picture(number: usize) -> SmallPicture {
        let mut picture = [0; SMALL_BYTES];
        picture[..2].copy_from_slice(&(number as u16).to_le_bytes());
        picture
    }

    fn numbers(window: &ShotWindow) -> Vec<usize> {
        window
            .pixels
            .chunks(SMALL_BYTES)
            .map(|p| usize::from(u16::from_le_bytes([p[0], p[1]])))
            .collect()
    }

    fn windows_of(frames: usize) -> Vec<ShotWindow> {
        let mut windows = ShotWindows::default();
        let mut all: Vec<_> = (0..frames)
            .filter_map(|n| windows.push(&picture(n)))
            .collect();
        all.extend(windows.finish());
        all
    }

    #[test]
    fn a_video_without_frames_has_no_window() {
        assert!(windows_of(0).is_empty());
    }

    #[test]
    fn one_frame_fills_one_window() {
        let windows = windows_of(1);
        assert_eq!(windows.len(), 1);
        assert_eq!(numbers(&windows[0]), vec![0; WINDOW]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_frame_is_kept_by_exactly_one_window_with_its_neighbours_around_it(frames in 1..700_usize) {
            let mut kept: Vec<usize> = Vec::new();
            for window in windows_of(frames) {
                let seen = numbers(&window);
                prop_assert_eq!(seen.len(), WINDOW);
                for (slot, number) in seen.iter().enumerate() {
                    let wanted = (window.first_frame + slot).saturating_sub(MARGIN).min(frames - 1);
                    prop_assert_eq!(*number, wanted);
                }
                let count = KEPT.min(frames - window.first_frame);
                kept.extend(&seen[MARGIN..MARGIN + count]);
            }
            prop_assert_eq!(kept, (0..frames).collect::<Vec<_>>());
        }
    }
}
