//! From what was seen and heard to the clips of a job.

use super::hear::Hearing;
use super::job::Work;
use super::read::Reading;
use super::seen::Seen;
use crate::clips::{self, FacesAt, Limits, Material, Scored, Talk, Weights, Wishes};
use crate::report::Level;
use crate::timeline::Timestamp;

/// Returns the candidates, best first, and the positions of the chosen among them.
///
/// # Errors
/// Weights for a signal that does not exist.
pub(super) fn choose(
    work: &Work<'_>,
    seen: &Seen,
    hearing: &Hearing,
    reading: &Reading,
) -> anyhow::Result<(Vec<Scored>, Vec<usize>)> {
    let faces = faces(seen);
    let material = material(seen, hearing, reading, faces.as_deref());
    let asked = &work.job.settings;
    let wishes = Wishes {
        limits: Limits {
            count: asked.clips.count,
            floor: asked.clips.floor,
            min: asked.clips.min,
            max: asked.clips.max,
        },
        keywords: &asked.keywords,
        avoid: &asked.avoid,
        must: &asked.must_include,
        only: asked.range.range(),
    };
    let weights = Weights::new(&work.run.settings.ranker.weights)?;
    let choice = clips::choose(&material, &wishes, &weights);
    for moment in &choice.unmet {
        let moment = &asked.must_include[*moment];
        work.say(Level::Warn, format!("no clip can include {moment}"));
    }
    if choice.clips.is_empty() {
        let (min, max) = (asked.clips.min, asked.clips.max);
        let (min, max) = (min.as_secs_f64(), max.as_secs_f64());
        work.say(
            Level::Warn,
            format!("no stretch lasts between {min} and {max} s: no clips"),
        );
    }
    Ok((choice.candidates, choice.clips))
}

/// Returns how many faces each picture shows that was looked at; none where none was.
fn faces(seen: &Seen) -> Option<Vec<FacesAt>> {
    let looked = &seen.sight.as_ref()?.faces;
    let looked: Vec<Timestamp> = looked.iter().map(|(time, _)| *time).collect();
    Some(FacesAt::of(&seen.tracks, &looked))
}

/// Returns all that is known of the video.
fn material<'a>(
    seen: &'a Seen,
    hearing: &'a Hearing,
    reading: &'a Reading,
    faces: Option<&'a [FacesAt]>,
) -> Material<'a> {
    let heard = hearing.range.is_some();
    let sight = seen.sight.as_ref();
    Material {
        shots: &seen.shots,
        frames: &seen.pass.times,
        speech: heard.then_some(&hearing.speech),
        talk: hearing.transcript.as_ref().map(|transcript| Talk {
            transcript,
            embeddings: &reading.embeddings,
            paragraphs: &reading.paragraphs,
        }),
        sounds: heard.then_some(&hearing.sounds),
        energy: hearing.energy.as_ref(),
        look: sight.map(|sight| &sight.look),
        faces,
        pictures: sight.map(|sight| &sight.likeness[..]),
    }
}
