//! Recommendations: one rule, one setting that would make the next run better. Pure.
//!
//! A rule speaks only where its evidence is in the report; a run that used what there was has nothing to change.

use super::facts::RunFacts;
use super::json::{Recommendation, RunReport, StageRow};

/// Below this share of busy cores a run could be faster without less work.
const BUSY: f64 = 0.7;
/// From this share of its time on a stage's waiting is worth a word.
const MUCH_WAITING: f64 = 0.2;
/// From this share of all work on a stage is worth making cheaper.
const MOST_WORK: f64 = 0.5;
/// From this share of all work on it is worth saving what is needless in it.
const MUCH_WORK: f64 = 0.25;
/// From this share on the memory budget counts as used up.
const USED_UP: f64 = 0.95;
/// From this share of its time at work on a thread has no time to spare.
const FULL: f64 = 0.8;
/// Work that computes for less than this share of its time waits for a disk.
const COMPUTES: f64 = 0.4;
/// Analysis of less than this is not worth keeping.
const WORTH_KEEPING_SECONDS: f64 = 1.0;
/// A run shorter than this mostly starts and stops.
const SHORT_RUN_SECONDS: f64 = 1.0;
/// What a rule promises of the idle time that it could fill, and of the work that a setting spares: half of it may not come.
const PROMISED: f64 = 0.5;
/// The share of the encoder's time that its next faster preset saves.
const FASTER_PRESET: f64 = 0.25;
/// x264's speeds, slowest first, as far as the picture stays good.
const PRESETS: [&str; 7] = [
    "veryslow", "slower", "slow", "medium", "fast", "faster", "veryfast",
];

type AdviceRule = fn(&RunReport, &RunFacts) -> Option<Recommendation>;

const RULES: [AdviceRule; 12] = [
    too_few_jobs,
    slow_disk,
    too_few_decode_threads,
    too_few_session_threads,
    too_few_renderers,
    too_little_memory,
    small_batches,
    slow_preset,
    gate_off,
    sparse_off,
    cache_off,
    cache_too_small,
];

/// Returns the recommendations for a run: one for each setting, what helps most first as far as it is known.
pub(super) fn recommend(report: &RunReport, facts: &RunFacts) -> Vec<Recommendation> {
    let mut found: Vec<Recommendation> = Vec::new();
    for advice in RULES.iter().filter_map(|rule| rule(report, facts)) {
        if !found.iter().any(|other| key_of(other) == key_of(&advice)) {
            found.push(advice);
        }
    }
    found
}

/// Returns a profile that does what is recommended, or `None` where nothing is.
pub fn advised_profile(report: &RunReport) -> Option<String> {
    let line = |advice: &Recommendation| {
        let (finding, evidence) = (&advice.finding, &advice.evidence);
        format!("# {finding} ({evidence}).\n{}\n", advice.setting)
    };
    let lines: Vec<String> = report.recommendations.iter().map(line).collect();
    let title = format!("# What the report of run {} recommends.\n", report.run_id);
    (!lines.is_empty()).then(|| format!("{title}\n{}", lines.join("\n")))
}

fn key_of(advice: &Recommendation) -> &str {
    let key = advice.setting.split('=').next();
    key.unwrap_or_default().trim()
}

fn too_few_jobs(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let useful = facts.cores.min(report.jobs.len());
    let now = facts.applied.jobs;
    (idle(report) && now < useful).then(|| Recommendation {
        finding: "cores were idle while jobs waited".into(),
        evidence: format!(
            "{}, {now} jobs at once of {}",
            busy(report),
            report.jobs.len()
        ),
        setting: format!("jobs = {useful}"),
        effect: fills(report),
    })
}

