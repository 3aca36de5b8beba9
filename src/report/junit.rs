//! JUnit for continuous integration: tests, and the jobs of a run as such. Pure.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::json::{JobRow, RunOutcome, RunReport};
use super::style::one_line;

/// Returns a run as JUnit: a test for each job, which fails where the job does and is skipped where it did not end or gave no
/// clip though others did; and one for each alert.
pub fn report_junit(report: &RunReport) -> String {
    let makes_clips = report.clips() > 0;
    let jobs: Vec<(String, String, CaseEnd)> = report
        .jobs
        .iter()
        .map(|job| {
            let (end, text) = end_of(job, makes_clips);
            (one_line(&job.id), one_line(&text), end)
        })
        .collect();
    let jobs = jobs.iter().map(|(name, text, end)| TestCase {
        class: "job",
        name,
        text: text.clone(),
        end: end.clone(),
    });
    let alerts = report.alerts.iter().map(|alert| TestCase {
        class: "alert",
        name: &alert.class,
        text: one_line(&alert.message),
        end: CaseEnd::Failed,
    });
    junit_suite("opusclip", &jobs.chain(alerts).collect::<Vec<_>>())
}

fn end_of(job: &JobRow, makes_clips: bool) -> (CaseEnd, String) {
    match (&job.error, job.status) {
        (Some(error), _) => (
            CaseEnd::Failed,
            format!("{}: {}", error.class, error.message),
        ),
        (None, RunOutcome::Cancelled) => (
            CaseEnd::Skipped,
            "the run was stopped before it ended".into(),
        ),
        (None, _) if job.clips == 0 && makes_clips => {
            let why = job.no_clips.as_deref().unwrap_or("no clip was made");
            (CaseEnd::Skipped, why.to_owned())
        }
        (None, _) => (CaseEnd::Passed, format!("{} clips", job.clips)),
    }
}

/// One test, as JUnit counts them.
pub(super) struct TestCase<'a> {
    /// What kind of test it is.
    pub(super) class: &'static str,
    /// Its name.
    pub(super) name: &'a str,
    /// What came out.
    pub(super) text: String,
    /// How it ended.
    pub(super) end: CaseEnd,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum CaseEnd {
    /// Well.
    Passed,
    /// It cannot be told.
    Skipped,
    /// Not well.
    Failed,
}

/// Returns a suite of tests as JUnit.
pub(super) fn junit_suite(name: &str, cases: &[TestCase<'_>]) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    write_suite(&mut xml, name, cases).expect("memory takes any text");
    String::from_utf8(xml.into_inner()).expect("only text was written") + "\n"
}

fn write_suite(xml: &mut Writer<Vec<u8>>, name: &str, cases: &[TestCase<'_>]) -> io::Result<()> {
    let count = |end: &CaseEnd| {
        cases
            .iter()
            .filter(|case| case.end == *end)
            .count()
            .to_string()
    };
    let (failed, skipped) = (count(&CaseEnd::Failed), count(&CaseEnd::Skipped));
    let all = cases.len().to_string();
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let attributes = [
        ("name", name),
        ("tests", &all),
        ("failures", &failed),
        ("skipped", &skipped),
    ];
    let suite = xml.create_element("testsuite").with_attributes(attributes);
    suite.write_inner_content(|xml| cases.iter().try_for_each(|case| write_case(xml, case)))?;
    Ok(())
}

fn write_case(xml: &mut Writer<Vec<u8>>, case: &TestCase<'_>) -> io::Result<()> {
    let attributes = [("classname", case.class), ("name", case.name)];
    let element = xml.create_element("testcase").with_attributes(attributes);
    let inner = match case.end {
        CaseEnd::Passed => "system-out",
        CaseEnd::Skipped => "skipped",
        CaseEnd::Failed => "failure",
    };
    element.write_inner_content(|xml| {
        let told = xml.create_element(inner);
        told.write_text_content(BytesText::new(&case.text))
            .map(drop)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Alert, JobError};

    #[test]
    fn a_job_that_failed_fails_its_test_and_one_without_clips_is_skipped() {
        let mut report = RunReport::default();
        let job = |id: &str, clips| JobRow {
            clips,
            status: RunOutcome::Done,
            ..JobRow::unended(id)
        };
        report.jobs = vec![job("good", 2), job("none", 0), job("bad\u{1}", 0)];
        report.jobs[2].error = Some(JobError {
            class: "no_video".into(),
            message: "<no> video".into(),
        });
        report.alerts = vec![Alert {
            class: "errors".into(),
            message: "1 of 3 jobs failed".into(),
            value: 0.3,
            limit: 0.05,
        }];
        let suite = report_junit(&report);
        assert!(
            suite.contains("tests=\"4\" failures=\"2\" skipped=\"1\""),
            "{suite}"
        );
        assert!(
            suite.contains("<failure>no_video: &lt;no&gt; video</failure>"),
            "{suite}"
        );
        assert!(!suite.contains('\u{1}'), "{suite}");
    }
}
