//! Cover picture: which frame of a clip makes the best one. Pure.

use std::time::Duration;

use serde::Serialize;

use crate::analysis::faces::{Landmarks, Track, TrackSample};
use crate::analysis::look::{Appearance, Second};
use crate::analysis::{Point, Region};
use crate::timeline::{Shot, TimeRange, Timestamp, Transition};

/// How near to a cut, or to the clip's own edge, no cover is taken.
const NEAR_CUT: Duration = Duration::from_millis(300);
/// The same for a dissolve, wipe or fade, of which only the middle is known.
const NEAR_GRADUAL: Duration = Duration::from_millis(800);
/// How near to a time at which text is cut a picture is taken to show it.
const NEAR_CUT_TEXT: Duration = Duration::from_millis(200);

/// Weights of what a picture shows; they sum to one. Light goes over all of it.
const FACE: f32 = 0.5;
const SHARP: f32 = 0.35;
const CALM: f32 = 0.15;

/// Share of the picture's height from which on a face is as large as it need be.
const LARGE: f32 = 0.35;
/// What a face in profile is worth, compared with one that looks at the viewer.
const PROFILE: f32 = 0.4;

/// A picture that may be a clip's cover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoverPicture {
    /// When it is shown.
    pub time: Timestamp,
    /// The face that counts most on it, if there is one.
    pub face: Option<CoverFace>,
}

/// A face on a cover, in fractions of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoverFace {
    /// Where it is.
    pub region: Region,
    /// The left and the right eye.
    pub eyes: [Point; 2],
}

/// Returns up to `count` of a clip's best covers, best first; one at least unless `count` is 0.
///
/// A good cover is well lit, sharp and calm, and shows a large face that looks at the viewer. None lies in a transition, near
/// an edge of the clip, or in a black or frozen segment, unless nothing else is left, and of those left none cuts a line of
/// text while another does not. They lie apart from each other by half of an even share of the clip or more. Equal ones are
/// decided by the earlier time.
pub fn cover(range: TimeRange, sight: &CoverSight<'_>, count: usize) -> Vec<CoverPicture> {
    let clip = Clip {
        range,
        sight,
        sharpest: sharpest(range, &sight.look.seconds),
    };
    let mut moments = clip.moments();
    for is_well in [
        |moment: &CoverMoment| moment.is_clean,
        |moment: &CoverMoment| !moment.cuts_text,
    ] {
        if moments.iter().any(is_well) {
            moments.retain(is_well);
        }
    }
    moments.sort_by(|a, b| {
        b.worth
            .total_cmp(&a.worth)
            .then(a.cover.time.cmp(&b.cover.time))
    });
    let apart = range.duration() / (2 * count.max(1) as u32);
    spread(&moments, apart, count)
}

/// What is known of the pictures of a video, from which a clip's cover is taken.
#[derive(Debug, Clone, Copy)]
pub struct CoverSight<'a> {
    /// Light, movement and sharpness.
    pub look: &'a Appearance,
    /// The faces.
    pub tracks: &'a [Track],
    /// The shots.
    pub shots: &'a [Shot],
    /// Times at which the clip's edge cuts a line of text: so does any picture near them.
    pub cut_text: &'a [Timestamp],
}

/// A time that may be the cover.
#[derive(Debug, Clone, Copy)]
struct CoverMoment {
    cover: CoverPicture,
    worth: f32,
    /// Whether nothing speaks against it.
    is_clean: bool,
    /// Whether the clip's edge cuts a line of text.
    cuts_text: bool,
}

/// What is known of a clip.
struct Clip<'a> {
    range: TimeRange,
    sight: &'a CoverSight<'a>,
    /// The sharpness of its sharpest second.
    sharpest: f32,
}

