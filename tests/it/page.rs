//! The pages as a browser shows them. Without Chromium only what can be told from their text is tested.

mod browser;
mod material;

use std::fs;
use std::path::Path;

use opusclip::export::page::{JobEnd, JobEntry, JobFacts, batch, job};
use serde_json::json;
use tempfile::TempDir;

use self::browser::{Browser, Screen};
use self::material::{HOSTILE, Source};

const DESK: Screen = Screen {
    width: 1400,
    dark: false,
};
const PHONE: Screen = Screen {
    width: 360,
    dark: true,
};

/// Writes a job's page into a folder of its own, as a run would.
fn write_job(folder: &TempDir, source: &Source) -> std::path::PathBuf {
    let page = folder.path().join("index.html");
    fs::write(&page, bytes(source)).unwrap();
    page
}

fn bytes(source: &Source) -> Vec<u8> {
    let facts = JobFacts {
        id: HOSTILE,
        input: Path::new("/somewhere/private/talk.mp4"),
    };
    job(&facts, &source.analysis, &source.candidates, &source.clips).unwrap()
}

fn entries(source: &Source) -> Vec<JobEntry> {
    let entry = |end| JobEntry {
        id: format!("a job/{HOSTILE}"),
        source: HOSTILE.into(),
        end,
    };
    let failed = JobEnd::Failed {
        class: "input_corrupt".into(),
        message: HOSTILE.repeat(3),
    };
    let done = JobEnd::done(source.analysis.media.duration, &source.clips);
    vec![entry(done), entry(failed), entry(JobEnd::Cancelled)]
}

#[test]
fn the_page_of_ten_hours_stays_under_ten_megabytes() {
    let size = bytes(&Source::long()).len();
    assert!(size < 10_000_000, "{size} bytes");
}

#[test]
fn no_text_reaches_the_page_as_markup() {
    let source = Source::short("clips/01.mp4");
    for page in [bytes(&source), batch(&entries(&source)).unwrap()] {
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page.matches("</script").count(), 2);
        assert!(!page.contains("<img") && !page.contains('\u{2028}'));
        assert!(
            !page.contains("private"),
            "the page tells where it was made"
        );
    }
}

#[test]
fn the_page_shows_hostile_text_as_text_and_nothing_complains() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(DESK) else {
        return;
    };
    material::film(&folder.path().join("01 #?%.mp4"));
    browser.open(&write_job(&folder, &Source::short("01 #?%.mp4")));
    let seen = browser.ask(
        "({ id: id.textContent, title: document.querySelector('#clip-1 h3').textContent,
            said: document.querySelector('#paragraphs').textContent.includes('</script>'),
            scripts: document.scripts.length, images: document.images.length,
            cards: document.querySelectorAll('.card').length, checks: document.querySelectorAll('.checks tbody tr').length,
            colours: new Set(new Uint32Array(lanes.getContext('2d').getImageData(0, 0, lanes.width, lanes.height).data.buffer)).size > 20 })",
    );
    let expected = json!({
        "id": HOSTILE, "title": HOSTILE, "said": true, "scripts": 2, "images": 0, "cards": 2, "checks": 4, "colours": true
    });
    assert_eq!(seen, expected);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_line_of_the_captions_plays_its_clip_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(DESK) else {
        return;
    };
    material::film(&folder.path().join("01.mp4"));
    browser.open(&write_job(&folder, &Source::short("01.mp4")));
    let state = browser.ask(
        "new Promise((done) => {
            const card = document.querySelector('#clip-1');
            const video = card.querySelector('video');
            const tell = () => done([card.dataset.state, video.currentTime >= 0.5, card.querySelector('[aria-current]').textContent]);
            video.addEventListener('playing', () => setTimeout(tell));
            video.addEventListener('error', () => done(video.error.message));
            card.querySelectorAll('.said button')[1].click();
        })",
    );
    assert_eq!(state, json!(["playing", true, "0:00Second line."]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn the_keys_move_over_the_timeline_and_play_the_clip_there() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(DESK) else {
        return;
    };
    material::film(&folder.path().join("01.mp4"));
    browser.open(&write_job(&folder, &Source::short("01.mp4")));
    browser.ask("lanes.focus()");
    browser.press("ArrowDown");
    let there = browser.ask("lanes.ariaValueText");
    assert!(
        there.as_str().unwrap().starts_with("0:10.0; Clip 1: "),
        "{there}"
    );
    assert!(
        there.as_str().unwrap().contains("; Shot 2: 0:10.0–0:20.0"),
        "{there}"
    );
    browser.ask(
        "globalThis.playing = new Promise((done) =>
            document.querySelector('#clip-1 video').addEventListener('playing', () => done(true))), 0",
    );
    browser.press(" ");
    assert_eq!(browser.ask("playing"), json!(true));
}

