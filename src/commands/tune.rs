//! `opusclip tune`: settings fitted to what somebody likes.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::json;

use super::answer::shown;
use super::args::TuneArgs;
use crate::clips::Weights;
use crate::clips::signals::Signal;
use crate::clips::tune::{Fault, HeldOut, Labels, NotEnough, RankQuality, Tuned, Unit, tune};
use crate::export;
use crate::report::{Align, ExitCode, aligned, say, table};

/// A larger table is not one of labels.
const MOST_BYTES: u64 = 64 << 20;
/// How a profile made here begins; no other file is replaced.
const MARK: &str = "# Fitted by `opusclip tune ranker`";

pub(super) fn run(args: &TuneArgs) -> ExitCode {
    let TuneArgs::Ranker {
        labels,
        output,
        json,
    } = args;
    match ranker(labels, output.as_deref()) {
        Ok(data) if *json => shown(&data),
        Ok(_) => ExitCode::Done,
        Err(error) => {
            say(&format!("error: {error:#}"));
            match error.downcast_ref::<export::Error>() {
                Some(_) => ExitCode::CannotWrite,
                None => ExitCode::Usage,
            }
        }
    }
}

/// Tells what was found, writes the profile, and returns all of it as JSON.
fn ranker(path: &Path, output: Option<&Path>) -> anyhow::Result<String> {
    let labels = Labels::read(&read(path)?);
    let labels = labels.map_err(|faults| anyhow::Error::msg(all(path, &faults)))?;
    if let Some(output) = output {
        may_be_replaced(output)?;
    }
    for name in &labels.unknown {
        say(&format!(
            "warning: the column signal.{name} does not count: there is no such signal"
        ));
    }
    let base = Weights::default();
    let tuned = tune(&labels, &base).map_err(|refusal| {
        if let NotEnough::Gain(held_out) = &refusal {
            say(&quality_text(&labels, held_out));
        }
        anyhow::Error::msg(format!(
            "{refusal}; nothing was written\nhint: {}",
            hint(&refusal)
        ))
    })?;
    say(&weights_text(&base, &tuned.weights));
    say(&quality_text(&labels, &tuned.held_out));
    match output {
        Some(output) => {
            export::write_atomic(output, profile(&labels, &tuned).as_bytes())?;
            say(&format!(
                "use it: opusclip process ... --profile {}",
                output.display()
            ));
        }
        None => say("nothing was written; --output PROFILE.toml keeps the weights"),
    }
    Ok(data(&labels, &base, &tuned, output))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .with_context(|| path.display().to_string())?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{}: larger than {} MiB", path.display(), MOST_BYTES >> 20);
    }
    Ok(bytes)
}

fn all(path: &Path, faults: &[Fault]) -> String {
    let told = faults
        .iter()
        .map(|fault| format!("{}:{fault}", path.display()));
    told.collect::<Vec<_>>().join("\nerror: ")
}

/// Refuses a file that holds what somebody wrote.
fn may_be_replaced(output: &Path) -> anyhow::Result<()> {
    let ours = || fs::read_to_string(output).is_ok_and(|text| text.starts_with(MARK));
    if output.exists() && !ours() {
        let hint = "name another file, or remove this one";
        bail!(
            "{}: there already, and not made by this command\nhint: {hint}",
            output.display()
        );
    }
    Ok(())
}

fn hint(refusal: &NotEnough) -> &'static str {
    match refusal {
        NotEnough::Labels { .. } => {
            "label more clips; a video counts when it has better and worse ones"
        }
        NotEnough::OfAKind { .. } => "label more of the clips that are fewer",
        NotEnough::Gain(_) => {
            "label more clips of more videos; or the built-in weights suit these labels already"
        }
    }
}

