//! What somebody thought of clips: a table with a column `label`.

use std::collections::BTreeMap;
use std::fmt;

use csv::{ByteRecord, ErrorKind, ReaderBuilder, StringRecord, Trim};

use crate::clips::signals::{Signal, Values};

/// So many faults are told; after so many the rest is noise.
const MOST_FAULTS: usize = 10;
/// What says which clips are of one video; the first that is there counts.
const GROUPS: [&str; 3] = ["group", "job", "video"];
/// A signal is named alone, as in `clips.csv`, or as tables made from `candidates.json` name it.
const PREFIXES: [&str; 2] = ["signal.", "signals."];

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

/// Something wrong in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1 on.
    pub line: u64,
    /// What: a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// All that is wrong in the table, or the first of it; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}: {}", .0[0].line, .0[0].message)]
pub struct Faults(pub Vec<Fault>);

/// What the columns mean.
struct Columns {
    label: usize,
    group: Option<usize>,
    signals: Vec<(usize, Signal)>,
    unknown: Vec<String>,
}

impl Labels {
    /// Reads a CSV table with a header.
    ///
    /// `label` is `kept` or `dropped`, or a number of which higher is better; rows without one are left out. `group`,
    /// `job` or `video` says which clips belong together; without it all do. A signal's value is 0 to 1, or empty where it
    /// is not known. Other columns do not count.
    ///
    /// # Errors
    /// The first faults, each with its line.
    pub fn read(csv: &[u8]) -> Result<Self, Faults> {
        let mut table = ReaderBuilder::new().trim(Trim::All).from_reader(csv);
        let header = table.byte_headers().map(lossy);
        let header = header.map_err(|error| Faults(vec![unreadable(&error)]))?;
        let columns = Columns::of(&header).map_err(|fault| Faults(vec![fault]))?;
        let (mut groups, mut faults) = (BTreeMap::new(), Vec::new());
        let mut unlabelled = 0;
        for record in table.byte_records() {
            match record
                .map_err(|error| unreadable(&error))
                .and_then(|row| columns.read(&row))
            {
                Ok(Some((group, row))) => groups.entry(group).or_insert_with(Vec::new).push(row),
                Ok(None) => unlabelled += 1,
                Err(fault) => faults.push(fault),
            }
            if faults.len() == MOST_FAULTS {
                break;
            }
        }
        match faults.is_empty() {
            true => Ok(Self {
                unlabelled,
                unknown: columns.unknown,
                ..Self::new(groups)
            }),
            false => Err(Faults(faults)),
        }
    }

    /// Returns these clips, given with their labels by group.
    pub(super) fn new(by_group: BTreeMap<String, Vec<(f64, Values)>>) -> Self {
        let mut labels = Self::default();
        for rows in by_group.into_values() {
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

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, Fault> {
        let names: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
        let fault = |message: String, hint: &str| Fault {
            line: 1,
            message,
            hint: hint.to_owned(),
        };
        let find = |name: &str| names.iter().position(|known| known == name);
        let Some(label) = find("label") else {
            let hint = match names.iter().any(|name| name.contains([';', '\t'])) {
                true => "columns are divided by commas",
                false => "add it: kept or dropped, 1 or 0, or a number of which higher is better",
            };
            return Err(fault("there is no column `label`".to_owned(), hint));
        };
        let (mut signals, mut unknown) = (Vec::new(), Vec::new());
        for (column, name) in names.iter().enumerate() {
            let short = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
            match (Signal::named(short.unwrap_or(name)), short) {
                (Some(signal), _) if signals.iter().any(|(_, known)| *known == signal) => {
                    let message = format!("the signal `{}` has two columns", signal.name());
                    return Err(fault(message, "remove one of them"));
                }
                (Some(signal), _) => signals.push((column, signal)),
                (None, Some(short)) => unknown.push(short.to_owned()),
                (None, None) => {}
            }
        }
        if signals.is_empty() {
            let hint = "take clips.csv, or the signals of candidates.json: motion, faces, hook ...";
            return Err(fault("no column is a signal".to_owned(), hint));
        }
        Ok(Self {
            label,
            group: GROUPS.into_iter().find_map(find),
            signals,
            unknown,
        })
    }

    /// Returns the group, the label and the values of a row, or `None` when it has no label.
    fn read(&self, row: &ByteRecord) -> Result<Option<(String, (f64, Values))>, Fault> {
        let line = row.position().map_or(0, csv::Position::line);
        let fault = |message: String, hint: &str| Fault {
            line,
            message,
            hint: hint.to_owned(),
        };
        let row = lossy(row);
        let text = &row[self.label];
        if text.is_empty() {
            return Ok(None);
        }
        let label = label(text).ok_or_else(|| {
            let hint = "write kept or dropped, 1 or 0, or a number of which higher is better";
            fault(format!("the label {text:?} means nothing"), hint)
        })?;
        let group = self.group.map_or("", |column| &row[column]);
        if self.group.is_some() && group.is_empty() {
            let hint = "name the video, the same in all its rows";
            return Err(fault(
                "it is not said which video this is of".to_owned(),
                hint,
            ));
        }
        let mut values = Values::UNKNOWN;
        for &(column, signal) in self
            .signals
            .iter()
            .filter(|(column, _)| !row[*column].is_empty())
        {
            let value = row[column]
                .parse()
                .ok()
                .filter(|value| (0.0..=1.0).contains(value));
            values.set(signal, Some(value.ok_or_else(|| {
                let message = format!("{} is {:?}", signal.name(), &row[column]);
                fault(message, "write the number from 0 to 1 of candidates.json, or nothing where it is not known")
            })?));
        }
        match values == Values::UNKNOWN {
            true => Err(fault(
                "no signal has a value".to_owned(),
                "remove the line, or its label",
            )),
            false => Ok(Some((group.to_owned(), (label, values)))),
        }
    }
}

fn label(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "kept" => Some(1.0),
        "dropped" => Some(0.0),
        number => number
            .parse()
            .ok()
            .filter(|label: &f64| label.is_finite())
            .map(|label| label + 0.0),
    }
}

fn unreadable(error: &csv::Error) -> Fault {
    let line = error.position().map_or(0, csv::Position::line);
    let (message, hint) = match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => (
            format!("{len} fields where the header has {expected_len}"),
            "a field with a comma in it stands in double quotes",
        ),
        _ => (error.to_string(), "save the table as CSV again"),
    };
    Fault {
        line,
        message,
        hint: hint.to_owned(),
    }
}

/// Text in another encoding only stands in columns that do not count, or names a group, which it still does.
fn lossy(record: &ByteRecord) -> StringRecord {
    StringRecord::from_byte_record_lossy(record.clone())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\nhint: {}", self.line, self.message, self.hint)
    }
}
