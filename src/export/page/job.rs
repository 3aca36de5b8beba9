//! Content of a job's page.

use std::path::Path;

use serde::Serialize;

use super::faces::{self, FaceRun};
use super::said::{self, PageLine};
use super::score::{self, ScorePart};
use crate::export::number::{finite, finite_option};
use crate::export::{
    AnalysisFile, CandidateRecord, Candidates, ClipRecord, Clips, CropPart, MediaFacts, Seconds,
    ShotRecord, SoundRecord, Verification, path_text,
};
use crate::timeline::Transition;

/// Facts of a job that its result files lack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobFacts<'a> {
    /// The job's id.
    pub id: &'a str,
    /// What it read; the page shows the file's name alone.
    pub input: &'a Path,
}

/// The content of the page: times in seconds on the source's own clock, ranges as `[start, end, what]`.
#[derive(Debug, Serialize)]
pub(super) struct JobPage<'a> {
    id: &'a str,
    source: String,
    media: &'a MediaFacts,
    language: Option<&'a str>,
    shots: Vec<(Seconds, Seconds, Transition)>,
    speech: Vec<(Seconds, Seconds)>,
    faces: Vec<FaceRun>,
    sounds: Vec<(Seconds, Seconds, &'a str)>,
    paragraphs: Vec<Vec<PageLine<'a>>>,
    /// The names of the signals, which parts of scores refer to by place.
    signals: Vec<&'a str>,
    candidates: Vec<Considered<'a>>,
    clips: Vec<Card<'a>>,
}

/// A candidate as the timeline and the list show it.
#[derive(Debug, Serialize)]
struct Considered<'a> {
    rank: u32,
    start: Seconds,
    end: Seconds,
    #[serde(serialize_with = "finite")]
    score: f64,
    reason: &'a str,
    parts: Vec<ScorePart>,
    clip: Option<u32>,
}

/// A clip as its card shows it.
#[derive(Debug, Serialize)]
struct Card<'a> {
    rank: u32,
    start: Seconds,
    end: Seconds,
    #[serde(serialize_with = "finite")]
    score: f64,
    title: &'a str,
    hook: Option<&'a str>,
    hashtags: &'a [String],
    reason: &'a str,
    parts: Vec<ScorePart>,
    file: Option<&'a str>,
    captions: &'a [String],
    thumbnail: Option<&'a str>,
    layouts: Vec<&'a str>,
    /// Width over height, as far as it can be told without opening the file.
    #[serde(serialize_with = "finite")]
    aspect: f64,
    #[serde(serialize_with = "finite_option")]
    quality: Option<f64>,
    verify: Option<&'a Verification>,
}

/// Returns the content of a job's page.
pub(super) fn page<'a>(
    facts: &JobFacts<'a>,
    analysis: &'a AnalysisFile,
    candidates: &'a Candidates,
    clips: &'a Clips,
) -> JobPage<'a> {
    let media = &analysis.media;
    let last = analysis.shots.last();
    let end = last.map_or(media.duration, |shot| shot.end);
    let (candidates, clips) = (&candidates.candidates, &clips.clips);
    let signals = score::signal_names(
        (candidates.iter().map(|one| &one.signals)).chain(clips.iter().map(|clip| &clip.signals)),
    );
    let speech = analysis.speech.iter();
    JobPage {
        id: facts.id,
        source: file_name(facts.input),
        media,
        language: analysis.transcript.language.as_deref(),
        shots: analysis.shots.iter().map(shot_row).collect(),
        speech: speech.map(|range| (range.start, range.end)).collect(),
        faces: faces::runs(&analysis.faces, end),
        sounds: analysis.sounds.iter().map(sound_row).collect(),
        paragraphs: said::paragraphs(&analysis.transcript),
        candidates: (candidates.iter().map(|one| considered(one, &signals))).collect(),
        clips: (clips.iter().map(|clip| card(clip, media, &signals))).collect(),
        signals,
    }
}

fn shot_row(shot: &ShotRecord) -> (Seconds, Seconds, Transition) {
    (shot.start, shot.end, shot.transition)
}

fn sound_row(sound: &SoundRecord) -> (Seconds, Seconds, &str) {
    (sound.start, sound.end, &sound.label)
}

