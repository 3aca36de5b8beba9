//! Scores on films and recordings, with their figures: `scripts/quality` runs these tests, `scripts/test` does not.
//!
//! A change of a weight or a rule may lower one and still be right; what must always hold is a test elsewhere.

mod faces;
mod moments;
mod planted;
mod shots;
mod words;
