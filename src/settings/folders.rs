//! Folders of this machine: cache, models, history, user settings.

use std::path::PathBuf;

use crate::settings::environment::Environment;

/// The folders and files outside a run's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Kept results: `$OPUSCLIP_CACHE_DIR`, else `$XDG_CACHE_HOME/opusclip`, else `~/.cache/opusclip`.
    pub cache: PathBuf,
    /// Models: `$OPUSCLIP_MODEL_DIR`, else `$XDG_DATA_HOME/opusclip/models`, else `~/.local/share/opusclip/models`.
    pub models: PathBuf,
    /// ONNX Runtime's library: `$OPUSCLIP_ORT_LIB`, else beside the models in `runtime/`.
    pub runtime: PathBuf,
    /// Reports of finished runs: `$OPUSCLIP_HISTORY_DIR`, else `$XDG_STATE_HOME/opusclip/history`, else
    /// `~/.local/state/opusclip/history`.
    pub history: PathBuf,
    /// The user's settings: `$XDG_CONFIG_HOME/opusclip/settings.toml`, else `~/.config/opusclip/settings.toml`.
    pub settings: PathBuf,
}

impl Folders {
    /// Returns where things lie for a process with these variables, whose user lives in `home`.
    ///
    /// XDG folders that are not absolute are passed over, as their specification asks.
    pub fn new(environment: &Environment, home: Option<PathBuf>) -> Self {
        let home = home.unwrap_or_else(|| PathBuf::from("/"));
        let given = |name| environment.get(name).map(PathBuf::from);
        let base = |name, below_home| {
            let xdg = given(name).filter(|folder| folder.is_absolute());
            let base = xdg.unwrap_or_else(|| home.join(below_home));
            base.join("opusclip")
        };
        let models = given("OPUSCLIP_MODEL_DIR")
            .unwrap_or_else(|| base("XDG_DATA_HOME", ".local/share").join("models"));
        Self {
            cache: given("OPUSCLIP_CACHE_DIR").unwrap_or_else(|| base("XDG_CACHE_HOME", ".cache")),
            runtime: given("OPUSCLIP_ORT_LIB")
                .unwrap_or_else(|| models.join("runtime/libonnxruntime.so")),
            history: given("OPUSCLIP_HISTORY_DIR")
                .unwrap_or_else(|| base("XDG_STATE_HOME", ".local/state").join("history")),
            settings: base("XDG_CONFIG_HOME", ".config").join("settings.toml"),
            models,
        }
    }

    /// Returns where things lie for this process.
    pub fn of_this_process() -> Self {
        Self::new(&Environment::of_this_process(), std::env::home_dir())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders<const N: usize>(pairs: [(&str, &str); N]) -> Folders {
        Folders::new(&Environment::new(pairs), Some("/home/a".into()))
    }

    #[test]
    fn without_variables_all_lies_in_the_home_folder() {
        let found = folders([]);
        assert_eq!(found.cache, PathBuf::from("/home/a/.cache/opusclip"));
        let models = PathBuf::from("/home/a/.local/share/opusclip/models");
        assert_eq!(found.runtime, models.join("runtime/libonnxruntime.so"));
        assert_eq!(found.models, models);
        let history = PathBuf::from("/home/a/.local/state/opusclip/history");
        assert_eq!(found.history, history);
        assert_eq!(
            found.settings,
            PathBuf::from("/home/a/.config/opusclip/settings.toml")
        );
    }

    #[test]
    fn our_variables_win_over_those_of_the_desktop() {
        let found = folders([("XDG_CACHE_HOME", "/x"), ("OPUSCLIP_CACHE_DIR", "mine")]);
        assert_eq!(found.cache, PathBuf::from("mine"));
        assert_eq!(
            folders([("XDG_CACHE_HOME", "/x")]).cache,
            PathBuf::from("/x/opusclip")
        );
    }

    #[test]
    fn the_runtime_lies_with_the_models() {
        let found = folders([("OPUSCLIP_MODEL_DIR", "/m")]);
        assert_eq!(found.runtime, PathBuf::from("/m/runtime/libonnxruntime.so"));
    }

    #[test]
    fn a_relative_or_empty_desktop_folder_is_passed_over() {
        let found = folders([("XDG_CACHE_HOME", "x"), ("XDG_CONFIG_HOME", "")]);
        assert_eq!(found.cache, PathBuf::from("/home/a/.cache/opusclip"));
        assert!(found.settings.starts_with("/home/a/.config"));
    }
}