/// Returns a file's name: a page that is shown to others does not tell where it was made.
pub(super) fn file_name(input: &Path) -> String {
    path_text(Path::new(input.file_name().unwrap_or_default()))
}

fn considered<'a>(one: &'a CandidateRecord, signals: &[&str]) -> Considered<'a> {
    Considered {
        rank: one.rank,
        start: one.start,
        end: one.end,
        score: one.score,
        reason: &one.reason,
        parts: score::parts(signals, &one.signals, &one.contributions),
        clip: one.clip,
    }
}

fn card<'a>(clip: &'a ClipRecord, media: &MediaFacts, signals: &[&str]) -> Card<'a> {
    let mut layouts: Vec<&str> = clip.crop.iter().map(|part| part.layout.as_str()).collect();
    layouts.sort_unstable();
    layouts.dedup();
    Card {
        rank: clip.rank,
        start: clip.start,
        end: clip.end,
        score: clip.score,
        title: &clip.title,
        hook: clip.hook.as_deref(),
        hashtags: &clip.hashtags,
        reason: &clip.reason,
        parts: score::parts(signals, &clip.signals, &clip.contributions),
        file: clip.file.as_deref(),
        captions: &clip.captions,
        thumbnail: clip.thumbnail.as_deref(),
        layouts,
        aspect: aspect(&clip.crop, media),
        quality: clip.quality,
        verify: clip.verify.as_ref(),
    }
}

/// Returns the shape of a clip: that of a crop that follows one thing, and of the source without any.
fn aspect(crop: &[CropPart], media: &MediaFacts) -> f64 {
    let columns = f64::from(media.width.max(1));
    let (width, height) = (columns * media.pixel_aspect, f64::from(media.height.max(1)));
    let track = crop.iter().find(|part| part.layout == "track");
    let shown = track
        .and_then(|part| part.path.first())
        .filter(|shown| shown.h > 0.0);
    match shown {
        Some(shown) => width * shown.w / (height * shown.h),
        None if crop.is_empty() => width / height,
        None => 9.0 / 16.0, // parts side by side, or the whole on a backdrop: made for upright clips
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::clips::tests::full;
    use std::os::unix::ffi::OsStrExt;
    use std::time::Duration;

    fn media(width: u32, height: u32) -> MediaFacts {
        MediaFacts {
            start: Seconds::default(),
            duration: Duration::from_secs(90).into(),
            width,
            height,
            pixel_aspect: 1.0,
            fps: None,
            frames: 0,
            rotation: 0,
            vfr: false,
            timecode: None,
            video_codec: None,
            audio_codec: None,
            mixed_audio: Vec::new(),
        }
    }

    #[test]
    fn the_shape_of_a_clip_is_that_of_its_crop() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-3, "{a} {b}");
        let mut crop = full("A").crop;
        near(aspect(&crop, &media(1920, 1080)), 9.0 / 16.0);
        near(aspect(&[], &media(1920, 1080)), 16.0 / 9.0);
        let anamorphic = MediaFacts {
            pixel_aspect: 64.0 / 45.0,
            ..media(720, 576)
        };
        near(aspect(&[], &anamorphic), 16.0 / 9.0);
        near(aspect(&crop, &anamorphic), 9.0 / 16.0);
        crop[0].layout = "split".into();
        near(aspect(&crop, &media(1920, 1080)), 9.0 / 16.0);
        near(aspect(&[], &media(0, 0)), 1.0);
    }

    #[test]
    fn the_page_names_the_file_without_its_folder() {
        assert_eq!(file_name(Path::new("/home/someone/talk.mp4")), "talk.mp4");
        let odd = Path::new(std::ffi::OsStr::from_bytes(b"/x/\xFF.mp4"));
        assert_eq!(file_name(odd), "bytes:%FF.mp4");
    }

    #[test]
    fn a_score_that_is_not_a_number_is_refused() {
        let facts = JobFacts {
            id: "a",
            input: Path::new("a.mp4"),
        };
        let analysis = AnalysisFile::new(media(2, 2), &[], &[], None, []);
        let mut clip = full("A");
        clip.score = f64::NAN;
        let clips = Clips::new(vec![clip]);
        let page = super::super::job(&facts, &analysis, &Candidates::new(vec![]), &clips);
        assert!(matches!(page, Err(crate::export::Error::Content(_))));
    }
}
