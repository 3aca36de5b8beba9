//! A job's file: its header, the digest of its bytes and its clock.

use std::ops::ControlFlow;

use anyhow::Context;

use crate::cache::{Input, Key};
use crate::clock::Stopwatch;
use crate::manifest::Job;
use crate::media::{self, FieldOrder, FileClock, Media};
use crate::pipeline::asked_times::{check_times, header_range};
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::cancel::Stop;
use crate::pipeline::context::{JobSource, RunConfig, Services, decode_limits};
use crate::pipeline::events::Cost;
use crate::pipeline::headers::Header;
use crate::pipeline::refusals::check_asked;
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
/// When it cannot be read, or has not what the job asks for.
pub(crate) fn probe(
    config: &RunConfig<'_>,
    services: &Services<'_>,
    job: &Job,
    header: Header,
) -> anyhow::Result<JobSource> {
    let watch = Stopwatch::start();
    let mut media = header?;
    check_asked(job, &mut media)?;
    let input = read_input(services, job)?;
    media.clock = find_clock(config, services, job, (&media, &input))?;
    if let Some(video) = header_range(&media) {
        check_times(job, video)?;
    }
    let telecine = find_telecine(config, services, job, (&media, &input))?;
    if let Some(video) = &mut media.video {
        video.telecine = telecine;
    }
    let cost = Cost::since(&watch);
    let events = services.events.of_job(&job.id);
    events.worked(Stage::Probe, 1, input.identity.size, cost);
    Ok(JobSource { media, input })
}

/// Returns the identity and the digest of a job's file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_input(services: &Services<'_>, job: &Job) -> anyhow::Result<Input> {
    let files = services.cache.files();
    let read = || {
        let path = job.input.clone();
        let read = move |hand: &mut dyn FnMut(()) -> ControlFlow<()>| {
            Input::read(&path, &mut || hand(()).is_break())
        };
        let check = || Stop::of(services.cancel).check();
        let watched = services.watchdog.watch("read", check, read, |()| check());
        anyhow::Ok(watched?.answer?)
    };
    let input = files.input(&job.input, read);
    input.context("read the file")
}

/// Returns how the times of the packets of a job's file become times of the video.
///
/// # Errors
/// As [`media::find_clock`].
pub(crate) fn find_clock(
    config: &RunConfig<'_>,
    services: &Services<'_>,
    job: &Job,
    (media, input): (&Media, &Input),
) -> Result<FileClock, media::Error> {
    if !media.may_splice {
        return Ok(FileClock::default());
    }
    let key = clock_key(input.digest.as_bytes());
    let events = services.events.of_job(&job.id);
    services.cache.cached(&events, Record::Clock, &key, || {
        media::find_clock(&job.input, media, &decode_limits(config.settings))
    })
}

fn find_telecine(
    config: &RunConfig<'_>,
    services: &Services<'_>,
    job: &Job,
    (media, input): (&Media, &Input),
) -> Result<Option<FieldOrder>, media::Error> {
    if !media::may_be_telecine(media) {
        return Ok(None);
    }
    let key = telecine_key(input.digest.as_bytes());
    let events = services.events.of_job(&job.id);
    services.cache.cached(&events, Record::Telecine, &key, || {
        media::find_telecine(&job.input, media, &decode_limits(config.settings))
    })
}

/// Adds to what a header says what is kept of the file's clock and pictures.
pub(crate) fn add_known(services: &Services<'_>, content: &[u8], media: &mut Media) {
    let cache = &services.cache;
    if let Some(clock) = cache.get(Record::Clock, &clock_key(content)) {
        media.clock = clock;
    }
    let telecine = cache.get(Record::Telecine, &telecine_key(content));
    if let (Some(video), Some(telecine)) = (&mut media.video, telecine) {
        video.telecine = telecine;
    }
}

fn clock_key(content: &[u8]) -> Key {
    let key = Record::Clock.key().field(content);
    with_value(key, &media::SPLICE_RULES).finish()
}

fn telecine_key(content: &[u8]) -> Key {
    let key = Record::Telecine.key().field(content);
    with_value(key, &(media::SPLICE_RULES, media::TELECINE_RULES)).finish()
}
