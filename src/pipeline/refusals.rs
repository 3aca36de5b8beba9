//! What the header of a job's file shows that the job cannot be done: found before any work, also by a plan and for a manifest
//! that is only checked.

use super::asked_times::{check_times, header_range};
use super::cancel::Cancel;
use super::headers::{Headers, choose_audio};
use super::outcome::no_pictures;
use crate::manifest::Job;
use crate::media::{Limits, Media};
use crate::timeline::Stage;

/// Makes the audio streams that a job names the chosen ones, and fails when the file has not what the job asks for.
///
/// # Errors
/// [`NoSuchAudio`](super::outcome::NoSuchAudio), [`TimeOutside`](super::asked_times::TimeOutside).
pub(crate) fn check_asked(job: &Job, media: &mut Media) -> anyhow::Result<()> {
    choose_audio(media, &job.settings.audio)?;
    // Where the clock may start anew, only a look at all packets tells how long the file is.
    if let Some(video) = header_range(media).filter(|_| !media.may_splice) {
        check_times(job, video)?;
    }
    Ok(())
}

/// Fails when a run up to `until` wants clips of a file that holds sound alone and is given no picture.
///
/// # Errors
/// [`no_pictures`].
pub(crate) fn check_pictures(job: &Job, media: &Media, until: Stage) -> anyhow::Result<()> {
    let wants_pictures = until > Stage::Text && !job.settings.shows_sound();
    if media.video.is_none() && wants_pictures {
        return Err(no_pictures());
    }
    Ok(())
}

/// Returns the positions of the jobs that ask for what their file has not, each with a line that says what; of a large batch and
/// of files whose header cannot be read nothing is told.
pub fn asked_in_vain(jobs: &[Job], limits: &Limits, threads: usize) -> Vec<(usize, String)> {
    let headers = Headers::read(jobs, limits, threads, &Cancel::default());
    let told = |(slot, job): (usize, &Job)| {
        let mut media = headers.take(slot)?.ok()?;
        let error = check_asked(job, &mut media).err()?;
        Some((slot, format!("{error:#}")))
    };
    jobs.iter().enumerate().filter_map(told).collect()
}
