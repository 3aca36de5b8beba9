//! `clips.json` and `candidates.json`: what was chosen, and what it was chosen from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::number::{Seconds, finite, finite_map, finite_option};

/// The layout of `clips.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clips {
    /// Counts incompatible changes of the layout.
    pub schema: u32,
    /// The clips, best first.
    pub clips: Vec<ClipRecord>,
}

/// The layout of `candidates.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidates {
    /// Counts incompatible changes of the layout.
    pub schema: u32,
    /// All candidates, best first.
    pub candidates: Vec<CandidateRecord>,
}

/// A clip that was made. File names are relative to the folder of `clips.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipRecord {
    /// 1 is the best.
    pub rank: u32,
    /// Where it begins, on the source's own clock.
    pub start: Seconds,
    /// Where it ends (exclusive), on the source's own clock.
    pub end: Seconds,
    /// How good it is.
    #[serde(serialize_with = "finite")]
    pub score: f64,
    /// A line for people: what is said in it, where something is.
    pub title: String,
    /// Another line of what is said, to open with; `null` where there is none.
    #[serde(default)]
    pub hook: Option<String>,
    /// What is talked about, the most telling first.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// The keywords as tags: `#ClimateChange`.
    #[serde(default)]
    pub hashtags: Vec<String>,
    /// Why it was chosen.
    pub reason: String,
    /// What speaks for it: every signal that is known, 0 to 1.
    #[serde(serialize_with = "finite_map")]
    pub signals: BTreeMap<String, f64>,
    /// The score taken apart: what each signal gives to it; together they are the score.
    #[serde(default, serialize_with = "finite_map")]
    pub contributions: BTreeMap<String, f64>,
    /// The video; `null` before it is rendered.
    pub file: Option<String>,
    /// Caption files beside it; empty without captions.
    pub captions: Vec<String>,
    /// The cover picture; `null` without one.
    pub thumbnail: Option<String>,
    /// Pictures of all of it on one sheet; `null` without one.
    #[serde(default)]
    pub contact_sheet: Option<String>,
    /// What of the picture is shown, part after part.
    pub crop: Vec<CropPart>,
    /// How little an editor would object to, 0 to 1; `null` where that was not judged.
    #[serde(serialize_with = "finite_option")]
    pub quality: Option<f64>,
    /// What an editor would object to, in words; empty for a clip that can be posted as it is.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The file with all that was measured of it; `null` before it is made.
    #[serde(default)]
    pub evidence: Option<String>,
    /// What was found when the file was opened again; `null` when it was not.
    pub verify: Option<Verification>,
}

/// A segment that could have become a clip: a [`ClipRecord`] without files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateRecord {
    /// Its place among all candidates by score, 1 is the best.
    pub rank: u32,
    /// Where it begins, on the source's own clock.
    pub start: Seconds,
    /// Where it ends (exclusive), on the source's own clock.
    pub end: Seconds,
    /// How good it is.
    #[serde(serialize_with = "finite")]
    pub score: f64,
    /// A line for people.
    pub title: String,
    /// Why it was chosen, or why not.
    pub reason: String,
    /// What speaks for it: every signal that is known, 0 to 1.
    #[serde(serialize_with = "finite_map")]
    pub signals: BTreeMap<String, f64>,
    /// The score taken apart: what each signal gives to it; together they are the score.
    #[serde(default, serialize_with = "finite_map")]
    pub contributions: BTreeMap<String, f64>,
    /// The rank of the clip made from it; `null` when it was not chosen.
    pub clip: Option<u32>,
}

/// Crop of the picture for a segment of the clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CropPart {
    /// Where it begins, on the source's own clock.
    pub start: Seconds,
    /// Where it ends (exclusive), on the source's own clock.
    pub end: Seconds,
    /// How the picture is laid out: `track`, `split` (two parts of one time, the upper one first), `fit` or `whole`.
    pub layout: String,
    /// The share of the heads that it shows whole, by weight and time.
    #[serde(serialize_with = "finite")]
    pub coverage: f64,
    /// How unsteady it is: the largest change of acceleration, in crops a second, per second, per second.
    #[serde(serialize_with = "finite")]
    pub jerk: f64,
    /// Where the crop is; between two boxes it moves in a straight line.
    pub path: Vec<CropBox>,
}

/// A crop at a moment, in fractions of the upright picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CropBox {
    /// When, on the source's own clock.
    pub time: Seconds,
    /// Left edge.
    #[serde(serialize_with = "finite")]
    pub x: f64,
    /// Upper edge.
    #[serde(serialize_with = "finite")]
    pub y: f64,
    /// Width.
    #[serde(serialize_with = "finite")]
    pub w: f64,
    /// Height.
    #[serde(serialize_with = "finite")]
    pub h: f64,
}

