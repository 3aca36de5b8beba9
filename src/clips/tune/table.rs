//! A CSV table of labelled clips: which column means what, and what is wrong in it.

use std::fmt;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};

use crate::clips::signals::{Signal, Values};

/// What says which clips are of one video; the first that is there counts.
const GROUPS: [&str; 3] = ["group", "job", "video"];
/// Before a signal's name: nothing, or what `clips.csv` and tables made of `candidates.json` have there.
const PREFIXES: [&str; 2] = ["signal.", "signals."];

type SignalColumns = Vec<(usize, Signal)>;

/// A table whose header is read.
pub(super) struct Table<'t> {
    csv: &'t [u8],
    reader: Reader<&'t [u8]>,
    record: ByteRecord,
    label: usize,
    group: Option<usize>,
    signals: SignalColumns,
    /// Columns named as signals that are none.
    pub(super) unknown: Vec<String>,
}

/// A clip.
pub(super) struct Row {
    /// Which group it is of; all are of one where no column says it.
    pub(super) group: Vec<u8>,
    /// How good it is, if that is said.
    pub(super) label: Option<f64>,
    /// Its signals.
    pub(super) values: Values,
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

impl<'t> Table<'t> {
    /// Reads the header.
    pub(super) fn new(csv: &'t [u8]) -> Result<Self, Fault> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(csv);
        let header = reader.byte_headers().map_err(|error| unreadable(&error))?;
        let header = StringRecord::from_byte_record_lossy(header.clone());
        let names: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
        let find = |name: &str| names.iter().position(|known| known == name);
        let label = find("label").ok_or_else(|| no_label(&names))?;
        let (signals, unknown) = signals(&names)?;
        Ok(Self {
            csv,
            reader,
            record: ByteRecord::new(),
            label,
            group: GROUPS.into_iter().find_map(find),
            signals,
            unknown,
        })
    }

    /// Reads the next row; one without a label is not looked at any further.
    pub(super) fn next(&mut self) -> Option<Result<Row, Fault>> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Some(self.row()),
            Ok(false) => None,
            Err(error) => Some(Err(unreadable(&error))),
        }
    }

    fn row(&self) -> Result<Row, Fault> {
        let mut values = Values::UNKNOWN;
        let group = self
            .group
            .map_or(Vec::new(), |column| self.record[column].to_vec());
        let label = match &*self.text(self.label) {
            "" => {
                return Ok(Row {
                    group,
                    label: None,
                    values,
                });
            }
            text => label(text).ok_or_else(|| {
                let hint = "write kept or dropped, 1 or 0, or a number of which higher is better";
                self.fault(format!("the label {text:?} means nothing"), hint)
            })?,
        };
        if self.group.is_some() && group.is_empty() {
            let hint = "name the video, the same in all its rows";
            return Err(self.fault("it is not said which video this is of".to_owned(), hint));
        }
        for &(column, signal) in &self.signals {
            values.set(signal, self.value(column, signal)?);
        }
        if values == Values::UNKNOWN {
            let hint = "remove the line, or its label";
            return Err(self.fault("no signal has a value".to_owned(), hint));
        }
        Ok(Row {
            group,
            label: Some(label),
            values,
        })
    }

    fn value(&self, column: usize, signal: Signal) -> Result<Option<f64>, Fault> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse() {
            Ok(value) if (0.0..=1.0).contains(&value) => Ok(Some(value)),
            _ => {
                let hint = "write the number from 0 to 1 of candidates.json, or nothing where it is not known";
                Err(self.fault(format!("{} is {text:?}", signal.name()), hint))
            }
        }
    }

    /// Returns a field of the row; what is in another encoding is no label and no number.
    fn text(&self, column: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.record[column])
    }

    fn fault(&self, message: String, hint: &str) -> Fault {
        Fault {
            line: self.record.position().map_or(0, |at| line(self.csv, at)),
            message,
            hint: hint.to_owned(),
        }
    }
}

