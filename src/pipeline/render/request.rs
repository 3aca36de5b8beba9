//! What a clip is rendered from and how, and the fallbacks when that fails. Pure.

use serde::Serialize;

use crate::frame::Rect;
use crate::media::{
    self, ChannelRepairs, Check, ClipFraming, Encoding, FieldRate, FontChoice, LoudnessTarget,
    SceneCrop, SoundFades, VideoCodec,
};
use crate::timeline::{FrameRate, TimeRange};

/// How a clip is rendered, as far as a fallback may change it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RenderSettings {
    /// How it is encoded.
    pub(crate) encoding: Encoding,
    /// What of each picture is shown; the whole in the source's own size otherwise.
    pub(crate) framing: Option<ClipFraming>,
    /// Captions to burn in.
    pub(crate) burn: Option<BurnedCaptions>,
    /// How loud it becomes.
    pub(crate) loudness: Option<LoudnessTarget>,
    /// Frames a second.
    pub(crate) rate: FrameRate,
    /// How many pictures two fields of an interlaced source make.
    pub(crate) fields: FieldRate,
    /// What is done to the two channels of each track of the sound.
    pub(crate) channels: ChannelRepairs,
    /// How the sound begins and ends.
    pub(crate) fades: SoundFades,
    /// Threads of decoder and encoder.
    pub(crate) threads: usize,
}

/// Captions to burn in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct BurnedCaptions {
    /// An ASS file.
    pub(crate) ass: String,
    /// The font that it names.
    pub(crate) font: String,
    /// How that font was chosen: what else there is to choose from decides how letters are drawn.
    pub(crate) choice: FontChoice,
    /// When there is something to read, on the clip's clock.
    pub(crate) times: Vec<TimeRange>,
    /// Where it may stand.
    pub(crate) area: Rect,
}

/// Why a clip cannot be published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RenderFailure<'a> {
    /// It could not be made.
    Refused(&'a media::Error),
    /// It was made and did not pass.
    Failed(&'a [Check]),
}

/// Returns the next settings to try, and what is given up for what reason; `None` when nothing is left.
pub(crate) fn next_fallback(
    settings: &RenderSettings,
    trouble: RenderFailure<'_>,
    range: TimeRange,
) -> Option<(RenderSettings, String)> {
    let (fallbacks, reason) = match trouble {
        RenderFailure::Refused(error) => (fallbacks_after(error), error.to_string()),
        RenderFailure::Failed(checks) => {
            let failed = checks.iter().find(|check| !check.ok)?;
            let (name, value, limit) = (&failed.name, failed.value, failed.limit);
            let reason = format!("{name} {value:.3} > {limit:.3}");
            (fallbacks_after_check(name), reason)
        }
    };
    let next = fallbacks
        .iter()
        .find_map(|fallback| fallback.apply(settings, range))?;
    Some((next.0, format!("{}: {reason}", next.1)))
}

/// One thing that can be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fallback {
    /// An encoder that is simpler, or runs elsewhere.
    Encoder,
    /// No captions in the picture.
    NoBurn,
    /// All of the picture instead of a part.
    Fitted,
    /// As loud as it is.
    NoLevel,
    /// One thread.
    Alone,
}

fn fallbacks_after(error: &media::Error) -> &'static [Fallback] {
    match error.class() {
        "encoder" => &[Fallback::Encoder],
        "font_missing" | "glyphs_missing" | "captions" => &[Fallback::NoBurn],
        "ffmpeg" => &[Fallback::Alone, Fallback::Encoder],
        _ => &[],
    }
}

fn fallbacks_after_check(name: &str) -> &'static [Fallback] {
    match name {
        "captions" | "captions_area" | "glyphs" => &[Fallback::NoBurn],
        "faces" | "persons" | "pane_light" | "stretch" | "text_cut" => &[Fallback::Fitted],
        "loudness" | "true_peak" | "silence" => &[Fallback::NoLevel],
        _ => &[Fallback::Encoder, Fallback::Alone],
    }
}

impl Fallback {
    /// Returns the settings with this done, and its name for people; `None` where it is done already.
    fn apply(
        self,
        settings: &RenderSettings,
        range: TimeRange,
    ) -> Option<(RenderSettings, String)> {
        let mut next = settings.clone();
        let what = match self {
            Self::Encoder => {
                next.encoding.codec = simpler(settings.encoding.codec)?;
                let (new, old) = (next.encoding.codec, settings.encoding.codec);
                format!("encoded by {} instead of {}", new.encoder(), old.encoder())
            }
            Self::NoBurn => {
                next.burn.take()?;
                "captions beside the clip instead of in it".to_owned()
            }
            Self::Fitted => {
                let whole = SceneCrop {
                    range,
                    layout: media::SceneView::whole_picture(),
                };
                next.framing.as_mut()?.scenes = vec![whole];
                "the whole picture instead of a part".to_owned()
            }
            Self::NoLevel => {
                next.loudness.take()?;
                "as loud as the source".to_owned()
            }
            Self::Alone => {
                next.threads = 1;
                "made with one thread".to_owned()
            }
        };
        (next != *settings).then_some((next, what))
    }
}