fn slow_disk(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let decode = stage(report, "decode")?;
    let computes = decode.cpu_seconds / decode.wall_seconds;
    let useful = (2 * facts.applied.jobs).min(report.jobs.len());
    let waits = decode.wall_seconds >= SHORT_RUN_SECONDS && computes < COMPUTES;
    (idle(report) && waits && useful > facts.applied.jobs).then(|| Recommendation {
        finding: "reading the videos takes longer than decoding them".into(),
        evidence: format!(
            "decode computed for {:.0} % of its {:.1} s, {}",
            100.0 * computes,
            decode.wall_seconds,
            busy(report)
        ),
        setting: format!("jobs = {useful}"),
        effect: fills(report),
    })
}

fn too_few_decode_threads(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let few_videos = report.jobs.len() < facts.cores;
    let single = facts.applied.decode_threads < facts.cores;
    (idle(report) && share_of(report, "decode").is_some() && few_videos && single).then(|| {
        Recommendation {
            finding: "decoding holds the other stages up".into(),
            evidence: format!("{}, {}", work(report), busy(report)),
            setting: format!("decode-threads = {}", facts.cores),
            effect: fills(report),
        }
    })
}

fn too_few_session_threads(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    const MODELS: [&str; 6] = [
        "shots",
        "faces",
        "persons",
        "embed",
        "transcript",
        "saliency",
    ];
    let (sessions, threads) = (facts.applied.sessions.max(1), facts.applied.session_threads);
    let useful = facts.cores / sessions;
    let on_cpu = report.batches.iter().all(|batch| batch.device == "cpu");
    let model = MODELS
        .into_iter()
        .find(|name| share_of(report, name).is_some())?;
    (idle(report) && on_cpu && threads < useful).then(|| Recommendation {
        finding: format!("the model of {model} holds the other stages up"),
        evidence: format!("{}, {}", work(report), busy(report)),
        setting: format!("inference.threads = {useful}"),
        effect: fills(report),
    })
}

fn too_few_renderers(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let lane = report.lanes.iter().find(|lane| lane.name == "render")?;
    let full = lane.work_seconds / lane.wall_seconds;
    let now = facts.applied.render_workers;
    (idle(report) && full > FULL && now < facts.cores).then(|| Recommendation {
        finding: "clips waited to be rendered while cores were idle".into(),
        evidence: format!(
            "render workers {:.0} % busy, {}",
            100.0 * full,
            busy(report)
        ),
        setting: format!("render.workers = {}", facts.cores),
        effect: fills(report),
    })
}

fn too_little_memory(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let memory = &report.memory;
    let decode = stage(report, "decode")?;
    let waits = decode.wait_room_seconds / (decode.wall_seconds + decode.wait_seconds);
    let pressed = memory.peak_held_bytes as f64 >= USED_UP * memory.budget_bytes as f64;
    let doubled = memory.budget_bytes.saturating_mul(2);
    let fits = facts.machine_bytes == 0 || doubled <= facts.machine_bytes / 2;
    (pressed && fits && memory.budget_bytes > 0 && waits > MUCH_WAITING).then(|| Recommendation {
        finding: "decoding waited with the memory budget used up".into(),
        evidence: format!(
            "{:.0} % of its time, {} of {} MiB held",
            waits * 100.0,
            memory.peak_held_bytes >> 20,
            memory.budget_bytes >> 20
        ),
        setting: format!("memory-budget = \"{}MiB\"", (doubled >> 20).max(1)),
        effect: fills(report),
    })
}

fn small_batches(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let asked = facts.applied.batch?;
    let small = report
        .batches
        .iter()
        .find(|batch| batch.device != "cpu" && batch.size <= asked)?;
    (asked < 4).then(|| Recommendation {
        finding: format!("{} runs on {} in small batches", small.model, small.device),
        evidence: format!("{asked} at a time, {:.1} inputs a second", small.rate),
        setting: "inference.batch = \"auto\"".into(),
        effect: "a batch as large as this device runs fastest".into(),
    })
}

