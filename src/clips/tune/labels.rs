//! Labels: what a person thought of clips.

use std::collections::BTreeMap;

use super::table::{Fault, Table};
use crate::clips::signals::{Signal, Values};

/// So many faults are told; after so many the rest is noise.
const MOST_FAULTS: usize = 10;

/// The labelled clips of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Labels {
    groups: Vec<Group>,
    /// Rows of groups in which all labels are alike: nothing can be learnt from them.
    pub alike: usize,
    /// Rows without a label.
    pub unlabelled: usize,
    /// Columns named as signals that are none.
    pub unknown: Vec<String>,
}

/// Clips that are compared with one another, those of one video, worst first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) rows: Vec<Judged>,
}

/// A clip that somebody judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judged {
    pub(super) values: Values,
    /// How good it is in its group: 0 the worst label, 1 the best, all between at equal steps.
    pub(super) gain: f64,
}

impl Labels {
    /// Reads a CSV table with a header.
    ///
    /// `label` is `kept` or `dropped`, or a number of which higher is better; rows without one are left out. `group`,
    /// `job` or `video` says which clips belong together; without it all do. A signal's value is 0 to 1, or empty where it
    /// is not known. Other columns do not count.
    ///
    /// # Errors
    /// The first faults; never none.
    pub fn read(csv: &[u8]) -> Result<Self, Vec<Fault>> {
        let mut table = Table::new(csv).map_err(|fault| vec![fault])?;
        let mut groups = BTreeMap::new();
        let (mut unlabelled, mut faults) = (0, Vec::new());
        while let Some(row) = table.next() {
            match row {
                Ok(row) => match row.label {
                    Some(label) => {
                        let group = groups.entry(row.group).or_insert_with(Vec::new);
                        group.push((label, row.values));
                    }
                    None => unlabelled += 1,
                },
                Err(fault) => faults.push(fault),
            }
            if faults.len() == MOST_FAULTS {
                break;
            }
        }
        if faults.is_empty() {
            Ok(Self {
                unlabelled,
                unknown: table.unknown,
                ..Self::new(groups.into_values())
            })
        } else {
            Err(faults)
        }
    }

    /// Returns these clips, given with their labels, group by group.
    pub(super) fn new(groups: impl IntoIterator<Item = Vec<(f64, Values)>>) -> Self {
        let mut labels = Self::default();
        for rows in groups {
            let count = rows.len();
            match Group::new(rows) {
                Some(group) => labels.groups.push(group),
                None => labels.alike += count,
            }
        }
        labels
    }

    /// Returns how many labels can be compared, and of how many groups they are.
    pub fn count(&self) -> (usize, usize) {
        let rows = self.groups.iter().map(|group| group.rows.len());
        (rows.sum(), self.groups.len())
    }

    /// Returns the groups that have better clips and worse ones.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }
}

impl Group {
    /// Puts the rows in an order that does not depend on the one they came in; `None` when all labels are alike.
    fn new(mut rows: Vec<(f64, Values)>) -> Option<Self> {
        let bits = |values: &Values| Signal::ALL.map(|signal| values.get(signal).map(f32::to_bits));
        rows.sort_by(|a, b| {
            a.0.total_cmp(&b.0)
                .then_with(|| bits(&a.1).cmp(&bits(&b.1)))
        });
        let levels: Vec<f64> = rows
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| same[0].0)
            .collect();
        let steps = levels.len().checked_sub(1).filter(|steps| *steps > 0)?;
        let gain =
            |label: f64| levels.partition_point(|level| *level < label) as f64 / steps as f64;
        let judged = rows.iter().map(|(label, values)| Judged {
            values: *values,
            gain: gain(*label),
        });
        Some(Self {
            rows: judged.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_csv_with_a_label_is_read() {
        let csv = "rank,title,signal.motion,signal.face-size,contribution.motion,label\r\n\
            1,\"one, \"\"two\"\"\nthree\",0.9,,0.04,kept\r\n2,b,0.1,0.5,0.01,Dropped\r\n3,c,0.2,0.5,0.01,\r\n";
        let labels = Labels::read(csv.as_bytes()).unwrap();
        assert_eq!((labels.count(), labels.unlabelled), ((2, 1), 1));
        let [worse, better] = labels.groups[0].rows[..] else {
            panic!("{labels:?}")
        };
        assert_eq!((worse.gain, better.gain), (0.0, 1.0));
        assert_eq!(better.values.get(Signal::Motion), Some(0.9));
        assert_eq!(better.values.get(Signal::FaceSize), None);
        assert_eq!(worse.values.get(Signal::FaceSize), Some(0.5));
    }

    #[test]
    fn signals_are_named_alone_or_as_in_either_file() {
        let csv = "\u{feff}Label,hook,signal.motion,signals.faces,signal.hok,colour\n1,0,0,0,7,red\n0,1,1,1,,\n";
        let labels = Labels::read(csv.as_bytes()).unwrap();
        assert_eq!(labels.unknown, ["hok"]);
        assert_eq!(labels.groups[0].rows[0].values.by_name().len(), 3);
    }

    #[test]
    fn labels_are_levels_inside_their_video() {
        let csv = "job,label,hook\na,100,0\nb,3,0.1\na,-5,0.2\nb,1,0.3\na,7,0.4\nc,1,0\nc,kept,0\n";
        let labels = Labels::read(csv.as_bytes()).unwrap();
        let gains = |group: &Group| group.rows.iter().map(|row| row.gain).collect::<Vec<_>>();
        let found: Vec<_> = labels.groups.iter().map(gains).collect();
        assert_eq!(found, [vec![0.0, 0.5, 1.0], vec![0.0, 1.0]]);
        assert_eq!(labels.alike, 2);
    }
}
