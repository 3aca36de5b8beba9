//! Splices: places where the clock of a file starts anew, and what is added to the times behind them. Pure.
//!
//! Recordings that were joined by appending, and receivers that lost their signal, leave such places. They are found once, from
//! the packets of all streams, and every pass over the file adds the same.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::timeline::Timestamp;

/// A step back further than this is a new count; a shorter one is a stray timestamp.
const BACK: Duration = Duration::from_secs(1);
/// A step ahead further than this is a new count, where all streams make it; a shorter one is a gap that is kept.
const AHEAD: Duration = Duration::from_secs(10);
/// Streams of one splice step by amounts that differ by no more than this.
const TOGETHER: Duration = Duration::from_secs(5);
/// From one index point to the next.
const INDEX_STEP: Duration = Duration::from_secs(2);

/// What a clock depends on beside the file.
pub const SPLICE_RULES: [Duration; 4] = [BACK, AHEAD, TOGETHER, INDEX_STEP];

/// How the times of a file's packets become times of the video.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileClock {
    splices: Vec<Splice>,
    /// Where key frames lie, in order; nothing in a file without splices, whose own index serves.
    index: Vec<IndexPoint>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Splice {
    /// The first byte of each stream behind it.
    firsts: Vec<(usize, i64)>,
    /// What is added to the times of packets behind it.
    shift: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct IndexPoint {
    time: Timestamp,
    byte: i64,
}

impl FileClock {
    /// Tells whether the file's own times are those of the video.
    pub fn is_plain(&self) -> bool {
        self.splices.is_empty()
    }

    /// Returns how many times the clock starts anew.
    pub fn splices(&self) -> usize {
        self.splices.len()
    }

    /// Returns what is added to the times of a stream's packet that lies at `byte`; `None` for nothing.
    pub(super) fn shift(&self, stream: usize, byte: i64) -> Option<Timestamp> {
        let behind = |splice: &&Splice| byte >= splice.first_byte(stream);
        let last = self.splices.iter().take_while(behind).last();
        last.map(|splice| splice.shift)
    }

    /// Returns the last indexed key frame that is shown at or before `time`, and its place in the file; `None` before the first.
    pub(super) fn key_before(&self, time: Timestamp) -> Option<(Timestamp, i64)> {
        let after = self.index.partition_point(|point| point.time <= time);
        let point = self.index.get(after.checked_sub(1)?)?;
        Some((point.time, point.byte))
    }
}

impl Splice {
    fn first_byte(&self, stream: usize) -> i64 {
        let own = self.firsts.iter().find(|(number, _)| *number == stream);
        let first = own.or(self.firsts.iter().min_by_key(|(_, byte)| *byte));
        first.map_or(i64::MAX, |(_, byte)| *byte)
    }
}

/// Facts of a packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct PacketFacts {
    /// The stream's number.
    pub(super) stream: usize,
    /// Where it begins in the file.
    pub(super) byte: i64,
    /// Its decoding time, as the file says.
    pub(super) time: Timestamp,
    /// How long it lasts; zero where the file does not say.
    pub(super) length: Timestamp,
    /// When it is shown, where pictures can be decoded from it on; none for sound.
    pub(super) key: Option<Timestamp>,
}

/// Finds the splices of a file as its packets come.
#[derive(Debug, Default)]
pub(super) struct SpliceFinder {
    /// By stream: its number, where its last packet ends, how many splices it has passed.
    streams: Vec<StreamEnd>,
    found: Vec<FoundSplice>,
    /// Key frames: how many splices lie before, time in the file, byte.
    keys: Vec<(usize, Timestamp, i64)>,
}

#[derive(Debug)]
struct StreamEnd {
    stream: usize,
    end: Timestamp,
    last_byte: i64,
    splices: usize,
}

/// A place where at least one stream steps.
#[derive(Debug)]
struct FoundSplice {
    steps: Vec<Step>,
}

