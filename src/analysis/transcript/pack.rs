//! Speech packed into windows of 30 s as it arrives: Whisper's cost is by the window, full or not.

mod segments;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::analysis::speech::{SAMPLE_RATE, SampleRange};
use kernels::WINDOW_SAMPLES;

/// Packing of speech into windows, all in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Packing {
    /// The most that a window holds.
    pub limit: usize,
    /// Kept on both sides of each segment of speech: words begin and end softly.
    pub margin: usize,
}

impl Default for Packing {
    fn default() -> Self {
        Self {
            limit: WINDOW_SAMPLES,
            margin: SAMPLE_RATE as usize / 5,
        }
    }
}

/// Segments of a file laid end to end, to be heard as one; they are in order, not empty and do not overlap.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechWindow {
    pub(super) layout: WindowLayout,
    samples: Vec<f32>,
}

/// Positions in the file of the sound of a window, in samples.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
pub struct WindowLayout {
    spans: Vec<Range<usize>>,
    speech: Vec<Range<usize>>,
}

impl SpeechWindow {
    /// Returns its sound.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// Returns where its sound comes from.
    pub fn layout(&self) -> &WindowLayout {
        &self.layout
    }
}

impl WindowLayout {
    /// Returns how many samples the window holds.
    pub(super) fn samples(&self) -> usize {
        self.spans.iter().map(Range::len).sum()
    }

    /// Returns the segments of speech that the window was made of; they may reach beyond it.
    pub(super) fn speech(&self) -> &[Range<usize>] {
        &self.speech
    }

    /// Returns the end of what it holds, in samples of the file.
    pub fn end(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.end as u64)
    }

    /// Returns the segments of the file that lie under a range of the window.
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

/// Packs speech into windows, in order, from sound that comes in bit by bit.
///
/// Speech longer than a window is split where it is quietest in the window's second half. Keeps the sound from the
/// first speech that is not yet in a window on, so a window and a little at most.
#[derive(Debug, Clone)]
pub struct Packer {
    packing: Packing,
    /// The sound from sample `from` on.
    held: Vec<f32>,
    from: usize,
    /// A segment, margins included, that may still grow, and the speech in it.
    pending: Option<WindowLayout>,
    window: Option<SpeechWindow>,
}

impl Packer {
    /// Returns a packer at the start of a sound.
    pub fn new(packing: Packing) -> Self {
        Self {
            packing,
            held: Vec::new(),
            from: 0,
            pending: None,
            window: None,
        }
    }

    /// Takes the next samples.
    pub fn hear(&mut self, samples: &[f32]) {
        self.held.extend_from_slice(samples);
    }

    /// Takes speech that is in the samples heard and not before what was taken, and returns the windows that it fills.
    pub fn speech(&mut self, speech: SampleRange) -> Vec<SpeechWindow> {
        let speech = speech.start() as usize..speech.end() as usize;
        let start = speech.start.saturating_sub(self.packing.margin);
        let end = speech.end + self.packing.margin;
        let mut full = Vec::new();
        match &mut self.pending {
            Some(pending) if start <= pending.spans[0].end => pending.grow(end, speech),
            _ => {
                full.extend(self.place_pending(usize::MAX));
                let span = start..end;
                self.pending = Some(WindowLayout {
                    spans: vec![span],
                    speech: vec![speech],
                });
            }
        }
        // What lies in the margin of speech that may go on is not sure yet.
        full.extend(self.split(self.packing.limit + self.packing.margin));
        full
    }

    /// Takes that no speech begins before sample `until` but what was told, and returns the windows that are full.
    pub fn settle(&mut self, until: u64) -> Vec<SpeechWindow> {
        let next = (until as usize).saturating_sub(self.packing.margin);
        let apart = |pending: &WindowLayout| pending.spans[0].end < next;
        let full = if self.pending.as_ref().is_some_and(apart) {
            self.place_pending(usize::MAX)
        } else {
            Vec::new()
        };
        let needed = self.pending.as_ref().map_or(next, |p| p.spans[0].start);
        let done = needed.saturating_sub(self.from).min(self.held.len());
        self.held.drain(..done);
        self.from += done;
        full
    }