fn weights_text(base: &Weights, fitted: &Weights) -> String {
    let titles = ["signal", "built in", "fitted"].map(str::to_owned);
    let rows = Signal::ALL.iter().map(|signal| {
        let [before, after] = [base, fitted].map(|weights| weights.of(*signal));
        let name = signal.name().to_owned();
        [name, format!("{before:.3}"), format!("{after:.3}")]
    });
    table(&[titles].into_iter().chain(rows).collect::<Vec<_>>())
}

fn quality_text(labels: &Labels, held_out: &HeldOut) -> String {
    let (count, groups) = labels.count();
    let videos = if groups == 1 { "video" } else { "videos" };
    let HeldOut { base, fitted, .. } = held_out;
    let lines = [
        (
            "labels",
            format!("{count} of {groups} {videos}{}", left_out(labels)),
        ),
        (
            "held out",
            format!(
                "{} in {} parts, each ranked by what was fitted to the others",
                held_out.unit, held_out.folds
            ),
        ),
        (
            "NDCG",
            format!("{:.3} built in, {:.3} fitted", base.ndcg, fitted.ndcg),
        ),
        (
            "NDCG@5",
            format!(
                "{:.3} built in, {:.3} fitted",
                base.ndcg_at_5, fitted.ndcg_at_5
            ),
        ),
        (
            "gain",
            format!(
                "{:+.3}, 95 times of 100 between {:+.3} and {:+.3}",
                held_out.gain, held_out.interval.0, held_out.interval.1
            ),
        ),
    ];
    let rows = lines.map(|(name, line)| [name.to_owned(), line]);
    let mut text = aligned([Align::Left; 2], &rows);
    if held_out.unit == Unit::Labels {
        text.push_str("note: what the labels of one video show holds for that video; a column `job` says which clip is of which\n");
    }
    text
}

fn left_out(labels: &Labels) -> String {
    let kinds = [
        (labels.unlabelled, "without a label"),
        (labels.alike, "of videos where all are alike"),
    ];
    let told = kinds.iter().filter(|(count, _)| *count > 0);
    told.map(|(count, why)| format!("; {count} more {why}"))
        .collect()
}

/// Returns a profile that holds the weights alone.
fn profile(labels: &Labels, tuned: &Tuned) -> String {
    let (count, groups) = labels.count();
    let HeldOut {
        unit, base, fitted, ..
    } = tuned.held_out;
    let mut text = format!(
        "{MARK} to {count} labels, of videos: {groups}.\n\
         # NDCG on held-out {unit}: {:.3}; of the built-in weights: {:.3}.\n[ranker.weights]\n",
        fitted.ndcg, base.ndcg
    );
    for signal in Signal::ALL {
        let weight = tuned.weights.of(signal);
        let _ = writeln!(text, "{} = {weight:.3}", signal.name());
    }
    text
}

fn data(labels: &Labels, base: &Weights, tuned: &Tuned, output: Option<&Path>) -> String {
    let held_out = &tuned.held_out;
    let quality = |of: RankQuality| json!({ "ndcg": of.ndcg, "ndcg_at_5": of.ndcg_at_5 });
    let weights = Signal::ALL.into_iter().map(|signal| {
        let both = json!({ "built_in": base.of(signal), "fitted": tuned.weights.of(signal) });
        (signal.name().to_owned(), both)
    });
    let (count, groups) = labels.count();
    let all = json!({
        "schema": 1,
        "labels": { "compared": count, "groups": groups, "unlabelled": labels.unlabelled, "alike": labels.alike },
        "unknown_signals": labels.unknown,
        "weights": weights.collect::<serde_json::Map<_, _>>(),
        "held_out": {
            "unit": held_out.unit.to_string(),
            "folds": held_out.folds,
            "built_in": quality(held_out.base),
            "fitted": quality(held_out.fitted),
            "gain": held_out.gain,
            "interval": [held_out.interval.0, held_out.interval.1],
        },
        "profile": output.map(|path| path.to_string_lossy()),
    });
    format!("{all:#}\n")
}
