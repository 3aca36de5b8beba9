//! The text in the pictures of a video as `analysis.json` lists it.

use serde::{Deserialize, Serialize};

use super::number::{Seconds, finite};
use crate::analysis::picture_text::ShownText;

/// A line of text, in fractions of the upright picture. A text that stays over a cut is listed once for each shot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PictureTextRecord {
    /// When it appears.
    pub start: Seconds,
    /// When it is gone.
    pub end: Seconds,
    /// Left edge.
    #[serde(serialize_with = "finite")]
    pub x: f64,
    /// Upper edge.
    #[serde(serialize_with = "finite")]
    pub y: f64,
    /// Width.
    #[serde(serialize_with = "finite")]
    pub w: f64,
    /// Height.
    #[serde(serialize_with = "finite")]
    pub h: f64,
    /// How sure the model is, 0 to 1.
    #[serde(serialize_with = "finite")]
    pub score: f64,
}

/// Returns the lines in the order given.
pub(super) fn records(texts: &[ShownText]) -> Vec<PictureTextRecord> {
    texts.iter().map(record).collect()
}

fn record(text: &ShownText) -> PictureTextRecord {
    PictureTextRecord {
        start: text.range.start().into(),
        end: text.range.end().into(),
        x: f64::from(text.region.x),
        y: f64::from(text.region.y),
        w: f64::from(text.region.width),
        h: f64::from(text.region.height),
        score: f64::from(text.score),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;
    use crate::timeline::{TimeRange, Timestamp};

    #[test]
    fn a_line_tells_when_and_where_it_is() {
        let at = |second| Timestamp::new(second, 1).unwrap();
        let text = ShownText {
            range: TimeRange::new(at(1), at(3)).unwrap(),
            region: Region {
                x: 0.25,
                y: 0.75,
                width: 0.5,
                height: 0.125,
            },
            score: 0.5,
        };
        let written = serde_json::to_string(&records(&[text])).unwrap();
        assert_eq!(
            written,
            r#"[{"start":1.0,"end":3.0,"x":0.25,"y":0.75,"w":0.5,"h":0.125,"score":0.5}]"#
        );
    }
}
