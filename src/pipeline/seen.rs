//! What is known of a video's pictures once the pass is over: shots, faces followed through them, and who speaks.

use super::analyse::Pass;
use super::gaze::Sight;
use super::hear::Hearing;
use super::job::Work;
use crate::analysis::faces::{self, SpeakerRules, Track, Turn, speaker, track};
use crate::analysis::shots::{Rules, find};
use crate::timeline::{Shot, TimeRange};

/// All that is known of a video's pictures.
pub(super) struct Seen {
    /// The frames.
    pub(super) pass: Pass,
    /// The shots; every frame is in one.
    pub(super) shots: Vec<Shot>,
    /// What larger pictures show; none where only shots were wanted.
    pub(super) sight: Option<Sight>,
    /// The faces, each inside one shot.
    pub(super) tracks: Vec<Track>,
    /// Who seems to speak.
    pub(super) turns: Vec<Turn>,
}

impl Seen {
    /// Returns what follows from a pass and from what was heard meanwhile.
    pub(super) fn of(work: &Work<'_>, pass: Pass, sight: Option<Sight>, hearing: &Hearing) -> Self {
        let settings = &work.run.settings.shots;
        let rules = Rules {
            threshold: settings.threshold,
            min_length: settings.min_length,
        };
        let shots = find(&pass.times, pass.end, &pass.scores, &rules);
        let tracks = match &sight {
            Some(sight) => track(&sight.faces, &shots, &faces::Rules::default()),
            None => Vec::new(),
        };
        let turns = speaker(&tracks, &hearing.speech, &SpeakerRules::default());
        Self {
            pass,
            shots,
            sight,
            tracks,
            turns,
        }
    }

    /// Returns when the pictures are shown: from the first frame to the end of the last.
    pub(super) fn range(&self) -> Option<TimeRange> {
        TimeRange::new(*self.pass.times.first()?, self.pass.end)
    }

    /// Returns how many frames are shown in the range.
    pub(super) fn frames_in(&self, range: TimeRange) -> u64 {
        let before = |at| self.pass.times.partition_point(|&time| time < at);
        (before(range.end()) - before(range.start())) as u64
    }
}
