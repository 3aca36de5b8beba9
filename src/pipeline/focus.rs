//! Where one looks in the parts of a clip that show no face; asked only of clips that are made.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::unbounded;
use serde::{Deserialize, Serialize};

use super::framing::shots_in;
use super::gaze::WIDTH;
use super::job::Work;
use super::memo::{keep, recall};
use super::seen::Seen;
use super::sight::{Answer, Task, Wish};
use crate::analysis::Region;
use crate::analysis::saliency::{PlaceRules, places};
use crate::cache::{Key, KeyBuilder};
use crate::clock::Stopwatch;
use crate::frame::Picture;
use crate::media::pictures_at;
use crate::report::{CacheAnswer, Stage};
use crate::timeline::{Shot, TimeRange, Timestamp};

/// The cache's stage for where one looks.
const CACHE_STAGE: &str = "saliency";

/// Where one looks, and when.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Focus(pub(super) Vec<(Timestamp, Region)>);

/// Returns where one looks in each part of the clip without a face, from the cache where it is known.
pub(super) fn focus(
    work: &Work<'_>,
    content: &[u8],
    seen: &Seen,
    range: TimeRange,
) -> anyhow::Result<Focus> {
    let times = times(seen, range);
    if times.is_empty() {
        return Ok(Focus::default());
    }
    let key = focus_key(work, content, &times);
    let watch = Stopwatch::start();
    if let Some(known) = recall::<Focus>(work.run, CACHE_STAGE, &key) {
        let hit = Some(CacheAnswer::Hit);
        work.stage(Stage::Saliency, 0, &watch, Duration::ZERO, hit);
        return Ok(known);
    }
    let found = look(work, &times)?;
    keep(work.run, CACHE_STAGE, &key, &found);
    let miss = Some(CacheAnswer::Miss);
    let asked = Stopwatch::start();
    work.stage(Stage::Saliency, 0, &asked, Duration::ZERO, miss);
    Ok(found)
}

/// Returns when to look: pure.
fn times(seen: &Seen, range: TimeRange) -> Vec<Timestamp> {
    let shots: Vec<Shot> = shots_in(&seen.shots, range)
        .map(|(number, range)| Shot {
            range,
            ..seen.shots[number]
        })
        .collect();
    let first = shots_in(&seen.shots, range).next().map_or(0, |shot| shot.0);
    let mut tracks = seen.tracks.clone();
    tracks.retain(|track| (first..first + shots.len()).contains(&track.shot));
    tracks.iter_mut().for_each(|track| track.shot -= first);
    places(&shots, &tracks, &PlaceRules::default())
}

fn focus_key(work: &Work<'_>, content: &[u8], times: &[Timestamp]) -> Key {
    let key = KeyBuilder::new("saliency-v1")
        .field(content)
        .field(work.run.tools.saliency_digest().as_bytes())
        .field(&WIDTH.to_le_bytes());
    let key = times.iter().fold(key, |key, time| {
        let (num, den) = time.fraction();
        key.field(&num.to_le_bytes()).field(&den.to_le_bytes())
    });
    key.finish()
}

/// Decodes the pictures of these times and asks the model.
fn look(work: &Work<'_>, times: &[Timestamp]) -> anyhow::Result<Focus> {
    let (reply, answers) = unbounded();
    let (mut failed, mut sent) = (None, 0);
    let limits = work.run.limits();
    pictures_at(
        work.input(),
        work.media,
        times,
        WIDTH,
        &limits,
        &mut |place, _, picture| match send(work, place, picture, &reply) {
            Ok(()) => {
                sent += 1;
                ControlFlow::Continue(())
            }
            Err(e) => {
                failed = Some(e);
                ControlFlow::Break(())
            }
        },
    )?;
    if let Some(e) = failed {
        return Err(e);
    }
    drop(reply);
    let mut found = Vec::with_capacity(sent);
    for _ in 0..sent {
        let (place, seen) = answers.recv().context("the picture models are gone")??;
        let maps = seen.into_iter().filter_map(|seen| seen.focus);
        found.extend(maps.map(|map| (times[place], map.interest())));
    }
    found.sort_by_key(|(time, _)| *time);
    Ok(Focus(found))
}

fn send(
    work: &Work<'_>,
    first: usize,
    picture: Picture,
    reply: &crossbeam_channel::Sender<Answer>,
) -> anyhow::Result<()> {
    work.check_abort()?;
    let wish = Wish {
        focus: true,
        ..Wish::default()
    };
    let task = Task {
        job: work.job.id.clone(),
        first,
        _permit: work.run.pictures.acquire(picture.rgb.len()),
        pictures: vec![(picture, wish)],
        reply: reply.clone(),
    };
    let sent = work.pictures.send(task);
    sent.ok().context("the picture models' threads are gone")
}
