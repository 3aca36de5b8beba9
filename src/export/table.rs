//! `clips.csv`: the clips as a table.

use std::collections::BTreeSet;

use csv::{Terminator, WriterBuilder};

use super::clips::ClipRecord;
use super::file::Error;
use super::number::{Seconds, rounded};

const COLUMNS: [&str; 13] = [
    "rank", "start", "end", "duration", "score", "title", "reason", "file", "verified", "quality",
    "hook", "keywords", "hashtags",
];

/// A column that only some tables have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ScoreColumn<'c> {
    Signal(&'c str),
    Contribution(&'c str),
}

/// Returns the clips as RFC 4180 text: one row each, and for every signal that any of them has a column `signal.NAME` with its
/// value and a column `contribution.NAME` with what it gives to the score.
///
/// Seconds have six decimals; an empty field stands for `null`. Keywords are parted by `; `, hashtags by a space.
pub fn clips_csv(clips: &[ClipRecord]) -> Result<Vec<u8>, Error> {
    let parts: BTreeSet<ScoreColumn<'_>> = clips.iter().flat_map(parts).collect();
    let mut table = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let titles = COLUMNS.iter().map(|&name| name.to_owned());
    let titles = titles.chain(parts.iter().map(ScoreColumn::title));
    let content = |error: csv::Error| Error::Content(error.to_string());
    table.write_record(titles).map_err(content)?;
    for clip in clips {
        table.write_record(row(clip, &parts)?).map_err(content)?;
    }
    table
        .into_inner()
        .map_err(|error| Error::Content(error.to_string()))
}

fn parts(clip: &ClipRecord) -> impl Iterator<Item = ScoreColumn<'_>> {
    let signals = clip.signals.keys().map(|name| ScoreColumn::Signal(name));
    let given = clip.contributions.keys();
    signals.chain(given.map(|name| ScoreColumn::Contribution(name)))
}

impl ScoreColumn<'_> {
    fn title(&self) -> String {
        match self {
            Self::Signal(name) => format!("signal.{name}"),
            Self::Contribution(name) => format!("contribution.{name}"),
        }
    }

    fn of(self, clip: &ClipRecord) -> Option<f64> {
        match self {
            Self::Signal(name) => clip.signals.get(name).copied(),
            Self::Contribution(name) => clip.contributions.get(name).copied(),
        }
    }
}

fn row(clip: &ClipRecord, parts: &BTreeSet<ScoreColumn<'_>>) -> Result<Vec<String>, Error> {
    let mut row = vec![
        clip.rank.to_string(),
        seconds(clip.start),
        seconds(clip.end),
        seconds(clip.end.since(clip.start)),
        number(clip.score)?,
        clip.title.clone(),
        clip.reason.clone(),
        clip.file.clone().unwrap_or_default(),
        clip.verify
            .as_ref()
            .map(|verify| verify.ok.to_string())
            .unwrap_or_default(),
        clip.quality.map(number).transpose()?.unwrap_or_default(),
        clip.hook.clone().unwrap_or_default(),
        clip.keywords.join("; "),
        clip.hashtags.join(" "),
    ];
    for part in parts {
        let value = part.of(clip);
        row.push(value.map(number).transpose()?.unwrap_or_default());
    }
    Ok(row)
}

fn seconds(time: Seconds) -> String {
    format!("{:.6}", time.as_f64())
}

fn number(value: f64) -> Result<String, Error> {
    rounded(value)
        .map(|value| value.to_string())
        .ok_or_else(|| Error::Content(format!("{value} is not a finite number")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::clips::tests::full;
    use proptest::prelude::*;

    #[test]
    fn a_clip_is_a_row() {
        let text = String::from_utf8(clips_csv(&[full("one, \"two\"")]).unwrap()).unwrap();
        assert_eq!(
            text,
            "rank,start,end,duration,score,title,reason,file,verified,quality,hook,keywords,hashtags,signal.length,signal.motion,contribution.length,contribution.motion\r\n\
             1,12.500000,45.040000,32.540000,0.8732,\"one, \"\"two\"\"\",\"motion 0.9, length 0.8\",clips/01-a.mp4,true,,Why so?,solar panel; Café,#SolarPanel #Café,0.3,0.9,0.12,0.7532\r\n"
        );
    }

    #[test]
    fn without_clips_the_titles_stay() {
        let text = String::from_utf8(clips_csv(&[]).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 1);
    }

    proptest! {
        #[test]
        fn any_title_and_reason_survive(title in any::<String>(), reason in "[ -~\r\n\"]{0,40}") {
            let mut clip = full(&title);
            clip.reason = reason.clone();
            let bytes = clips_csv(&[clip]).unwrap();
            let mut table = csv::Reader::from_reader(bytes.as_slice());
            let row = table.records().next().unwrap().unwrap();
            prop_assert_eq!(&row[5], title.as_str());
            prop_assert_eq!(&row[6], reason.as_str());
        }
    }
}