/// A finished file judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Whether every check passed.
    pub ok: bool,
    /// The checks in the order they were made.
    pub checks: Vec<CheckRecord>,
    /// What was done another way than asked so that it passes, and why.
    #[serde(default)]
    pub repairs: Vec<String>,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// What: a stable word.
    pub name: String,
    /// Whether it passed.
    pub ok: bool,
    /// What was measured; `null` where there is no number.
    #[serde(serialize_with = "finite_option")]
    pub value: Option<f64>,
    /// What was allowed; `null` where there is no number.
    #[serde(serialize_with = "finite_option")]
    pub limit: Option<f64>,
}

impl Clips {
    /// Returns the layout of `clips`, which stand best first.
    pub fn new(clips: Vec<ClipRecord>) -> Self {
        Self { schema: 1, clips }
    }
}

impl Candidates {
    /// Returns the layout of `candidates`, which stand best first.
    pub fn new(candidates: Vec<CandidateRecord>) -> Self {
        Self {
            schema: 1,
            candidates,
        }
    }
}

impl Verification {
    /// Returns the verdict on `checks`: good when all of them are.
    pub fn new(checks: Vec<CheckRecord>) -> Self {
        Self {
            ok: checks.iter().all(|check| check.ok),
            checks,
            repairs: Vec::new(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::export::{Error, to_json};
    use std::time::Duration;

    /// A clip with something in every field.
    pub(crate) fn full(title: &str) -> ClipRecord {
        let at = |millis| Seconds::from(Duration::from_millis(millis));
        ClipRecord {
            rank: 1,
            start: at(12_500),
            end: at(45_040),
            score: 0.873_200_4,
            title: title.into(),
            hook: Some("Why so?".into()),
            keywords: vec!["solar panel".into(), "Café".into()],
            hashtags: vec!["#SolarPanel".into(), "#Café".into()],
            reason: "motion 0.9, length 0.8".into(),
            signals: BTreeMap::from([("motion".into(), 0.9), ("length".into(), 0.1 + 0.2)]),
            contributions: BTreeMap::from([
                ("motion".into(), 0.753_200_4),
                ("length".into(), 0.12),
            ]),
            file: Some("clips/01-a.mp4".into()),
            captions: vec![],
            thumbnail: None,
            contact_sheet: None,
            crop: vec![CropPart {
                start: at(12_500),
                end: at(45_040),
                layout: "track".into(),
                coverage: 0.5,
                jerk: 0.0,
                path: vec![CropBox {
                    time: at(12_500),
                    x: 1.0 / 3.0,
                    y: 0.0,
                    w: 0.316_406_25,
                    h: 1.0,
                }],
            }],
            quality: None,
            notes: vec!["soft".into()],
            evidence: None,
            verify: Some(Verification::new(vec![CheckRecord {
                name: "duration".into(),
                ok: true,
                value: Some(32.54),
                limit: Some(0.04),
            }])),
        }
    }

    #[test]
    fn the_layout_is_what_other_programs_read() {
        let bytes = to_json(&Clips::new(vec![full("A")])).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let packed: String = text.split_whitespace().collect();
        assert_eq!(
            packed,
            r##"{"schema":1,"clips":[{"rank":1,"start":12.5,"end":45.04,"score":0.8732,"title":"A","hook":"Whyso?","keywords":["solarpanel","Café"],"hashtags":["#SolarPanel","#Café"],"reason":"motion0.9,length0.8","signals":{"length":0.3,"motion":0.9},"contributions":{"length":0.12,"motion":0.7532},"file":"clips/01-a.mp4","captions":[],"thumbnail":null,"contact_sheet":null,"crop":[{"start":12.5,"end":45.04,"layout":"track","coverage":0.5,"jerk":0.0,"path":[{"time":12.5,"x":0.333333,"y":0.0,"w":0.316406,"h":1.0}]}],"quality":null,"notes":["soft"],"evidence":null,"verify":{"ok":true,"checks":[{"name":"duration","ok":true,"value":32.54,"limit":0.04}],"repairs":[]}}]}"##
        );
        assert_eq!(
            to_json(&serde_json::from_slice::<Clips>(&bytes).unwrap()).unwrap(),
            bytes
        );
    }

    #[test]
    fn a_list_of_an_earlier_version_has_no_contributions() {
        let mut json = serde_json::to_value(full("A")).unwrap();
        json.as_object_mut().unwrap().remove("contributions");
        let clip: ClipRecord = serde_json::from_value(json).unwrap();
        assert!(clip.contributions.is_empty());
    }

    #[test]
    fn a_signal_that_is_not_a_number_is_refused_by_name() {
        let mut clip = full("A");
        clip.signals.insert("motion".into(), f64::NAN);
        let Err(Error::Content(message)) = to_json(&Clips::new(vec![clip])) else {
            panic!("NaN was written");
        };
        assert!(message.starts_with("motion: NaN"), "{message}");
    }

    #[test]
    fn one_bad_check_fails_the_clip() {
        let check = |ok| CheckRecord {
            name: "x".into(),
            ok,
            value: None,
            limit: None,
        };
        assert!(!Verification::new(vec![check(true), check(false)]).ok);
    }
}
