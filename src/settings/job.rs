//! Job settings: the `[job]` table, also written in a manifest's `[defaults]` and `[[job]]`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::settings::language::{is_known, suggestion};
use crate::settings::{AudioTracks, Auto, Cover, RequiredMoment, SearchRange, units};

/// The settings of one job, every one of them decided.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JobSettings {
    /// Whether folders inside a folder that is the input are searched, too.
    pub recursive: bool,
    /// Shape of the clips.
    pub aspect: Aspect,
    /// Language spoken.
    pub language: Language,
    /// Which of the file's audio streams, from 0 on, several mixed; left open, the one marked default, or one with speech
    /// where that is silent.
    pub audio: Auto<AudioTracks>,
    /// Picture that clips of sound alone show.
    pub cover: Cover,
    /// Whether clips are made of sound alone without a cover, too: with a waveform.
    pub audio_clips: bool,
    /// Destination of the captions.
    pub captions: Captions,
    /// Style of the captions; left open, the one for a phone in clips that are not wider than high.
    pub caption_style: Auto<CaptionStyle>,
    /// Their font: a name without commas, braces and backslashes, which mean something else in an ASS file; left open, the
    /// style's own.
    #[serde(deserialize_with = "font")]
    pub caption_font: Auto<String>,
    /// Effort and size of the clips.
    pub quality: Quality,
    /// Which jobs go first.
    pub priority: Priority,
    /// Words that make a passage more interesting.
    pub keywords: Vec<String>,
    /// Phrases that no clip may hold.
    pub avoid: Vec<String>,
    /// What some clip must hold.
    pub must_include: Vec<RequiredMoment>,
    /// The part of the video that clips may be of.
    pub range: SearchRange,
    /// How many clips, and how long.
    pub clips: ClipSettings,
}

/// Number and length of the clips; `floor` is not above `count`, `min` not above `max`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClipSettings {
    /// At most so many; 1 or more.
    #[serde(deserialize_with = "clip_count")]
    pub count: usize,
    /// So many even if they are weak or alike; 1 or more.
    #[serde(deserialize_with = "clip_count")]
    pub floor: usize,
    /// The shortest.
    #[serde(deserialize_with = "units::length")]
    pub min: Duration,
    /// The longest.
    #[serde(deserialize_with = "units::length")]
    pub max: Duration,
    /// How good a clip is that is delivered though there are `floor` without it.
    pub min_quality: LeastQuality,
}

impl ClipSettings {
    /// Returns the seconds of clips that a job usually gives whose video is long enough.
    pub fn usual_seconds(&self) -> f64 {
        self.count as f64 * (self.min + self.max).as_secs_f64() / 2.0
    }
}

/// The least quality of a clip, 0 to 1 in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeastQuality(u8);

impl LeastQuality {
    /// Returns it as a share, 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl<'de> Deserialize<'de> for LeastQuality {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(from)?;
        if (0.0..=1.0).contains(&share) {
            return Ok(Self((share * 100.0).round() as u8));
        }
        Err(serde::de::Error::custom(format!(
            "{share} is not between 0 and 1"
        )))
    }
}

/// Aspect ratio of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Aspect {
    /// As the source.
    #[serde(rename = "source")]
    Source,
    /// Upright: 9:16.
    #[serde(rename = "9:16")]
    Portrait,
    /// 1:1.
    #[serde(rename = "1:1")]
    Square,
    /// 4:5.
    #[serde(rename = "4:5")]
    Tall,
    /// 16:9.
    #[serde(rename = "16:9")]
    Wide,
}

/// Language spoken in a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Language {
    /// Found by listening.
    Auto,
    /// A language tag such as `en` or `pt-BR`.
    Tag(String),
}

/// Where captions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Captions {
    /// Into the picture.
    Burn,
    /// Into files beside the clip.
    Sidecar,
    /// Nowhere.
    Off,
}

/// How captions look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptionStyle {
    /// A few very large words at a time, the spoken one yellow.
    Punch,
    /// White with a thin black outline.
    Clean,
    /// Large; each word changes colour when it is spoken.
    Karaoke,
    /// Large and heavy on a dark box.
    Bold,
}

/// Effort and size of the clips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Quick to make, to look at once.
    Draft,
    /// As the render settings say.
    Standard,
    /// Slower to make, closer to the source.
    High,
}

/// Which jobs go first; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// When nothing else is to do.
    Low,
    /// The usual.
    Normal,
    /// Before the usual.
    High,
    /// Before all others.
    Critical,
}

