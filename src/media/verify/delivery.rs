//! Delivery checks: whether a clip is what players and platforms take without a change.

use crate::media::render::{CLIP_SOUND_RATE, key_frame_interval};
use crate::media::{AudioStream, Media};
use crate::timeline::{FrameRate, Timestamp};
use kernels::Colours;
use kernels::STANDARD;

use super::check::{Check, check};

/// Seconds by which a frame may be off its time: containers round them.
const OFF: f64 = 0.000_1;
/// What was seen of the form of a clip while it was decoded.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct DeliveryForm {
    /// Tags that are not those of BT.709 in limited range.
    pub(super) foreign_tags: u32,
    /// Frames from one key frame to the next, at most.
    pub(super) longest_group: u64,
    /// Packets since the last key frame.
    group: u64,
    /// Frames that are not at their time.
    pub(super) uneven: u64,
    /// Whether the first frame is black.
    pub(super) begins_black: bool,
}

impl DeliveryForm {
    /// Takes the tags of the header.
    pub(super) fn note_tags(&mut self, tags: Colours) {
        let wanted = [
            (tags.matrix, STANDARD.matrix),
            (tags.primaries, STANDARD.primaries),
            (tags.transfer, STANDARD.transfer),
            (tags.range, STANDARD.range),
        ];
        let foreign = wanted.iter().filter(|(tag, wanted)| tag != wanted);
        self.foreign_tags = foreign.count() as u32;
    }

    /// Takes the next packet of pictures.
    pub(super) fn note_packet(&mut self, is_key: bool) {
        self.group = if is_key { 1 } else { self.group + 1 };
        self.longest_group = self.longest_group.max(self.group);
    }

    /// Takes the time of a frame, counted from the first.
    pub(super) fn note_time(&mut self, number: u64, time: Timestamp, rate: FrameRate) {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let off = (time - rate.time_of(number)).seconds();
        self.uneven += u64::from(off.abs() > OFF);
    }

    /// Holds it against what platforms take; `is_black` tells that the source shows nothing but black.
    pub(super) fn checks(&self, rate: FrameRate, is_black: bool) -> Vec<Check> {
        let begins_black = self.begins_black && !is_black;
        let longest = f64::from(key_frame_interval(rate));
        vec![
            check("colour_tags", f64::from(self.foreign_tags), 0.0),
            check("constant_rate", self.uneven as f64, 0.0),
            check("key_frames", self.longest_group as f64, longest),
            check("first_frame", f64::from(u8::from(begins_black)), 0.0),
        ]
    }
}

/// Tells what of a clip's sound is not 48 kHz stereo.
pub(super) fn sound_form(media: &Media) -> Check {
    let is_foreign =
        |sound: &AudioStream| sound.sample_rate != CLIP_SOUND_RATE || sound.channels != 2;
    let foreign = media.audio_streams.iter().filter(|sound| is_foreign(sound));
    check("sound_format", foreign.count() as f64, 0.0)
}

/// Tells how many edit lists of a clip's index do more than begin at the beginning: a player would need them.
pub(super) fn edit_lists(index: &[u8]) -> Check {
    check("edit_lists", needed_edits(index) as f64, 0.0)
}

/// Counts those that stand before the media.
fn needed_edits(index: &[u8]) -> usize {
    let media = index.windows(4).position(|name| name == b"mdat");
    let index = &index[..media.unwrap_or(index.len())];
    let lists = index
        .windows(4)
        .enumerate()
        .filter(|(_, name)| *name == b"elst");
    lists.filter(|(at, _)| is_needed(&index[at + 4..])).count()
}

/// Tells whether an edit list, behind its name, has another edit than one from the start of its media.
fn is_needed(list: &[u8]) -> bool {
    let number = |at: usize, bytes: usize| -> Option<i64> {
        let bytes = list.get(at..at + bytes)?;
        let value = bytes
            .iter()
            .fold(0_i64, |value, byte| value << 8 | i64::from(*byte));
        Some(value)
    };
    let is_long = number(0, 1) == Some(1);
    let count = number(4, 4);
    let start = if is_long {
        number(16, 8)
    } else {
        number(12, 4)
    };
    count != Some(1) || start != Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_list_is_needed_where_media_does_not_begin_at_its_start() {
        let list = |count: u8, start: u8| {
            let mut list = b"....elst".to_vec();
            list.extend([
                0, 0, 0, 0, 0, 0, 0, count, 0, 0, 0, 9, 0, 0, 0, start, 0, 1, 0, 0,
            ]);
            list
        };
        assert_eq!(needed_edits(&list(1, 0)), 0);
        assert_eq!(needed_edits(&list(1, 4)), 1);
        assert_eq!(needed_edits(&list(2, 0)), 1);
        assert_eq!(needed_edits(b"mdat elst"), 0);
    }

    #[test]
    fn groups_are_counted_from_key_frame_to_key_frame() {
        let mut form = DeliveryForm::default();
        for is_key in [true, false, false, true, false] {
            form.note_packet(is_key);
        }
        assert_eq!(form.longest_group, 3);
    }
}
