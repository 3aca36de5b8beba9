//! One pass over a video's sound: who speaks when, what is heard, what is said; each model run kept.
//!
//! Sound is decoded once, a second at a time. Speech is found as it comes and packed into windows, which go to the
//! thread that owns the transcriber; nothing but the open window and a few blocks is held, however long the file.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ears::{Ears, Tally, score_sound, score_speech};
use super::job::Work;
use super::memo::{keep, recall};
use super::scribe::Scribe;
use crate::analysis::signature::{Signature, SoundSignature};
use crate::analysis::sound::{
    self, Detail, Energy, EnergyStream, SoundLabel, SoundScores, SoundStream,
};
use crate::analysis::speech::{self, Finder, Piece, SpeechStream};
use crate::analysis::transcript::{Packer, Packing, Window, drop_doubtful};
use crate::cache::{Key, KeyBuilder};
use crate::clock::Stopwatch;
use crate::inference::BatchSizer;
use crate::media::{AudioStream, SOUND_RATE, listen};
use crate::report::{CacheAnswer, Event, Stage};
use crate::timeline::{TimeRange, Timestamp, Transcript};

/// The cache's stage for all that is heard in a file.
pub(super) const CACHE_STAGE: &str = "hearing";
/// Patches of sound that one run of the model takes: more gain nothing.
const SOUND_BATCH: usize = 64;
/// Between two messages about progress, in samples.
const PROGRESS: u64 = 30 * SOUND_RATE as u64;

/// All that is heard in a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Hearing {
    /// Who speaks when; in order, apart.
    pub(super) speech: Vec<TimeRange>,
    /// What is heard, from the first to the last sample.
    pub(super) sounds: Vec<(TimeRange, SoundLabel)>,
    /// What is said; none when nobody speaks.
    pub(super) transcript: Option<Transcript>,
    /// Packets that could not be decoded.
    pub(super) corrupt: u64,
    /// How loud it is; none without any sound.
    pub(super) energy: Option<Energy>,
    /// What tells its moments from others; none without any sound.
    pub(super) signature: Option<Signature>,
    /// When the sound starts and ends, as far as it was heard; none without any.
    pub(super) range: Option<TimeRange>,
}

/// Returns the key of all that is heard in a file's stream.
pub(super) fn hearing_key(work: &Work<'_>, content: &[u8], stream: &AudioStream) -> Key {
    let tools = work.run.tools;
    let language = work.language().unwrap_or_else(|| "auto".to_owned());
    let voices =
        [language.as_str(), "en"].map(|spoken| tools.voice_digest(work.voice().of(spoken)));
    let key = KeyBuilder::new("hearing-v5")
        .field(content)
        .field(&stream.stream.to_le_bytes());
    let key = key.field(tools.ears_digest().as_bytes());
    let key = voices
        .iter()
        .fold(key, |key, voice| key.field(voice.as_bytes()));
    key.field(language.as_bytes()).finish()
}

/// Returns all that is heard in the job's video, from the cache where it is known; nothing for a file without sound.
pub(super) fn hear(work: &Work<'_>, content: &[u8]) -> anyhow::Result<Hearing> {
    let Some(stream) = &work.media.audio else {
        return Ok(Hearing::default());
    };
    let key = hearing_key(work, content, stream);
    if let Some(known) = recall::<Hearing>(work.run, CACHE_STAGE, &key) {
        let watch = Stopwatch::start();
        for stage in [
            Stage::Listen,
            Stage::Speech,
            Stage::Sound,
            Stage::Transcript,
        ] {
            work.stage(stage, 0, &watch, Duration::ZERO, Some(CacheAnswer::Hit));
        }
        return Ok(known);
    }
    let heard = attend(work, stream)?;
    keep(work.run, CACHE_STAGE, &key, &heard);
    Ok(heard)
}

