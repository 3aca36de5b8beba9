//! Model files of a run: found in the catalogue by their roles, not read.

use crate::inference::{Catalog, CatalogError, InstalledModel, has_int8_instructions};
use crate::settings::{Settings, ShotPrecision};

/// The models of a run, found but not read.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    pub(super) shots: ShotVariants,
    pub(super) speech: InstalledModel,
    pub(super) sound: InstalledModel,
    /// None where nobody asks whether a thought is over.
    pub(super) end_of_thought: Option<InstalledModel>,
    pub(super) faces: InstalledModel,
    /// None where persons are not looked for.
    pub(super) persons: Option<InstalledModel>,
    pub(super) embed: InstalledModel,
    pub(super) saliency: InstalledModel,
    /// None where nobody asks whether eyes are open.
    pub(super) face_mesh: Option<InstalledModel>,
    /// None where text in the picture is not looked for.
    pub(super) picture_text: Option<InstalledModel>,
    /// None where text in the picture is not read.
    pub(super) text_reader: Option<InstalledModel>,
    pub(super) whisper_base: WhisperVariants,
    pub(super) whisper_tiny: WhisperVariants,
    pub(super) text: InstalledModel,
    pub(super) text_tokenizer: InstalledModel,
}

/// The variants of the shot model that a run may use.
#[derive(Debug, Clone)]
pub(super) struct ShotVariants {
    pub(super) on_cpu: InstalledModel,
    pub(super) on_gpu: InstalledModel,
}

/// The installed variants of a Whisper model.
#[derive(Debug, Clone)]
pub(super) struct WhisperVariants {
    pub(super) int8: WhisperFiles,
    /// Half precision, for a GPU.
    pub(super) f16: Option<WhisperFiles>,
}

/// The files of a Whisper model.
#[derive(Debug, Clone)]
pub(super) struct WhisperFiles {
    pub(super) encoder: InstalledModel,
    pub(super) decoder: InstalledModel,
    pub(super) tokenizer: InstalledModel,
    pub(super) config: InstalledModel,
}

impl ModelFiles {
    /// Finds the models of a run with these settings.
    ///
    /// # Errors
    /// [`CatalogError::NoModel`] for the first that is not installed.
    pub fn find(catalog: &Catalog, settings: &Settings) -> Result<Self, CatalogError> {
        let of_role = |role: &str| catalog.find(role).cloned();
        let text = settings.picture_text;
        let if_wanted = |role: &str, wanted: bool| wanted.then(|| of_role(role)).transpose();
        Ok(Self {
            shots: ShotVariants::find(catalog, settings.shots.precision)?,
            speech: of_role("speech")?,
            sound: of_role("sound")?,
            end_of_thought: if_wanted("end-of-thought", settings.end_of_thought.enabled)?,
            faces: of_role("faces")?,
            persons: if_wanted("persons", settings.persons.enabled)?,
            embed: of_role("embed")?,
            saliency: of_role("saliency")?,
            face_mesh: if_wanted("face-mesh", settings.covers.open_eyes)?,
            picture_text: if_wanted("picture-text", text.enabled)?,
            text_reader: if_wanted("text-reader", text.enabled && text.titles)?,
            whisper_base: WhisperVariants::find(catalog, "whisper_base")?,
            whisper_tiny: WhisperVariants::find(catalog, "whisper_tiny_en")?,
            text: of_role("text")?,
            text_tokenizer: of_role("text-tokenizer")?,
        })
    }
}

impl ShotVariants {
    fn find(catalog: &Catalog, precision: ShotPrecision) -> Result<Self, CatalogError> {
        let int8 = || catalog.named("transnetv2", "shots", "int8").cloned();
        if precision == ShotPrecision::Int8 {
            let only = int8()?;
            return Ok(Self {
                on_cpu: only.clone(),
                on_gpu: only,
            });
        }
        let floats = catalog.find("shots")?.clone();
        let is_faster = precision == ShotPrecision::Auto && has_int8_instructions();
        let bytes = is_faster.then(|| int8().ok()).flatten();
        Ok(Self {
            on_cpu: bytes.unwrap_or_else(|| floats.clone()),
            on_gpu: floats,
        })
    }
}

impl WhisperVariants {
    fn find(catalog: &Catalog, name: &str) -> Result<Self, CatalogError> {
        Ok(Self {
            int8: WhisperFiles::find(catalog, name, "int8")?,
            f16: WhisperFiles::find(catalog, name, "f16").ok(),
        })
    }
}

impl WhisperFiles {
    fn find(catalog: &Catalog, name: &str, variant: &str) -> Result<Self, CatalogError> {
        let graph = |role: &str| catalog.named(name, role, variant).cloned();
        let text = |role: &str| catalog.named(name, role, "all").cloned();
        Ok(Self {
            encoder: graph("transcript-encoder")?,
            decoder: graph("transcript-decoder")?,
            tokenizer: text("transcript-tokenizer")?,
            config: text("transcript-config")?,
        })
    }

    pub(super) fn all(&self) -> [&InstalledModel; 4] {
        [&self.encoder, &self.decoder, &self.tokenizer, &self.config]
    }
}