#[test]
fn a_clip_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(DESK) else {
        return;
    };
    browser.open(&write_job(&folder, &Source::short("gone.mp4")));
    let told = browser.ask(
        "new Promise((done) => {
            const card = document.querySelector('#clip-1');
            const look = () => card.dataset.state && done(card.dataset.state + ': ' + card.querySelector('[role=alert]').textContent);
            new MutationObserver(look).observe(card, { attributes: true, childList: true, subtree: true });
            look();
        })",
    );
    assert_eq!(told, json!("broken: gone.mp4 cannot be played here"));
}

#[test]
fn ten_hours_are_shown_whole() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(DESK) else {
        return;
    };
    browser.open(&write_job(&folder, &Source::long()));
    let words = browser.ask(
        "new Promise((done) => {
            const root = document.querySelector('#paragraphs');
            const look = () => root.ariaBusy === 'false' && done(root.textContent.match(/word/g).length);
            new MutationObserver(look).observe(root, { attributes: true });
            look();
        })",
    );
    assert_eq!(words, json!(material::LONG_WORDS));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_phone_scrolls_no_page_sideways() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(PHONE) else {
        return;
    };
    let source = Source::short("01.mp4");
    material::film(&folder.path().join("01.mp4"));
    browser.open(&write_job(&folder, &source));
    assert_eq!(
        browser.ask("document.documentElement.scrollWidth"),
        json!(360)
    );
    let jobs = folder.path().join("jobs.html");
    fs::write(&jobs, batch(&entries(&source)).unwrap()).unwrap();
    browser.open(&jobs);
    assert_eq!(
        browser.ask("document.documentElement.scrollWidth"),
        json!(360)
    );
}

#[test]
fn a_batch_lists_its_jobs_and_can_show_those_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(DESK) else {
        return;
    };
    let page = folder.path().join("index.html");
    fs::write(&page, batch(&entries(&Source::short("01.mp4"))).unwrap()).unwrap();
    browser.open(&page);
    let seen = browser.ask(
        "({ statuses: [...jobs.rows].map((row) => row.dataset.status), why: document.querySelector('.why').textContent,
            link: decodeURIComponent(document.querySelector('#jobs a').getAttribute('href')) })",
    );
    let link = format!("a job/{HOSTILE}/index.html");
    assert_eq!(
        seen,
        json!({ "statuses": ["done", "failed", "cancelled"], "why": HOSTILE.repeat(3), "link": link })
    );
    browser.ask("document.querySelector('[value=failed]').click()");
    let shown =
        browser.ask("[...jobs.rows].filter((row) => !row.hidden).map((row) => row.dataset.status)");
    assert_eq!(shown, json!(["failed"]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_script_that_was_changed_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(DESK) else {
        return;
    };
    let page = String::from_utf8(bytes(&Source::short("01.mp4"))).unwrap();
    let changed = folder.path().join("index.html");
    fs::write(&changed, page.replace("const source =", "const  source =")).unwrap();
    browser.open(&changed);
    assert_eq!(
        browser.ask("document.querySelectorAll('.card').length"),
        json!(0)
    );
    assert!(
        browser
            .complaints()
            .iter()
            .any(|told| told.contains("Content Security Policy"))
    );
}
