//! `clips.json` and `clips.csv` of a run: the clips of all jobs, the best first. Pure.

use csv::{Terminator, WriterBuilder};
use serde::{Deserialize, Serialize};

use super::clip_row::ClipRow;
use crate::export::Error;

/// The layout of the run's `clips.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunClips {
    /// Counts incompatible changes of the layout.
    pub schema: u32,
    /// The best first.
    pub clips: Vec<RankedClip>,
}

/// A clip among all of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankedClip {
    /// Its place among all clips of the run, from 1.
    pub place: usize,
    /// The job.
    pub job: String,
    /// The clip; its paths are seen from the output folder.
    #[serde(flatten)]
    pub clip: ClipRow,
}

const COLUMNS: [&str; 11] = [
    "place",
    "job",
    "rank",
    "start",
    "end",
    "duration",
    "score",
    "quality",
    "title",
    "file",
    "thumbnail",
];

/// Ranks clips by score; of equal ones the first told of comes first.
pub fn rank_clips(clips: &[(String, ClipRow)]) -> Vec<RankedClip> {
    let mut ranked: Vec<&(String, ClipRow)> = clips.iter().collect();
    ranked.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    let place = |(place, (job, clip)): (usize, &(String, ClipRow))| {
        let beside = |path: &Option<String>| path.as_ref().map(|path| format!("{job}/{path}"));
        RankedClip {
            place,
            job: job.clone(),
            clip: ClipRow {
                file: beside(&clip.file),
                thumbnail: beside(&clip.thumbnail),
                ..clip.clone()
            },
        }
    };
    (1..).zip(ranked).map(place).collect()
}

/// Returns the clips as RFC 4180 text, a row each; seconds have six decimals, and an empty field stands for `null`.
///
/// # Errors
/// [`Error::Content`].
pub fn run_clips_csv(clips: &[RankedClip]) -> Result<Vec<u8>, Error> {
    let content = |error: csv::Error| Error::Content(error.to_string());
    let mut table = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    table.write_record(COLUMNS).map_err(content)?;
    for ranked in clips {
        table.write_record(row(ranked)).map_err(content)?;
    }
    let bytes = table.into_inner();
    bytes.map_err(|error| Error::Content(error.to_string()))
}

fn row(ranked: &RankedClip) -> [String; 11] {
    let RankedClip { place, job, clip } = ranked;
    [
        place.to_string(),
        job.clone(),
        clip.rank.to_string(),
        format!("{:.6}", clip.start),
        format!("{:.6}", clip.end),
        format!("{:.6}", clip.end - clip.start),
        format!("{:.6}", clip.score),
        clip.quality
            .map_or_else(String::new, |quality| format!("{quality:.6}")),
        clip.title.clone(),
        clip.file.clone().unwrap_or_default(),
        clip.thumbnail.clone().unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(rank: u32, score: f64) -> ClipRow {
        ClipRow {
            rank,
            start: 1.5,
            end: 20.0,
            score,
            quality: None,
            title: "Luck, \"defined\"".into(),
            file: Some(format!("clips/0{rank}.mp4")),
            thumbnail: None,
        }
    }

    #[test]
    fn the_clips_of_all_jobs_stand_by_score() {
        let told = [
            ("a".to_owned(), clip(1, 0.7)),
            ("a".to_owned(), clip(2, 0.5)),
            ("b".to_owned(), clip(1, 0.7)),
            ("b".to_owned(), clip(2, 0.9)),
        ];
        let ranked = rank_clips(&told);
        let order: Vec<_> = ranked
            .iter()
            .map(|one| (one.place, &one.job[..], one.clip.rank))
            .collect();
        assert_eq!(order, [(1, "b", 2), (2, "a", 1), (3, "b", 1), (4, "a", 2)]);
        let table = String::from_utf8(run_clips_csv(&ranked[..1]).unwrap()).unwrap();
        let row = "1,b,2,1.500000,20.000000,18.500000,0.900000,,\"Luck, \"\"defined\"\"\",b/clips/02.mp4,\r\n";
        assert!(table.ends_with(row), "{table}");
    }
}
