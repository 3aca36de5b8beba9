//! Whisper's encoder and decoder graphs; the decoder writes token by token with a key-value cache.

use std::path::PathBuf;

use crate::inference::{
    Data, Device, DeviceTensor, Error, Output, Runtime, Session, SessionOptions, Tensor,
    TensorSpec, open,
};
use crate::settings::DeviceChoice;
use kernels::{BANDS, FRAMES};

/// The files of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriberFiles {
    /// The graph that listens.
    pub encoder: PathBuf,
    /// The graph that writes.
    pub decoder: PathBuf,
    /// The vocabulary.
    pub tokenizer: PathBuf,
    /// What must not be said.
    pub config: PathBuf,
}

/// Both graphs, loaded.
#[derive(Debug)]
pub(super) struct WhisperGraphs {
    encoder: Session,
    decoder: Session,
    names: Names,
    heads: usize,
    width: usize,
}

/// Encoder output: one row a window.
#[derive(Debug)]
pub(super) struct EncodedWindows(Vec<DeviceTensor>);

/// Decoder keys and values so far: one row a window.
#[derive(Debug)]
pub(super) struct KeyValueCache(Vec<DeviceTensor>);

/// The inputs and outputs for each layer, in one order.
#[derive(Debug)]
struct Names {
    cross: Vec<String>,
    past: Vec<String>,
    present: Vec<String>,
}

impl WhisperGraphs {
    /// Loads both graphs on one device and tries them where that can fail.
    pub(super) fn open(
        runtime: &Runtime,
        files: &TranscriberFiles,
        wanted: DeviceChoice,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        let encoder = open(runtime, &files.encoder, wanted, options, try_encoder)?;
        let same = match encoder.device() {
            Device::Cpu => DeviceChoice::Cpu,
            Device::Cuda(index) => DeviceChoice::Cuda(index),
        };
        let decoder = open(runtime, &files.decoder, same, options, |session| {
            let open = [None; 4];
            session.expect_among(
                &[
                    TensorSpec::indices("input_ids", &open[..2]),
                    TensorSpec::floats("past_k_0", &open),
                ],
                &[
                    TensorSpec::floats("logits", &open[..3]),
                    TensorSpec::floats("align_qk", &open),
                ],
            )
        })?;
        let (heads, width) = match decoder.input_shape("past_k_0").as_deref() {
            Some(&[_, Some(heads), _, Some(width)]) => (heads, width),
            other => {
                let why = format!("expected past_k_0 [batch, heads, past, width], found {other:?}");
                let path = files.decoder.clone();
                return Err(Error::Model { path, why });
            }
        };
        Ok(Self {
            names: Names::of(&decoder),
            encoder,
            decoder,
            heads,
            width,
        })
    }

    /// Returns the session that listens and the one that writes.
    pub(super) fn sessions(&self) -> [&Session; 2] {
        [&self.encoder, &self.decoder]
    }

    /// Listens to windows, each given by its mel spectrum.
    pub(super) fn listen(&mut self, mels: &[Vec<f32>]) -> Result<EncodedWindows, Error> {
        match self.encoder.device() {
            // On the CPU a batch gains nothing here and holds 72 MB more a window.
            Device::Cpu => {
                let one = |mel| hear(&mut self.encoder, &self.names, std::slice::from_ref(mel));
                EncodedWindows::join(mels.iter().map(one).collect::<Result<_, _>>()?)
            }
            Device::Cuda(_) => hear(&mut self.encoder, &self.names, mels),
        }
    }

    /// Returns the cache of a text not begun.
    pub(super) fn empty(&self, rows: usize) -> Result<KeyValueCache, Error> {
        let shape = [rows, self.heads, 0, self.width];
        let names = self.names.past.iter();
        let values = names.map(|name| self.decoder.zeros(name, &shape));
        Ok(KeyValueCache(values.collect::<Result<_, _>>()?))
    }

    /// Feeds the same number of tokens to each row; returns logits [rows, tokens, vocabulary] and the grown cache.
    pub(super) fn step(
        &mut self,
        ids: &[u32],
        cache: &KeyValueCache,
        sound: &EncodedWindows,
    ) -> Result<(Output, KeyValueCache), Error> {
        let (mut read, cache) = self.run(ids, cache, sound, &["logits"])?;
        Ok((one(&mut read)?, cache))
    }

    /// Feeds whole texts; returns logits and the raw attention of the alignment heads [rows, heads, tokens, 1500].
    pub(super) fn attend(
        &mut self,
        ids: &[u32],
        sound: &EncodedWindows,
    ) -> Result<(Output, Output), Error> {
        let cache = self.empty(sound.rows())?;
        let (mut read, _) = self.run(ids, &cache, sound, &["logits", "align_qk"])?;
        let attention = one(&mut read)?;
        Ok((one(&mut read)?, attention))
    }

