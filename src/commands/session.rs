//! Session: models, cache and budgets of a run, opened once for batches and for measurements.

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::cache::Cache;
use crate::clock;
use crate::inference::Catalog;
use crate::manifest::Job;
use crate::pipeline::{
    self, Cancel, Faults, Memory, ModelFiles, Plan, Registry, Resources, RunConfig, Watchdog,
};
use crate::report::{Event, ExitCode, MemoryOwner, MemoryUse};
use crate::settings::{Folders, Settings};
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
        Self {
            settings,
            registry,
            cache,
            memory: Memory::new(settings.memory_budget, settings.footprint().work()),
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

    /// Returns what memory the run used, and for what.
    pub(super) fn memory_use(&self) -> MemoryUse {
        let held = self.memory.peak();
        let owner = |name: &str, peak_bytes: u64| MemoryOwner {
            name: name.to_owned(),
            peak_bytes,
        };
        let sessions = self.registry.session_memory();
        let models = sessions.map(|sessions| sessions.models());
        let models = models.into_iter().flatten();
        let mut owners: Vec<_> = models
            .map(|model| owner(model.model, model.in_use.peak as u64))
            .collect();
        owners.push(owner("encoders", self.memory.work.encoders() as u64));
        owners.push(owner("pictures", held));
        owners.retain(|owner| owner.peak_bytes > 0);
        owners.sort_by_key(|owner| std::cmp::Reverse(owner.peak_bytes));
        MemoryUse {
            peak_rss_bytes: clock::peak_rss(),
            limit_bytes: self.settings.max_memory,
            budget_bytes: self.settings.memory_budget,
            peak_held_bytes: held,
            models_peak_bytes: sessions.map_or(0, |memory| memory.total().peak as u64),
            unloads: self.memory.work.unloads(),
            cleanups: self.memory.work.cleanups(),
            owners,
        }
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
