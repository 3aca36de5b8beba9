//! Encoding of clips as the settings say it.

use crate::media::{Encoding, FieldRate, LoudnessTarget, VideoCodec};
use crate::settings::{self, Quality, Settings};

/// Returns how clips of a quality are encoded.
pub(super) fn encoding(settings: &Settings, quality: Quality, codec: VideoCodec) -> Encoding {
    let render = settings.render.at(quality);
    Encoding {
        codec,
        crf: f32::from(render.crf),
        preset: render.preset.name().to_owned(),
        audio_bitrate: render.audio_bitrate.0 as usize,
    }
}

/// Returns how many pictures two fields make.
pub(super) fn fields(wanted: settings::Deinterlace) -> FieldRate {
    match wanted {
        settings::Deinterlace::Frame => FieldRate::Frame,
        settings::Deinterlace::Field => FieldRate::Field,
    }
}

/// Returns how loud clips become; none to leave them as they are.
pub(super) fn loudness(wanted: settings::Loudness) -> Option<LoudnessTarget> {
    let settings::Loudness::Target(target) = wanted else {
        return None;
    };
    Some(LoudnessTarget {
        target,
        ..LoudnessTarget::default()
    })
}
