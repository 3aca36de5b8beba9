//! One pass over a video's sound: speech, ends of thoughts, sound classes, loudness, signature and words.
//!
//! Sound is decoded once, a second at a time. Speech is found as it comes and packed into windows for transcription; nothing
//! but the open window and a few blocks is held, however long the file.

use serde::{Deserialize, Serialize};

use super::constant::ConstantWatch;
use super::listen::listen_watched;
use super::speech::BlockScorer;
use super::transcript::TranscriptBuilder;
use crate::analysis::signature::{Signature, SoundSignature};
use crate::analysis::sound::{self, Energy, EnergyStream, SoundLabel, SoundScores, SoundStream};
use crate::analysis::speech::{self, Finder, SampleRange, SpeechPiece, SpeechRules, SpeechStream};
use crate::analysis::thought::{PauseRules, ThoughtEnd, ThoughtPause, ThoughtStream};
use crate::analysis::transcript::{
    PASSAGE_RULES, Packer, Packing, SpeechWindow, WindowLayout, WindowText, drop_doubtful,
    transcript,
};
use crate::cache::Key;
use crate::clips::captions::other_language;
use crate::clock::Stopwatch;
use crate::media::{self, AudioStream, ChannelRepairs, Listened, Media, SOUND_RATE, StereoBalance};
use crate::pipeline::cached::{Record, with_mixed, with_stretch, with_value};
use crate::pipeline::context::{JobContext, JobPlan};
use crate::pipeline::events::Cost;
use crate::pipeline::models::SOUND_DETAIL;
use crate::pipeline::models::registry::Registry;
use crate::timeline::{Stage, TimeRange, Timestamp, Transcript};

/// Between two messages about progress, in samples.
const PROGRESS: u64 = 30 * SOUND_RATE as u64;

/// Raw answers about a file's sound, as they are kept; [`AudioAnalysis`] follows from them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct AudioScores {
    /// Samples decoded, 16 kHz.
    samples: u64,
    /// Packets that could not be decoded.
    corrupt: u64,
    /// Where somebody speaks: first sample and end.
    speech: Vec<(u64, u64)>,
    /// Where a thought may be over, and how likely it is.
    thoughts: Vec<(u64, f32)>,
    sounds: SoundScores,
    language: Option<String>,
    texts: Vec<(WindowLayout, WindowText)>,
    energy: Option<Energy>,
    signature: Option<Signature>,
    /// Of the two channels of each track.
    balances: Vec<StereoBalance>,
}

/// What is known of a file's sound.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AudioAnalysis {
    /// Who speaks when; in order, apart.
    pub(crate) speech: Vec<TimeRange>,
    /// Pauses after which a thought may be over, in order; none where that is not asked.
    pub(crate) thoughts: Vec<ThoughtEnd>,
    /// Speech, music, noise and silence, from the first to the last sample.
    pub(crate) sounds: Vec<(TimeRange, SoundLabel)>,
    /// The words; none when nobody speaks.
    pub(crate) transcript: Option<Transcript>,
    /// Packets that could not be decoded.
    pub(crate) corrupt: u64,
    /// How loud it is; none without any sound.
    pub(crate) energy: Option<Energy>,
    /// Recognises the video's moments in other videos by their sound; none without any.
    pub(crate) signature: Option<Signature>,
    /// What the two channels of each of its tracks need to be a pair.
    pub(crate) channels: ChannelRepairs,
    /// When the sound starts and ends, as far as it was decoded; none without any.
    pub(crate) range: Option<TimeRange>,
}

/// Returns the key of the raw answers about a file's sound: its bytes and streams, the models and their rules.
///
/// Rules that only read the raw answers are not in it: they may change without a second decode.
pub(crate) fn audio_key(
    content: &[u8],
    media: &Media,
    stream: &AudioStream,
    registry: &Registry,
    plan: &JobPlan,
) -> Key {
    let language = plan.language.as_deref().unwrap_or("auto");
    let whisper = [language, "en"].map(|spoken| registry.whisper_digest(plan.whisper(spoken)));
    let key = Record::Audio
        .key()
        .field(content)
        .field(media::versions().codec.as_bytes())
        .field(registry.speech_digest().as_bytes())
        .field(registry.sound_digest().as_bytes())
        .field(whisper[0].as_bytes())
        .field(whisper[1].as_bytes())
        .field(language.as_bytes());
    let rules = (SpeechRules::default(), Packing::default(), SOUND_DETAIL);
    let key = with_value(key, &rules);
    let thoughts = registry.end_of_thought_digest();
    let key = with_value(key, &(thoughts, PauseRules::default()));
    let key = with_value(key, &(stream.stream, SoundSignature::RULES));
    let key = with_value(key, &(media::SPLICE_RULES, media::MIX_RULES));
    let key = with_stretch(with_value(key, &PASSAGE_RULES), plan.stretch);
    with_mixed(key, media).finish()
}

