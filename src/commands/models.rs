//! `opusclip models`: what is installed, and whether it is what it should be.

use super::answer::shown;
use super::args::ModelsArgs;
use crate::inference::{Catalog, InstalledModel};
use crate::report::{Align, ExitCode, aligned, say};
use crate::settings::{Bytes, Folders};

pub(super) fn run(args: ModelsArgs) -> ExitCode {
    let catalog = match Catalog::load(&Folders::of_this_process().models) {
        Ok(catalog) => catalog,
        Err(error) => {
            say(&format!("error: {error}"));
            return ExitCode::Unavailable;
        }
    };
    match args {
        ModelsArgs::List { json: true } => {
            let text = serde_json::to_string_pretty(catalog.models());
            shown(&(text.expect("names and numbers are valid JSON") + "\n"))
        }
        ModelsArgs::List { json: false } => shown(&table(catalog.models())),
        ModelsArgs::Verify => verify(catalog.models()),
    }
}

/// Tells about every model, also after one that is wrong.
fn verify(models: &[InstalledModel]) -> ExitCode {
    let (mut exit, mut right) = (ExitCode::Done, String::new());
    for model in models {
        match model.verify() {
            Ok(()) => right.push_str(&format!("{} {}: right\n", model.name, model.variant)),
            Err(error) => {
                say(&format!("error: {} {}: {error}", model.name, model.variant));
                exit = ExitCode::Unavailable;
            }
        }
    }
    match (shown(&right), exit) {
        (ExitCode::Done, exit) => exit,
        (unwritten, _) => unwritten,
    }
}

fn table(models: &[InstalledModel]) -> String {
    use Align::{Left, Right};
    let rows = models.iter().map(|model| {
        let InstalledModel {
            role,
            name,
            variant,
            licence,
            source,
            ..
        } = model;
        let size = Bytes(model.bytes).to_string();
        [role, name, variant, &size, licence, source].map(String::clone)
    });
    let rows: Vec<_> = rows.collect();
    aligned([Left, Left, Left, Right, Left, Left], &rows)
}
