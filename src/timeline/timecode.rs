//! Timecode: the labels that editors give to frames.
//!
//! A label counts whole frames, 30 a second at 29.97, and so runs late by 3.6 s an hour. Drop-frame counting leaves labels
//! out, never frames: two (four at 59.94) at the start of each minute but every tenth, which keeps it within 0.16 s of the
//! clock all day. After 23:59:59 labels begin anew.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::FrameRate;

/// More labels a second than any camera counts.
const MOST_LABELS: u32 = 240;

/// Counting of frames at 29.97 and 59.94 a second; at other rates both count every label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Counting {
    /// Labels keep to the clock.
    DropFrame,
    /// No label is left out.
    NonDropFrame,
}

impl Counting {
    /// Returns how frames of this rate are counted if asked to count so: a rate without drop frames drops none.
    pub fn at(self, rate: FrameRate) -> Self {
        match rate.fraction() {
            (30_000, 1001) | (60_000, 1001) => self,
            _ => Self::NonDropFrame,
        }
    }

    /// Returns the frame that is labelled one hour.
    pub fn hour(self, rate: FrameRate) -> u64 {
        6 * self.ten_minutes(rate)
    }

    fn ten_minutes(self, rate: FrameRate) -> u64 {
        600 * u64::from(rate.whole()) - 9 * self.dropped(rate)
    }

    /// Labels left out at the start of a minute.
    fn dropped(self, rate: FrameRate) -> u64 {
        match self.at(rate) {
            Self::DropFrame => u64::from(rate.whole() / 15),
            Self::NonDropFrame => 0,
        }
    }
}

/// The label of a frame. It reads `HH:MM:SS:FF`, with drop-frame counting `HH:MM:SS;FF`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timecode {
    label: u64,
    whole: u64,
    counting: Counting,
}

impl Timecode {
    /// Returns the label of `frame`, the first of which is `00:00:00:00`.
    pub fn new(frame: u64, rate: FrameRate, counting: Counting) -> Self {
        let day = 24 * counting.hour(rate);
        Self {
            label: label_of(frame % day, rate, counting),
            whole: u64::from(rate.whole()),
            counting: counting.at(rate),
        }
    }
}

impl fmt::Display for Timecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, frame) = (self.label / self.whole, self.label % self.whole);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let point = match self.counting {
            Counting::DropFrame => ';',
            Counting::NonDropFrame => ':',
        };
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}{point}{frame:02}")
    }
}

/// The label that a file gives its first frame, before it is known which frame of the day that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTimecode {
    seconds: u32,
    frame: u32,
    counting: Counting,
    /// Labels a second, where they are not as many as frames.
    labels: Option<u32>,
}

impl StartTimecode {
    /// Reads `HH:MM:SS:FF`, whose last mark is `;` or `.` for drop-frame counting; `None` for anything else.
    ///
    /// `labels` is how many labels a second has, if the file says so: a camera may count 25 at 50 frames a second.
    pub fn parse(text: &str, labels: Option<u32>) -> Option<Self> {
        let text = text.trim();
        let mark = text.rfind([':', ';', '.'])?;
        let counting = match &text[mark..=mark] {
            ":" => Counting::NonDropFrame,
            _ => Counting::DropFrame,
        };
        let is_number = |field: &&str| {
            (1..=3).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_digit())
        };
        let fields = text.split([':', ';', '.']);
        let fields: Vec<u32> = fields
            .filter(is_number)
            .filter_map(|field| field.parse().ok())
            .collect();
        let whole = text.matches([':', ';', '.']).count() == 3;
        let [hours, minutes, seconds, frame] = fields[..] else {
            return None;
        };
        let fits = whole && hours < 24 && minutes < 60 && seconds < 60 && frame < MOST_LABELS;
        let labels = labels.filter(|labels| (1..=MOST_LABELS).contains(labels) && frame < *labels);
        fits.then_some(Self {
            seconds: (hours * 60 + minutes) * 60 + seconds,
            frame,
            counting,
            labels,
        })
    }

    /// Returns how the file counts its frames.
    pub fn counting(self) -> Counting {
        self.counting
    }

    /// Returns the frame that has this label, the first of the day being 0.
    pub fn frame(self, rate: FrameRate) -> u64 {
        let labels = self.labels.unwrap_or(rate.whole());
        let drops = self.counting.at(rate) == Counting::DropFrame && labels.is_multiple_of(30);
        let dropped = u64::from(if drops { labels / 15 } else { 0 });
        let minutes = u64::from(self.seconds / 60);
        let label = u64::from(self.seconds) * u64::from(labels) + u64::from(self.frame);
        let counted = label.saturating_sub(dropped * (minutes - minutes / 10));
        counted * u64::from(rate.whole()) / u64::from(labels)
    }
}