    fn run(
        &mut self,
        ids: &[u32],
        cache: &KeyValueCache,
        sound: &EncodedWindows,
        read: &[&str],
    ) -> Result<(Vec<Output>, KeyValueCache), Error> {
        let ids: Vec<i64> = ids.iter().copied().map(i64::from).collect();
        let shape = [sound.rows(), ids.len() / sound.rows().max(1)];
        let input = Tensor {
            name: "input_ids",
            shape: &shape,
            data: Data::I64(&ids),
        };
        let past = self.names.past.iter().zip(&cache.0);
        let cross = self.names.cross.iter().zip(&sound.0);
        let kept: Vec<_> = past.chain(cross).map(|(n, v)| (n.as_str(), v)).collect();
        let present: Vec<_> = self.names.present.iter().map(String::as_str).collect();
        let (read, kept) = self.decoder.run_keeping(&[input], &kept, read, &present)?;
        Ok((read, KeyValueCache(kept)))
    }
}

impl Names {
    fn of(decoder: &Session) -> Self {
        let layers = (0..).take_while(|l| decoder.input_shape(&format!("past_k_{l}")).is_some());
        let layers: Vec<usize> = layers.collect();
        let named = |what: &str| {
            let both = layers
                .iter()
                .flat_map(|l| [format!("{what}_k_{l}"), format!("{what}_v_{l}")]);
            both.collect()
        };
        Self {
            cross: named("cross"),
            past: named("past"),
            present: named("present"),
        }
    }
}

impl EncodedWindows {
    /// Returns how many windows it holds.
    pub(super) fn rows(&self) -> usize {
        rows(&self.0)
    }

    /// Returns the named windows alone.
    pub(super) fn take(&self, rows: &[usize]) -> Result<Self, Error> {
        take(&self.0, rows).map(Self)
    }

    fn join(parts: Vec<Self>) -> Result<Self, Error> {
        if parts.len() == 1 {
            return parts
                .into_iter()
                .next()
                .ok_or_else(|| Error::Run("no window".into()));
        }
        let values = parts.first().map_or(0, |part| part.0.len());
        let joined = (0..values).map(|value| {
            let rows: Vec<_> = parts.iter().map(|part| (&part.0[value], 0)).collect();
            DeviceTensor::gather(&rows)
        });
        Ok(Self(joined.collect::<Result<_, _>>()?))
    }
}

impl KeyValueCache {
    /// Returns the named rows alone.
    pub(super) fn take(&self, rows: &[usize]) -> Result<Self, Error> {
        take(&self.0, rows).map(Self)
    }
}

fn rows(values: &[DeviceTensor]) -> usize {
    values.first().map_or(0, |value| value.shape()[0])
}

fn take(values: &[DeviceTensor], rows: &[usize]) -> Result<Vec<DeviceTensor>, Error> {
    let taken = values.iter().map(|value| {
        let named: Vec<_> = rows.iter().map(|&row| (value, row)).collect();
        DeviceTensor::gather(&named)
    });
    taken.collect()
}

fn one(read: &mut Vec<Output>) -> Result<Output, Error> {
    read.pop()
        .ok_or_else(|| Error::Run("whisper gave no answer".into()))
}

fn hear(encoder: &mut Session, names: &Names, mels: &[Vec<f32>]) -> Result<EncodedWindows, Error> {
    let flat;
    let data = match mels {
        [one] => one,
        many => {
            flat = many.concat();
            &flat
        }
    };
    let shape = [mels.len(), BANDS, FRAMES];
    let input = Tensor {
        name: "mel",
        shape: &shape,
        data: Data::F32(data),
    };
    let keep: Vec<_> = names.cross.iter().map(String::as_str).collect();
    let (_, kept) = encoder.run_keeping(&[input], &[], &[], &keep)?;
    Ok(EncodedWindows(kept))
}

fn try_encoder(session: &mut Session) -> Result<(), Error> {
    let open = [None; 4];
    session.expect(
        &[TensorSpec::floats(
            "mel",
            &[None, Some(BANDS), Some(FRAMES)],
        )],
        &[
            TensorSpec::floats("hidden", &open[..3]),
            TensorSpec::floats("cross_k_0", &open),
            TensorSpec::floats("cross_v_0", &open),
        ],
    )?;
    if session.device() == Device::Cpu {
        // On the CPU the first run cannot fail for the device; it would only cost time.
        return Ok(());
    }
    let input = Tensor {
        name: "mel",
        shape: &[1, BANDS, FRAMES],
        data: Data::F32(&vec![0.0; BANDS * FRAMES]),
    };
    session
        .run_keeping(&[input], &[], &[], &["cross_k_0"])
        .map(drop)
}
