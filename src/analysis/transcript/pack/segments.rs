//! Segments of a window: the stretches of speech it is packed from, each as a window of its own.

use std::ops::Range;

use super::{SpeechWindow, WindowLayout};

impl SpeechWindow {
    /// Returns the segments of speech it is packed from as windows of their own, each with the sample at which it begins in this
    /// one; one shorter than `shortest` samples stays with the one before it.
    pub(in crate::analysis::transcript) fn segments(&self, shortest: usize) -> Vec<(usize, Self)> {
        let mut base = 0;
        let mut found: Vec<(usize, Self)> = Vec::new();
        for span in &self.layout.spans {
            let samples = &self.samples[base..base + span.len()];
            let stays = found.last().is_some_and(|(_, window)| {
                span.len() < shortest || window.samples.len() < shortest
            });
            if !stays {
                found.push((base, Self::empty()));
            }
            if let Some((_, window)) = found.last_mut() {
                window.samples.extend_from_slice(samples);
                window.layout.spans.push(span.clone());
            }
            base += span.len();
        }
        for (_, window) in &mut found {
            let spans = window.layout.spans.clone();
            let inside = |speech: &&Range<usize>| {
                spans
                    .iter()
                    .any(|span| speech.start < span.end && span.start < speech.end)
            };
            window.layout.speech = self.layout.speech.iter().filter(inside).cloned().collect();
        }
        found
    }

    /// Returns a range of its samples as a window of its own.
    pub(in crate::analysis::transcript) fn part(&self, range: Range<usize>) -> Self {
        let spans = self.layout.in_file(range.clone());
        let first = spans.first().map_or(0, |span| span.start);
        let last = spans.last().map_or(0, |span| span.end);
        let speech = self
            .layout
            .speech
            .iter()
            .map(|speech| speech.start.max(first)..speech.end.min(last));
        Self {
            samples: self.samples[range].to_vec(),
            layout: WindowLayout {
                speech: speech.filter(|speech| speech.start < speech.end).collect(),
                spans,
            },
        }
    }

    fn empty() -> Self {
        Self {
            layout: WindowLayout::default(),
            samples: Vec::new(),
        }
    }
}

impl WindowLayout {
    /// Returns the segments of speech as they lie in the window, in its samples.
    pub(in crate::analysis::transcript) fn speech_inside(&self) -> Vec<Range<usize>> {
        let mut base = 0;
        let mut found = Vec::new();
        for span in &self.spans {
            for speech in &self.speech {
                let (start, end) = (speech.start.max(span.start), speech.end.min(span.end));
                if start < end {
                    found.push(base + start - span.start..base + end - span.start);
                }
            }
            base += span.len();
        }
        found.dedup();
        found
    }
}
