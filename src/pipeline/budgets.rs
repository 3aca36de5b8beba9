//! Memory budgets of a run, one for each kind of sample.

use super::work_memory::WorkMemory;
use crate::memory::MemoryBudget;

/// Bytes that may be in flight at once; each kind apart, for a job may hold one while it waits for another.
#[derive(Debug)]
pub struct Memory {
    /// Windows of small pictures and of sound.
    pub windows: MemoryBudget,
    /// Analysis-size pictures.
    pub pictures: MemoryBudget,
    /// Copies of analysis-size pictures of which it is not known yet whether a model must see them.
    pub copies: MemoryBudget,
    /// Open models, what they need for a run beside its inputs, and encoders.
    pub work: WorkMemory,
    /// Analyses of jobs that wait for others.
    pub waiting: MemoryBudget,
}

impl Memory {
    /// Returns budgets for `pictures` bytes of pictures and sound in flight, and `work` bytes of models and encoders.
    pub fn new(pictures: u64, work: u64) -> Self {
        let bytes = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            windows: MemoryBudget::new(bytes(pictures / 2)),
            pictures: MemoryBudget::new(bytes(pictures / 8 * 3)),
            copies: MemoryBudget::new(bytes(pictures / 8)),
            work: WorkMemory::new(bytes(work)),
            waiting: MemoryBudget::new(bytes(pictures / 2)),
        }
    }

    /// Returns the most bytes of pictures and sound that were in flight at once, at most.
    pub fn peak(&self) -> u64 {
        (self.windows.peak() + self.pictures.peak() + self.copies.peak()) as u64
    }
}
