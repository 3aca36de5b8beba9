//! The only folder that knows FFmpeg: what a file holds, its frames, and clips made of it.
//!
//! [`probe`] says what a file is; [`decode`] shows every frame once, small and now and then larger; [`listen`] gives its sound;
//! [`render`] cuts one clip; [`verify`] opens a clip again and measures it. Times are on the file's own clock,
//! as `ffprobe` prints them. Files are opened as files: no network, no playlists, no devices.

mod analysis_frame;
mod audible;
mod canvas;
mod channels;
mod clock_scan;
mod convert;
mod cursor;
mod decode;
mod decoder;
mod defects;
mod deinterlace;
mod error;
mod fonts;
mod framing;
mod framing_checks;
mod limits;
mod listen;
mod luma;
mod mixer;
mod packets;
mod picture_graph;
mod pictures;
mod probe;
mod pulldown;
mod raw;
mod render;
mod rotation;
mod sampling;
mod sheet;
mod sound_alignment;
mod sound_frames;
mod sound_picture;
mod sound_pictures;
mod splice;
mod still;
mod telecine;
mod thumbnail48;
mod timebase;
mod upright;
mod verify;
mod video_stream;
mod waveform;

use std::sync::Once;

pub use audible::{AUDIBLE_RULES, TrackChoice, choose_track};
pub use channels::{ChannelRepair, ChannelRepairs, MIX_RULES, StereoBalance};
pub use clock_scan::find_clock;
pub use decode::{DecodePlan, Decoded, decode};
pub use defects::Shares;
pub use deinterlace::FieldRate;
pub use error::Error;
pub use fonts::{FontChoice, Fonts, MissingLetters, shown_letters};
pub use framing::{ClipFraming, CropPoint, SceneCrop, SceneView, StackedPart};
pub use framing_checks::{CutText, cut_text, faces_inside, stretch};
pub use limits::Limits;
pub use listen::{Listened, SOUND_RATE, listen};
pub use pictures::{PictureRules, picture_rules};
pub use probe::{AudioStream, Media, probe};
pub use pulldown::FieldOrder;
pub use render::{
    CaptionFile, Encoding, Levelled, LoudnessTarget, RenderRequest, Rendered, SoundFades,
    VideoCodec, render, trial,
};
pub use rotation::Rotation;
pub use sampling::Pictures;
pub use sheet::ContactSheet;
pub use sound_picture::SoundPicture;
pub use splice::{FileClock, SPLICE_RULES};
pub use still::{pictures_at, thumbnail};
pub use telecine::{TELECINE_RULES, find_telecine, may_be_telecine};
pub use verify::{Check, ClipSource, Cues, Expectation, TextLimit, verify, verify_with_sheet};
pub use video_stream::VideoStream;

/// Makes FFmpeg ready and silent; called once, before anything else in this folder.
///
/// Its own log never reaches the terminal: what matters comes back as an [`Error`] or a count.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(quiet_svt);
    // Fails only where a device library is built in, which the features leave out.
    let _ = ffmpeg_next::init();
    ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
}

/// Keeps SVT-AV1, which knows no callback, from writing to the terminal.
fn quiet_svt() {
    if std::env::var_os("SVT_LOG").is_none() {
        // SAFETY: this runs before anything else in this folder, and so before any thread that reads the environment.
        unsafe { std::env::set_var("SVT_LOG", "0") };
    }
}

/// The FFmpeg that is linked, as `major.minor.micro` of each library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// libavformat.
    pub format: String,
    /// libavcodec.
    pub codec: String,
    /// libavfilter.
    pub filter: String,
}

impl Versions {
    /// Tells whether the linked FFmpeg has an encoder of this name.
    pub fn has_encoder(&self, name: &str) -> bool {
        ffmpeg_next::encoder::find_by_name(name).is_some()
    }

    /// Tells whether the linked FFmpeg has a decoder of this name.
    pub fn has_decoder(&self, name: &str) -> bool {
        ffmpeg_next::decoder::find_by_name(name).is_some()
    }
}

/// Returns the versions of the linked libraries.
pub fn versions() -> Versions {
    Versions {
        format: dotted(ffmpeg_next::format::version()),
        codec: dotted(ffmpeg_next::codec::version()),
        filter: dotted(ffmpeg_next::filter::version()),
    }
}

fn dotted(version: u32) -> String {
    format!(
        "{}.{}.{}",
        version >> 16,
        version >> 8 & 0xff,
        version & 0xff
    )
}