fn slow_preset(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let share = share_of(report, "render")?;
    let now = &facts.applied.render_preset;
    let place = PRESETS.iter().position(|preset| preset == now)?;
    let faster = PRESETS.get(place + 1)?;
    (share > MOST_WORK).then(|| Recommendation {
        finding: "encoding is most of the work; a faster preset makes somewhat larger files".into(),
        evidence: work(report),
        setting: format!("render.preset = \"{faster}\""),
        effect: spares(report, "render", FASTER_PRESET),
    })
}

fn gate_off(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let much = share_of(report, "shots").is_some_and(|share| share > MUCH_WORK);
    (much && !facts.applied.shot_gate).then(|| Recommendation {
        finding: "the shot model sees every frame, those without a change too".into(),
        evidence: work(report),
        setting: "shots.gate = true".into(),
        effect: spares(report, "shots", PROMISED),
    })
}

fn sparse_off(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let much = share_of(report, "faces").is_some_and(|share| share > MUCH_WORK);
    (much && !facts.applied.sparse_faces).then(|| Recommendation {
        finding: "every picture is searched for faces, those between two that agree too".into(),
        evidence: work(report),
        setting: "faces.sparse = true".into(),
        effect: spares(report, "faces", PROMISED),
    })
}

fn cache_off(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let analysis = ["decode", "shots", "faces", "transcript"];
    let found = analysis.iter().filter_map(|name| stage(report, name));
    let seconds: f64 = found.map(StageRow::work).sum();
    (!facts.applied.cache_enabled && seconds > WORTH_KEEPING_SECONDS).then(|| Recommendation {
        finding: "the cache is off: the next run over these videos analyses them again".into(),
        evidence: format!("{seconds:.1} s of analysis were not kept"),
        setting: "cache.enabled = true".into(),
        effect: format!("{seconds:.0} s less work in each further run over these videos"),
    })
}

fn cache_too_small(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let mut levels = report.cache.levels.iter();
    let level = levels.find(|level| level.evictions > 0 && level.misses > level.hits)?;
    let doubled = facts.applied.cache_max_bytes >> 19; // twice, in MiB
    (facts.applied.cache_max_bytes > 0).then(|| Recommendation {
        finding: format!(
            "the {} cache gave up records and missed more than it hit",
            level.name
        ),
        evidence: format!(
            "{} evictions, {} misses, {} hits",
            level.evictions, level.misses, level.hits
        ),
        setting: format!("cache.max-bytes = \"{doubled}MiB\""),
        effect: "fewer answers are computed again".into(),
    })
}

fn idle(report: &RunReport) -> bool {
    report.wall_seconds >= SHORT_RUN_SECONDS && report.score.is_some_and(|score| score < BUSY)
}

/// What filling the idle cores would gain.
fn fills(report: &RunReport) -> String {
    let idle = 1.0 - report.score.unwrap_or(1.0);
    less(report, PROMISED * idle * report.wall_seconds)
}

/// What it would gain to spare a share of a stage's work.
fn spares(report: &RunReport, name: &str, share: f64) -> String {
    let work = stage(report, name).map_or(0.0, StageRow::work);
    less(report, share * work / report.cores.max(1) as f64)
}

fn less(report: &RunReport, seconds: f64) -> String {
    let wall = report.wall_seconds;
    format!("about {:.0} of {wall:.0} s less", seconds.min(wall))
}

fn stage<'r>(report: &'r RunReport, name: &str) -> Option<&'r StageRow> {
    report.stages.iter().find(|stage| stage.name == name)
}

/// The share of the bottleneck, when it is this stage.
fn share_of(report: &RunReport, stage: &str) -> Option<f64> {
    let most = report.bottleneck.as_ref()?;
    (most.stage == stage).then_some(most.share)
}

fn work(report: &RunReport) -> String {
    report.bottleneck.as_ref().map_or_else(String::new, |most| {
        format!("{} is {:.0} % of the work", most.stage, most.share * 100.0)
    })
}

fn busy(report: &RunReport) -> String {
    format!("cores {:.0} % busy", report.score.unwrap_or(0.0) * 100.0)
}

#[cfg(test)]
mod tests;
