//! Floors: what a bench must reach, in a file that goes with the project.

use globset::Glob;
use serde::Deserialize;

use super::{Better, Series};

/// Series and what each must reach.
///
/// ```toml
/// [[floor]]
/// name = "decode * cpu / ffmpeg"   # `*` for anything
/// limit = 1.1                      # at most, or at least where more is better
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    floor: Vec<Floor>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    name: String,
    limit: f64,
}

/// A floor held against a series.
#[derive(Debug, Clone, PartialEq)]
pub struct FloorCheck {
    /// The series, or the pattern that matches none.
    pub name: String,
    /// Its median, and the unit; none where nothing of that name was measured.
    pub found: Option<(f64, String)>,
    /// What it must reach.
    pub limit: f64,
    /// Whether it does.
    pub ok: bool,
}

impl Floors {
    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let floors: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for floor in &floors.floor {
            Glob::new(&floor.name).map_err(|error| error.to_string())?;
        }
        Ok(floors)
    }

    /// Holds the series against the floors; a floor under which nothing was measured does not hold.
    pub fn check(&self, series: &[Series]) -> Vec<FloorCheck> {
        self.floor
            .iter()
            .flat_map(|floor| floor.check(series))
            .collect()
    }
}

impl Floor {
    fn check(&self, series: &[Series]) -> Vec<FloorCheck> {
        let matcher = Glob::new(&self.name).map(|glob| glob.compile_matcher());
        let is_meant = |one: &&Series| {
            one.name == self.name || matcher.as_ref().is_ok_and(|glob| glob.is_match(&one.name))
        };
        let checks = series.iter().filter(is_meant).map(|one| {
            let median = one.median();
            FloorCheck {
                name: one.name.clone(),
                found: Some((median, one.unit.clone())),
                limit: self.limit,
                ok: match one.better {
                    Better::Lower => median <= self.limit,
                    Better::Higher => median >= self.limit,
                },
            }
        });
        let mut checks: Vec<FloorCheck> = checks.collect();
        if checks.is_empty() {
            checks.push(FloorCheck {
                name: self.name.clone(),
                found: None,
                limit: self.limit,
                ok: false,
            });
        }
        checks
    }
}

impl std::fmt::Display for FloorCheck {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, limit) = (&self.name, self.limit);
        let verdict = if self.ok { "holds" } else { "does not hold" };
        match &self.found {
            Some((value, unit)) => {
                write!(out, "{name}: {value:.3} {unit}, limit {limit}: {verdict}")
            }
            None => write!(
                out,
                "{name}: nothing of this name was measured, limit {limit}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, better: Better, value: f64) -> Series {
        Series::new(name, "x", better, vec![value])
    }

    #[test]
    fn a_floor_is_held_against_all_that_it_names() {
        let floors = "[[floor]]\nname = 'decode * cpu'\nlimit = 1.0\n[[floor]]\nname = 'rank'\nlimit = 5\n[[floor]]\nname = 'cache *'\nlimit = 1\n";
        let floors = Floors::parse(floors).unwrap();
        let measured = [
            series("decode a cpu", Better::Lower, 0.9),
            series("decode b cpu", Better::Lower, 1.1),
            series("rank", Better::Higher, 5.0),
        ];
        let checks = floors.check(&measured);
        let told: Vec<_> = checks
            .iter()
            .map(|check| (check.name.as_str(), check.ok))
            .collect();
        let expected = [
            ("decode a cpu", true),
            ("decode b cpu", false),
            ("rank", true),
            ("cache *", false),
        ];
        assert_eq!(told, expected);
        assert_eq!(
            checks[1].to_string(),
            "decode b cpu: 1.100 x, limit 1: does not hold"
        );
    }

    #[test]
    fn a_file_of_another_shape_is_refused() {
        assert!(Floors::parse("[[floor]]\nname = 'x'\n").is_err());
        assert!(Floors::parse("[[floor]]\nname = '['\nlimit = 1\n").is_err());
        assert!(Floors::parse("[[floor]]\nname = 'x'\nlimit = 1\nmax = 2\n").is_err());
    }
}
