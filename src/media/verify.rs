//! Verification: opens a finished clip again and measures it.

mod captions;
mod check;
mod content;
mod delivery;
mod detail;
mod expectation;
mod faststart;
mod glyphs;
mod measure;
mod panes;

use std::path::Path;

use self::check::check;
use self::delivery::{edit_lists, sound_form};
use self::detail::asked_bits;
use self::faststart::leading_index;
use self::glyphs::share_of_boxes;
use self::measure::{ClipMeasure, measure};
use super::probe::probe;
use super::render::SILENT;
use super::sheet::{ContactSheet, Tiles};
use super::{Error, Limits, Media, VideoStream};

pub use self::check::Check;
pub use self::expectation::{ClipSource, Cues, Expectation, TextLimit};

/// Seconds that sound and pictures may begin or end apart: less than people notice, more than one AAC frame is off.
const APART: f64 = 0.020;
/// Loudness units by which coding may change what was measured before it.
const METER: f64 = 0.3;
/// Decibels that the encoder's ripple may lift a peak above what was asked for.
const RIPPLE: f64 = 0.9;
/// Seconds of black or of one colour, and of standing still, that the source did not have.
const NOTHING: f64 = 0.25;
const FROZEN: f64 = 0.8;
/// Share of the picture by which captions may leave their area: an outline is a little larger than its letter.
const OUTSIDE: f64 = 0.01;
/// Share by which a pixel may be out of shape.
const STRETCH: f64 = 0.01;
/// Share of the faces that may be cut off.
const CUT_OFF: f64 = 0.1;
/// The same of the heads of persons whose face is not seen: they are found less often, and less exactly.
const HEADS_CUT_OFF: f64 = 0.25;
/// Share of the time with panes in which one of them may be dark.
const DARK: f64 = 0.1;

/// Share of black from which on a source shows nothing else.
const ALL_BLACK: f64 = 0.9;
/// Levels by which a picture of the clip may differ from the source's, in the mean of 48x27 cells.
const OTHER_PICTURE: f64 = 3.0;
/// Part of a second's sound that need not be the source's.
const OTHER_SOUND: f64 = 0.5;
/// The same of the difference of two channels: an encoder saves on that first.
const SWAPPED: f64 = 0.9;

/// Share of the source's detail that may be lost in a clip of fewer bits than platforms ask.
const LOST_DETAIL: f64 = 0.1;

/// Opens a clip, decodes all of it and holds it against what it should be.
///
/// - `decodes`: packets and frames that are damaged, of both streams; none.
/// - `seekable`: pictures that a player cannot show which jumps to the key frame before them; none.
/// - `frames`: frames too many or too few; none.
/// - `duration`: seconds that the pictures are too long or too short; one frame.
/// - `size`: pixels that width and height are off, added; none.
/// - `aspect`: share by which the shape that people see is off; 0.01.
/// - `codec`: streams in another code than was asked for, and `pixel_format`: in another than 8-bit 4:2:0; none.
/// - `audio`: audio streams too many or too few; none.
/// - `av_start`: seconds between the first picture and the first sound, after the encoder's padding is taken off; 0.02.
/// - `av_end`: seconds between the end of the last picture and the end of the sound; 0.02.
/// - `silence`: 1 when nothing is to be heard and something should; 0.
/// - `loudness`: loudness units off; 1.5. `true_peak`: dBTP; as asked for. Only where a loudness was asked for.
/// - `black`, `blank`, `frozen`: share of the time beyond the source's own; a quarter of a second, frozen 0.8 s. Only
///   where the source's are known.
/// - `captions`: share of the cues looked at that are not to be seen; 0.
/// - `captions_area`: share of the picture by which they leave their area; 0.01.
/// - `glyphs`: share of the captions' letters that are drawn as the box of a missing glyph; 0. All three only where there
///   are some.
/// - `faces`: share of the faces that is cut off; 0.1. Only where there are some.
/// - `persons`: share of the heads that is cut off of persons whose face is not seen; 0.25. Only where there are some.
/// - `pane_light`: share of the time with panes one above the other in which one has less than a quarter of another's light; 0.1.
///   Only where there are some.
/// - `text_cut`: share of the time with text in the source's picture in which a line of it is cut by the clip's edge; 0.1,
///   or 1 where faces come first. Only where there is some that lasts a second.
/// - `stretch`: share by which the framing distorts; 0.01.
/// - `colour_tags`: tags that are not of BT.709 in limited range; none. `constant_rate`: frames that are not at their time; none.
///   `key_frames`: frames from one key frame to the next; half a second. `first_frame`: 1 when it is black and not all of the source
///   is; 0. `sound_format`: tracks that are not 48 kHz stereo; none. `edit_lists`: those that a player would need; none.
/// - `picture_content`: levels by which the first, middle or last picture differs from the source's at that time; 3.
///   `sound_content`: one less the correlation of the first, middle or last second with the source's sound; 0.5. `channels`: the
///   same for the difference of the channels; 0.9. `bit_rate`: share of the source's detail that the same pictures lack, one less
///   their structural similarity, where the clip has fewer bits a second than platforms ask (8 million at 1080x1920 and 30 pictures)
///   and was not asked to be coarse; 0.1. These and the line before only where it is known what the clip is of.
/// - `faststart`: 1 when the index comes after the media; 0.
pub fn verify(path: &Path, expected: &Expectation, limits: &Limits) -> Result<Vec<Check>, Error> {
    checks(path, expected, None, limits)
}

