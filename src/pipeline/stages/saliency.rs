//! Saliency for clip segments without faces or persons; computed only for clips that will be rendered.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::constant::FlatAnswers;
use super::tracks::VideoAnalysis;
use super::vision::WIDTH;
use crate::analysis::Region;
use crate::analysis::saliency::{PlaceRules, SaliencyModel, ShownSubject, places};
use crate::cache::Key;
use crate::frame::Picture;
use crate::media::{self, pictures_at};
use crate::memory::Permitted;
use crate::pipeline::cached::Record;
use crate::pipeline::context::JobContext;
use crate::pipeline::models::{InOrder, Model};
use crate::timeline::{Shot, TimeRange, Timestamp};

/// The salient regions of a clip, and when.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SalientRegions {
    pub(crate) regions: Vec<(Timestamp, Region)>,
    /// Maps that say one and the same of every place.
    flat: FlatAnswers,
}

/// Returns the salient regions of the clip's segments without a face or a person.
///
/// # Errors
/// What decoding and the model say; that the file changed meanwhile.
pub(crate) fn find_salient_regions(
    ctx: &JobContext<'_>,
    video: &VideoAnalysis,
    range: TimeRange,
) -> anyhow::Result<SalientRegions> {
    let times = sample_times(video, range);
    if times.is_empty() || ctx.media().picture.is_some() {
        return Ok(SalientRegions::default());
    }
    let key = saliency_key(ctx, &times);
    let found = ctx.cached(Record::Saliency, &key, || ask_about(ctx, &times))?;
    found.flat.tell(ctx, SaliencyModel::NAME);
    Ok(found)
}

/// Returns when to look: pure.
fn sample_times(video: &VideoAnalysis, range: TimeRange) -> Vec<Timestamp> {
    let cut = |(number, range): (usize, TimeRange)| Shot {
        range,
        ..video.shots[number]
    };
    let shots: Vec<Shot> = video.shots_in(range).map(cut).collect();
    let first = video.shots_in(range).next().map_or(0, |shot| shot.0);
    let mut shown = Vec::new();
    for (place, number) in (first..first + shots.len()).enumerate() {
        let subject = |first: Timestamp, last: Timestamp| ShownSubject {
            shot: place,
            first,
            last,
        };
        let faces = video.tracks_of(number).iter();
        let faces = faces.filter_map(|t| Some((t.samples.first()?.time, t.samples.last()?.time)));
        let persons = video.persons_of(number).iter();
        let persons = persons.filter_map(|t| Some((t.samples.first()?.0, t.samples.last()?.0)));
        shown.extend(
            faces
                .chain(persons)
                .map(|(first, last)| subject(first, last)),
        );
    }
    places(&shots, &shown, &PlaceRules::default())
}

fn saliency_key(ctx: &JobContext<'_>, times: &[Timestamp]) -> Key {
    let key = Record::Saliency
        .key()
        .field(ctx.content())
        .field(ctx.services.registry.saliency_digest().as_bytes())
        .field(media::versions().codec.as_bytes())
        .field(&WIDTH.to_le_bytes());
    let key = times.iter().fold(key, |key, time| {
        let (num, den) = time.fraction();
        key.field(&num.to_le_bytes()).field(&den.to_le_bytes())
    });
    key.finish()
}

/// Decodes the pictures of these times and asks the model.
fn ask_about(ctx: &JobContext<'_>, times: &[Timestamp]) -> anyhow::Result<SalientRegions> {
    let client = ctx.client(&ctx.services.models.saliency);
    let mut answers: InOrder<'_, SaliencyModel, (Timestamp, bool)> = InOrder::new(client);
    let mut failed = None;
    let mut visit = |place: usize, _, picture| match send(ctx, &mut answers, times[place], picture)
    {
        Ok(()) => ControlFlow::Continue(()),
        Err(e) => {
            failed = Some(e);
            ControlFlow::Break(())
        }
    };
    let limits = &ctx.plan.limits;
    pictures_at(ctx.input(), ctx.media(), times, WIDTH, limits, &mut visit)?;
    if let Some(e) = failed {
        return Err(e);
    }
    let mut found = SalientRegions::default();
    for ((time, shows_something), map) in answers.finish()? {
        if shows_something {
            found.flat.push(map.is_flat());
        }
        found.regions.push((time, map.interest()));
    }
    found.regions.sort_by_key(|(time, _)| *time);
    Ok(found)
}

fn send(
    ctx: &JobContext<'_>,
    answers: &mut InOrder<'_, SaliencyModel, (Timestamp, bool)>,
    time: Timestamp,
    picture: Picture,
) -> anyhow::Result<()> {
    ctx.stop.check()?;
    let budget = &ctx.services.memory.pictures;
    let permit = ctx.stop.permit(budget, picture.rgb.len())?;
    let about = (time, !picture.is_plain());
    answers.ask(about, Arc::new(Permitted::new(picture, permit)))
}
