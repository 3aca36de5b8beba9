//! A job's file: its header, the digest of its bytes and its clock.

use std::time::Duration;

use anyhow::Context;

use crate::cache::{Input, Key};
use crate::clock::Stopwatch;
use crate::manifest::Job;
use crate::media::{self, Limits, Media};
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::{JobSource, RunConfig, Services, decode_limits};
use crate::pipeline::events::{Cost, JobEvents};
use crate::pipeline::headers::{Header, check_range, choose_audio};
use crate::timeline::Stage;

/// Reads the header of a job's file.
///
/// # Errors
/// When it is not there or no media file.
pub(crate) fn read_header(config: &RunConfig<'_>, job: &Job) -> Header {
    media::probe(&job.input, &decode_limits(config.settings))
}

/// Returns a job's file.
///
/// # Errors
/// When it cannot be read, or has not the audio streams that the settings name.
pub(crate) fn probe(
    services: &Services<'_>,
    limits: &Limits,
    job: &Job,
    header: Header,
) -> anyhow::Result<JobSource> {
    let watch = Stopwatch::start();
    let mut media = header?;
    choose_audio(&mut media, &job.settings.audio)?;
    check_range(&media, job.settings.range)?;
    let files = services.cache.files();
    let input = files.input(&job.input, || services.cancel.aborted());
    let input = input.context("read the file")?;
    let events = services.events.of_job(&job.id);
    let file = ProbedFile {
        services,
        limits,
        job,
        input: &input,
        events,
    };
    file.find_clock(&mut media)?;
    let cost = Cost::since(&watch, Duration::ZERO);
    events.worked(Stage::Probe, 1, input.identity.size, cost);
    Ok(JobSource { media, input })
}

/// A file whose bytes are known.
struct ProbedFile<'a> {
    services: &'a Services<'a>,
    limits: &'a Limits,
    job: &'a Job,
    input: &'a Input,
    events: JobEvents<'a>,
}

impl ProbedFile<'_> {
    /// Finds how the times of its packets become times of the video.
    fn find_clock(&self, media: &mut Media) -> anyhow::Result<()> {
        if media.may_splice {
            let key = with_value(self.key(Record::Clock), &media::SPLICE_RULES).finish();
            media.clock = self.cached(Record::Clock, &key, || {
                media::find_clock(&self.job.input, media, self.limits)
            })?;
        }
        Ok(())
    }

    fn key(&self, record: Record) -> crate::cache::KeyBuilder {
        record.key().field(self.input.digest.as_bytes())
    }

    fn cached<T: serde::Serialize + serde::de::DeserializeOwned>(
        &self,
        record: Record,
        key: &Key,
        compute: impl FnOnce() -> Result<T, media::Error>,
    ) -> Result<T, media::Error> {
        self.services
            .cache
            .cached(&self.events, record, key, compute)
    }
}
