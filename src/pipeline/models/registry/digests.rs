//! Digests of the models of a run, as the keys of what they answer have them.

use super::{Registry, WhisperSize};
use crate::inference::InstalledModel;

impl Registry {
    /// Returns the digest of the shot model.
    pub(crate) fn shots_digest(&self) -> &str {
        &self.shots_file().sha256
    }

    /// Returns the digest of the voice activity model.
    pub(crate) fn speech_digest(&self) -> &str {
        &self.files.speech.sha256
    }

    /// Returns the digest of the model that tells speech, music and noise apart.
    pub(crate) fn sound_digest(&self) -> &str {
        &self.files.sound.sha256
    }

    /// Returns the digest of the model that hears where a thought is over; none where it is switched off.
    pub(crate) fn end_of_thought_digest(&self) -> Option<&str> {
        digest_of(self.files.end_of_thought.as_ref())
    }

    /// Returns the digest of the face detector.
    pub(crate) fn faces_digest(&self) -> &str {
        &self.files.faces.sha256
    }

    /// Returns the digest of the detector of persons; none where it is switched off.
    pub(crate) fn persons_digest(&self) -> Option<&str> {
        digest_of(self.files.persons.as_ref())
    }

    /// Returns the digest of the embedding model for pictures.
    pub(crate) fn embed_digest(&self) -> &str {
        &self.files.embed.sha256
    }

    /// Returns the digest of the saliency model.
    pub(crate) fn saliency_digest(&self) -> &str {
        &self.files.saliency.sha256
    }

    /// Returns the digest of the detector of text in the picture; none where it is switched off.
    pub(crate) fn picture_text_digest(&self) -> Option<&str> {
        digest_of(self.files.picture_text.as_ref())
    }

    /// Returns the digest of the reader of text in the picture; none where it is switched off.
    pub(crate) fn text_reader_digest(&self) -> Option<&str> {
        digest_of(self.files.text_reader.as_ref())
    }

    /// Returns the digest of the face mesh; none where nobody asks whether eyes are open.
    pub(crate) fn face_mesh_digest(&self) -> Option<&str> {
        digest_of(self.files.face_mesh.as_ref())
    }

    /// Returns the digests of the sentence embedding model and its tokenizer.
    pub(crate) fn text_digest(&self) -> String {
        let files = [&self.files.text, &self.files.text_tokenizer];
        files.map(|file| file.sha256.as_str()).join(" ")
    }

    /// Returns the digests of all files of a Whisper model, in the variant that this machine uses.
    pub(crate) fn whisper_digest(&self, size: WhisperSize) -> String {
        let files = self.whisper_files(size);
        files.all().map(|file| file.sha256.as_str()).join(" ")
    }
}

fn digest_of(file: Option<&InstalledModel>) -> Option<&str> {
    file.map(|file| file.sha256.as_str())
}
