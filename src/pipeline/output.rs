//! Result files of a job beside its clips.

pub(crate) mod candidates;
pub(crate) mod folder;
pub(crate) mod pages;
pub(crate) mod timelines;
