//! Headers of the files of a run, read side by side before the first job, and the order that follows from them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cancel::Cancel;
use super::outcome::NoSuchAudio;
use super::schedule::queue::{Rank, in_order};
use crate::manifest::Job;
use crate::media::{self, Limits, Media};
use crate::settings::{AudioTracks, Auto};

/// Up to so many jobs have their headers read before the first one starts; beyond, a job's cost is its file's size.
const MOST_READ: usize = 256;
/// Bytes a second of a file whose header is not read: 5 Mbit/s, common for 1080p.
const USUAL_BYTES_A_SECOND: f64 = 5e6 / 8.0;

/// What a file's header says.
pub(crate) type Header = Result<Media, media::Error>;

/// The headers of a run's jobs, as far as they were read; each is taken once.
#[derive(Debug)]
pub(crate) struct Headers(Vec<Mutex<Option<Header>>>);

impl Headers {
    /// Reads the headers of a small batch, side by side, until the run is cancelled; a large batch goes by file sizes.
    pub(crate) fn read(jobs: &[Job], limits: &Limits, threads: usize, cancel: &Cancel) -> Self {
        let headers = Self(jobs.iter().map(|_| Mutex::new(None)).collect());
        if jobs.len() > MOST_READ {
            return headers;
        }
        let next = AtomicUsize::new(0);
        let read = || {
            while let Some(slot) = claim(&next, jobs.len()).filter(|_| !cancel.draining()) {
                *headers.slot(slot) = Some(media::probe(&jobs[slot].input, limits));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(jobs.len()) {
                // Where no thread is to be had the others read more.
                let _ = std::thread::Builder::new().spawn_scoped(scope, read);
            }
            read();
        });
        headers
    }

    /// Takes the header of a job, if it was read.
    pub(crate) fn take(&self, slot: usize) -> Option<Header> {
        self.slot(slot).take()
    }

    /// Asks a question about the header of a job.
    pub(crate) fn ask<T>(&self, slot: usize, question: impl FnOnce(Option<&Header>) -> T) -> T {
        question(self.slot(slot).as_ref())
    }

    /// Returns the jobs' positions in the order to do them.
    pub(crate) fn order(&self, jobs: &[Job]) -> Vec<usize> {
        let rank = |(slot, job): (usize, &Job)| Rank {
            priority: job.settings.priority,
            cost: self.length(slot, job).0,
        };
        let ranks: Vec<Rank> = jobs.iter().enumerate().map(rank).collect();
        in_order(&ranks)
    }

    /// Returns the seconds of a job's video, and whether its header was read.
    pub(crate) fn length(&self, slot: usize, job: &Job) -> (f64, bool) {
        self.ask(slot, |header| match header {
            Some(Ok(Media {
                duration: Some(duration),
                ..
            })) => (duration.as_secs_f64(), true),
            Some(Err(_)) => (0.0, true),
            _ => (file_bytes(job) as f64 / USUAL_BYTES_A_SECOND, false),
        })
    }

    fn slot(&self, slot: usize) -> MutexGuard<'_, Option<Header>> {
        self.0[slot].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the audio streams that the settings name the chosen ones.
///
/// # Errors
/// [`NoSuchAudio`].
pub(crate) fn choose_audio(
    media: &mut Media,
    wanted: &Auto<AudioTracks>,
) -> Result<(), NoSuchAudio> {
    let Auto::Set(tracks) = wanted else {
        return Ok(());
    };
    let stream = |&number: &usize| {
        let stream = media.audio_streams.get(number).cloned();
        stream.ok_or(NoSuchAudio {
            wanted: number,
            streams: media.audio_streams.len(),
        })
    };
    let chosen: Result<Vec<_>, _> = tracks.numbers().iter().map(stream).collect();
    media.hear(chosen?);
    Ok(())
}

fn claim(next: &AtomicUsize, end: usize) -> Option<usize> {
    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|slot| *slot < end)
}

fn file_bytes(job: &Job) -> u64 {
    job.input.metadata().map_or(0, |metadata| metadata.len())
}