/// Returns what is known of the job's sound; nothing for a file without any.
///
/// # Errors
/// What decoding and the models say; that the file changed meanwhile.
pub(crate) fn analyse_audio(ctx: &JobContext<'_>) -> anyhow::Result<AudioAnalysis> {
    let Some(stream) = &ctx.media().audio else {
        return Ok(AudioAnalysis::default());
    };
    let first = origin_of(ctx.media(), stream);
    let stretch = ctx.plan.stretch;
    let origin = stretch.map_or(first, |stretch| first.max(stretch.start()));
    let key = audio_key(
        ctx.content(),
        ctx.media(),
        stream,
        ctx.services.registry,
        ctx.plan,
    );
    let mut decoded = false;
    let scores = ctx.cached(Record::Audio, &key, || {
        decoded = true;
        decode_audio(ctx, origin)
    })?;
    if !decoded {
        let asked = ctx.services.registry.end_of_thought_digest();
        let stages = [Stage::Speech, Stage::Sound, Stage::Transcript];
        for stage in stages.into_iter().chain(asked.map(|_| Stage::EndOfThought)) {
            ctx.saves(stage, Record::Audio, true);
        }
    }
    let mut found = AudioAnalysis::of(scores, origin);
    let said = found.transcript.as_mut();
    if let Some(said) = said.filter(|_| ctx.plan.language.is_none())
        && let Some(language) = other_language(said)
    {
        said.language = language.to_owned();
    }
    Ok(found)
}

/// Returns the time of the first sample: the pictures' start, or the sound's own in a file without pictures.
pub(crate) fn origin_of(media: &Media, stream: &AudioStream) -> Timestamp {
    let pictures = media.video.as_ref().and_then(|video| video.start);
    pictures.or(stream.start).unwrap_or(Timestamp::ZERO)
}

/// Decodes the stream from `origin` on, as far as it is analysed, and asks the models about it.
fn decode_audio(ctx: &JobContext<'_>, origin: Timestamp) -> anyhow::Result<AudioScores> {
    let mut pass = AudioPass::new(ctx);
    let watch = Stopwatch::start();
    let most = ctx.plan.stretch.map_or(u64::MAX, |stretch| {
        let samples = (stretch.end() - origin).to_ticks(1, SOUND_RATE as i32);
        u64::try_from(samples).unwrap_or(0)
    });
    let take = |samples: Vec<f32>| pass.take(&samples);
    let watched = listen_watched(ctx, ctx.media(), origin, most, take)?;
    let listened = watched.answer;
    let seconds = listened.samples / u64::from(SOUND_RATE);
    let cost = Cost::since(&watch).with_cpu(watched.cpu);
    ctx.events.worked(Stage::Listen, seconds, 0, cost);
    pass.finish(&listened, origin)
}

/// What one pass over the sound keeps.
struct AudioPass<'a> {
    ctx: &'a JobContext<'a>,
    scorer: BlockScorer<'a>,
    speech: SpeechStream,
    speech_watch: ConstantWatch,
    finder: Finder,
    pieces: Vec<SpeechPiece>,
    /// None where nobody asks for ends of thoughts.
    pauses: Option<ThoughtStream>,
    thoughts: Vec<(u64, f32)>,
    sound: SoundStream,
    scores: SoundScores,
    energy: EnergyStream,
    signature: SoundSignature,
    packer: Packer,
    transcript: TranscriptBuilder<'a>,
    heard: u64,
}

impl<'a> AudioPass<'a> {
    fn new(ctx: &'a JobContext<'a>) -> Self {
        let asked = ctx.services.registry.end_of_thought_digest();
        Self {
            ctx,
            scorer: BlockScorer::new(ctx),
            speech: SpeechStream::default(),
            speech_watch: ConstantWatch::default(),
            finder: Finder::new(SpeechRules::default()),
            pieces: Vec::new(),
            pauses: asked.map(|_| ThoughtStream::new(PauseRules::default())),
            thoughts: Vec::new(),
            sound: SoundStream::new(SOUND_DETAIL),
            scores: SoundScores::default(),
            energy: EnergyStream::default(),
            signature: SoundSignature::default(),
            packer: Packer::new(Packing::default()),
            transcript: TranscriptBuilder::new(ctx),
            heard: 0,
        }
    }

    /// Takes the next samples; fails when the run is aborted or a model has failed.
    fn take(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        self.ctx.stop.check()?;
        self.progress(samples.len() as u64);
        self.packer.hear(samples);
        if let Some(pauses) = &mut self.pauses {
            pauses.hear(samples);
        }
        self.energy.push(samples);
        self.signature.push(samples);
        let scorer = &mut self.scorer;
        let sounds = self.sound.push_with(samples, |block| scorer.sound(block))?;
        let speech = self
            .speech
            .push_with(samples, |rows, state| scorer.speech(rows, state))?;
        self.scores.append(sounds);
        self.speech_watch.push(speech.iter().copied());
        let pieces = self.finder.push(&speech);
        let settled = self.finder.settled();
        self.pack(pieces, settled)
    }

