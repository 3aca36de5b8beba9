//! How a clip is made, and what is done another way when that fails. Pure.

use crate::media::{self, Check, Codec, Encoding, Framing, Loudness, SceneCrop};

use super::framing::fitted;
use crate::timeline::TimeRange;

/// Everything about how a clip is made that may be done another way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    /// How it is encoded.
    pub(super) encoding: Encoding,
    /// What of each picture is shown; the whole in the source's own size otherwise.
    pub(super) framing: Option<Framing>,
    /// Captions to burn in.
    pub(super) burn: Option<Burn>,
    /// How loud it becomes.
    pub(super) loudness: Option<Loudness>,
    /// Threads of decoder and encoder.
    pub(super) threads: usize,
}

/// Captions to burn in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Burn {
    /// An ASS file.
    pub(super) ass: String,
    /// When there is something to read, on the clip's clock.
    pub(super) times: Vec<TimeRange>,
    /// Where it may stand.
    pub(super) area: media::Rect,
}

/// Why a clip is not right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trouble<'a> {
    /// It could not be made.
    Refused(&'a media::Error),
    /// It was made and did not pass.
    Failed(&'a [Check]),
}

/// Returns another way to make the clip, and what is given up for what reason; `None` when there is none.
pub(super) fn another_way(
    recipe: &Recipe,
    trouble: Trouble<'_>,
    range: TimeRange,
) -> Option<(Recipe, String)> {
    let (ways, reason) = match trouble {
        Trouble::Refused(error) => (ways_after(error), error.to_string()),
        Trouble::Failed(checks) => {
            let failed = checks.iter().find(|check| !check.ok)?;
            let (name, value, limit) = (&failed.name, failed.value, failed.limit);
            let reason = format!("check {name} gave {value:.3}, at most {limit:.3}");
            (ways_after_check(name), reason)
        }
    };
    let next = ways.iter().find_map(|way| way.take(recipe, range))?;
    Some((next.0, format!("{}: {reason}", next.1)))
}

/// One thing that can be done another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
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

fn ways_after(error: &media::Error) -> &'static [Way] {
    match error.class() {
        "encoder" => &[Way::Encoder],
        "font_missing" | "captions" => &[Way::NoBurn],
        "ffmpeg" => &[Way::Alone, Way::Encoder],
        _ => &[],
    }
}

fn ways_after_check(name: &str) -> &'static [Way] {
    match name {
        "captions" | "captions_area" => &[Way::NoBurn],
        "faces" | "stretch" => &[Way::Fitted],
        "loudness" | "true_peak" | "silence" => &[Way::NoLevel],
        _ => &[Way::Encoder, Way::Alone],
    }
}

impl Way {
    /// Returns the recipe with this done, and its name for people; `None` where it is done already.
    fn take(self, recipe: &Recipe, range: TimeRange) -> Option<(Recipe, String)> {
        let mut next = recipe.clone();
        let what = match self {
            Self::Encoder => {
                next.encoding.codec = simpler(recipe.encoding.codec)?;
                let (new, old) = (next.encoding.codec, recipe.encoding.codec);
                format!("encoded by {} instead of {}", new.encoder(), old.encoder())
            }
            Self::NoBurn => {
                next.burn.take()?;
                "captions beside the clip instead of in it".to_owned()
            }
            Self::Fitted => {
                let whole = SceneCrop {
                    range,
                    layout: fitted(),
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
        (next != *recipe).then_some((next, what))
    }
}

/// Returns the encoder that takes over: on the processor for one on a card, then the one that everything plays.
fn simpler(codec: Codec) -> Option<Codec> {
    match codec {
        Codec::HevcNvenc => Some(Codec::X265),
        Codec::H264Nvenc | Codec::X265 | Codec::SvtAv1 => Some(Codec::X264),
        Codec::X264 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Timestamp;

    fn range() -> TimeRange {
        let at = |second| Timestamp::new(second, 1).unwrap();
        TimeRange::new(at(0), at(9)).unwrap()
    }

    fn recipe(codec: Codec) -> Recipe {
        let scene = SceneCrop {
            range: range(),
            layout: media::Layout::Crop(Vec::new()),
        };
        Recipe {
            encoding: Encoding {
                codec,
                crf: 20.0,
                preset: "veryfast".into(),
                audio_bitrate: 128_000,
            },
            framing: Some(Framing {
                size: (1080, 1920),
                scenes: vec![scene],
            }),
            burn: Some(Burn {
                ass: String::new(),
                times: Vec::new(),
                area: media::Rect::WHOLE,
            }),
            loudness: Some(Loudness::default()),
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
    fn steps(mut recipe: Recipe, trouble: Trouble<'_>) -> Vec<String> {
        let mut steps = Vec::new();
        while let Some((next, step)) = another_way(&recipe, trouble, range()) {
            steps.push(step);
            recipe = next;
        }
        steps
    }

    #[test]
    fn an_encoder_that_is_refused_gives_way_to_simpler_ones() {
        let refused = media::Error::Encoder {
            name: "hevc_nvenc",
            reason: "no card".into(),
        };
        let found = steps(recipe(Codec::HevcNvenc), Trouble::Refused(&refused));
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("encoded by libx265 instead of hevc_nvenc: "));
        assert!(found[1].starts_with("encoded by libx264 instead of libx265: "));
    }

    #[test]
    fn a_font_that_is_missing_costs_the_captions_in_the_picture_only() {
        let missing = media::Error::FontMissing("Nowhere".into());
        let (next, _) =
            another_way(&recipe(Codec::X264), Trouble::Refused(&missing), range()).unwrap();
        let expected = Recipe {
            burn: None,
            ..recipe(Codec::X264)
        };
        assert_eq!(next, expected);
    }

    #[test]
    fn a_face_that_is_cut_off_gets_the_whole_picture_once() {
        let found = steps(recipe(Codec::X264), Trouble::Failed(&failed("faces")));
        assert_eq!(
            found,
            ["the whole picture instead of a part: check faces gave 1.000, at most 0.100"]
        );
    }

    #[test]
    fn every_ladder_ends() {
        let names = ["captions", "loudness", "frames", "stretch", "av_start"];
        for name in names {
            assert!(steps(recipe(Codec::HevcNvenc), Trouble::Failed(&failed(name))).len() <= 3);
        }
        let missing = media::Error::InputMissing;
        assert!(steps(recipe(Codec::X264), Trouble::Refused(&missing)).is_empty());
    }
}