/// The step of one stream.
#[derive(Debug, Clone, Copy)]
struct Step {
    stream: usize,
    byte: i64,
    /// Where the packet before ends, and where this one begins.
    from: Timestamp,
    to: Timestamp,
}

impl SpliceFinder {
    /// Takes the next packet of the file.
    pub(super) fn take(&mut self, packet: PacketFacts) {
        let PacketFacts {
            stream, byte, time, ..
        } = packet;
        let end = time + packet.length;
        let slot = self.streams.iter().position(|known| known.stream == stream);
        let passed = match slot {
            None => {
                let splices = self.found.len();
                self.streams.push(StreamEnd {
                    stream,
                    end,
                    last_byte: byte,
                    splices,
                });
                splices
            }
            Some(slot) => {
                let from = self.streams[slot].end;
                if is_step(from, time) {
                    let step = Step {
                        stream,
                        byte,
                        from,
                        to: time,
                    };
                    self.streams[slot].splices = self.place(step, self.streams[slot].splices);
                }
                let known = &mut self.streams[slot];
                (known.end, known.last_byte) = (end, byte);
                known.splices
            }
        };
        self.note_key(packet, passed);
    }

    /// Returns the clock of the file.
    pub(super) fn finish(self) -> FileClock {
        let mut shift = Timestamp::ZERO;
        let mut splices = Vec::new();
        // What is added behind so many steps, also those that are none.
        let mut shifts = vec![shift];
        for splice in &self.found {
            if self.is_made_by_all(splice) {
                let gaps = splice.steps.iter().map(|step| step.from - step.to);
                // No stream may begin again before it has ended.
                shift = shift + gaps.max().unwrap_or(Timestamp::ZERO);
                splices.push(Splice {
                    firsts: splice
                        .steps
                        .iter()
                        .map(|step| (step.stream, step.byte))
                        .collect(),
                    shift,
                });
            }
            shifts.push(shift);
        }
        if splices.is_empty() {
            return FileClock::default();
        }
        let point = |&(passed, time, byte): &(usize, Timestamp, i64)| IndexPoint {
            time: time + shifts[passed],
            byte,
        };
        let mut index: Vec<IndexPoint> = self.keys.iter().map(point).collect();
        index.sort_by_key(|point| (point.time, point.byte));
        FileClock { splices, index }
    }

    /// Adds a step to the splice it belongs to and returns how many splices its stream has passed then.
    fn place(&mut self, step: Step, passed: usize) -> usize {
        let same = self
            .found
            .iter()
            .enumerate()
            .skip(passed)
            .find(|(_, found)| {
                let other = found.steps[0];
                apart(step.to - step.from, other.to - other.from) <= TOGETHER
            });
        match same.map(|(number, _)| number) {
            Some(number) => {
                self.found[number].steps.push(step);
                number + 1
            }
            None => {
                self.found.push(FoundSplice { steps: vec![step] });
                self.found.len()
            }
        }
    }

    /// Tells whether every stream that goes on behind a splice makes it: else it is a gap, or a fault, of one stream.
    fn is_made_by_all(&self, splice: &FoundSplice) -> bool {
        let first = splice.steps.iter().map(|step| step.byte).max();
        self.streams.iter().all(|known| {
            let goes_on = Some(known.last_byte) > first;
            let steps = splice.steps.iter().any(|step| step.stream == known.stream);
            steps || !goes_on
        })
    }

    fn note_key(&mut self, packet: PacketFacts, passed: usize) {
        let last = self.keys.last();
        let Some(key) = packet.key else { return };
        let is_due =
            last.is_none_or(|&(before, time, _)| before != passed || key.since(time) >= INDEX_STEP);
        if is_due {
            self.keys.push((passed, key, packet.byte));
        }
    }
}

/// Tells whether the clock does not run on from `from` to `to`.
fn is_step(from: Timestamp, to: Timestamp) -> bool {
    from.since(to) > BACK || to.since(from) > AHEAD
}