    /// Returns the last windows.
    pub fn finish(mut self) -> Vec<SpeechWindow> {
        let total = self.from + self.held.len();
        let mut windows = self.place_pending(total);
        windows.extend(self.window);
        windows
    }

    /// Puts the pending segment, up to `total`, into windows.
    fn place_pending(&mut self, total: usize) -> Vec<SpeechWindow> {
        let Some(mut pending) = self.pending.take() else {
            return Vec::new();
        };
        pending.spans[0].end = pending.spans[0].end.min(total);
        self.pending = Some(pending);
        let mut full = self.split(self.packing.limit);
        if let Some(last) = self.pending.take() {
            full.extend(self.place(last.spans[0].clone(), &last.speech));
        }
        full
    }

    /// Puts what is longer than `most` into windows, but for the rest.
    fn split(&mut self, most: usize) -> Vec<SpeechWindow> {
        let limit = self.packing.limit;
        let mut full = Vec::new();
        while let Some(mut pending) = self.pending.take() {
            let Range { start, end } = pending.spans[0];
            if end - start <= most {
                self.pending = Some(pending);
                break;
            }
            let within = start + limit / 2 - self.from..start + limit - self.from;
            let cut = self.from + quietest(&self.held, within.clone());
            let cut = cut.clamp(start + 1, start + limit);
            full.extend(self.place(start..cut, &pending.speech));
            pending.spans[0].start = cut;
            pending.speech.retain(|speech| speech.end > cut);
            self.pending = Some(pending);
        }
        full
    }

    /// Adds a span to the window, or to the next one where it does not fit; returns the one that is full.
    fn place(&mut self, span: Range<usize>, speech: &[Range<usize>]) -> Option<SpeechWindow> {
        let sound = &self.held[span.start - self.from..span.end - self.from];
        let room = |window: &SpeechWindow| window.samples.len() + span.len() <= self.packing.limit;
        let full = if self.window.as_ref().is_some_and(room) {
            None
        } else {
            self.window.take()
        };
        let window = self.window.get_or_insert_with(|| SpeechWindow {
            layout: WindowLayout::default(),
            samples: Vec::with_capacity(self.packing.limit),
        });
        window.samples.extend_from_slice(sound);
        window.layout.spans.push(span);
        window.layout.speech.extend_from_slice(speech);
        full
    }
}

impl WindowLayout {
    fn grow(&mut self, end: usize, speech: Range<usize>) {
        self.spans[0].end = self.spans[0].end.max(end);
        match self.speech.last_mut() {
            Some(last) if speech.start <= last.end => last.end = last.end.max(speech.end),
            _ => self.speech.push(speech),
        }
    }
}

