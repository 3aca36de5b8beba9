//! The one way to a kept value: looked up, else computed, kept and told.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::{Cache, Key, KeyBuilder, content_digest};
use crate::media::{Media, SoundPicture};
use crate::pipeline::events::JobEvents;
use crate::timeline::{Stage, TimeRange};

/// A kind of kept value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Where the clock of a file starts anew.
    Clock,
    /// Whether a file holds film that was spread over more pictures.
    Telecine,
    /// The track of a file's sound that is heard.
    AudibleTrack,
    /// Frame times and shot scores of a video.
    Shots,
    /// Face detections, embeddings and per-frame statistics of a video.
    Vision,
    /// Persons in the pictures of a video without a face.
    Persons,
    /// Text in the picture of a video.
    PictureText,
    /// Raw scores, texts and loudness of a video's sound.
    Audio,
    /// Speech scores of one block of sound.
    SpeechBlock,
    /// Sound classes of one block of sound.
    SoundBlock,
    /// How likely a thought is over after some seconds of sound.
    EndOfThought,
    /// What a batch of speech windows says.
    Text,
    /// The language of a file's first speech windows.
    Language,
    /// Sentence embeddings of a transcript.
    Sentences,
    /// The title, hook and keywords of a segment.
    Title,
    /// What lines of text in the picture say.
    ReadLines,
    /// How far the eyes of a face are open.
    Eyes,
    /// Saliency at the times of a clip that show no face.
    Saliency,
    /// What verification found in a rendered clip, and the digests of its files.
    Clip,
    /// The measured batch size of a model of this stage on one device.
    BatchSize(Stage),
}

/// How long a kept value is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// As long as the source video is.
    Source,
    /// As long as the settings of a job stay the same.
    Settings,
    /// As long as the machine is the same.
    Machine,
}

/// How a kept value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordCodec {
    /// postcard, a binary format without field names.
    Postcard,
}

impl Record {
    /// Every kind of kept value that belongs to a job.
    pub const OF_JOBS: [Self; 17] = [
        Self::Clock,
        Self::Telecine,
        Self::AudibleTrack,
        Self::Shots,
        Self::Vision,
        Self::Audio,
        Self::SpeechBlock,
        Self::SoundBlock,
        Self::EndOfThought,
        Self::Text,
        Self::Language,
        Self::Sentences,
        Self::Title,
        Self::Saliency,
        Self::ReadLines,
        Self::Eyes,
        Self::Clip,
    ];

    /// Returns the stage that makes it, under whose name the cache keeps it.
    pub fn stage(self) -> Stage {
        match self {
            Self::Clock | Self::Telecine | Self::AudibleTrack => Stage::Probe,
            Self::Shots => Stage::Shots,
            Self::Vision => Stage::Faces,
            Self::Persons => Stage::Persons,
            Self::PictureText => Stage::PictureText,
            Self::Audio => Stage::Listen,
            Self::SpeechBlock => Stage::Speech,
            Self::SoundBlock => Stage::Sound,
            Self::EndOfThought => Stage::EndOfThought,
            Self::Text | Self::Language => Stage::Transcript,
            Self::Sentences | Self::Title => Stage::Text,
            Self::Saliency => Stage::Saliency,
            Self::ReadLines => Stage::ReadText,
            Self::Eyes => Stage::Eyes,
            Self::Clip => Stage::Render,
            Self::BatchSize(stage) => stage,
        }
    }

    /// Returns its name with the version of its layout, with which its keys begin.
    ///
    /// The version is raised when the layout changes; what changes the answer goes into the key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock-v1",
            Self::Telecine => "telecine-v1",
            Self::AudibleTrack => "audible-track-v1",
            Self::Shots => "shots-v7",
            Self::Vision => "vision-v4",
            Self::Persons => "persons-v1",
            Self::PictureText => "picture-text-v1",
            Self::Audio => "audio-v4",
            Self::SpeechBlock => "speech-block-v1",
            Self::SoundBlock => "sound-block-v1",
            Self::EndOfThought => "end-of-thought-v1",
            Self::Text => "speech-text-v1",
            Self::Language => "language-v2",
            Self::Sentences => "sentences-v1",
            Self::Title => "title-v1",
            Self::Saliency => "saliency-v3",
            Self::ReadLines => "read-lines-v1",
            Self::Eyes => "eyes-v1",
            Self::Clip => "clip-v2",
            Self::BatchSize(_) => "batch-size-v2",
        }
    }

    /// Returns how it is written.
    pub fn codec(self) -> RecordCodec {
        RecordCodec::Postcard
    }

    /// Returns how long it is of use.
    pub fn age(self) -> Age {
        match self {
            Self::Title | Self::Saliency | Self::ReadLines | Self::Eyes | Self::Clip => {
                Age::Settings
            }
            Self::BatchSize(_) => Age::Machine,
            _ => Age::Source,
        }
    }

    /// Returns the processor seconds that it takes to compute it anew, for each second of video or clip that it covers.
    ///
    /// Measured on 25 fps 1080p video, one core; a batch size costs a few batches that run anyway.
    pub fn cost(self) -> f64 {
        match self {
            Self::Clock | Self::Telecine | Self::AudibleTrack => 0.001,
            Self::Shots => 0.33,
            Self::Vision => 0.07,
            Self::Persons | Self::PictureText => 0.02,
            Self::Audio => 0.08,
            Self::SpeechBlock | Self::SoundBlock | Self::EndOfThought => 0.01,
            Self::Text => 0.05,
            Self::Language | Self::Sentences | Self::Title => 0.01,
            Self::Saliency | Self::ReadLines | Self::Eyes => 0.1,
            Self::Clip => 0.6,
            Self::BatchSize(_) => 0.0,
        }
    }

    /// Begins the key of a value of this kind.
    pub(crate) fn key(self) -> KeyBuilder {
        KeyBuilder::new(self.name())
    }
}

