//! Typed values of a manifest, and the errors for those of the wrong type.

use toml::Spanned;
use toml::de::{DeString, DeValue};

use crate::settings::{Document, Problem, SettingsReader, closest};

pub(super) type SpannedKey<'t> = Spanned<DeString<'t>>;
pub(super) type SpannedValue<'t> = Spanned<DeValue<'t>>;

/// Returns the value if it is text that says something.
pub(super) fn text<'v>(
    document: &Document<'_>,
    value: &'v SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<&'v str> {
    let message = match value.get_ref() {
        DeValue::String(text) if !text.is_empty() => return Some(text),
        DeValue::String(_) => "expected a string that says something".to_owned(),
        other => format!("expected a string, found {}", other.type_str()),
    };
    let problem = document.problem(value.span().start, message);
    reader.problems.push(problem);
    None
}

pub(super) fn not_a_table(document: &Document<'_>, key: &SpannedKey<'_>) -> Problem {
    let name = key.get_ref();
    document
        .problem(key.span().start, format!("`{name}` is a table"))
        .hint(format!("write [{name}] and its keys below"))
}

pub(super) fn unknown(
    document: &Document<'_>,
    key: &SpannedKey<'_>,
    name: &str,
    known: &[&str],
) -> Problem {
    let hint = match closest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("here may stand {}", known.join(", ")),
    };
    document
        .problem(key.span().start, format!("unknown key `{name}`"))
        .hint(hint)
}