/// Returns the number of a frame's label, those left out counted too.
fn label_of(frame: u64, rate: FrameRate, counting: Counting) -> u64 {
    let dropped = counting.dropped(rate);
    let first = 60 * u64::from(rate.whole()); // the first of ten minutes drops nothing
    let other = first - dropped;
    let ten_minutes = counting.ten_minutes(rate);
    let (tens, rest) = (frame / ten_minutes, frame % ten_minutes);
    let begun = if rest < first {
        0
    } else {
        (rest - first) / other + 1
    };
    frame + dropped * (9 * tens + begun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Counting::{DropFrame, NonDropFrame};
    use proptest::prelude::*;

    const RATES: [(i32, i32); 6] = [
        (24_000, 1001),
        (25, 1),
        (30_000, 1001),
        (30, 1),
        (60_000, 1001),
        (60, 1),
    ];

    fn rate_of(fraction: (i32, i32)) -> FrameRate {
        FrameRate::editing(Some(fraction))
    }

    fn text(frame: u64, fraction: (i32, i32), counting: Counting) -> String {
        Timecode::new(frame, rate_of(fraction), counting).to_string()
    }

    /// Reads a label back: the labels before it, less those that were left out.
    fn frame(text: &str, fraction: (i32, i32)) -> u64 {
        let fields: Vec<u64> = text.split([':', ';']).map(|n| n.parse().unwrap()).collect();
        let minutes = fields[0] * 60 + fields[1];
        let whole = u64::from(rate_of(fraction).whole());
        let dropped = if text.contains(';') { whole / 15 } else { 0 };
        (minutes * 60 + fields[2]) * whole + fields[3] - dropped * (minutes - minutes / 10)
    }

    #[test]
    fn a_minute_of_29_97_begins_two_labels_late_but_every_tenth() {
        let ntsc = (30_000, 1001);
        assert_eq!(text(1799, ntsc, DropFrame), "00:00:59;29");
        assert_eq!(text(1800, ntsc, DropFrame), "00:01:00;02");
        assert_eq!(text(17_981, ntsc, DropFrame), "00:09:59;29");
        assert_eq!(text(17_982, ntsc, DropFrame), "00:10:00;00");
        assert_eq!(text(107_892, ntsc, DropFrame), "01:00:00;00");
        assert_eq!(text(107_892, ntsc, NonDropFrame), "00:59:56:12");
    }

    #[test]
    fn a_minute_of_59_94_begins_four_labels_late() {
        assert_eq!(text(3599, (60_000, 1001), DropFrame), "00:00:59;59");
        assert_eq!(text(3600, (60_000, 1001), DropFrame), "00:01:00;04");
    }

    #[test]
    fn other_rates_drop_nothing_even_when_asked() {
        assert_eq!(text(1440, (24_000, 1001), DropFrame), "00:01:00:00");
        assert_eq!(text(1800, (30, 1), DropFrame), "00:01:00:00");
    }

    #[test]
    fn ten_hours_read_as_ten_hours() {
        assert_eq!(text(1_078_920, (30_000, 1001), DropFrame), "10:00:00;00");
        assert_eq!(text(2_157_840, (60_000, 1001), DropFrame), "10:00:00;00");
        assert_eq!(text(900_000, (25, 1), NonDropFrame), "10:00:00:00");
    }

    fn started(text: &str, labels: Option<u32>, fraction: (i32, i32)) -> Option<u64> {
        let start = StartTimecode::parse(text, labels)?;
        Some(start.frame(rate_of(fraction)))
    }

    #[test]
    fn a_file_s_label_names_its_first_frame() {
        let check = |text, fraction, frame| {
            assert_eq!(
                started(text, None, fraction),
                Some(frame),
                "{text} {fraction:?}"
            );
        };
        check("10:00:00:00", (24_000, 1001), 864_000);
        check("10:00:00:00", (25, 1), 900_000);
        check("01:59:58;00", (30_000, 1001), 215_724);
        check("01:59:58:00", (30_000, 1001), 215_940);
        check("01:59:58;00", (60_000, 1001), 431_448);
        check("01:59:58:59", (60_000, 1001), 431_939);
        check("01:59:58;00", (25, 1), 179_950);
    }

    #[test]
    fn labels_that_count_every_other_frame_name_it_too() {
        assert_eq!(started("10:00:00:12", Some(25), (50, 1)), Some(1_800_024));
        let half = started("01:59:58;01", Some(30), (60_000, 1001));
        assert_eq!(half, Some(2 * 215_725));
        // 120 frames a second are edited at 60.
        assert_eq!(started("00:00:01:60", Some(120), (60, 1)), Some(90));
        // More frames than labels: the file does not mean it.
        assert_eq!(started("00:00:01:40", Some(25), (50, 1)), Some(90));
    }

    #[test]
    fn what_is_no_label_is_none() {
        for text in [
            "",
            "10:00:00",
            "24:00:00:00",
            "10:60:00:00",
            "a:b:c:d",
            "1:2:3:4:5",
            "-1:00:00:00",
            "::::",
            "00:00:00:999",
        ] {
            assert_eq!(StartTimecode::parse(text, None), None, "{text}");
        }
    }

    #[test]
    fn labels_begin_anew_after_a_day() {
        assert_eq!(text(2_589_407, (30_000, 1001), DropFrame), "23:59:59;29");
        assert_eq!(text(2_589_408, (30_000, 1001), DropFrame), "00:00:00;00");
        assert_eq!(text(2_591_999, (30, 1), NonDropFrame), "23:59:59:29");
        assert_eq!(text(2_592_000, (30, 1), NonDropFrame), "00:00:00:00");
    }

    #[test]
    fn no_label_of_a_day_is_used_twice_and_none_that_is_dropped_at_all() {
        let ntsc = rate_of((30_000, 1001));
        let mut before = None;
        for frame in 0..24 * DropFrame.hour(ntsc) {
            let label = label_of(frame, ntsc, DropFrame);
            assert!(before < Some(label));
            let (minute, rest) = (label / 1800, label % 1800);
            assert!(rest >= 2 || minute % 10 == 0, "{frame}");
            before = Some(label);
        }
        assert_eq!(before, Some(24 * 3600 * 30 - 1));
    }

    proptest! {
        #[test]
        fn labels_lead_back_to_their_frames(which in 0..RATES.len(), at in 0..2_000_000_u64, drop in any::<bool>()) {
            let counting = if drop { DropFrame } else { NonDropFrame };
            prop_assert_eq!(frame(&text(at, RATES[which], counting), RATES[which]), at);
        }

        #[test]
        fn a_label_leads_back_to_its_frame(which in 0..RATES.len(), at in 0..2_000_000_u64, drop in any::<bool>()) {
            let counting = if drop { DropFrame } else { NonDropFrame };
            prop_assert_eq!(started(&text(at, RATES[which], counting), None, RATES[which]), Some(at));
        }

        #[test]
        fn no_text_stops_the_program(text in any::<String>(), labels in any::<Option<u32>>()) {
            let _ = started(&text, labels, (30_000, 1001));
        }

        #[test]
        fn later_frames_have_later_labels(which in 0..RATES.len(), at in 0..2_000_000_u64, drop in any::<bool>()) {
            let counting = if drop { DropFrame } else { NonDropFrame };
            prop_assert!(text(at, RATES[which], counting) < text(at + 1, RATES[which], counting));
        }

        #[test]
        fn drop_frame_labels_keep_to_the_clock(at in 0..2_589_408_u64, double in 1..=2_u64) {
            let rate = rate_of((30_000 * double as i32, 1001));
            let label = label_of(at * double, rate, DropFrame);
            let clock = (at * double) as f64 / rate.frames_a_second();
            let off = label as f64 / f64::from(rate.whole()) - clock;
            prop_assert!(off.abs() < 0.16, "{} s", off);
        }
    }
}
