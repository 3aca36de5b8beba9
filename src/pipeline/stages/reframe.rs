//! Framing of a clip: shots, tracks and salient regions become scenes, the solver's layouts become what the renderer takes.

use std::borrow::Cow;

use super::lasting_text::lasting_texts;
use super::tracks::VideoAnalysis;
use crate::analysis::Region;
use crate::analysis::faces::Track;
use crate::analysis::persons::PersonTrack;
use crate::clips::reframe::{self, Framing, Scene, Subject, face_of, reframe};
use crate::export::{CropBox, CropPart};
use crate::frame::{Layout, Rect, Size};
use crate::manifest::FramingOverride;
use crate::media::{self, CropPoint, SceneCrop};
use crate::pipeline::context::JobContext;
use crate::timeline::{TimeRange, Timestamp};

/// What draws the eye where no face does counts as much as this share of a face.
const SALIENCE: f64 = 0.5;
/// All that is seen of a person beside the head counts as much as this share of a face.
const BODY: f64 = 0.2;
/// A face of half the height of the largest one in its shot counts half as much; none less than this.
const LEAST: f64 = 0.1;
/// Who turns away counts as much as this share of one who shows the face.
const AWAY: f64 = 0.8;

/// Returns how a clip of this range is framed at `size`, segment by segment; `focus` says where one looks without a face.
pub(crate) fn find_framings(
    ctx: &JobContext<'_>,
    video: &VideoAnalysis,
    range: TimeRange,
    focus: &[(Timestamp, Region)],
    size: (u32, u32),
) -> Vec<Framing> {
    let frame = ctx.media().video.as_ref().map(|video| video.display_size());
    let (width, height) = frame.unwrap_or(size);
    let frame = Size { width, height };
    let active = video
        .vision
        .as_ref()
        .map(|vision| Rect::from(vision.look.active));
    let look = video.vision.iter().map(|vision| &vision.look);
    let insets: Vec<Rect> = look
        .flat_map(|look| &look.insets)
        .map(|inset| Rect::from(*inset))
        .collect();
    let scenes: Vec<Scene> = video
        .shots_in(range)
        .map(|(number, range)| Scene {
            range,
            frame,
            active: active_of(video.part_of(number), active),
            subjects: subjects(video, number, range),
            salience: salience(video, number, range, focus),
            text: lasting_texts(video, range),
            written: written_part(video, number),
            insets: insets.clone(),
        })
        .collect();
    let output = Size {
        width: size.0,
        height: size.1,
    };
    reframe(&scenes, output, &decisions(ctx, range))
}

/// Returns the part of a shot's picture in which somebody writes, and nobody is seen.
fn written_part(video: &VideoAnalysis, shot: usize) -> Option<Rect> {
    let empty = video.tracks_of(shot).is_empty() && video.persons_of(shot).is_empty();
    let range = video.shots[shot].range;
    let lines = lasting_texts(video, range);
    reframe::written_part(range, &lines).filter(|_| empty)
}

/// Returns what is decided about the framing of a clip: a picture of sound alone is shown whole where its job says nothing else.
fn decisions<'a>(ctx: &JobContext<'a>, range: TimeRange) -> Cow<'a, [FramingOverride]> {
    if ctx.media().picture.is_none() {
        return Cow::Borrowed(&ctx.job.overrides);
    }
    let whole = FramingOverride {
        range,
        layout: Some(Layout::Fit),
        region: Some(Rect::WHOLE),
        regions: Vec::new(),
    };
    let own = ctx.job.overrides.iter().cloned();
    std::iter::once(whole).chain(own).collect()
}

/// Returns the part of a shot's pictures that is not black: its own shape, or what the bars of the whole video leave.
fn active_of(part: Rect, active: Option<Rect>) -> Option<Rect> {
    if part == Rect::WHOLE {
        active
    } else {
        Some(part)
    }
}

/// Returns what draws the eye beside faces and heads: all that is seen of persons, and where one looks without any.
fn salience(
    video: &VideoAnalysis,
    shot: usize,
    range: TimeRange,
    focus: &[(Timestamp, Region)],
) -> Vec<(Timestamp, Rect, f64)> {
    let focus = focus.iter().map(|&(time, region)| (time, region, SALIENCE));
    let persons = video.persons_of(shot).iter().flat_map(|p| &p.samples);
    let bodies = persons.map(|&(time, person)| (time, person.region, BODY));
    focus
        .chain(bodies)
        .filter(|(time, ..)| range.contains(*time))
        .map(|(time, region, weight)| (time, Rect::from(region), weight))
        .collect()
}