/// Verifies a clip and makes a sheet of the pictures decoded for it, also of a clip that is not well.
pub fn verify_with_sheet(
    path: &Path,
    expected: &Expectation,
    sheet: &ContactSheet<'_>,
    limits: &Limits,
) -> Result<Vec<Check>, Error> {
    checks(path, expected, Some(sheet), limits)
}

fn checks(
    path: &Path,
    expected: &Expectation,
    sheet: Option<&ContactSheet<'_>>,
    limits: &Limits,
) -> Result<Vec<Check>, Error> {
    let media = probe(path, limits)?;
    let video = media.video.as_ref().ok_or(Error::NoVideoStream)?;
    let mut tiles = sheet.map(|sheet| Tiles::new(video, sheet.interval, expected.duration));
    let found = measure(path, &media, video, expected, tiles.as_mut(), limits)?;
    if let (Some(sheet), Some(tiles)) = (sheet, tiles) {
        tiles.write(sheet.output)?;
    }
    let mut checks = form(&media, video, &found, expected);
    checks.extend(sound(&found, expected));
    checks.extend(pictures(&found, expected));
    let index = leading_index(path)?;
    if let Some(source) = &expected.clip_of {
        let index = index.as_deref().unwrap_or_default();
        checks.extend(delivered(index, &media, &found, expected, source));
        checks.extend(content(&found, expected, source, limits)?);
    }
    if let Some(cues) = &expected.captions {
        checks.push(check("glyphs", share_of_boxes(&cues.captions)?, 0.0));
    }
    checks.push(check(
        "faststart",
        f64::from(u8::from(index.is_none())),
        0.0,
    ));
    Ok(checks)
}

/// Holds streams, sizes and times against what they should be.
fn form(
    media: &Media,
    video: &VideoStream,
    found: &ClipMeasure,
    expected: &Expectation,
) -> Vec<Check> {
    let duration = found.duration(video, expected.duration);
    let off = duration.abs_diff(expected.duration).as_secs_f64();
    let wanted = expected.duration.as_secs_f64();
    let frame = wanted / expected.frames.max(1) as f64;
    let sides = video.width.abs_diff(expected.width) + video.height.abs_diff(expected.height);
    let streams = media.audio_streams.len();
    let streams = streams.abs_diff(1);
    let foreign = usize::from(video.codec != expected.codec.codec())
        + media
            .audio_streams
            .iter()
            .filter(|audio| audio.codec != "aac")
            .count();
    let planar = matches!(video.pixel_format.as_str(), "yuv420p" | "yuvj420p");
    vec![
        check("decodes", found.corrupt as f64, 0.0),
        check("seekable", found.leading as f64, 0.0),
        check("frames", found.frames.abs_diff(expected.frames) as f64, 0.0),
        check("duration", off, frame),
        check("size", f64::from(sides), 0.0),
        check("aspect", out_of_shape(video, expected), STRETCH),
        check("codec", foreign as f64, 0.0),
        check("pixel_format", f64::from(u8::from(!planar)), 0.0),
        check("audio", streams as f64, 0.0),
        check("av_start", found.apart_at_start().unwrap_or(0.0), APART),
        check("av_end", found.apart_at_end(duration).unwrap_or(0.0), APART),
    ]
}

