//! Faults on demand: what a run does when something breaks, seen without breaking it.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::inference;

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A decoder gives no further frame.
    StalledDecode,
    /// A model does not answer.
    StalledSession,
    /// A model run does not fit in memory.
    OutOfMemory,
    /// The device of a model is lost.
    ProviderLost,
    /// A model answers with something that is no number.
    NanOutputs,
    /// An encoder cannot be opened.
    EncoderRefused,
    /// The disk of the results is full.
    NoSpace,
}

impl FaultKind {
    /// All of them by name.
    pub const ALL: [(&'static str, Self); 7] = [
        ("stalled-decode", Self::StalledDecode),
        ("stalled-session", Self::StalledSession),
        ("out-of-memory", Self::OutOfMemory),
        ("provider-lost", Self::ProviderLost),
        ("nan-outputs", Self::NanOutputs),
        ("encoder-refused", Self::EncoderRefused),
        ("no-space", Self::NoSpace),
    ];
}

/// A fault and when it comes: at the so-manyth frame, model run, clip or result file, counted from 1. It comes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InjectedFault {
    /// What breaks.
    pub kind: FaultKind,
    /// When.
    pub at: u64,
}

impl FromStr for InjectedFault {
    type Err = String;

    /// Reads `NAME` or `NAME@N`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, at) = text.split_once('@').unwrap_or((text, "1"));
        let kind = FaultKind::ALL.iter().find(|(known, _)| *known == name);
        let at = at.parse().ok().filter(|at| *at > 0);
        match (kind, at) {
            (Some((_, kind)), Some(at)) => Ok(Self { kind: *kind, at }),
            (None, _) => {
                let names = FaultKind::ALL.map(|(name, _)| name).join(", ");
                Err(format!("expected one of {names}"))
            }
            (Some(_), None) => Err("expected a number from 1 after @".to_owned()),
        }
    }
}

/// The faults of a run, each with how often its moment was passed.
#[derive(Debug, Default)]
pub struct Faults(Vec<(InjectedFault, AtomicU64)>);

impl Faults {
    /// Returns the faults that a run is to have.
    pub fn new(faults: &[InjectedFault]) -> Self {
        let planned = faults.iter().map(|fault| (*fault, AtomicU64::new(0)));
        Self(planned.collect())
    }

    /// Tells whether a fault comes now; each call is one frame, model run, clip or result file.
    pub(crate) fn comes(&self, kind: FaultKind) -> bool {
        let planned = self.0.iter().filter(|(fault, _)| fault.kind == kind);
        // Counted for each, not only up to the first that comes.
        planned.fold(false, |comes, (fault, seen)| {
            comes | (seen.fetch_add(1, Ordering::Relaxed) + 1 == fault.at)
        })
    }

    /// Returns what a model run fails with; does not return where it hangs.
    pub(crate) fn of_run(&self, model: &str) -> Option<inference::Error> {
        if self.comes(FaultKind::StalledSession) {
            hang();
        }
        let planted = || "a fault that was asked for".to_owned();
        if self.comes(FaultKind::OutOfMemory) {
            return Some(inference::Error::OutOfMemory(planted()));
        }
        if self.comes(FaultKind::ProviderLost) {
            return Some(inference::Error::DeviceLost(planted()));
        }
        let model = model.to_owned();
        let is_nan = self.comes(FaultKind::NanOutputs);
        is_nan.then_some(inference::Error::NonFinite { model })
    }
}

/// Waits for ever, as a read from a disk that is gone does.
pub(crate) fn hang() -> ! {
    loop {
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_with_its_moment() {
        let fault = |text: &str| text.parse::<InjectedFault>();
        let (kind, at) = (FaultKind::OutOfMemory, 3);
        assert_eq!(fault("out-of-memory@3"), Ok(InjectedFault { kind, at }));
        assert_eq!(fault("stalled-decode").unwrap().at, 1);
        assert!(
            fault("earthquake")
                .unwrap_err()
                .starts_with("expected one of stalled-decode")
        );
        assert!(fault("no-space@0").is_err() && fault("no-space@").is_err());
    }

    #[test]
    fn a_fault_comes_once_and_at_its_moment() {
        let faults = ["no-space@2", "no-space@4", "nan-outputs"].map(|text| text.parse().unwrap());
        let faults = Faults::new(&faults);
        let came = [0; 5].map(|_| faults.comes(FaultKind::NoSpace));
        assert_eq!(came, [false, true, false, true, false]);
        assert!(matches!(
            faults.of_run("m"),
            Some(inference::Error::NonFinite { .. })
        ));
        assert_eq!(faults.of_run("m"), None);
    }
}
