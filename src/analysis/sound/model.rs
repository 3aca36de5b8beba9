//! inaSpeechSegmenter's CNN (MIT, <https://github.com/ina-foss/inaSpeechSegmenter>) in ONNX Runtime.

use std::path::Path;

use super::block::{PATCH, PATCH_FRAMES};
use super::mel::BANDS;
use super::{Classes, Detail, SoundBlock, detail};
use crate::inference::{
    BatchSizer, Data, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open, run_batch,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "patches";
const OUTPUT: &str = "probs";
const PATCHES: TensorSpec<'_> = TensorSpec::floats(INPUT, &[None, Some(PATCH_FRAMES), Some(BANDS)]);
const CLASSES: TensorSpec<'_> = TensorSpec::floats(OUTPUT, &[None, Some(3)]);
/// The answer to what cannot be normalised: it speaks for no class.
const NOTHING_KNOWN: Classes = [-std::f32::consts::LN_2; 3];

/// The model, loaded; one thread owns it and may feed it several streams.
#[derive(Debug)]
pub struct SoundModel {
    session: Session,
}

impl SoundModel {
    /// Loads the model from `path` on the device that was asked for and runs it once.
    ///
    /// # Errors
    /// [`Error::Device`] when a demanded device cannot run it, [`Error::Model`] when the file is not this model.
    pub fn open(
        runtime: &Runtime,
        path: &Path,
        wanted: DeviceChoice,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        let session = open(runtime, path, wanted, options, |session| {
            session.expect(&[PATCHES], &[CLASSES])?;
            classes(session, &[0.0; PATCH]).map(drop)
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Says what each patch of a block is, in order, running as few as `detail` allows.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single patch does not fit.
    pub fn score(
        &mut self,
        block: &SoundBlock,
        detail: Detail,
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Classes>, Error> {
        let mut known = vec![None; block.patches()];
        self.learn(block, &detail.probes(block.patches()), &mut known, sizer)?;
        self.learn(block, &detail::unsure(&known), &mut known, sizer)?;
        Ok(detail::filled(&known))
    }

    fn learn(
        &mut self,
        block: &SoundBlock,
        patches: &[usize],
        known: &mut [Option<Classes>],
        sizer: &mut BatchSizer,
    ) -> Result<(), Error> {
        let (audible, silent): (Vec<usize>, Vec<usize>) =
            patches.iter().partition(|&&patch| block.is_audible(patch));
        let answers = run_batch(&audible, sizer, |batch| {
            let mut values = Vec::with_capacity(batch.len() * PATCH);
            batch
                .iter()
                .for_each(|&patch| block.write_patch(patch, &mut values));
            classes(&mut self.session, &values)
        })?;
        for patch in silent {
            known[patch] = Some(NOTHING_KNOWN);
        }
        for (patch, answer) in audible.into_iter().zip(answers) {
            known[patch] = Some(answer);
        }
        Ok(())
    }
}

fn classes(session: &mut Session, values: &[f32]) -> Result<Vec<Classes>, Error> {
    let shape = [values.len() / PATCH, PATCH_FRAMES, BANDS];
    let input = Tensor {
        name: INPUT,
        shape: &shape,
        data: Data::F32(values),
    };
    let answers = session.run(&[input], &[OUTPUT])?;
    let probabilities = answers.first().map_or(&[][..], |a| a.values.as_slice());
    // A probability that underflowed must not forbid its class for ever.
    let logarithm = |p: f32| p.max(f32::MIN_POSITIVE).ln();
    let rows = probabilities.as_chunks::<3>().0.iter();
    Ok(rows.map(|row| row.map(logarithm)).collect())
}