fn no_label(names: &[String]) -> Fault {
    let hint = if names.iter().any(|name| name.contains([';', '\t'])) {
        "columns are divided by commas"
    } else {
        "add it: kept or dropped, 1 or 0, or a number of which higher is better"
    };
    in_header("there is no column `label`".to_owned(), hint)
}

/// Returns the columns that are signals, and the names of those that only look so.
fn signals(names: &[String]) -> Result<(SignalColumns, Vec<String>), Fault> {
    let (mut signals, mut unknown) = (Vec::new(), Vec::new());
    for (column, name) in names.iter().enumerate() {
        let short = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
        match (Signal::named(short.unwrap_or(name)), short) {
            (Some(signal), _) if signals.iter().any(|(_, known)| *known == signal) => {
                let message = format!("the signal `{}` has two columns", signal.name());
                return Err(in_header(message, "remove one of them"));
            }
            (Some(signal), _) => signals.push((column, signal)),
            (None, Some(short)) => unknown.push(short.to_owned()),
            (None, None) => {}
        }
    }
    if signals.is_empty() {
        let hint = "take clips.csv, or the signals of candidates.json: motion, faces, hook ...";
        return Err(in_header("no column is a signal".to_owned(), hint));
    }
    Ok((signals, unknown))
}

fn label(text: &str) -> Option<f64> {
    let number = match text.to_ascii_lowercase().as_str() {
        "kept" => Some(1.0),
        "dropped" => Some(0.0),
        number => number.parse().ok(),
    };
    let number = number.filter(|label: &f64| label.is_finite());
    number.map(|label| label + 0.0) // + 0.0: −0 is 0
}

fn in_header(message: String, hint: &str) -> Fault {
    Fault {
        line: 1,
        message,
        hint: hint.to_owned(),
    }
}

fn unreadable(error: &csv::Error) -> Fault {
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
        line: error.position().map_or(0, csv::Position::line),
        message,
        hint: hint.to_owned(),
    }
}

/// Returns the line of a row; the reader counts the empty lines before it to the row itself.
fn line(csv: &[u8], at: &csv::Position) -> u64 {
    let rest = csv.get(at.byte() as usize..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    at.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\nhint: {}", self.line, self.message, self.hint)
    }
}

#[cfg(test)]
mod tests {
    use crate::clips::tune::Labels;
    use proptest::prelude::*;

    fn faults(csv: &str) -> Vec<String> {
        let faults = Labels::read(csv.as_bytes()).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_wrong_row_is_told_with_its_line() {
        let csv = "job,label,hook\na,maybe,0\n\na,1,1.5\na,0\n,0,0\na,kept,\na,inf,0\n";
        let told = faults(csv);
        let starts = [
            "2: the label \"maybe\"",
            "4: hook is \"1.5\"",
            "5: 2 fields where the header has 3",
        ];
        let starts =
            starts
                .iter()
                .chain(&["6: it is not said", "7: no signal", "8: the label \"inf\""]);
        assert_eq!(told.len(), 6, "{told:?}");
        for (fault, start) in told.iter().zip(starts) {
            assert!(
                fault.starts_with(start) && fault.contains("\nhint: "),
                "{fault}"
            );
        }
    }

    #[test]
    fn a_header_that_cannot_be_meant_is_told() {
        assert!(faults("hook\n1\n")[0].starts_with("1: there is no column `label`\nhint: add it"));
        assert!(faults("label;hook\n1;1\n")[0].ends_with("divided by commas"));
        assert!(faults("label,signal.hok\n1,1\n")[0].starts_with("1: no column is a signal"));
        assert!(faults("label,hook,signal.hook\n")[0].starts_with("1: the signal `hook` has two"));
        assert!(faults("")[0].starts_with("1: there is no column `label`"));
        assert_eq!(
            faults(&format!("label,hook\n{}", "x,1\n".repeat(99))).len(),
            10
        );
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200), rows in "[0-9a-z,\"\n.-]{0,80}") {
            let _ = Labels::read(&bytes);
            let _ = Labels::read(format!("label,hook\n{rows}").as_bytes());
        }
    }
}
