//! Framing of a clip: shots, tracks and salient regions become scenes, the solver's layouts become what the renderer takes.

use std::borrow::Cow;

use super::lasting_text::lasting_texts;
use super::tracks::VideoAnalysis;
use crate::analysis::Region;
use crate::analysis::faces::Track;
use crate::clips::reframe::{self, Framing, Scene, Subject, reframe};
use crate::export::{CropBox, CropPart};
use crate::frame::{Layout, Rect, Size};
use crate::manifest::FramingOverride;
use crate::media::{self, CropPoint, SceneCrop};
use crate::pipeline::context::JobContext;
use crate::timeline::{TimeRange, Timestamp};

/// What draws the eye where no face does counts as much as this share of a face.
const SALIENCE: f64 = 0.5;
/// A face of half the height of the largest one in its shot counts half as much; none less than this.
const LEAST: f64 = 0.1;

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
    let scenes: Vec<Scene> = video
        .shots_in(range)
        .map(|(number, range)| Scene {
            range,
            frame,
            active: active_of(video.part_of(number), active),
            subjects: subjects(video, number, range),
            salience: focus
                .iter()
                .filter(|(time, _)| range.contains(*time))
                .map(|(time, region)| (*time, Rect::from(*region), SALIENCE))
                .collect(),
            text: lasting_texts(video, range),
        })
        .collect();
    let output = Size {
        width: size.0,
        height: size.1,
    };
    reframe(&scenes, output, &decisions(ctx, range))
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

/// Returns the people of a shot: each face that is followed through it, with its size as weight.
fn subjects(video: &VideoAnalysis, shot: usize, range: TimeRange) -> Vec<Subject> {
    let tracks = video.tracks_of(shot);
    let tallest = tracks.iter().map(height).fold(0.0, f64::max);
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
    tracks.iter().map(subject).collect()
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

/// Returns the faces that a clip must show whole: those it shows the better half of, and where it shows none the largest.
///
/// In fractions of the upright picture.
pub(crate) fn faces_to_show(
    video: &VideoAnalysis,
    range: TimeRange,
    framings: &[Framing],
) -> Vec<(Timestamp, Rect)> {
    let mut faces: Vec<(Timestamp, Rect)> = Vec::new();
    for (shot, part) in video.shots_in(range) {
        for track in video.tracks_of(shot) {
            let found = track.samples.iter().filter(|s| s.score.is_some());
            let inside = found.filter(|sample| part.contains(sample.time));
            faces.extend(inside.map(|sample| (sample.time, Rect::from(sample.region))));
        }
    }
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

/// Returns where all faces of a clip are seen on its own pictures and on its own clock.
pub(crate) fn faces_on_clip(
    video: &VideoAnalysis,
    range: TimeRange,
    framings: Option<&[Framing]>,
) -> Vec<(Timestamp, Rect)> {
    let mut faces = Vec::new();
    for (shot, part) in video.shots_in(range) {
        for track in video.tracks_of(shot) {
            for sample in track.samples.iter().filter(|s| part.contains(s.time)) {
                let own = sample.time - range.start();
                let face = Rect::from(sample.region);
                match framings {
                    None => faces.push((own, face)),
                    Some(framings) => {
                        let now = framings.iter().find(|f| f.range.contains(sample.time));
                        let seen = now.into_iter().flat_map(|f| f.seen(sample.time, face));
                        faces.extend(seen.map(|face| (own, face)));
                    }
                }
            }
        }
    }
    faces
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
