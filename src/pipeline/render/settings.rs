//! How a clip is rendered, from what the job asks for and what is known of its video.

use anyhow::Context;

use super::request::{BurnedCaptions, RenderSettings};
use super::story::Story;
use crate::analysis::sound::SoundLabel;
use crate::clips::reframe::Framing;
use crate::media::{FieldRate, SoundFades, VideoStream};
use crate::pipeline::context::JobContext;
use crate::pipeline::stages::captions::CaptionLayout;
use crate::pipeline::stages::reframe::to_render;
use crate::timeline::{FrameRate, TimeRange, Timestamp};

/// Returns how a clip is rendered, at this size and framed so, or as large as the source.
pub(super) fn render_settings(
    ctx: &JobContext<'_>,
    story: &Story<'_>,
    range: TimeRange,
    captions: Option<&CaptionLayout>,
    framed: Option<((u32, u32), &[Framing])>,
) -> anyhow::Result<RenderSettings> {
    let encoding = ctx.plan.encoding.clone();
    Ok(RenderSettings {
        encoding: encoding.context("no clip is to be encoded")?,
        framing: framed.map(|(size, framings)| to_render(framings, size)),
        burn: captions.map(burn),
        loudness: ctx.plan.loudness,
        rate: clip_rate(ctx, story),
        fields: ctx.plan.fields,
        channels: story.channels.clone(),
        fades: fades(story.sounds, range),
        threads: ctx.plan.render_threads,
    })
}

/// Returns how the sound of a clip begins and ends: music as music does.
fn fades(sounds: &[(TimeRange, SoundLabel)], range: TimeRange) -> SoundFades {
    let fade = |time: Timestamp| {
        let now = sounds
            .iter()
            .find(|(sound, _)| sound.start() <= time && time <= sound.end());
        match now {
            Some((_, SoundLabel::Music)) => SoundFades::MUSIC,
            _ => SoundFades::SPEECH,
        }
    };
    SoundFades {
        begin: fade(range.start()),
        end: fade(range.end()),
    }
}

/// Returns the frames a second of the job's clips.
fn clip_rate(ctx: &JobContext<'_>, story: &Story<'_>) -> FrameRate {
    let stream = ctx.media().video.as_ref();
    let average = stream.and_then(VideoStream::picture_rate);
    let is_doubled = |stream: &VideoStream| {
        let has_fields = stream.interlaced && stream.telecine.is_none();
        has_fields && ctx.plan.fields == FieldRate::Field
    };
    let doubled = stream.is_some_and(is_doubled);
    let average =
        average.map(|(num, den)| (if doubled { num.saturating_mul(2) } else { num }, den));
    FrameRate::of_clip(average, story.video.frames.vfr)
}

fn burn(captions: &CaptionLayout) -> BurnedCaptions {
    let (font, choice) = captions.font();
    BurnedCaptions {
        font: font.to_owned(),
        choice: choice.clone(),
        ass: captions.ass(),
        times: captions.times(),
        area: captions.area(),
    }
}