/// The cache as the stages of a run see it.
#[derive(Debug)]
pub(crate) struct StageCache<'a> {
    cache: &'a Cache,
    fresh: bool,
    /// What a run that computes everything anew has computed: it is not computed a third time.
    renewed: Mutex<HashSet<Key>>,
}

impl<'a> StageCache<'a> {
    /// Returns the cache of a run that computes everything anew if it is `fresh`.
    pub(crate) fn new(cache: &'a Cache, fresh: bool) -> Self {
        Self {
            cache,
            fresh,
            renewed: Mutex::default(),
        }
    }

    /// Returns the value kept under `key`; else computes, keeps and returns it.
    ///
    /// # Errors
    /// What `compute` returns; nothing is kept then.
    pub(crate) fn cached<T: Serialize + DeserializeOwned, E>(
        &self,
        events: &JobEvents<'_>,
        record: Record,
        key: &Key,
        compute: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(known) = self.look_up(events, record, key) {
            return Ok(known);
        }
        let value = compute()?;
        self.keep(record, key, &value);
        Ok(value)
    }

    /// Returns the value kept under `key`, and tells whether there is one.
    ///
    /// For values that are computed together with others; else [`Self::cached`].
    pub(crate) fn look_up<T: DeserializeOwned>(
        &self,
        events: &JobEvents<'_>,
        record: Record,
        key: &Key,
    ) -> Option<T> {
        let begun = Instant::now();
        let (known, level) = self.find(record, key).unzip();
        events.asked(record.stage(), record.name(), level, begun.elapsed());
        known
    }

    /// Returns the value kept under `key` without telling: for values that belong to no job.
    pub(crate) fn get<T: DeserializeOwned>(&self, record: Record, key: &Key) -> Option<T> {
        self.find(record, key).map(|(value, _)| value)
    }

    /// Returns the value kept under `key`, and the level that knew it.
    fn find<T: DeserializeOwned>(&self, record: Record, key: &Key) -> Option<(T, &'static str)> {
        if self.fresh && !self.renewed().contains(key) {
            return None;
        }
        let (bytes, level) = self.cache.find(record.stage().name(), key)?;
        Some((postcard::from_bytes(&bytes).ok()?, level))
    }

    /// Keeps a value under `key`.
    pub(crate) fn keep<T: Serialize>(&self, record: Record, key: &Key, value: &T) {
        // What cannot be packed is computed again.
        let Ok(bytes) = postcard::to_stdvec(value) else {
            return;
        };
        if self.fresh {
            self.renewed().insert(*key);
        }
        self.cache.put(record.stage().name(), key, &bytes);
    }

    /// Tells whether a value is kept under `key`, without reading it: for plans.
    pub(crate) fn has(&self, record: Record, key: &Key) -> bool {
        !self.fresh && self.cache.contains(record.stage().name(), key)
    }

    /// Tells whether what is computed now can be read again later in the run.
    pub(crate) fn keeps(&self) -> bool {
        self.cache.is_writing()
    }

    /// Returns the cache behind it, which also knows input files.
    pub(crate) fn files(&self) -> &'a Cache {
        self.cache
    }

    fn renewed(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds a value to a key: rules and thresholds that change an answer.
pub(crate) fn with_value<T: Serialize>(key: KeyBuilder, value: &T) -> KeyBuilder {
    let bytes = postcard::to_stdvec(value);
    key.field(&bytes.expect("rules are plain numbers, which always pack"))
}

/// Adds the part of a file that an answer is about; for all of it the key stays as it is.
pub(crate) fn with_stretch(key: KeyBuilder, stretch: Option<TimeRange>) -> KeyBuilder {
    match stretch {
        Some(stretch) => with_value(key, &("stretch-v1", stretch)),
        None => key,
    }
}

/// Adds what is shown of sound alone, a cover by its bytes; for other files the key stays as it is.
pub(crate) fn with_picture(key: KeyBuilder, media: &Media) -> KeyBuilder {
    match &media.picture {
        None => key,
        Some(SoundPicture::Waveform) => with_value(
            key,
            &(
                "waveform-v1",
                media
                    .video
                    .as_ref()
                    .map(|video| (video.width, video.height)),
            ),
        ),
        Some(SoundPicture::Cover(path)) => {
            // One that is gone cannot be shown either.
            let digest = content_digest(path).ok().map(|digest| *digest.as_bytes());
            with_value(key, &("cover-v1", digest))
        }
    }
}

/// Adds the audio streams that are mixed with the chosen one; where there are none, the key stays as it is.
pub(crate) fn with_mixed(key: KeyBuilder, media: &Media) -> KeyBuilder {
    if media.mixed.is_empty() {
        return key;
    }
    let streams = media.mixed.iter().map(|audio| audio.stream);
    with_value(key, &("mixed-v1", streams.collect::<Vec<_>>()))
}