    fn finish(mut self, listened: &Listened, origin: Timestamp) -> anyhow::Result<AudioScores> {
        let samples = listened.samples;
        let scorer = &mut self.scorer;
        let sound = std::mem::take(&mut self.sound);
        self.scores
            .append(sound.finish_with(|block| scorer.sound(block))?);
        let stream = std::mem::take(&mut self.speech);
        let speech = stream.finish_with(|rows, state| scorer.speech(rows, state))?;
        self.speech_watch.push(speech.iter().copied());
        self.speech_watch.tell(self.ctx, "silero_vad");
        let mut pieces = self.finder.push(&speech);
        let finder = std::mem::replace(&mut self.finder, Finder::new(SpeechRules::default()));
        pieces.extend(finder.finish(samples));
        self.pack(pieces, samples)?;
        let last = self.pauses.take().and_then(ThoughtStream::finish);
        self.judge_pauses(last)?;
        let packer = std::mem::replace(&mut self.packer, Packer::new(Packing::default()));
        self.transcribe(packer.finish())?;
        let (language, texts) = self.transcript.finish()?;
        let speech = speech::whole(self.pieces).into_iter();
        Ok(AudioScores {
            samples,
            corrupt: listened.corrupt,
            speech: speech.map(|range| (range.start(), range.end())).collect(),
            thoughts: self.thoughts,
            sounds: self.scores,
            language,
            texts,
            energy: (samples > 0).then(|| self.energy.finish(origin)),
            signature: (samples > 0).then(|| self.signature.finish(origin)),
            balances: listened.balances.clone(),
        })
    }

    fn pack(&mut self, pieces: Vec<SpeechPiece>, settled: u64) -> anyhow::Result<()> {
        let pauses = self.pauses.as_mut();
        let found = pauses.map(|pauses| pauses.speech(&pieces, settled));
        self.judge_pauses(found.unwrap_or_default())?;
        let mut windows: Vec<SpeechWindow> = Vec::new();
        for piece in pieces {
            windows.extend(self.packer.speech(piece.range));
            self.pieces.push(piece);
        }
        windows.extend(self.packer.settle(settled));
        self.transcribe(windows)
    }

    fn transcribe(&mut self, windows: Vec<SpeechWindow>) -> anyhow::Result<()> {
        for window in windows {
            self.transcript.take(window)?;
        }
        Ok(())
    }

    /// Asks whether a thought is over in each of these pauses.
    fn judge_pauses(
        &mut self,
        pauses: impl IntoIterator<Item = ThoughtPause>,
    ) -> anyhow::Result<()> {
        let Some(model) = self.ctx.services.registry.end_of_thought_digest() else {
            return Ok(());
        };
        for pause in pauses {
            let likely = self.scorer.end_of_thought(model, pause.samples)?;
            self.thoughts.push((pause.begin, likely));
        }
        Ok(())
    }

    fn progress(&mut self, samples: u64) {
        let before = self.heard / PROGRESS;
        self.heard += samples;
        if self.ctx.config.until <= Stage::Text && self.heard / PROGRESS > before {
            let seconds = self.heard as f64 / f64::from(SOUND_RATE);
            self.ctx.events.progress(Stage::Transcript, seconds);
        }
    }
}

impl AudioAnalysis {
    /// Returns what follows from raw answers; sample 0 is heard at `origin`. Pure.
    fn of(scores: AudioScores, origin: Timestamp) -> Self {
        let time = |(start, end)| SampleRange::new(start, end)?.to_time(origin);
        let sounds = label_sounds(&scores.sounds, origin);
        let said = scores
            .language
            .map(|language| transcript(&language, &scores.texts, origin));
        let said = said.filter(|said| !said.segments.is_empty());
        let transcript = said.map(|mut said| {
            drop_doubtful(&mut said, &music_in(&sounds));
            said
        });
        let thoughts = scores.thoughts.iter().filter_map(|&(begin, likelihood)| {
            let time = time((begin, begin + 1))?.start();
            Some(ThoughtEnd { time, likelihood })
        });
        Self {
            thoughts: thoughts.collect(),
            speech: scores.speech.into_iter().filter_map(time).collect(),
            sounds,
            transcript: transcript.filter(|said| !said.segments.is_empty()),
            corrupt: scores.corrupt,
            energy: scores.energy,
            signature: scores.signature,
            channels: ChannelRepairs::of(&scores.balances),
            range: time((0, scores.samples)),
        }
    }
}

fn label_sounds(scores: &SoundScores, origin: Timestamp) -> Vec<(TimeRange, SoundLabel)> {
    let segments = sound::find(scores).into_iter();
    let timed = segments.filter_map(|found| Some((found.range.to_time(origin)?, found.label)));
    timed.collect()
}

fn music_in(sounds: &[(TimeRange, SoundLabel)]) -> Vec<TimeRange> {
    let music = sounds.iter().filter(|sound| sound.1 == SoundLabel::Music);
    music.map(|sound| sound.0).collect()
}