impl Aspect {
    /// Returns columns and rows of the clips, or none where they keep the source's.
    pub fn size(self) -> Option<(u32, u32)> {
        match self {
            Self::Source => None,
            Self::Portrait => Some((1080, 1920)),
            Self::Square => Some((1080, 1080)),
            Self::Tall => Some((1080, 1350)),
            Self::Wide => Some((1920, 1080)),
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Portrait => "9:16",
            Self::Square => "1:1",
            Self::Tall => "4:5",
            Self::Wide => "16:9",
        })
    }
}

impl JobSettings {
    /// Tells whether clips are made of files that hold sound alone.
    pub fn shows_sound(&self) -> bool {
        self.audio_clips || self.cover != Cover::None
    }

    /// Returns a line for each phrase that is wanted and not wanted at once: what comes of it.
    pub fn contradictions(&self) -> Vec<String> {
        let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
        let line = |phrase: &String| {
            let required = self.must_include.iter().any(|moment| match moment {
                RequiredMoment::Said(said) => same(said, phrase),
                RequiredMoment::During(_) => false,
            });
            if required {
                let why = "one clip holds it, no other does";
                return Some(format!(
                    "{phrase:?} stands in must-include and in avoid: {why}"
                ));
            }
            let wanted = self.keywords.iter().any(|keyword| same(keyword, phrase));
            wanted.then(|| format!("{phrase:?} stands in keywords and in avoid: no clip holds it"))
        };
        self.avoid.iter().filter_map(line).collect()
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let is_tag = (2..=35).contains(&text.len())
            && text
                .split('-')
                .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()));
        let primary = text.split('-').next().unwrap_or_default();
        match (text.as_str(), suggestion(primary)) {
            ("auto", _) => Ok(Self::Auto),
            _ if is_tag && is_known(primary) => Ok(Self::Tag(text)),
            (_, Some(code)) => Err(serde::de::Error::custom(format!(
                "{text:?} is no language code; did you mean \"{code}\"?"
            ))),
            _ => Err(serde::de::Error::invalid_value(
                serde::de::Unexpected::Str(&text),
                &"\"auto\" or the code of a language that the model knows, such as \"en\" or \"pt-BR\"",
            )),
        }
    }
}

fn clip_count<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    units::Count::deserialize(from).map(units::Count::get)
}

fn font<'de, D: Deserializer<'de>>(from: D) -> Result<Auto<String>, D::Error> {
    let name = String::deserialize(from)?;
    if name == "auto" {
        return Ok(Auto::Auto);
    }
    let taken = |c: char| c.is_control() || matches!(c, ',' | '{' | '}' | '\\');
    if name.trim().is_empty() || name.contains(taken) {
        Err(serde::de::Error::invalid_value(
            serde::de::Unexpected::Str(&name),
            &"\"auto\" or the name of a font, such as \"DejaVu Sans\"",
        ))
    } else {
        Ok(Auto::Set(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::keys::{Keys, read_job};

    fn settings(changes: &[(&str, toml::Value)]) -> Result<JobSettings, String> {
        let keys = Keys::built_in();
        let built_in = keys.iter().filter(|(key, _)| key.starts_with("job."));
        let changed = changes.iter().map(|(key, value)| (*key, value));
        read_job(built_in.chain(changed)).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_language_is_a_code_that_the_model_knows() {
        let read = |text: &str| settings(&[("job.language", text.into())]);
        for known in ["auto", "en", "pt-BR", "EN", "haw"] {
            assert!(read(known).is_ok(), "{known}");
        }
        let english = read("english").unwrap_err();
        assert_eq!(
            english,
            "\"english\" is no language code; did you mean \"en\"?"
        );
        assert!(read("French").unwrap_err().contains("\"fr\""));
        for unknown in ["xx", "e", "", "en_US"] {
            assert!(read(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn what_is_wanted_and_not_wanted_at_once_is_told() {
        let words = |words: &[&str]| toml::Value::from(words.to_vec());
        let told = |keywords, avoid, required| {
            let changes = [
                ("job.keywords", words(keywords)),
                ("job.avoid", words(avoid)),
                ("job.must-include", words(required)),
            ];
            settings(&changes).unwrap().contradictions()
        };
        assert_eq!(
            told(&["price"], &["crypto"], &["price"]),
            Vec::<String>::new()
        );
        let lines = told(&["Price"], &["price "], &[]);
        assert_eq!(
            lines,
            ["\"price \" stands in keywords and in avoid: no clip holds it"]
        );
        let lines = told(&["price"], &["price"], &["price"]);
        assert!(
            lines[0].contains("must-include and in avoid: one clip holds it"),
            "{lines:?}"
        );
        assert_eq!(lines.len(), 1);
    }
}
