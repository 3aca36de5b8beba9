//! `--dry-run`: which jobs would run, in which order, what is kept of them, what the rest costs.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;

use serde::Serialize;

use super::cached::Record;
use super::context::{JobPlan, Resources, RunConfig, Services, decode_limits};
use super::headers::{Header, Headers, choose_audio};
use super::refusals::{check_asked, check_pictures};
use super::stages::audio::audio_key;
use super::stages::persons::persons_key_of;
use super::stages::picture_text::picture_text_key_of;
use super::stages::probe::add_known;
use super::stages::shots::shots_key_of;
use super::stages::sound_track::show_sound;
use super::stages::vision::vision_key_of;
use crate::analysis::picture_text::SamplingRules;
use crate::cache::{FileIdentity, Key};
use crate::manifest::Job;
use crate::media::Media;
use crate::report::{Align, aligned};
use crate::timeline::Stage;

/// Bytes of a second of clip at the default quality, roughly.
const CLIP_BYTES_A_SECOND: f64 = 6e5;

/// A run as it would go.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// The jobs in the order they would start.
    pub jobs: Vec<PlannedJob>,
    /// Seconds of video in all.
    pub video_seconds: f64,
    /// Wall seconds that the run takes, roughly.
    pub estimated_seconds: f64,
    /// Bytes of decoded picture that may exist at once.
    pub memory_budget_bytes: u64,
    /// Bytes of clips, at most and roughly.
    pub estimated_output_bytes: u64,
}

/// One job as it would go.
#[derive(Debug, Serialize)]
pub struct PlannedJob {
    /// Its id.
    pub id: String,
    /// What it reads.
    pub input: PathBuf,
    /// Length of the video; by the file's size where `measured` is false.
    pub seconds: f64,
    /// Whether the header was read.
    pub measured: bool,
    /// Whether its whole analysis is kept; `null` when its bytes were never read.
    pub cached: Option<bool>,
    /// Why it cannot be done, where the header shows that.
    pub problem: Option<String>,
    /// Processor seconds that its analysis takes for each second of video.
    #[serde(skip)]
    cost: f64,
}

impl PlannedJob {
    /// Returns the job as people read it: id, length, state and input.
    fn row(&self) -> [String; 4] {
        let about = if self.measured { "" } else { "~" };
        let state = match (&self.problem, self.cached) {
            (Some(problem), _) => problem.as_str(),
            (None, Some(true)) => "analysed before",
            (None, _) => "to analyse",
        };
        [
            self.id.clone(),
            format!("{about}{:.1} s", self.seconds),
            state.to_owned(),
            self.input.display().to_string(),
        ]
    }
}

impl Plan {
    /// Returns how many jobs cannot be done.
    pub fn problems(&self) -> usize {
        let failing = self.jobs.iter().filter(|job| job.problem.is_some());
        failing.count()
    }
}

/// Writes one line a job and a summary.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.jobs.iter().map(PlannedJob::row);
        let alignments = [Align::Left, Align::Right, Align::Left, Align::Left];
        f.write_str(&aligned(alignments, &rows.collect::<Vec<_>>()))?;
        let known = self.jobs.iter().filter(|job| job.cached == Some(true));
        let problems = match self.problems() {
            0 => String::new(),
            some => format!(", {some} cannot run"),
        };
        writeln!(
            f,
            "{} jobs, {} analysed before{problems}; {:.0} s of video, about {:.0} s to run, pictures in flight up to {} MiB, clips about {} MiB",
            self.jobs.len(),
            known.count(),
            self.video_seconds,
            self.estimated_seconds,
            self.memory_budget_bytes >> 20,
            self.estimated_output_bytes >> 20,
        )
    }
}

/// Returns what a run would do, without decoding or computing anything.
pub fn plan(config: &RunConfig<'_>, resources: Resources<'_>) -> Plan {
    let services = Services::new(config, resources);
    let threads = config.settings.jobs;
    let limits = decode_limits(config.settings);
    let headers = Headers::read(config.jobs, &limits, threads, services.cancel);
    let order = headers.order(config.jobs);
    let planner = Planner {
        config,
        services: &services,
        headers: &headers,
    };
    let jobs: Vec<PlannedJob> = order.iter().map(|slot| planner.job(*slot)).collect();
    let video_seconds = jobs.iter().map(|job| job.seconds).sum();
    let clip_seconds = planner.clip_seconds();
    let open = jobs.iter().filter(|job| job.problem.is_none());
    let analysis: f64 = open.map(|job| job.seconds * job.cost).sum();
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    Plan {
        jobs,
        video_seconds,
        estimated_seconds: (analysis + clip_seconds * Record::Clip.cost()) / cores,
        memory_budget_bytes: config.settings.memory_budget,
        estimated_output_bytes: (clip_seconds * CLIP_BYTES_A_SECOND) as u64,
    }
}

/// What the plan of each job is made from.
struct Planner<'a> {
    config: &'a RunConfig<'a>,
    services: &'a Services<'a>,
    headers: &'a Headers,
}

