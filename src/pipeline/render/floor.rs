//! Clips that are not good enough to be made.

use crate::clips::judge::{self, Remark};
use crate::clips::{Scored, Verdict};
use crate::pipeline::context::JobContext;

/// Keeps clips from being made that an editor would not post, once there are as many as must be.
pub(super) struct QualityFloor {
    least: f64,
    /// So many more are made whatever they are like.
    anyway: usize,
    /// Those that are not made: their places among the chosen, and why.
    pub(super) poor: Vec<(usize, Verdict)>,
}

impl QualityFloor {
    /// Returns the floor of a job, before the first clip.
    pub(super) fn new(ctx: &JobContext<'_>) -> Self {
        let clips = &ctx.job.settings.clips;
        Self {
            least: clips.min_quality.share(),
            anyway: clips.floor,
            poor: Vec::new(),
        }
    }

    /// Returns the rank of a clip that is made, the better ones having been asked about before.
    pub(super) fn rank(
        &mut self,
        place: usize,
        scored: &Scored,
        remarks: &[Remark],
    ) -> Option<u32> {
        let quality = judge::quality(remarks);
        let rank = self.rank_of(place, quality, scored.is_demanded());
        if rank.is_none() {
            let faults = remarks.iter().filter(|remark| !remark.is_well());
            let verdict = Verdict::Poor {
                quality: (quality, self.least),
                faults: faults.map(|remark| remark.words.clone()).collect(),
            };
            self.poor.push((place, verdict));
        }
        rank
    }

    fn rank_of(&mut self, place: usize, quality: f64, is_demanded: bool) -> Option<u32> {
        let is_made = self.anyway > 0 || quality >= self.least || is_demanded;
        self.anyway = self.anyway.saturating_sub(usize::from(is_made));
        is_made.then(|| (place + 1 - self.poor.len()) as u32)
    }

    /// Returns those of the chosen that are made, by their ranks.
    pub(super) fn kept<'c>(&self, chosen: &[&'c Scored]) -> Vec<&'c Scored> {
        let is_made = |place: usize| self.poor.iter().all(|(poor, _)| *poor != place);
        let kept = chosen.iter().enumerate();
        let kept = kept.filter(|(place, _)| is_made(*place));
        kept.map(|(_, scored)| *scored).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_have_no_gaps_where_a_clip_is_not_made() {
        let mut floor = QualityFloor {
            least: 0.5,
            anyway: 1,
            poor: Vec::new(),
        };
        let clips = [
            (0.2, false),
            (0.4, false),
            (0.9, false),
            (0.1, true),
            (0.3, false),
        ];
        let ranks = clips
            .iter()
            .enumerate()
            .map(|(place, (quality, is_demanded))| {
                let rank = floor.rank_of(place, *quality, *is_demanded);
                if rank.is_none() {
                    floor.poor.push((
                        place,
                        Verdict::Avoided {
                            phrase: String::new(),
                        },
                    ));
                }
                rank
            });
        let ranks: Vec<Option<u32>> = ranks.collect();
        assert_eq!(ranks, [Some(1), None, Some(2), Some(3), None]);
    }
}
