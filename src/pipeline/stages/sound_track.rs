//! Tracks of sound of a job: where none is named and the usual one is silent, the one in which somebody speaks; and what is
//! shown of sound alone.

use std::ops::ControlFlow;
use std::time::Duration;

use super::audio::origin_of;
use super::listen::listen_watched;
use super::speech::BlockScorer;
use crate::analysis::speech::{SpeechRules, SpeechStream};
use crate::manifest::Job;
use crate::media::{self, Limits, Media, SOUND_RATE, SoundPicture, TrackChoice, listen};
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::report::{SoundFault, Warning};
use crate::settings::Auto;
use crate::timeline::{Stage, Timestamp};

/// Channels that FFmpeg mixes whatever they are: 7.1.
const MIXED: u16 = 8;
/// Search for speech: so much of each track.
const SEARCHED: Duration = Duration::from_secs(600);

/// Returns the job's file with the tracks of sound that are heard, and with pictures for sound alone.
///
/// # Errors
/// What decoding and the models say; that the cover is no picture.
pub(crate) fn find_sound(ctx: &JobContext<'_>) -> anyhow::Result<Media> {
    let mut media = ctx.media().clone();
    if ctx.job.settings.audio == Auto::Auto && media.audio_streams.len() > 1 {
        choose_heard(ctx, &mut media)?;
    }
    leave_out_unmixable(ctx, &mut media);
    if media.video.is_none() && media.audio.is_some() && ctx.config.until > Stage::Text {
        show_sound(ctx.job, &mut media, &ctx.plan.limits)?;
    }
    Ok(media)
}

/// Gives a file that holds sound alone the pictures that its job asks for, if it does.
///
/// # Errors
/// That the cover is no picture.
pub(crate) fn show_sound(
    job: &Job,
    media: &mut Media,
    limits: &Limits,
) -> Result<(), media::Error> {
    let settings = &job.settings;
    let cover = settings.cover.picture();
    let cover = cover.map(|path| SoundPicture::Cover(path.to_owned()));
    let picture = cover.or(settings.audio_clips.then_some(SoundPicture::Waveform));
    match picture {
        Some(picture) => media.show(picture, settings.aspect.size(), limits),
        None => Ok(()),
    }
}

/// Takes another track where the usual one is silent.
fn choose_heard(ctx: &JobContext<'_>, media: &mut Media) -> anyhow::Result<()> {
    let key = Record::AudibleTrack
        .key()
        .field(ctx.content())
        .field(ctx.services.registry.speech_digest().as_bytes());
    let rules = (media::AUDIBLE_RULES, media::SPLICE_RULES);
    let key = with_value(with_value(key, &rules), &(speech_threshold(), SEARCHED)).finish();
    let TrackChoice { track, silent } = ctx.cached(Record::AudibleTrack, &key, || {
        let speech = |track: &Media| frames_of_speech(ctx, track);
        media::choose_track(ctx.input(), media, &ctx.plan.limits, speech)
    })?;
    if let Some((track, silent)) = track.zip(silent) {
        media.hear(media.audio_streams.get(track).cloned());
        let fault = SoundFault::SilentTrack { silent, track };
        ctx.events.warn(Warning::Sound { fault });
    }
    Ok(())
}

fn speech_threshold() -> f32 {
    SpeechRules::default().on
}

/// Returns in how many frames of the voice activity model somebody speaks, as far as a track is searched.
fn frames_of_speech(ctx: &JobContext<'_>, track: &Media) -> anyhow::Result<usize> {
    let Some(stream) = &track.audio else {
        return Ok(0);
    };
    let scorer = BlockScorer::new(ctx);
    let mut speech = SpeechStream::default();
    let mut found = 0;
    let is_speech = |score: &&f32| **score >= speech_threshold();
    let take = |samples: Vec<f32>| {
        ctx.stop.check()?;
        let scores = speech.push_with(&samples, |rows, state| scorer.speech(rows, state))?;
        found += scores.iter().filter(is_speech).count();
        Ok(())
    };
    let most = SEARCHED.as_secs() * u64::from(SOUND_RATE);
    listen_watched(ctx, track, origin_of(track, stream), most, take)?;
    let rest = speech.finish_with(|rows, state| scorer.speech(rows, state))?;
    Ok(found + rest.iter().filter(is_speech).count())
}

/// Goes without tracks of more channels than can be mixed: pictures are none the worse for it.
fn leave_out_unmixable(ctx: &JobContext<'_>, media: &mut Media) {
    if media.video.is_none() {
        return;
    }
    let tracks: Vec<_> = media.tracks().cloned().collect();
    let (kept, left_out): (Vec<_>, Vec<_>) = tracks.into_iter().partition(|audio| {
        let mut alone = media.clone();
        alone.hear([audio.clone()]);
        audio.channels <= MIXED || is_mixable(ctx, &alone)
    });
    for audio in left_out.iter().rev() {
        let (codec, channels) = (&audio.codec, audio.channels);
        let name = format!("{codec} of {channels} channels");
        media.undecodable_audio.insert(0, name);
    }
    if !left_out.is_empty() {
        media.hear(kept);
    }
}

fn is_mixable(ctx: &JobContext<'_>, media: &Media) -> bool {
    let start = media.audio.as_ref().and_then(|audio| audio.start);
    let start = start.unwrap_or(Timestamp::ZERO);
    let mut first = |_: &[f32]| ControlFlow::Break(());
    let heard = listen(ctx.input(), media, start, &ctx.plan.limits, &mut first);
    !matches!(heard, Err(media::Error::Ffmpeg(_)))
}