/// Returns the middle of the quietest tenth of a second in a range of the file, the range's end when it is shorter.
fn quietest(file: &[f32], range: Range<usize>) -> usize {
    const LENGTH: usize = SAMPLE_RATE as usize / 10;
    const STEP: usize = SAMPLE_RATE as usize / 100;
    let energy = |start: &usize| -> f32 {
        let piece = &file[*start..*start + LENGTH];
        piece.iter().map(|x| x * x).sum()
    };
    let end = range.end.min(file.len());
    let starts = (range.start..(end + 1).saturating_sub(LENGTH)).step_by(STEP);
    let best = starts.min_by(|a, b| energy(a).total_cmp(&energy(b)));
    best.map_or(end, |start| start + LENGTH / 2)
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

    /// Packs speech of a sound that comes in `step` samples at a time, told as soon as it is heard.
    fn pack(
        speech: &[Range<usize>],
        sound: &[f32],
        packing: Packing,
        step: usize,
    ) -> Vec<SpeechWindow> {
        let mut packer = Packer::new(packing);
        let mut windows = Vec::new();
        let mut told = 0;
        let mut heard = 0;
        for piece in sound.chunks(step) {
            packer.hear(piece);
            heard += piece.len();
            let news: Vec<_> = speech[told..]
                .iter()
                .take_while(|s| s.end <= heard)
                .collect();
            told += news.len();
            for range in news {
                let range = SampleRange::new(range.start as u64, range.end as u64);
                windows.extend(range.map(|r| packer.speech(r)).unwrap_or_default());
            }
            let next = speech.get(told).map_or(heard, |s| s.start.min(heard));
            windows.extend(packer.settle(next as u64));
        }
        windows.extend(packer.finish());
        windows
    }

    fn spans(windows: &[SpeechWindow]) -> Vec<Vec<Range<usize>>> {
        windows.iter().map(|w| w.layout.spans.clone()).collect()
    }

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
    fn short_segments_share_a_window_and_margins_that_meet_become_one() {
        let speech = [10..20, 28..40, 80..90, 200..260];
        let windows = pack(&speech, &[0.0; 300], SMALL, 50);
        assert_eq!(spans(&windows), [vec![5..45, 75..95], vec![195..265]]);
        assert_eq!(windows[0].layout.speech, [10..20, 28..40, 80..90]);
    }

    #[test]
    fn speech_without_an_end_is_split_at_the_quietest_point() {
        let mut sound = vec![1.0_f32; 40 * 16_000];
        sound[400_000..401_600].fill(0.0);
        let windows = pack(
            &[0..320_000, 320_000..640_000],
            &sound,
            Packing::default(),
            16_000,
        );
        assert_eq!(spans(&windows), [vec![0..400_800], vec![400_800..640_000]]);
    }

    #[test]
    fn a_range_across_a_cut_lies_in_both_segments() {
        let layout = WindowLayout {
            spans: vec![10..20, 50..60],
            speech: Vec::new(),
        };
        assert_eq!(layout.in_file(5..12), [15..20, 50..52]);
        assert_eq!(layout.in_file(10..99), [50..60]);
    }

    #[test]
    fn an_hour_without_speech_is_not_kept() {
        let mut packer = Packer::new(Packing::default());
        for second in 1..3600 {
            packer.hear(&[0.0; 16_000]);
            assert!(packer.settle(second * 16_000).is_empty());
        }
        assert!(packer.held.len() < 16_000);
    }

    proptest! {
        #[test]
        fn all_speech_is_packed_once_in_order_and_no_window_overflows(
            gaps in proptest::collection::vec((0..40_usize, 1..400_usize), 0..30), tail in 0..20_usize, step in 1..300_usize,
        ) {
            let (ranges, end) = speech(&gaps);
            let sound: Vec<f32> = (0..end + tail).map(|i| i as f32).collect();
            let windows = pack(&ranges, &sound, SMALL, step);
            prop_assert!(windows.iter().all(|w| (1..=SMALL.limit).contains(&w.samples.len())));
            let all = spans(&windows).concat();
            prop_assert!(all.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(all.iter().all(|s| s.start < s.end && s.end <= end + tail));
            let heard = |sample: usize| all.iter().any(|s| s.contains(&sample));
            prop_assert!(ranges.iter().flat_map(Clone::clone).all(heard));
        }

        #[test]
        fn every_sample_of_a_window_finds_its_way_back(
            gaps in proptest::collection::vec((1..40_usize, 1..80_usize), 1..20), step in 1..300_usize,
        ) {
            let (ranges, end) = speech(&gaps);
            let sound: Vec<f32> = (0..end).map(|i| i as f32).collect();
            for window in pack(&ranges, &sound, SMALL, step) {
                for (at, sample) in window.samples.iter().enumerate() {
                    let sample = *sample as usize;
                    prop_assert_eq!(window.layout.in_file(at..at + 1), vec![sample..sample + 1]);
                }
            }
        }
    }
}
