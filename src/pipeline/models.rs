//! Which installed model does what in a run.

use crate::analysis::transcript;
use crate::inference::{Catalog, CatalogError, Error, Model};
use crate::settings::DeviceChoice;

use super::voice::Speaker;

/// The models of a run, found but not read.
#[derive(Debug, Clone)]
pub struct Models {
    pub(super) shots: Model,
    pub(super) speech: Model,
    pub(super) sound: Model,
    pub(super) faces: Model,
    pub(super) embed: Model,
    pub(super) saliency: Model,
    base: Voice,
    tiny: Voice,
    reader: Model,
    reader_tokenizer: Model,
}

/// The files of one model of speech.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    encoder: Model,
    decoder: Model,
    tokenizer: Model,
    config: Model,
}

impl Models {
    /// Finds the models of a run that is to use `wanted`.
    ///
    /// Speech is written by the half-precision variant where that is installed and a GPU may be used, else by the 8-bit one.
    ///
    /// # Errors
    /// [`CatalogError::NoModel`] for the first that is not installed.
    pub fn find(catalog: &Catalog, wanted: DeviceChoice) -> Result<Self, CatalogError> {
        Ok(Self {
            shots: catalog.find("shots")?.clone(),
            speech: catalog.find("speech")?.clone(),
            sound: catalog.find("sound")?.clone(),
            faces: catalog.find("faces")?.clone(),
            embed: catalog.find("embed")?.clone(),
            saliency: catalog.find("saliency")?.clone(),
            base: Voice::find(catalog, "whisper_base", wanted)?,
            tiny: Voice::find(catalog, "whisper_tiny_en", wanted)?,
            reader: catalog.find("text")?.clone(),
            reader_tokenizer: catalog.find("text-tokenizer")?.clone(),
        })
    }

    /// Returns the files of the model that reads text: the graph and the vocabulary.
    pub(super) fn reader(&self) -> [&Model; 2] {
        [&self.reader, &self.reader_tokenizer]
    }

    pub(super) fn voice(&self, speaker: Speaker) -> &Voice {
        match speaker {
            Speaker::Base => &self.base,
            Speaker::TinyEnglish => &self.tiny,
        }
    }
}

impl Voice {
    fn find(catalog: &Catalog, name: &str, wanted: DeviceChoice) -> Result<Self, CatalogError> {
        let half =
            wanted != DeviceChoice::Cpu && catalog.named(name, "transcript-encoder", "f16").is_ok();
        let graph = |role: &str| {
            catalog
                .named(name, role, if half { "f16" } else { "int8" })
                .cloned()
        };
        let text = |role: &str| catalog.named(name, role, "all").cloned();
        Ok(Self {
            encoder: graph("transcript-encoder")?,
            decoder: graph("transcript-decoder")?,
            tokenizer: text("transcript-tokenizer")?,
            config: text("transcript-config")?,
        })
    }

    pub(super) fn files(&self) -> [&Model; 4] {
        [&self.encoder, &self.decoder, &self.tokenizer, &self.config]
    }

    pub(super) fn paths(&self) -> transcript::Files {
        transcript::Files {
            encoder: self.encoder.path.clone(),
            decoder: self.decoder.path.clone(),
            tokenizer: self.tokenizer.path.clone(),
            config: self.config.path.clone(),
        }
    }

    /// Returns the digests of all files.
    pub(super) fn digest(&self) -> String {
        self.files().map(|file| file.sha256.as_str()).join(" ")
    }
}

/// Fails when a model's file is not what the list says.
pub(super) fn verified(model: &Model) -> Result<(), Error> {
    model.verify().map_err(|e| Error::Model {
        path: model.path.clone(),
        why: e.to_string(),
    })
}