impl Planner<'_> {
    fn job(&self, slot: usize) -> PlannedJob {
        let job = &self.config.jobs[slot];
        let (seconds, measured) = self.headers.length(slot, job);
        let header = self.headers.ask(slot, |header| header.cloned());
        let problem = self.problem(job, header.as_ref());
        let media = header.and_then(Result::ok);
        let missing = self.missing(job, media);
        let all = self.records().iter().map(|record| record.cost()).sum();
        PlannedJob {
            id: job.id.clone(),
            input: job.input.clone(),
            seconds,
            measured,
            cached: missing.as_ref().map(Vec::is_empty),
            problem,
            cost: missing.map_or(all, |missing| {
                missing.iter().map(|record| record.cost()).sum()
            }),
        }
    }

    /// Returns why a job cannot be done, as far as its header shows, or where that was not read whether it can be.
    fn problem(&self, job: &Job, header: Option<&Header>) -> Option<String> {
        let media = match header {
            None => {
                let unreadable = File::open(&job.input).err()?;
                return Some(format!("cannot be read: {unreadable}"));
            }
            Some(Err(error)) => return Some(error.to_string()),
            Some(Ok(media)) => media,
        };
        let (mut chosen, until) = (media.clone(), self.config.until);
        let checked = check_asked(job, &mut chosen);
        let checked = checked.and_then(|()| check_pictures(job, media, until));
        if let Err(error) = checked {
            return Some(format!("{error:#}"));
        }
        if media.video.is_some() || until <= Stage::Text {
            return None;
        }
        let limits = decode_limits(self.config.settings);
        let shown = show_sound(job, &mut chosen, &limits);
        shown.err().map(|error| error.to_string())
    }

    /// Returns the records of whole files that the run needs.
    fn records(&self) -> Vec<Record> {
        let settings = self.config.settings;
        match self.config.until {
            Stage::Probe => Vec::new(),
            until if until <= Stage::Text => vec![Record::Audio],
            until if until <= Stage::Shots => vec![Record::Shots],
            _ => {
                let mut needed = vec![Record::Audio, Record::Shots, Record::Vision];
                needed.extend(settings.persons.enabled.then_some(Record::Persons));
                needed.extend(settings.picture_text.enabled.then_some(Record::PictureText));
                needed
            }
        }
    }

    /// Returns the records of a job's file that are not kept; `None` when its bytes were never read.
    fn missing(&self, job: &Job, media: Option<Media>) -> Option<Vec<Record>> {
        let identity = FileIdentity::of(&job.input).ok()?;
        let cache = &self.services.cache;
        let content = cache.files().remembered_digest(&identity)?;
        let mut media = media?;
        choose_audio(&mut media, &job.settings.audio).ok()?;
        add_known(self.services, content.as_bytes(), &mut media);
        // A plan makes no clip: the encoder need not be tried.
        let until = self.config.until.min(Stage::Select);
        let config = RunConfig {
            until,
            ..*self.config
        };
        let plan = JobPlan::new(&config, self.services, job).ok()?;
        let needed = self.records().into_iter();
        let missing = needed.filter(|record| {
            let key = self.key(*record, content.as_bytes(), &media, &plan);
            key.is_some_and(|key| !cache.has(*record, &key))
        });
        Some(missing.collect())
    }

    /// Returns the key of a record of a file; `None` where the file has nothing for it.
    fn key(&self, record: Record, content: &[u8], media: &Media, plan: &JobPlan) -> Option<Key> {
        let registry = self.services.registry;
        match record {
            Record::Audio => {
                let stream = media.audio.as_ref()?;
                Some(audio_key(content, media, stream, registry, plan))
            }
            Record::Shots => {
                media.video.as_ref()?;
                let model = registry.shots_digest();
                Some(shots_key_of(content, media, model, plan))
            }
            Record::Persons => {
                media.video.as_ref()?;
                let interval = self.config.settings.persons.interval;
                let models = [registry.persons_digest()?, registry.faces_digest()];
                Some(persons_key_of(content, media, (plan, interval), models))
            }
            Record::PictureText => {
                media.video.as_ref()?;
                let rules = SamplingRules::every(self.config.settings.picture_text.interval);
                let model = registry.picture_text_digest()?;
                Some(picture_text_key_of(content, media, (plan, rules), model))
            }
            _ => {
                media.video.as_ref()?;
                let models = [registry.faces_digest(), registry.embed_digest()];
                Some(vision_key_of(content, media, plan, models))
            }
        }
    }

    /// Returns the seconds of clips that all jobs give, at most.
    fn clip_seconds(&self) -> f64 {
        if self.config.until < Stage::Render {
            return 0.0;
        }
        let jobs = self.config.jobs.iter().enumerate();
        let of_job = |(slot, job): (usize, &Job)| {
            let usual = job.settings.clips.usual_seconds();
            usual.min(self.headers.length(slot, job).0)
        };
        jobs.map(of_job).sum()
    }
}
