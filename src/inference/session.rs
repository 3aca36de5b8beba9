//! One loaded model on one device, owned by one thread.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ort::ep::{ArenaExtendStrategy, CUDA};
use ort::session::builder::SessionBuilder;
use ort::session::{Session as OrtSession, SessionInputValue};
use ort::value::TensorRef;

use super::error::of_run;
use super::threads::Threads;
use super::{Device, Error, Runtime};

/// How a session is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionOptions {
    /// Threads that one run may use on the CPU.
    pub threads: usize,
}

/// Values of an input, row by row.
#[derive(Debug, Clone, Copy)]
pub enum Data<'a> {
    /// Bytes.
    U8(&'a [u8]),
    /// Floats.
    F32(&'a [f32]),
    /// Indices.
    I64(&'a [i64]),
}

/// One named input.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    /// The input's name in the model.
    pub name: &'a str,
    /// Its dimensions; their product is the number of values.
    pub shape: &'a [usize],
    /// Its values.
    pub data: Data<'a>,
}

/// One answer: floats, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

/// A model, loaded.
#[derive(Debug)]
pub struct Session {
    inner: OrtSession,
    device: Device,
    path: PathBuf,
    threads: Threads,
}

impl Session {
    /// Loads `model` on `device`; a device that cannot be had is an error, never another device.
    pub(super) fn open(
        runtime: &Runtime,
        model: &Path,
        device: Device,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        let fault = |e: String| Error::Model {
            path: model.to_owned(),
            why: first_line(&e),
        };
        let threads = Threads::default();
        let mut builder =
            builder(runtime, device, options, &threads).map_err(|e| fault(e.to_string()))?;
        let inner = builder
            .commit_from_file(model)
            .map_err(|e| fault(e.to_string()))?;
        Ok(Self {
            inner,
            device,
            path: model.to_owned(),
            threads,
        })
    }

    /// Returns where it runs.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Returns the processor time used by the threads that help the one that owns the session.
    pub fn helpers_cpu(&self) -> Duration {
        self.threads.cpu()
    }

    /// Checks that the model has the named inputs and outputs.
    ///
    /// # Errors
    /// [`Error::Model`] with what was expected and what was found.
    pub fn expect(&self, inputs: &[&str], outputs: &[&str]) -> Result<(), Error> {
        let names = |outlets: &[ort::value::Outlet]| {
            outlets
                .iter()
                .map(|o| o.name().to_owned())
                .collect::<Vec<_>>()
        };
        for (what, wanted, found) in [
            ("inputs", inputs, names(self.inner.inputs())),
            ("outputs", outputs, names(self.inner.outputs())),
        ] {
            if wanted.iter().any(|name| !found.iter().any(|f| f == name)) {
                let why = format!("expected {what} {wanted:?}, found {found:?}");
                return Err(Error::Model {
                    path: self.path.clone(),
                    why,
                });
            }
        }
        Ok(())
    }

    /// Runs the model and returns the named outputs in the order asked for.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when a smaller batch may pass, [`Error::NonFinite`] when an answer is no number,
    /// [`Error::DeviceLost`] or [`Error::Run`] otherwise.
    pub fn run(&mut self, inputs: &[Tensor<'_>], outputs: &[&str]) -> Result<Vec<Output>, Error> {
        let model = self
            .path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let values = inputs.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let answers = self.inner.run(values).map_err(|e| of_run(&e.to_string()))?;
        outputs
            .iter()
            .map(|name| {
                let (shape, values) = answers
                    .get(name)
                    .ok_or_else(|| Error::Run(format!("{model} has no output {name}")))?
                    .try_extract_tensor::<f32>()
                    .map_err(|e| Error::Run(e.to_string()))?;
                if values.iter().any(|v| !v.is_finite()) {
                    return Err(Error::NonFinite {
                        model: model.clone(),
                    });
                }
                let shape = shape
                    .iter()
                    .map(|&d| usize::try_from(d).unwrap_or(0))
                    .collect();
                Ok(Output {
                    shape,
                    values: values.to_vec(),
                })
            })
            .collect()
    }
}

fn builder(
    runtime: &Runtime,
    device: Device,
    options: &SessionOptions,
    threads: &Threads,
) -> Result<SessionBuilder, ort::Error> {
    // Spinning burns the cores that decoders need; memory patterns keep a third more memory and gain no time.
    let builder = OrtSession::builder(&runtime.environment)?
        .with_intra_threads(options.threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_memory_pattern(false)?
        .with_thread_manager(threads.clone())?;
    let Device::Cuda(index) = device else {
        return Ok(builder);
    };
    let cuda = CUDA::default()
        .with_device_id(i32::try_from(index).unwrap_or(i32::MAX))
        .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested);
    // Without this, a provider that does not load falls back to the CPU and says nothing.
    Ok(builder.with_execution_providers([cuda.build().error_on_failure()])?)
}

fn value<'a>(tensor: &Tensor<'a>) -> Result<(String, SessionInputValue<'a>), Error> {
    let shape = tensor.shape.to_vec();
    let value = match tensor.data {
        Data::U8(data) => TensorRef::from_array_view((shape, data)).map(SessionInputValue::from),
        Data::F32(data) => TensorRef::from_array_view((shape, data)).map(SessionInputValue::from),
        Data::I64(data) => TensorRef::from_array_view((shape, data)).map(SessionInputValue::from),
    };
    value
        .map(|value| (tensor.name.to_owned(), value))
        .map_err(|e| {
            Error::Run(format!(
                "input {}: {}",
                tensor.name,
                first_line(&e.to_string())
            ))
        })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