/// Returns the encoder that takes over: on the processor for one on a card, then the one that everything plays.
fn simpler(codec: VideoCodec) -> Option<VideoCodec> {
    match codec {
        VideoCodec::HevcNvenc => Some(VideoCodec::X265),
        VideoCodec::H264Nvenc | VideoCodec::X265 | VideoCodec::SvtAv1 => Some(VideoCodec::X264),
        VideoCodec::X264 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Size;
    use crate::timeline::Timestamp;

    fn range() -> TimeRange {
        let at = |second| Timestamp::new(second, 1).unwrap();
        TimeRange::new(at(0), at(9)).unwrap()
    }

    fn settings(codec: VideoCodec) -> RenderSettings {
        let scene = SceneCrop {
            range: range(),
            layout: media::SceneView::Crop(Vec::new()),
        };
        RenderSettings {
            encoding: Encoding {
                codec,
                crf: 20.0,
                preset: "veryfast".into(),
                audio_bitrate: 128_000,
            },
            framing: Some(ClipFraming {
                size: Size::new(1080, 1920),
                scenes: vec![scene],
            }),
            burn: Some(BurnedCaptions {
                ass: String::new(),
                font: "DejaVu Sans".into(),
                choice: FontChoice::Asked,
                times: Vec::new(),
                area: Rect::WHOLE,
            }),
            loudness: Some(LoudnessTarget::default()),
            rate: FrameRate::editing(None),
            fields: FieldRate::default(),
            channels: ChannelRepairs::default(),
            fades: media::SoundFades::default(),
            threads: 2,
        }
    }

    fn failed(name: &str) -> [Check; 1] {
        [Check {
            name: name.into(),
            ok: false,
            value: 1.0,
            limit: 0.1,
        }]
    }

    /// Follows the ladder to its end and returns what is given up at each step.
    fn steps(mut settings: RenderSettings, trouble: RenderFailure<'_>) -> Vec<String> {
        let mut steps = Vec::new();
        while let Some((next, step)) = next_fallback(&settings, trouble, range()) {
            steps.push(step);
            settings = next;
        }
        steps
    }

    #[test]
    fn an_encoder_that_is_refused_gives_way_to_simpler_ones() {
        let refused = media::Error::Encoder {
            name: "hevc_nvenc",
            reason: "no card".into(),
        };
        let found = steps(
            settings(VideoCodec::HevcNvenc),
            RenderFailure::Refused(&refused),
        );
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("encoded by libx265 instead of hevc_nvenc: "));
        assert!(found[1].starts_with("encoded by libx264 instead of libx265: "));
    }

    #[test]
    fn a_font_that_is_missing_costs_the_captions_in_the_picture_only() {
        let missing = media::Error::FontMissing("Nowhere".into());
        let (next, _) = next_fallback(
            &settings(VideoCodec::X264),
            RenderFailure::Refused(&missing),
            range(),
        )
        .unwrap();
        let expected = RenderSettings {
            burn: None,
            ..settings(VideoCodec::X264)
        };
        assert_eq!(next, expected);
    }

    #[test]
    fn boxes_for_letters_cost_the_captions_in_the_picture_only() {
        let missing = media::Error::GlyphsMissing {
            script: "Japanese (Han, Kana)".into(),
            package: "fonts-noto-cjk".into(),
        };
        let found = steps(settings(VideoCodec::X264), RenderFailure::Refused(&missing));
        let given_up = "captions beside the clip instead of in it: no installed font has the letters of Japanese (Han, Kana); fonts-noto-cjk does";
        assert_eq!(found, [given_up]);
        let found = steps(
            settings(VideoCodec::X264),
            RenderFailure::Failed(&failed("glyphs")),
        );
        assert_eq!(
            found,
            ["captions beside the clip instead of in it: glyphs 1.000 > 0.100"]
        );
    }

    #[test]
    fn a_face_that_is_cut_off_gets_the_whole_picture_once() {
        let found = steps(
            settings(VideoCodec::X264),
            RenderFailure::Failed(&failed("faces")),
        );
        assert_eq!(
            found,
            ["the whole picture instead of a part: faces 1.000 > 0.100"]
        );
    }

    #[test]
    fn text_that_is_cut_gets_the_whole_picture_once() {
        let found = steps(
            settings(VideoCodec::X264),
            RenderFailure::Failed(&failed("text_cut")),
        );
        assert_eq!(
            found,
            ["the whole picture instead of a part: text_cut 1.000 > 0.100"]
        );
    }

    #[test]
    fn every_ladder_ends() {
        let names = ["captions", "loudness", "frames", "stretch", "av_start"];
        for name in names {
            assert!(
                steps(
                    settings(VideoCodec::HevcNvenc),
                    RenderFailure::Failed(&failed(name))
                )
                .len()
                    <= 3
            );
        }
        let missing = media::Error::InputMissing;
        assert!(steps(settings(VideoCodec::X264), RenderFailure::Refused(&missing)).is_empty());
    }
}
