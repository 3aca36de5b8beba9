//! The NVIDIA GPU of this machine, as the driver's files tell it.

use std::fs;
use std::path::Path;

/// Folder in which the driver describes itself and its cards.
const DRIVER: &str = "/proc/driver/nvidia";

/// Tells whether the driver of a GPU is loaded.
pub(super) fn is_present() -> bool {
    Path::new(DRIVER).join("version").is_file()
}

/// Returns the model of each GPU and the version of the driver, in one line; `None` without a driver.
pub fn describe() -> Option<String> {
    describe_in(Path::new(DRIVER))
}

fn describe_in(driver: &Path) -> Option<String> {
    let version = fs::read_to_string(driver.join("version")).ok()?;
    let cards = fs::read_dir(driver.join("gpus")).ok()?;
    let model = |entry: fs::DirEntry| {
        let text = fs::read_to_string(entry.path().join("information")).ok()?;
        let model = text.lines().find_map(|line| line.strip_prefix("Model:"))?;
        Some(model.trim().to_owned())
    };
    let mut models: Vec<String> = cards.flatten().filter_map(model).collect();
    models.sort();
    let version = version.lines().next().unwrap_or_default().trim();
    Some(format!("{}; {version}", models.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cards_and_the_driver_are_told_in_one_line() {
        let driver = tempfile::tempdir().unwrap();
        assert_eq!(describe_in(driver.path()), None);
        let card = driver.path().join("gpus/0000:01:00.0");
        fs::create_dir_all(&card).unwrap();
        fs::write(card.join("information"), "Model: \t NVIDIA H200\nIRQ: 9\n").unwrap();
        fs::write(driver.path().join("version"), "NVRM version: 550.1\nGCC").unwrap();
        let told = describe_in(driver.path()).unwrap();
        assert_eq!(told, "NVIDIA H200; NVRM version: 550.1");
    }
}