/// Holds a clip against what players and platforms take.
fn delivered(
    index: &[u8],
    media: &Media,
    found: &ClipMeasure,
    expected: &Expectation,
    source: &ClipSource,
) -> Vec<Check> {
    let is_black = expected
        .source
        .is_some_and(|shares| shares.black > ALL_BLACK);
    let mut checks = found.form.checks(source.rate, is_black);
    checks.push(sound_form(media));
    checks.push(edit_lists(index));
    checks
}

/// Holds a clip's pictures and sound against those of its source at that time.
fn content(
    found: &ClipMeasure,
    expected: &Expectation,
    source: &ClipSource,
    limits: &Limits,
) -> Result<Vec<Check>, Error> {
    let Some(mask) = &found.mask else {
        return Ok(Vec::new());
    };
    let apart = found.content.compare(source, mask, limits)?;
    Ok(vec![
        check("picture_content", apart.pictures, OTHER_PICTURE),
        check("sound_content", apart.sound, OTHER_SOUND),
        check("channels", apart.channels, SWAPPED),
        bit_rate(found, expected, source, apart.lost_detail),
    ])
}

/// Holds how much detail is lost against what may be, where a clip has fewer bits than platforms ask.
fn bit_rate(
    found: &ClipMeasure,
    expected: &Expectation,
    source: &ClipSource,
    lost_detail: f64,
) -> Check {
    let seconds = expected.duration.as_secs_f64().max(1e-3);
    let bits = 8.0 * found.bytes as f64 / seconds;
    let asked = asked_bits(
        (expected.width, expected.height),
        source.rate,
        expected.codec,
    );
    // Half of a clip's pictures are then second fields, which the source is not asked for.
    let of_source = source
        .media
        .video
        .as_ref()
        .and_then(VideoStream::picture_rate);
    let of_source = of_source.map(|(num, den)| f64::from(num) / f64::from(den));
    let is_doubled = of_source.is_some_and(|rate| source.rate.frames_a_second() > 1.5 * rate);
    let is_judged = bits < asked && !is_doubled && !expected.coarse;
    let lost = if is_judged { lost_detail } else { 0.0 };
    check("bit_rate", lost, LOST_DETAIL)
}

fn out_of_shape(video: &VideoStream, expected: &Expectation) -> f64 {
    let shape = |(width, height): (u32, u32)| f64::from(width.max(1)) / f64::from(height.max(1));
    let ratio = shape(video.display_size()) / shape((expected.width, expected.height));
    ratio.max(1.0 / ratio) - 1.0
}

fn sound(found: &ClipMeasure, expected: &Expectation) -> Vec<Check> {
    let Some((loudness, peak)) = found.loudness else {
        return Vec::new();
    };
    let silent = expected.audible && loudness <= SILENT;
    let mut checks = vec![check("silence", f64::from(u8::from(silent)), 0.0)];
    if let Some(wanted) = expected.loudness {
        // Minus infinity is no number for a file.
        let off = (loudness.max(SILENT) - wanted.target).abs();
        checks.push(check("loudness", off, wanted.tolerance + METER));
        checks.push(check(
            "true_peak",
            peak.max(2.0 * SILENT),
            wanted.peak + RIPPLE,
        ));
    }
    checks
}

fn pictures(found: &ClipMeasure, expected: &Expectation) -> Vec<Check> {
    let seconds = expected.duration.as_secs_f64().max(1e-3);
    let beyond = |name: &str, clip: f64, source: f64, most: f64| {
        check(name, (clip - source).max(0.0), most / seconds)
    };
    let mut checks = Vec::new();
    if let (shares, Some(source)) = (found.shares, expected.source) {
        checks.push(beyond("black", shares.black, source.black, NOTHING));
        checks.push(beyond("blank", shares.blank, source.blank, NOTHING));
        checks.push(beyond("frozen", shares.frozen, source.frozen, FROZEN));
    }
    if let Some(seen) = found.captions {
        checks.push(check("captions", seen.missing, 0.0));
        checks.push(check("captions_area", seen.outside, OUTSIDE));
    }
    if let Some(inside) = expected.faces {
        checks.push(check("faces", 1.0 - inside, CUT_OFF));
    }
    if let Some(inside) = expected.persons {
        checks.push(check("persons", 1.0 - inside, HEADS_CUT_OFF));
    }
    if let Some(dark) = found.panes.dark() {
        checks.push(check("pane_light", dark, DARK));
    }
    if let Some(text) = expected.text {
        checks.push(check("text_cut", text.cut, text.limit));
    }
    checks.push(check("stretch", expected.stretch, STRETCH));
    checks
}
