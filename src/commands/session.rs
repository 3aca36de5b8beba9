//! Session: models, cache and budgets of a run, opened once for batches and for measurements.

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::cache::Cache;
use crate::inference::Catalog;
use crate::manifest::Job;
use crate::pipeline::{
    self, Cancel, Faults, Memory, ModelFiles, Plan, Registry, Resources, RunConfig, Watchdog,
};
use crate::report::{Event, ExitCode};
use crate::settings::{Folders, Machine, Settings};
use crate::timeline::Stage;

/// Settings, models, cache and budgets of a run.
#[derive(Debug)]
pub(super) struct RunSession<'a> {
    pub(super) settings: &'a Settings,
    pub(super) registry: &'a Registry,
    pub(super) cache: &'a Cache,
    pub(super) memory: Memory,
    pub(super) cancel: Cancel,
    pub(super) watchdog: Watchdog,
    pub(super) faults: Arc<Faults>,
}

impl<'a> RunSession<'a> {
    /// Returns the session of a run with budgets for this machine.
    pub(super) fn new(settings: &'a Settings, registry: &'a Registry, cache: &'a Cache) -> Self {
        let machine = Machine::detect().usable_memory();
        Self {
            settings,
            registry,
            cache,
            memory: Memory::new(settings.memory_budget, machine),
            cancel: Cancel::default(),
            watchdog: Watchdog::new(settings.stall_timeout),
            faults: Arc::default(),
        }
    }

    /// Returns what a run of these jobs does up to a stage, as far as it is not kept.
    pub(super) fn config<'c>(
        &self,
        jobs: &'c [Job],
        output: &'c Path,
        until: Stage,
    ) -> RunConfig<'c>
    where
        'a: 'c,
    {
        RunConfig {
            settings: self.settings,
            jobs,
            output,
            until,
            fresh: false,
            archive: None,
        }
    }

    /// Runs, and reports to `events`.
    pub(super) fn run(
        &self,
        config: &RunConfig<'_>,
        events: Sender<Event>,
        run_id: &str,
    ) -> ExitCode {
        pipeline::run(config, self.resources(events), run_id)
    }

    /// Returns what a run would do.
    pub(super) fn plan(&self, config: &RunConfig<'_>) -> Plan {
        // Nobody listens: a plan has nothing to tell but itself.
        let (events, _) = crossbeam_channel::unbounded();
        pipeline::plan(config, self.resources(events))
    }

    fn resources(&self, events: Sender<Event>) -> Resources<'_> {
        Resources {
            cache: self.cache,
            registry: self.registry,
            memory: &self.memory,
            events,
            cancel: &self.cancel,
            watchdog: &self.watchdog,
            faults: Arc::clone(&self.faults),
        }
    }
}

/// Returns the models of a run; what is not installed is an error now.
///
/// # Errors
/// When the catalogue cannot be read or a model that every run needs is missing.
pub(super) fn find_models(folders: &Folders, settings: &Settings) -> anyhow::Result<Registry> {
    let catalog = Catalog::load(&folders.models)?;
    let files = ModelFiles::find(&catalog, settings)?;
    Ok(Registry::new(
        folders.runtime.clone(),
        files,
        settings.device,
    ))
}
