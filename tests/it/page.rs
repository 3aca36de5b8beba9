//! The pages as a browser shows them. Without Chromium only what can be told from their text is tested.

mod browser;
mod material;
mod run;

use std::fs;
use std::path::Path;

use opusclip::export::page::{JobEnd, JobEntry, JobFacts, batch, job};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::browser::{Browser, Screen};
use self::material::{HOSTILE, Source};
use crate::needs::Missing;
use crate::or_skip;

const DESK: Screen = Screen {
    width: 1400,
    dark: false,
};
const PHONE: Screen = Screen {
    width: 360,
    dark: true,
};

/// Returns a folder and a browser on a desk.
fn desk() -> Result<(TempDir, Browser), Missing> {
    Ok((tempfile::tempdir().unwrap(), Browser::start(DESK)?))
}

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
    let (folder, mut browser) = or_skip!(desk());
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
    let (folder, mut browser) = or_skip!(desk());
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
    let (folder, mut browser) = or_skip!(desk());
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
fn a_clip_shows_what_each_signal_gives_to_its_score() {
    let (folder, mut browser) = or_skip!(desk());
    browser.open(&write_job(&folder, &Source::short("01.mp4")));
    let shown = browser.ask(
        "[...document.querySelectorAll('#clip-2 .signals tr')].map((row) =>
            [...row.cells].filter((cell) => !cell.ariaHidden).map((cell) => cell.textContent).concat(row.querySelector('.fill')?.style.getPropertyValue('--share') ?? []))",
    );
    let expected = json!([
        ["signal", "", "gives", "value"],
        [HOSTILE.replace('-', " "), "0.700", "0.70", "1"],
        ["length", "0.300", "0.40", "0.428571"],
        ["music", "–", "0.25", "0"],
    ]);
    assert_eq!(rounded(&shown), expected);
    assert_eq!(
        browser.ask("document.querySelector('#clip-1 .sum').textContent"),
        json!("Together 1.000, the score")
    );
}

/// Returns the rows with the share of the bar, which comes last, to six decimals.
fn rounded(rows: &Value) -> Value {
    let mut rows = rows.clone();
    for row in rows.as_array_mut().unwrap().iter_mut().skip(1) {
        let share = row.as_array_mut().unwrap().last_mut().unwrap();
        let number: f64 = share.as_str().unwrap().parse().unwrap();
        *share = json!(((number * 1e6).round() / 1e6).to_string());
    }
    rows
}

/// What the page tells of the chosen candidate, and which is marked in the list.
const CHOSEN: &str = "[...document.querySelectorAll('#candidate :is(h3, .reason, .sum)')].map((told) => told.textContent)
    .concat(document.querySelector('#considered [aria-selected=true]').id, candidates.open)";

#[test]
fn the_keys_choose_a_candidate_and_tell_why_it_is_no_clip() {
    let (folder, mut browser) = or_skip!(desk());
    material::film(&folder.path().join("01.mp4"));
    browser.open(&write_job(&folder, &Source::short("01.mp4")));
    browser.ask("lanes.focus()");
    for key in ["ArrowDown", "c", "c", "c"] {
        browser.press(key);
    }
    let (none, first) = (
        format!("Not chosen: {HOSTILE}"),
        format!("Clip 1: {HOSTILE}"),
    );
    let sum = "Together 0.333, the score";
    let expected = json!(["Candidate 3 of 3", none, sum, "candidate-3", true]);
    assert_eq!(browser.ask(CHOSEN), expected);
    let told = browser.ask("lanes.ariaValueText");
    assert!(told.as_str().unwrap().contains(&none), "{told}");
    browser.ask("considered.focus()");
    browser.press("Home");
    let sum = "Together 1.000, the score";
    let expected = json!(["Candidate 1 of 3", first, sum, "candidate-1", true]);
    assert_eq!(browser.ask(CHOSEN), expected);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_click_on_the_timeline_shows_the_candidate_there() {
    let (folder, mut browser) = or_skip!(desk());
    browser.open(&write_job(&folder, &Source::short("01.mp4")));
    // Shortly before the end only the third candidate is there: where the pointer changes is its lane.
    let place = browser.ask(
        "(() => {
            const { right, top, bottom } = lanes.getBoundingClientRect();
            const move = (y) => lanes.dispatchEvent(new PointerEvent('pointermove', { clientX: right - 20, clientY: y }));
            for (let y = top; y < bottom; y++) if (move(y) && lanes.style.cursor === 'pointer') return [right - 20, y + 8];
        })()",
    );
    browser.click(place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    let chosen = browser.ask(CHOSEN);
    assert_eq!(chosen[0], json!("Candidate 3 of 3"), "{chosen}");
    assert_eq!(chosen[4], json!(true));
}

#[test]
fn a_clip_that_is_not_there_is_told() {
    let (folder, mut browser) = or_skip!(desk());
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
    let (folder, mut browser) = or_skip!(desk());
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
    browser.ask("document.querySelector('#candidates summary').click()");
    let listed = "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(considered.children.length))))";
    assert_eq!(browser.ask(listed), json!(1_000));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_phone_scrolls_no_page_sideways() {
    let folder = tempfile::tempdir().unwrap();
    let mut browser = or_skip!(Browser::start(PHONE));
    let source = Source::short("01.mp4");
    material::film(&folder.path().join("01.mp4"));
    browser.open(&write_job(&folder, &source));
    browser.ask("lanes.focus()");
    browser.press("ArrowDown");
    browser.press("c");
    assert_eq!(browser.ask(CHOSEN)[3], json!("candidate-1"));
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
    let (folder, mut browser) = or_skip!(desk());
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
    let shown = browser.ask("[...jobs.rows].map((row) => row.dataset.status)");
    assert_eq!(shown, json!(["failed"]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_script_that_was_changed_does_not_run() {
    let (folder, mut browser) = or_skip!(desk());
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