/// Listens to the whole stream.
fn attend(work: &Work<'_>, stream: &AudioStream) -> anyhow::Result<Hearing> {
    let origin = origin(work, stream);
    let mut listener = Listener::new(work)?;
    let watch = Stopwatch::start();
    let mut failed = None;
    let listened = listen(
        work.input(),
        stream,
        origin,
        &work.run.limits(),
        &mut |samples| match listener.hear(samples) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                failed = Some(e);
                ControlFlow::Break(())
            }
        },
    );
    if let Some(e) = failed {
        return Err(e);
    }
    let listened = listened?;
    listener.tell_of_listening(listened.samples, &watch);
    let mut hearing = listener.finish(listened.samples, origin)?;
    hearing.corrupt = listened.corrupt;
    Ok(hearing)
}

/// Returns the time of the first sample: the pictures' start, or the sound's own in a file without pictures.
fn origin(work: &Work<'_>, stream: &AudioStream) -> Timestamp {
    let pictures = work.media.video.as_ref().and_then(|video| video.start);
    pictures.or(stream.start).unwrap_or(Timestamp::ZERO)
}

/// What one pass over the sound keeps.
struct Listener<'a> {
    work: &'a Work<'a>,
    ears: Option<Ears>,
    sizer: BatchSizer,
    speech: SpeechStream,
    finder: Finder,
    pieces: Vec<Piece>,
    sound: SoundStream,
    scores: SoundScores,
    energy: EnergyStream,
    signature: SoundSignature,
    packer: Packer,
    scribe: Scribe<'a>,
    heard: u64,
    of_speech: Tally,
    of_sound: Tally,
    of_writing: Duration,
}

impl<'a> Listener<'a> {
    fn new(work: &'a Work<'a>) -> anyhow::Result<Self> {
        Ok(Self {
            work,
            ears: None,
            sizer: BatchSizer::fixed(SOUND_BATCH),
            speech: SpeechStream::default(),
            finder: Finder::new(speech::Rules::default()),
            pieces: Vec::new(),
            sound: SoundStream::new(Detail::WhereUnsure),
            scores: SoundScores::default(),
            energy: EnergyStream::default(),
            signature: SoundSignature::default(),
            packer: Packer::new(Packing::default()),
            scribe: Scribe::new(work),
            heard: 0,
            of_speech: Tally::default(),
            of_sound: Tally::default(),
            of_writing: Duration::ZERO,
        })
    }

    /// Takes the next samples; fails when the run is aborted or a model has failed.
    fn hear(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        self.work.check_abort()?;
        self.progress(samples.len() as u64);
        self.packer.hear(samples);
        self.energy.push(samples);
        self.signature.push(samples);
        let (work, ears) = (self.work, &mut self.ears);
        let (sizer, sound) = (&mut self.sizer, &mut self.of_sound);
        let scores = sound.time_of(|tally| {
            self.sound.push_with(samples, |block| {
                score_sound(work, ears, sizer, tally, block)
            })
        })?;
        self.scores.append(scores);
        let scores = self.of_speech.time_of(|tally| {
            self.speech.push_with(samples, |rows, state| {
                score_speech(work, ears, tally, rows, state)
            })
        })?;
        let pieces = self.finder.push(&scores);
        let settled = self.finder.settled();
        self.pack(pieces, settled)
    }