impl Clip<'_> {
    /// Returns the times to choose from: pictures in which faces were found, and the middle of each second.
    fn moments(&self) -> Vec<CoverMoment> {
        let samples = self.sight.tracks.iter().flat_map(|track| &track.samples);
        let found = samples.filter(|sample| sample.score.is_some());
        let on_cover = |sample: &TrackSample| {
            let face = CoverFace {
                region: sample.region,
                eyes: sample.landmarks.eyes,
            };
            let cover = CoverPicture {
                time: sample.time,
                face: Some(face),
            };
            (cover, face_worth(sample, self.sight.look.active))
        };
        let mut faces: Vec<(CoverPicture, f32)> = found.map(on_cover).collect();
        let without = |time: Timestamp| (CoverPicture { time, face: None }, 0.0);
        let half = Duration::from_millis(500);
        let seconds = self.sight.look.seconds.iter();
        faces.extend(seconds.map(|second| without(second.start + half)));
        faces.push(without(self.range.start() + self.range.duration() / 2));
        faces.retain(|(cover, _)| self.range.contains(cover.time));
        // Of several faces in one picture the best counts.
        faces.sort_by(|a, b| a.0.time.cmp(&b.0.time).then(b.1.total_cmp(&a.1)));
        faces.dedup_by_key(|(cover, _)| cover.time);
        faces
            .iter()
            .map(|&(cover, face)| self.moment(cover, face))
            .collect()
    }

    fn moment(&self, cover: CoverPicture, face: f32) -> CoverMoment {
        let time = cover.time;
        let (mut light, mut sharp, mut calm) = (1.0, 0.5, 0.5);
        if let Some(second) = second_of(time, &self.sight.look.seconds) {
            light = well_lit(second.brightness);
            calm = 1.0 / (1.0 + 4.0 * second.motion);
            if let Some(sharpness) = second.sharpness {
                sharp = sharpness / self.sharpest.max(f32::EPSILON);
            }
        }
        CoverMoment {
            cover,
            worth: light * (FACE * face + SHARP * sharp + CALM * calm),
            is_clean: !self.is_near_edge(time) && !self.is_nothing(time),
            cuts_text: self.cuts_text(time),
        }
    }

    fn is_near_edge(&self, time: Timestamp) -> bool {
        let near =
            |edge: Timestamp, limit: Duration| time.since(edge) < limit && edge.since(time) < limit;
        let at_edge = near(self.range.start(), NEAR_CUT) || near(self.range.end(), NEAR_CUT);
        at_edge
            || self.sight.shots.iter().any(|shot| match shot.transition {
                Transition::Start => false,
                Transition::Cut => near(shot.range.start(), NEAR_CUT),
                Transition::Gradual => near(shot.range.start(), NEAR_GRADUAL),
            })
    }

    fn is_nothing(&self, time: Timestamp) -> bool {
        let look = self.sight.look;
        let mut stretches = look.empty().chain(look.frozen.iter().copied());
        stretches.any(|stretch| stretch.contains(time))
    }

    fn cuts_text(&self, time: Timestamp) -> bool {
        let mut times = self.sight.cut_text.iter();
        times.any(|cut| time.since(*cut).max(cut.since(time)) <= NEAR_CUT_TEXT)
    }
}

/// Returns the best times that lie at least `apart`.
fn spread(ranked: &[CoverMoment], apart: Duration, count: usize) -> Vec<CoverPicture> {
    let mut chosen: Vec<CoverPicture> = Vec::new();
    for CoverMoment { cover, .. } in ranked {
        if chosen.len() == count {
            break;
        }
        let time = cover.time;
        let is_apart =
            |other: &CoverPicture| time.since(other.time).max(other.time.since(time)) >= apart;
        if chosen.iter().all(is_apart) {
            chosen.push(*cover);
        }
    }
    chosen
}

fn second_of(time: Timestamp, seconds: &[Second]) -> Option<&Second> {
    let after = seconds.partition_point(|second| second.start <= time);
    let second = seconds.get(after.checked_sub(1)?)?;
    (time.since(second.start) < Duration::from_secs(1)).then_some(second)
}

fn sharpest(range: TimeRange, seconds: &[Second]) -> f32 {
    let inside = seconds.iter().filter(|second| range.contains(second.start));
    let sharp = inside.filter_map(|second| second.sharpness);
    sharp.fold(0.0, f32::max)
}

/// Returns 1 for a picture of middling light, down to 0.1 for black and for white.
fn well_lit(brightness: f32) -> f32 {
    let from_dark = (brightness - 0.05) / 0.15;
    let from_white = (0.95 - brightness) / 0.15;
    from_dark.min(from_white).clamp(0.1, 1.0)
}

/// Returns what a face is worth on a cover, 0..1.
fn face_worth(sample: &TrackSample, active: Region) -> f32 {
    let size = (sample.region.height / LARGE).clamp(0.0, 1.0).sqrt();
    let looks = PROFILE + (1.0 - PROFILE) * frontal(&sample.landmarks, sample.region);
    let whole = share_inside(sample.region, active).powi(2);
    size * sample.score.unwrap_or(0.0) * looks * whole
}

/// Returns how much a face looks at the viewer, 0..1: its eyes level, its nose in the middle between them.
fn frontal(landmarks: &Landmarks, region: Region) -> f32 {
    let [left, right] = landmarks.eyes;
    let between = right.x - left.x;
    if between <= 0.0 || region.height <= 0.0 {
        return 0.0;
    }
    let tilt = (right.y - left.y).abs() / region.height;
    let aside = ((landmarks.nose.x - left.x) / between - 0.5).abs();
    (1.0 - 4.0 * tilt).clamp(0.0, 1.0) * (1.0 - 2.0 * aside).clamp(0.0, 1.0)
}

/// Returns the share of a region that lies in another.
fn share_inside(region: Region, other: Region) -> f32 {
    let along = |from: f32, length: f32, least: f32, room: f32| {
        let shared = (from + length).min(least + room) - from.max(least);
        if length > 0.0 {
            (shared / length).clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    along(region.x, region.width, other.x, other.width)
        * along(region.y, region.height, other.y, other.height)
}

#[cfg(test)]
mod tests;
