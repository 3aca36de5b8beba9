//! The built-in settings.

/// `profiles/default.toml`, which defines every setting.
pub(super) const BUILT_IN: &str = include_str!("../../profiles/default.toml");