/// Returns the people of a shot: each face that is followed through it, with its size as weight, and each person of whom the
/// head alone is known.
fn subjects(video: &VideoAnalysis, shot: usize, range: TimeRange) -> Vec<Subject> {
    let tracks = video.tracks_of(shot);
    let persons = video.persons_of(shot);
    let heads = persons.iter().map(head_height);
    let tallest = tracks.iter().map(height).chain(heads).fold(0.0, f64::max);
    let person = |track: &PersonTrack| Subject {
        // Beside the numbers of the faces.
        track: video.tracks.len() as u32 + track.id,
        weight: AWAY * (head_height(track) / tallest.max(1e-9)).max(LEAST),
        boxes: heads_of(track, range)
            .map(|(t, h)| (t, face_of(h)))
            .collect(),
        speaks: Vec::new(),
    };
    let subject = |track: &Track| Subject {
        track: track.id,
        weight: (height(track) / tallest.max(1e-9)).max(LEAST),
        boxes: track
            .samples
            .iter()
            .filter(|sample| range.contains(sample.time))
            .map(|sample| (sample.time, Rect::from(sample.region)))
            .collect(),
        speaks: video
            .turns
            .iter()
            .filter(|turn| turn.track == track.id)
            .map(|turn| turn.range)
            .collect(),
    };
    let faces = tracks.iter().map(subject);
    faces.chain(persons.iter().map(person)).collect()
}

/// Returns the heads of a person in a range.
fn heads_of(
    track: &PersonTrack,
    range: TimeRange,
) -> impl Iterator<Item = (Timestamp, Rect)> + use<'_> {
    let inside = track
        .samples
        .iter()
        .filter(move |(t, _)| range.contains(*t));
    inside.map(|(time, person)| (*time, Rect::from(person.head)))
}

/// Returns how high the face of a person's head would be on average, in heights of the picture.
fn head_height(track: &PersonTrack) -> f64 {
    let heads = track.samples.iter().map(|(_, person)| person.head.into());
    let heights = heads.map(|head: Rect| face_of(head).height);
    heights.sum::<f64>() / track.samples.len() as f64
}

/// Returns how high a face is on average, in heights of the picture.
fn height(track: &Track) -> f64 {
    let heights = track.samples.iter().map(|s| f64::from(s.region.height));
    heights.sum::<f64>() / track.samples.len() as f64
}

/// Returns what the renderer is told.
pub(crate) fn to_render(framings: &[Framing], size: (u32, u32)) -> media::ClipFraming {
    let scenes = framings.iter().map(|framing| SceneCrop {
        range: framing.range,
        layout: layout(framing),
    });
    media::ClipFraming {
        size: Size::new(size.0, size.1),
        scenes: scenes.collect(),
    }
}

fn layout(framing: &Framing) -> media::SceneView {
    let path = |pane: &reframe::Pane| -> Vec<CropPoint> {
        let points = pane.path.points().into_iter();
        let points = points.map(|(time, crop)| CropPoint { time, rect: crop });
        points.collect()
    };
    match (framing.layout, framing.panes.as_slice()) {
        (Layout::Split | Layout::Stack, panes) => {
            let parts = panes.iter().map(|pane| media::StackedPart {
                path: path(pane),
                height: pane.target.height,
            });
            media::SceneView::Stack(parts.collect())
        }
        (Layout::Fit, [pane]) => media::SceneView::Fit {
            part: pane.path.at(framing.range.start()),
            blur: true,
        },
        (_, [pane, ..]) => media::SceneView::Crop(path(pane)),
        (_, []) => media::SceneView::whole_picture(),
    }
}

/// Returns the framings as `clips.json` lists them; a split has two parts of one time, the upper one first.
pub(crate) fn crop_parts(framings: &[Framing]) -> Vec<CropPart> {
    let parts = framings.iter().flat_map(|framing| {
        framing.panes.iter().map(|pane| CropPart {
            start: framing.range.start().into(),
            end: framing.range.end().into(),
            layout: framing.layout.name().to_owned(),
            coverage: framing.quality.coverage,
            jerk: framing.quality.jerk,
            path: pane.path.points().into_iter().map(crop_box).collect(),
        })
    });
    parts.collect()
}

fn crop_box((time, crop): (Timestamp, Rect)) -> CropBox {
    CropBox {
        time: time.into(),
        x: crop.x,
        y: crop.y,
        w: crop.width,
        h: crop.height,
    }
}