fn apart(a: Timestamp, b: Timestamp) -> Duration {
    a.since(b).max(b.since(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PICTURES: usize = 0;
    const SOUND: usize = 1;

    fn at(millis: i64) -> Timestamp {
        Timestamp::new(millis, 1000).unwrap()
    }

    /// A file of parts, each from a time of its own on and so long, in milliseconds: pictures and sound every 100 ms, 1 kB each.
    fn clock_of(parts: &[(i64, i64)], streams: &[usize]) -> FileClock {
        let mut finder = SpliceFinder::default();
        let mut byte = 0;
        for &(start, length) in parts {
            for time in (start..start + length).step_by(100) {
                for &stream in streams {
                    finder.take(PacketFacts {
                        stream,
                        byte,
                        time: at(time),
                        length: at(100),
                        key: (stream == PICTURES && (time - start) % 1000 == 0).then(|| at(time)),
                    });
                    byte += 1000;
                }
            }
        }
        finder.finish()
    }

    #[test]
    fn a_file_whose_clock_runs_on_is_plain() {
        assert!(clock_of(&[(36_000_000, 30_000)], &[PICTURES, SOUND]).is_plain());
        // A gap of nine seconds is a gap.
        assert!(clock_of(&[(0, 10_000), (19_000, 5000)], &[PICTURES, SOUND]).is_plain());
    }

    #[test]
    fn what_is_appended_follows_what_was_there() {
        let clock = clock_of(&[(1400, 10_000), (1400, 8000)], &[PICTURES, SOUND]);
        let bytes = 200 * 1000;
        assert_eq!(clock.splices(), 1);
        for stream in [PICTURES, SOUND] {
            assert_eq!(clock.shift(stream, bytes - 1000), None);
            assert_eq!(clock.shift(stream, bytes + 1000), Some(at(10_000)));
        }
        // The key frame at 16.4 s of the video is the one at 6.4 s of the second part.
        assert_eq!(
            clock.key_before(at(17_000)),
            Some((at(15_400), bytes + 80_000))
        );
        assert_eq!(clock.key_before(at(1000)), None);
    }

    #[test]
    fn a_hole_of_hours_is_closed() {
        let clock = clock_of(&[(0, 10_000), (7_210_000, 14_000)], &[PICTURES, SOUND]);
        assert_eq!(clock.shift(SOUND, i64::MAX), Some(at(-7_200_000)));
    }

    #[test]
    fn a_gap_of_one_stream_alone_is_no_splice() {
        let mut finder = SpliceFinder::default();
        for second in 0..100 {
            for stream in [PICTURES, SOUND] {
                let is_silent = stream == SOUND && (20..60).contains(&second);
                if !is_silent {
                    finder.take(PacketFacts {
                        stream,
                        byte: second * 10 + stream as i64,
                        time: at(second * 1000),
                        length: at(1000),
                        key: None,
                    });
                }
            }
        }
        assert!(finder.finish().is_plain());
    }

    proptest! {
        #[test]
        fn the_video_runs_on_over_every_splice(parts in proptest::collection::vec((0..1_000_000_i64, 20..100_i64), 1..6)) {
            let parts: Vec<_> = parts.iter().map(|&(start, tenths)| (start, tenths * 100)).collect();
            let clock = clock_of(&parts, &[PICTURES, SOUND]);
            let (mut byte, mut expected) = (0, None);
            for &(start, length) in &parts {
                let first = at(start) + clock.shift(PICTURES, byte).unwrap_or(Timestamp::ZERO);
                if let Some(expected) = expected {
                    prop_assert!(!is_step(expected, first));
                }
                byte += length / 100 * 2000;
                let last = at(start + length) + clock.shift(SOUND, byte - 1000).unwrap_or(Timestamp::ZERO);
                expected = Some(last);
            }
        }
    }
}