    fn finish(mut self, samples: u64, origin: Timestamp) -> anyhow::Result<Hearing> {
        let (work, ears) = (self.work, &mut self.ears);
        let (sizer, tally) = (&mut self.sizer, &mut self.of_sound);
        let stream = std::mem::take(&mut self.sound);
        let scores = tally.time_of(|tally| {
            stream.finish_with(|block| score_sound(work, ears, sizer, tally, block))
        })?;
        self.scores.append(scores);
        let stream = std::mem::take(&mut self.speech);
        let scores = self.of_speech.time_of(|tally| {
            stream.finish_with(|rows, state| score_speech(work, ears, tally, rows, state))
        })?;
        let mut pieces = self.finder.push(&scores);
        let finder = std::mem::replace(&mut self.finder, Finder::new(speech::Rules::default()));
        pieces.extend(finder.finish(samples));
        self.pack(pieces, samples)?;
        self.ears
            .take()
            .into_iter()
            .for_each(|ears| work.run.tools.put_ears(ears));
        self.tell(Stage::Speech, self.of_speech);
        self.tell(Stage::Sound, self.of_sound);
        let last = std::mem::replace(&mut self.packer, Packer::new(Packing::default())).finish();
        self.write(last)?;
        let sounds = sounds(&self.scores, origin);
        let mut transcript = self.scribe.finish(origin)?;
        if let Some(said) = &mut transcript {
            drop_doubtful(said, &music(&sounds));
        }
        Ok(Hearing {
            speech: times(speech::whole(self.pieces), origin),
            sounds,
            transcript: transcript.filter(|said| !said.segments.is_empty()),
            energy: (samples > 0).then(|| self.energy.finish(origin)),
            signature: (samples > 0).then(|| self.signature.finish(origin)),
            corrupt: 0,
            range: speech::SampleRange::new(0, samples).and_then(|range| range.to_time(origin)),
        })
    }

    fn pack(&mut self, pieces: Vec<Piece>, settled: u64) -> anyhow::Result<()> {
        let mut windows: Vec<Window> = Vec::new();
        for piece in pieces {
            windows.extend(self.packer.speech(piece.range));
            self.pieces.push(piece);
        }
        windows.extend(self.packer.settle(settled));
        self.write(windows)
    }

    fn write(&mut self, windows: Vec<Window>) -> anyhow::Result<()> {
        let watch = Stopwatch::start();
        windows
            .into_iter()
            .try_for_each(|window| self.scribe.take(window))?;
        self.of_writing += watch.wall();
        Ok(())
    }

    fn progress(&mut self, samples: u64) {
        let before = self.heard / PROGRESS;
        self.heard += samples;
        if self.work.run.until <= Stage::Text && self.heard / PROGRESS > before {
            self.work.send(Event::JobProgress {
                job: self.work.job.id.clone(),
                stage: Stage::Transcript,
                seconds: self.heard as f64 / f64::from(SOUND_RATE),
            });
        }
    }

    /// Reports the decoding: what the pass took less what was done between.
    fn tell_of_listening(&self, samples: u64, watch: &Stopwatch) {
        let between = [self.of_speech, self.of_sound];
        let cpu: Duration = between.iter().map(|tally| tally.cpu).sum();
        let wall: Duration = between.iter().map(|tally| tally.wall).sum();
        self.work.send(Event::StageDone {
            job: self.work.job.id.clone(),
            stage: Stage::Listen,
            items: samples / u64::from(SOUND_RATE),
            wall: watch.wall().saturating_sub(wall + self.of_writing),
            cpu: watch.cpu().saturating_sub(cpu),
            wait: self.of_writing,
            cache: Some(CacheAnswer::Miss),
        });
    }

    fn tell(&self, stage: Stage, tally: Tally) {
        let cache = match tally.runs {
            0 => CacheAnswer::Hit,
            _ => CacheAnswer::Miss,
        };
        self.work.send(Event::StageDone {
            job: self.work.job.id.clone(),
            stage,
            items: tally.runs,
            wall: tally.wall,
            cpu: tally.cpu,
            wait: Duration::ZERO,
            cache: Some(cache),
        });
    }
}

fn times(ranges: Vec<speech::SampleRange>, origin: Timestamp) -> Vec<TimeRange> {
    let times = ranges.into_iter().filter_map(|range| range.to_time(origin));
    times.collect()
}

fn sounds(scores: &SoundScores, origin: Timestamp) -> Vec<(TimeRange, SoundLabel)> {
    let found = sound::find(scores).into_iter();
    found
        .filter_map(|sound| Some((sound.range.to_time(origin)?, sound.label)))
        .collect()
}

fn music(sounds: &[(TimeRange, SoundLabel)]) -> Vec<TimeRange> {
    let music = sounds.iter().filter(|sound| sound.1 == SoundLabel::Music);
    music.map(|sound| sound.0).collect()
}

/// Returns samples as they are hashed.
pub(super) fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}
