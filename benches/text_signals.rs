//! How long it takes to read a transcript of ten hours and to ask about a hundred thousand stretches of it.

#![allow(missing_docs)] // criterion's macro writes a public function

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use opusclip::analysis::Embedding;
use opusclip::clips::signals::text::{TextFeatures, Wanted, text_signals};
use opusclip::timeline::{Segment, TimeRange, Timestamp, Transcript, Word};

/// Ten hours at three words a second.
const WORDS: i64 = 108_000;
/// Words of a sentence.
const SENTENCE: i64 = 9;
const STRETCHES: i64 = 100_000;

fn range(from: i64, to: i64) -> TimeRange {
    let at = |third| Timestamp::new(third, 3).unwrap_or(Timestamp::ZERO);
    TimeRange::new(at(from), at(to)).expect("callers name a later end")
}

fn transcript() -> Transcript {
    const TEXTS: [&str; 7] = ["why", "you", "amazing", "house", "never", "river", "3"];
    let words = (0..WORDS).map(|i| Word {
        text: match i % SENTENCE {
            8 => "done?".into(),
            _ => TEXTS[(i * i % 7) as usize].into(),
        },
        range: range(i, i + 1),
        confidence: 1.0,
        space_before: true,
    });
    Transcript {
        language: "en".into(),
        segments: vec![Segment {
            range: range(0, WORDS),
            text: String::new(),
            words: words.collect(),
        }],
    }
}

fn embeddings() -> Vec<Embedding> {
    let of = |i: i64| {
        Embedding::new(
            (0..384)
                .map(|c| ((i * 7 + c * c) % 19 - 9) as f32)
                .collect(),
        )
    };
    (0..WORDS / SENTENCE).map(of).collect()
}

fn ten_hours(criterion: &mut Criterion) {
    let (transcript, embeddings) = (transcript(), embeddings());
    let keywords = ["amazing house".to_owned(), "river".to_owned()];
    let wanted = Wanted {
        keywords: &keywords,
        avoid: &[],
    };
    let read = || TextFeatures::new(black_box(&transcript), &embeddings, &[], &wanted);
    let mut group = criterion.benchmark_group("ten hours of text");
    group.sample_size(10);
    group.bench_function("read", |bencher| bencher.iter(read));
    let features = read();
    group.bench_function("100,000 stretches of a minute", |bencher| {
        bencher.iter(|| {
            let from = |i: i64| i % (WORDS - 180);
            let signals =
                (0..STRETCHES).map(|i| text_signals(&features, range(from(i), from(i) + 180)));
            signals.map(|signals| signals.hook).sum::<f64>()
        });
    });
    group.finish();
}

criterion_group!(benches, ten_hours);
criterion_main!(benches);