/// What a clip must show whole of the people in it, in fractions of the upright picture: those whose better half it shows, and
/// where it shows none the largest.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PeopleToShow {
    /// Faces.
    pub(crate) faces: Vec<(Timestamp, Rect)>,
    /// Heads of persons whose face is not seen.
    pub(crate) heads: Vec<(Timestamp, Rect)>,
}

impl PeopleToShow {
    /// Returns what a clip of this range must show.
    pub(crate) fn new(video: &VideoAnalysis, range: TimeRange, framings: &[Framing]) -> Self {
        let parts = video.shots_in(range);
        let heads = parts.flat_map(|(shot, part)| {
            let persons = video.persons_of(shot).iter();
            persons.flat_map(move |track| heads_of(track, part))
        });
        Self {
            faces: all_to_show(faces_in(video, range), framings),
            heads: all_to_show(heads.collect(), framings),
        }
    }
}

/// Returns the faces that were found in a range.
fn faces_in(video: &VideoAnalysis, range: TimeRange) -> Vec<(Timestamp, Rect)> {
    let mut faces: Vec<(Timestamp, Rect)> = Vec::new();
    for (shot, part) in video.shots_in(range) {
        for track in video.tracks_of(shot) {
            let found = track.samples.iter().filter(|s| s.score.is_some());
            let inside = found.filter(|sample| part.contains(sample.time));
            faces.extend(inside.map(|sample| (sample.time, Rect::from(sample.region))));
        }
    }
    faces
}

/// Returns those of some faces or heads that must be shown whole.
fn all_to_show(mut faces: Vec<(Timestamp, Rect)>, framings: &[Framing]) -> Vec<(Timestamp, Rect)> {
    faces.sort_by(|a, b| a.0.cmp(&b.0).then(area(b.1).total_cmp(&area(a.1))));
    let pictures = faces.chunk_by(|a, b| a.0 == b.0);
    pictures
        .flat_map(|faces| to_show(faces, framings))
        .collect()
}

/// Returns those of one picture's faces, the largest first, that must be shown whole.
fn to_show(faces: &[(Timestamp, Rect)], framings: &[Framing]) -> Vec<(Timestamp, Rect)> {
    let time = faces[0].0;
    let now = framings.iter().find(|framing| framing.range.contains(time));
    let panes = now.map(|framing| &framing.panes[..]).unwrap_or_default();
    let shown = |face: Rect| {
        let shares = panes.iter().map(|pane| face.share_in(pane.path.at(time)));
        shares.fold(0.0, f64::max)
    };
    let meant: Vec<_> = faces
        .iter()
        .filter(|f| shown(f.1) >= 0.5)
        .copied()
        .collect();
    if meant.is_empty() {
        vec![faces[0]]
    } else {
        meant
    }
}

fn area(face: Rect) -> f64 {
    face.width * face.height
}

/// Returns where all faces of a clip, and all heads of persons whose face is not seen, are on its own pictures and on its own
/// clock.
pub(crate) fn faces_on_clip(
    video: &VideoAnalysis,
    range: TimeRange,
    framings: Option<&[Framing]>,
) -> Vec<(Timestamp, Rect)> {
    let mut there = Vec::new();
    for (shot, part) in video.shots_in(range) {
        let samples = video.tracks_of(shot).iter().flat_map(|t| &t.samples);
        let faces = samples.filter(|sample| part.contains(sample.time));
        there.extend(faces.map(|sample| (sample.time, Rect::from(sample.region))));
        let persons = video.persons_of(shot).iter();
        there.extend(persons.flat_map(|track| heads_of(track, part)));
    }
    let on_clip = |(time, place): (Timestamp, Rect)| {
        let seen: Vec<Rect> = match framings {
            None => vec![place],
            Some(framings) => {
                let now = framings.iter().find(|f| f.range.contains(time));
                now.into_iter().flat_map(|f| f.seen(time, place)).collect()
            }
        };
        let own = time - range.start();
        seen.into_iter().map(move |place| (own, place))
    };
    there.into_iter().flat_map(on_clip).collect()
}

/// Returns the area of a clip's pictures that the source takes while there are bars above and below it, on the clip's clock.
pub(crate) fn between_bars(range: TimeRange, framings: &[Framing]) -> Vec<(TimeRange, Rect)> {
    let fitted = framings
        .iter()
        .filter(|framing| framing.layout == Layout::Fit);
    let areas = fitted.filter_map(|framing| {
        let start = framing.range.start();
        let area = framing.seen(start, Rect::WHOLE).next()?;
        let own = TimeRange::new(start - range.start(), framing.range.end() - range.start())?;
        (area.height < 1.0).then_some((own, area))
    });
    areas.collect()
}
