//! The stages of a job, one file each: input to answer, kept where that pays.

pub(crate) mod audio;
pub(crate) mod captions;
pub(crate) mod constant;
pub(crate) mod decode;
pub(crate) mod eyes;
pub(crate) mod faces;
pub(crate) mod facts;
pub(crate) mod lasting_text;
pub(crate) mod listen;
pub(crate) mod persons;
pub(crate) mod picture_text;
pub(crate) mod probe;
pub(crate) mod read_text;
pub(crate) mod reframe;
pub(crate) mod repeats;
pub(crate) mod saliency;
pub(crate) mod select;
pub(crate) mod shots;
pub(crate) mod sketch;
pub(crate) mod sound_track;
pub(crate) mod speech;
mod still;
pub(crate) mod text;
pub(crate) mod titles;
pub(crate) mod tracks;
pub(crate) mod transcript;
pub(crate) mod vision;
