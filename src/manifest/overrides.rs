//! `[[job.override]]`: framing decided by a person for a part of a video.

use std::sync::Arc;

use toml::de::DeValue;

use crate::frame::{Layout, Rect};
use crate::manifest::value::{SpannedValue, text, unknown};
use crate::settings::{Document, Problem, SettingsReader, parse_time};
use crate::timeline::{TimeRange, Timestamp};

/// A person's decision about the framing of a part of a video; it holds to the instant, in the middle of a shot too.
#[derive(Debug, Clone, PartialEq)]
pub struct FramingOverride {
    /// When, on the file's own clock.
    pub range: TimeRange,
    /// The layout; `None` leaves it open, or makes it the one that shows the region.
    pub layout: Option<Layout>,
    /// What must be shown, in fractions of the upright picture: all of it, and as little else as the clip's shape allows.
    pub region: Option<Rect>,
    /// What must be shown one above the other, from the top; empty where one region or none is named.
    pub regions: Vec<Rect>,
}

const KEYS: [&str; 5] = ["start", "end", "layout", "region", "regions"];
/// How many regions may stand one above the other.
const REGIONS: std::ops::RangeInclusive<usize> = 2..=4;
/// The layouts that may be decided on.
const LAYOUTS: [Layout; 4] = [Layout::Track, Layout::Split, Layout::Stack, Layout::Fit];

/// Reads the overrides of a job; what is wrong is told and left out.
pub(super) fn read(
    document: &Document<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Arc<[FramingOverride]> {
    let Some(list) = value.get_ref().as_array() else {
        let problem = document.problem(value.span().start, "`override` is a list of tables");
        let hint = "write [[job.override]] with two brackets";
        reader.problems.push(problem.hint(hint));
        return Arc::default();
    };
    let read = list.iter().filter_map(|one| one_of(document, one, reader));
    read.collect()
}

fn one_of(
    document: &Document<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<FramingOverride> {
    let at = value.span().start;
    let known = reader.problems.len();
    let (mut start, mut end, mut layout, mut region) = (None, None, None, None);
    let mut regions = Vec::new();
    for (key, value) in value.get_ref().as_table()? {
        match key.get_ref().as_ref() {
            "start" => start = time(document, value, reader),
            "end" => end = time(document, value, reader),
            "layout" => layout = layout_of(document, value, reader),
            "region" => region = region_of(document, value, reader),
            "regions" => regions = regions_of(document, value, reader),
            other => reader.problems.push(unknown(document, key, other, &KEYS)),
        }
    }
    // Told beside what else is wrong.
    if let (Some(start), Some(end)) = (start, end)
        && TimeRange::new(start, end).is_none()
    {
        let problem = document.problem(at, "it ends before it starts");
        reader.problems.push(problem.hint("exchange start and end"));
    }
    if reader.problems.len() > known {
        return None;
    }
    match checked(start, end, layout, region, regions) {
        Ok(decided) => Some(decided),
        Err(why) => {
            let hint = "for example start = \"1:02\", end = \"1:10\", layout = \"fit\"";
            reader.problems.push(document.problem(at, why).hint(hint));
            None
        }
    }
}

/// Returns the override that these values make, or what is missing.
fn checked(
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    layout: Option<Layout>,
    region: Option<Rect>,
    regions: Vec<Rect>,
) -> Result<FramingOverride, &'static str> {
    let (start, end) = start.zip(end).ok_or("an override needs start and end")?;
    let range = TimeRange::new(start, end).ok_or("it ends before it starts")?;
    if layout.is_none() && region.is_none() && regions.is_empty() {
        return Err("an override needs a layout or a region");
    }
    if region.is_some() && !regions.is_empty() {
        return Err("an override has one region or several");
    }
    let stacks = matches!(layout, None | Some(Layout::Split | Layout::Stack));
    if !regions.is_empty() && !stacks {
        return Err("several regions are shown by split or stack");
    }
    Ok(FramingOverride {
        range,
        layout,
        region,
        regions,
    })
}

fn time(
    document: &Document<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<Timestamp> {
    let written = text(document, value, reader)?;
    let time = parse_time(written);
    if time.is_none() {
        let problem = problem_at(document, value, format!("{written:?} is not a time"));
        reader
            .problems
            .push(problem.hint("write \"1:02:03.5\" or \"62.5s\""));
    }
    time
}

fn layout_of(
    document: &Document<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<Layout> {
    let written = text(document, value, reader)?;
    let layout = LAYOUTS.into_iter().find(|layout| layout.name() == written);
    if layout.is_none() {
        let problem = problem_at(document, value, format!("{written:?} is not a layout"));
        reader
            .problems
            .push(problem.hint("\"track\", \"split\", \"stack\" or \"fit\""));
    }
    layout
}

fn regions_of(
    document: &Document<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Vec<Rect> {
    let list = value.get_ref().as_array();
    let Some(list) = list.filter(|list| REGIONS.contains(&list.len())) else {
        let why = "regions are a list of two to four, from the top";
        let problem = document.problem(value.span().start, why);
        let hint = "for example regions = [[0.0, 0.0, 1.0, 0.7], [0.7, 0.7, 0.3, 0.3]]";
        reader.problems.push(problem.hint(hint));
        return Vec::new();
    };
    let regions = list
        .iter()
        .filter_map(|region| region_of(document, region, reader));
    regions.collect()
}

fn region_of(
    document: &Document<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<Rect> {
    let numbers: Option<Vec<f64>> = value
        .get_ref()
        .as_array()
        .and_then(|list| list.iter().map(|one| number(one.get_ref())).collect());
    let region = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
    let region = region.filter(|[x, y, w, h]| {
        let inside = |from: f64, length: f64| from >= 0.0 && length > 0.0 && from + length <= 1.0;
        inside(*x, *w) && inside(*y, *h)
    });
    if region.is_none() {
        let why = "a region is left, top, width and height in fractions of the picture";
        let problem = document.problem(value.span().start, why);
        let hint = "for example region = [0.25, 0.0, 0.5, 1.0]";
        reader.problems.push(problem.hint(hint));
    }
    region.map(|[x, y, width, height]| Rect {
        x,
        y,
        width,
        height,
    })
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(integer) => integer.as_str().parse().ok(),
        _ => None,
    }
}

fn problem_at(document: &Document<'_>, value: &SpannedValue<'_>, why: String) -> Problem {
    document.problem(value.span().start, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Keys;

    #[test]
    fn every_mistake_of_an_override_is_told() {
        let text = "[[override]]\nstart = '10s'\nend = '5s'\nlayout = 'zoom'\nregion = [0.5, 0.0, 0.9, 1.0]";
        let keys = Keys::built_in();
        let document = Document::parse("jobs.toml", text).unwrap_or_else(|p| panic!("{p}"));
        let mut reader = SettingsReader::new(&keys);
        let (_, value) = document.root.iter().next().unwrap();
        assert!(read(&document, value, &mut reader).is_empty());
        let told: Vec<String> = reader.problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        for wrong in ["ends before it starts", "not a layout", "a region is"] {
            assert!(told.iter().any(|line| line.contains(wrong)), "{wrong}");
        }
    }
}
