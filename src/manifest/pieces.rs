//! Splitting of a long manifest: a parsed table takes thirty times the memory of its text.

use toml::de::DeTable;

const JOBS_PER_PIECE: usize = 1000;
const HEADER: &str = "\n[[job]]";

/// A part of the text: whole lines.
pub(super) struct ManifestChunk<'t> {
    /// The part.
    pub(super) text: &'t str,
    /// How many lines stand before it.
    pub(super) lines_before: usize,
}

/// Returns the pieces that `text` can be read in, one after the other: each is a document of its own, and all but the first hold only jobs.
///
/// What looks like the header of a job may stand inside a string or a list; then a piece does not end where it is
/// cut and cannot be parsed, and the text stays whole. So it does when it is wrong, that all faults may be told at once.
pub(super) fn split_manifest(text: &str) -> Vec<ManifestChunk<'_>> {
    let headers = text.match_indices(HEADER).map(|(at, _)| at + 1);
    let cuts = headers.skip(JOBS_PER_PIECE).step_by(JOBS_PER_PIECE);
    let (mut pieces, mut start, mut lines_before) = (Vec::new(), 0, 0);
    for end in cuts.chain([text.len()]) {
        let text = &text[start..end];
        if !stands_alone(text, start == 0) {
            pieces.clear();
            break;
        }
        pieces.push(ManifestChunk { text, lines_before });
        lines_before += text.matches('\n').count();
        start = end;
    }
    if pieces.is_empty() {
        let lines_before = 0;
        pieces.push(ManifestChunk { text, lines_before });
    }
    pieces
}

fn stands_alone(piece: &str, is_first: bool) -> bool {
    let Ok(root) = DeTable::parse(piece) else {
        return false;
    };
    is_first || root.get_ref().keys().all(|key| key.get_ref() == "job")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(count: usize, job: &str) -> String {
        format!(
            "profile = 'production'\n{}",
            format!("[[job]]\n{job}\n").repeat(count)
        )
    }

    #[test]
    fn a_long_manifest_is_cut_before_a_job_and_loses_nothing() {
        let text = jobs(2500, "input = 'a.mp4'");
        let pieces = split_manifest(&text);
        assert_eq!(pieces.len(), 3);
        assert!(pieces[1..].iter().all(|p| p.text.starts_with("[[job]]")));
        assert_eq!(pieces[1].lines_before, 1 + 2 * 1000);
        let whole: String = pieces.iter().map(|piece| piece.text).collect();
        assert_eq!(whole, text);
    }

    #[test]
    fn a_header_inside_a_string_cuts_nothing() {
        let shift = "output.dir = '''\n[[job]]\n'''\n";
        let text = shift.to_owned() + &jobs(2500, "input = '''\n[[job]]\n'''");
        assert_eq!(split_manifest(&text).len(), 1);
    }

    #[test]
    fn a_manifest_that_goes_on_after_its_jobs_stays_whole() {
        let text = jobs(2500, "input = 'a.mp4'") + "[defaults]\nlanguage = 'en'\n";
        assert_eq!(split_manifest(&text).len(), 1);
    }

    #[test]
    fn a_short_manifest_stays_whole() {
        assert_eq!(split_manifest(&jobs(999, "input = 'a.mp4'")).len(), 1);
        assert_eq!(split_manifest("").len(), 1);
    }
}
