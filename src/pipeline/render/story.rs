//! What clips are made from: the pictures, words and sounds of a video.

use crate::analysis::sound::SoundLabel;
use crate::media::ChannelRepairs;
use crate::pipeline::stages::tracks::VideoAnalysis;
use crate::timeline::{Paragraph, TimeRange, Transcript};

/// All that is known of a video when its clips are made.
pub(crate) struct Story<'a> {
    pub(crate) video: &'a VideoAnalysis,
    pub(crate) transcript: Option<&'a Transcript>,
    /// What the two channels of each track of its sound need to be a pair.
    pub(crate) channels: &'a ChannelRepairs,
    /// What is heard when.
    pub(crate) sounds: &'a [(TimeRange, SoundLabel)],
    /// Neighbouring sentences on one topic.
    pub(crate) paragraphs: &'a [Paragraph],
}
