//! Speech packed into windows of 30 s: Whisper's cost is by the window, full or not.

use std::ops::Range;

use super::mel::{RATE, WINDOW_SAMPLES};

/// How speech is packed, all in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// The most that a window holds.
    pub limit: usize,
    /// Kept on both sides of each stretch of speech: words begin and end softly.
    pub margin: usize,
}

impl Default for Packing {
    fn default() -> Self {
        Self {
            limit: WINDOW_SAMPLES,
            margin: RATE as usize / 5,
        }
    }
}

/// Stretches of a file laid end to end; they are in order, not empty and do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    spans: Vec<Range<usize>>,
}

impl Window {
    /// Returns the stretches of the file.
    pub(super) fn spans(&self) -> &[Range<usize>] {
        &self.spans
    }

    /// Returns how many samples it holds.
    pub(super) fn samples(&self) -> usize {
        self.spans.iter().map(Range::len).sum()
    }

    /// Cuts its sound out of the file's.
    pub(super) fn cut(&self, file: &[f32]) -> Vec<f32> {
        let spans = self.spans.iter().map(|span| &file[span.clone()]);
        spans.collect::<Vec<_>>().concat()
    }

    /// Returns the stretches of the file that lie under a range of this window.
    ///
    /// What reaches beyond the window is left out.
    pub(super) fn in_file(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut base = 0;
        let mut found = Vec::new();
        for span in &self.spans {
            let start = range.start.max(base);
            let end = range.end.min(base + span.len());
            if start < end {
                found.push(span.start + start - base..span.start + end - base);
            }
            base += span.len();
        }
        found
    }
}

/// Packs `speech` into windows, in order; speech longer than a window is split where `quietest` says within a range.
///
/// `speech` are ranges of samples of a file of `total` samples, in order; they may touch or overlap.
pub(super) fn pack(
    speech: &[Range<usize>],
    total: usize,
    packing: Packing,
    quietest: impl Fn(Range<usize>) -> usize,
) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    let mut room = 0;
    for stretch in widened(speech, total, packing.margin) {
        for span in split(stretch, packing.limit, &quietest) {
            match windows.last_mut() {
                Some(window) if span.len() <= room => window.spans.push(span.clone()),
                _ => {
                    room = packing.limit;
                    let spans = vec![span.clone()];
                    windows.push(Window { spans });
                }
            }
            room -= span.len();
        }
    }
    windows
}

/// Returns the middle of the quietest tenth of a second in a range of the file, the range's end when it is shorter.
pub(super) fn quietest(file: &[f32], range: Range<usize>) -> usize {
    const LENGTH: usize = RATE as usize / 10;
    const STEP: usize = RATE as usize / 100;
    let energy = |start: &usize| -> f32 {
        let piece = &file[*start..*start + LENGTH];
        piece.iter().map(|x| x * x).sum()
    };
    let end = range.end.min(file.len());
    let starts = (range.start..(end + 1).saturating_sub(LENGTH)).step_by(STEP);
    let best = starts.min_by(|a, b| energy(a).total_cmp(&energy(b)));
    best.map_or(end, |start| start + LENGTH / 2)
}

/// Adds the margin on both sides and joins what then touches.
fn widened(speech: &[Range<usize>], total: usize, margin: usize) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for stretch in speech.iter().filter(|s| s.start < s.end.min(total)) {
        let start = stretch.start.saturating_sub(margin);
        let end = (stretch.end + margin).min(total);
        match joined.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => joined.push(start..end),
        }
    }
    joined
}

/// Splits a stretch into spans of at most `limit`, each but the last at least half of that.
fn split(
    stretch: Range<usize>,
    limit: usize,
    quietest: impl Fn(Range<usize>) -> usize,
) -> Vec<Range<usize>> {
    let Range { mut start, end } = stretch;
    let mut spans = Vec::new();
    while end - start > limit {
        let within = start + limit / 2..start + limit;
        let cut = quietest(within.clone()).clamp(within.start.max(start + 1), within.end);
        spans.push(start..cut);
        start = cut;
    }
    spans.push(start..end);
    spans
}

#[cfg(test)]
#[allow(
    clippy::single_range_in_vec_init,
    reason = "lists of ranges are what packing is about"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMALL: Packing = Packing {
        limit: 100,
        margin: 5,
    };

    fn speech(gaps: &[(usize, usize)]) -> (Vec<Range<usize>>, usize) {
        let mut at = 0;
        let ranges = gaps.iter().map(|(gap, length)| {
            let start = at + gap;
            at = start + length;
            start..at
        });
        let ranges = ranges.collect();
        (ranges, at)
    }

    #[test]
    fn short_stretches_share_a_window_and_margins_that_meet_become_one() {
        let windows = pack(&[10..20, 28..40, 80..90, 200..260], 300, SMALL, |r| r.end);
        let spans: Vec<_> = windows.iter().map(|w| w.spans().to_vec()).collect();
        assert_eq!(spans, [vec![5..45, 75..95], vec![195..265]]);
    }

    #[test]
    fn speech_without_an_end_is_split_at_the_quietest_point() {
        let mut file = vec![1.0_f32; 40 * 16_000];
        file[400_000..401_600].fill(0.0);
        let windows = pack(&[0..640_000], 640_000, Packing::default(), |r| {
            quietest(&file, r)
        });
        let spans: Vec<_> = windows.iter().flat_map(|w| w.spans().to_vec()).collect();
        assert_eq!(spans, [0..400_800, 400_800..640_000]);
    }

    #[test]
    fn a_range_across_a_cut_lies_in_both_stretches() {
        let window = Window {
            spans: vec![10..20, 50..60],
        };
        assert_eq!(window.in_file(5..12), [15..20, 50..52]);
        assert_eq!(window.in_file(10..99), [50..60]);
    }

    proptest! {
        #[test]
        fn all_speech_is_packed_once_in_order_and_no_window_overflows(
            gaps in proptest::collection::vec((0..40_usize, 0..400_usize), 0..30), tail in 0..20_usize, cut in any::<prop::sample::Index>(),
        ) {
            let (ranges, end) = speech(&gaps);
            let windows = pack(&ranges, end + tail, SMALL, |r| r.start + cut.index(r.len()));
            let spans: Vec<_> = windows.iter().flat_map(|w| w.spans().to_vec()).collect();
            prop_assert!(windows.iter().all(|w| (1..=SMALL.limit).contains(&w.samples())));
            prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(spans.iter().all(|s| s.start < s.end && s.end <= end + tail));
            let heard = |sample: usize| spans.iter().any(|s| s.contains(&sample));
            prop_assert!(ranges.iter().flat_map(Clone::clone).all(heard));
        }

        #[test]
        fn every_sample_of_a_window_finds_its_way_back(gaps in proptest::collection::vec((1..40_usize, 1..80_usize), 1..20)) {
            let (ranges, end) = speech(&gaps);
            let file: Vec<f32> = (0..end).map(|i| i as f32).collect();
            for window in pack(&ranges, end, SMALL, |r| r.end) {
                for (at, sample) in window.cut(&file).into_iter().enumerate() {
                    prop_assert_eq!(window.in_file(at..at + 1), vec![sample as usize..sample as usize + 1]);
                }
            }
        }
    }
}
