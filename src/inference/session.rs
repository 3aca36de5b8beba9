//! One loaded model on one device, owned by one thread.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ort::ep::{ArenaExtendStrategy, CUDA};
use ort::session::builder::SessionBuilder;
use ort::session::{Session as OrtSession, SessionInputValue, SessionOutputs};
use ort::value::{DynValue, Tensor as OrtTensor, TensorRef};

use super::error::of_run;
use super::kept::{described, memory_of};
use super::spec::{TensorSpec, first_misfit, unfed};
use super::threads::Threads;
use super::{Device, DeviceTensor, Error, Runtime};

/// Set-up of a session.
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
    reason: String,
    /// Whether it runs on the CPU although there is a GPU.
    pub(super) fell_back: bool,
    path: PathBuf,
    threads: Threads,
}

impl Session {
    /// Loads `model` on `device`, chosen because of `why`; one that cannot be had is an error, never another device.
    pub(super) fn open(
        runtime: &Runtime,
        model: &Path,
        device: Device,
        why: &str,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        let fault = |e: String| Error::Model {
            path: model.to_owned(),
            why: first_line(&e),
        };
        let threads = Threads::default();
        let mut builder = session_builder(runtime, device, options, &threads)
            .map_err(|e| fault(e.to_string()))?;
        let inner = builder.commit_from_file(model).map_err(|e| {
            if threads.were_refused() {
                // Not the model's fault: another time there may be one.
                return Error::OutOfMemory("no thread for the session".into());
            }
            match of_run(&e.to_string()) {
                no_memory @ Error::OutOfMemory(_) => no_memory,
                _ => fault(e.to_string()),
            }
        })?;
        Ok(Self {
            inner,
            device,
            reason: format!("{device}: {why}"),
            fell_back: false,
            path: model.to_owned(),
            threads,
        })
    }

    /// Returns where it runs.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Returns the device and the reason for it, in one line.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Tells whether it runs on the CPU although there is a GPU, which was tried.
    pub fn fell_back(&self) -> bool {
        self.fell_back
    }

    /// Returns the processor time used by the threads that help the one that owns the session.
    pub fn helpers_cpu(&self) -> Duration {
        self.threads.cpu()
    }

    /// Returns what the model's file notes under a name, if it does.
    pub fn note(&self, name: &str) -> Option<String> {
        self.inner.metadata().ok()?.custom(name)
    }

    /// Checks that the model has just these inputs, and these outputs.
    ///
    /// # Errors
    /// [`Error::Model`] with what was expected and what was found.
    pub fn expect(
        &self,
        inputs: &[TensorSpec<'_>],
        outputs: &[TensorSpec<'_>],
    ) -> Result<(), Error> {
        self.expect_among(inputs, outputs)?;
        self.misfit(unfed(inputs, self.inner.inputs()))
    }

    /// Checks that the model has these inputs and outputs among others.
    ///
    /// # Errors
    /// As [`Self::expect`].
    pub fn expect_among(
        &self,
        inputs: &[TensorSpec<'_>],
        outputs: &[TensorSpec<'_>],
    ) -> Result<(), Error> {
        self.misfit(first_misfit("input", inputs, self.inner.inputs()))?;
        self.misfit(first_misfit("output", outputs, self.inner.outputs()))
    }

    fn misfit(&self, why: Option<String>) -> Result<(), Error> {
        let path = || self.path.clone();
        why.map_or(Ok(()), |why| Err(Error::Model { path: path(), why }))
    }

    /// Runs the model and returns the named outputs in the order asked for.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when a smaller batch may pass, [`Error::NonFinite`] when an answer is no number,
    /// [`Error::DeviceLost`] or [`Error::Run`] otherwise.
    pub fn run(&mut self, inputs: &[Tensor<'_>], outputs: &[&str]) -> Result<Vec<Output>, Error> {
        let model = model_name(&self.path);
        let values = inputs.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let answers = self.inner.run(values).map_err(|e| of_run(&e.to_string()))?;
        outputs
            .iter()
            .map(|name| output(&answers, name, &model))
            .collect()
    }

    /// Runs the model on `inputs` and on values that it or another gave before; returns the outputs that are read
    /// and those that are only kept, each in the order asked for. What is kept stays on the session's device.
    ///
    /// # Errors
    /// As [`Session::run`]; kept values are not checked for being numbers.
    pub fn run_keeping(
        &mut self,
        inputs: &[Tensor<'_>],
        kept: &[(&str, &DeviceTensor)],
        outputs: &[&str],
        keep: &[&str],
    ) -> Result<(Vec<Output>, Vec<DeviceTensor>), Error> {
        let model = model_name(&self.path);
        let fault = |e: ort::Error| of_run(&e.to_string());
        let mut binding = self.inner.create_binding().map_err(fault)?;
        for tensor in inputs {
            let value = owned(tensor)?;
            binding.bind_input(tensor.name, &value).map_err(fault)?;
        }
        for (name, value) in kept {
            binding.bind_input(*name, &value.0).map_err(fault)?;
        }
        for (names, device) in [(outputs, Device::Cpu), (keep, self.device)] {
            let memory = memory_of(device)?;
            for name in names {
                binding
                    .bind_output_to_device(*name, &memory)
                    .map_err(fault)?;
            }
        }
        let mut answers = self.inner.run_binding(&binding).map_err(fault)?;
        let read = outputs.iter().map(|name| output(&answers, name, &model));
        let read = read.collect::<Result<Vec<_>, _>>()?;
        let kept = keep.iter().map(|name| {
            let value = answers.remove(name);
            DeviceTensor::from_value(value.ok_or_else(|| no_output(&model, name))?)
        });
        Ok((read, kept.collect::<Result<_, _>>()?))
    }

    /// Returns zeros for the named input, of the type that the model wants there.
    ///
    /// # Errors
    /// [`Error::Run`] when there is no such tensor among the inputs.
    pub fn zeros(&self, input: &str, shape: &[usize]) -> Result<DeviceTensor, Error> {
        let outlet = self.inner.inputs().iter().find(|i| i.name() == input);
        let (of, _) = outlet
            .and_then(|i| described(i.dtype()))
            .ok_or_else(|| Error::Run(format!("no tensor among the inputs is named {input}")))?;
        DeviceTensor::zeros(of, shape)
    }

    /// Returns the dimensions of the named input, `None` where any length will do, or nothing when it is not there.
    pub fn input_shape(&self, input: &str) -> Option<Vec<Option<usize>>> {
        let outlet = self.inner.inputs().iter().find(|i| i.name() == input)?;
        described(outlet.dtype()).map(|(_, shape)| shape)
    }
}

fn model_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn no_output(model: &str, name: &str) -> Error {
    Error::Run(format!("{model} has no output {name}"))
}

fn output(answers: &SessionOutputs<'_>, name: &str, model: &str) -> Result<Output, Error> {
    let (shape, values) = answers
        .get(name)
        .ok_or_else(|| no_output(model, name))?
        .try_extract_tensor::<f32>()
        .map_err(|e| Error::Run(e.to_string()))?;
    if values.iter().any(|v| !v.is_finite()) {
        return Err(Error::NonFinite {
            model: model.to_owned(),
        });
    }
    let shape = shape.iter().map(|&d| usize::try_from(d).unwrap_or(0));
    Ok(Output {
        shape: shape.collect(),
        values: values.to_vec(),
    })
}

fn session_builder(
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
    let builder = match runtime.memory() {
        Some(_) => builder.with_env_allocators()?,
        None => builder,
    };
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
        .map_err(|e| misfit(tensor, &e))
}

/// Returns a copy of a tensor to be bound: the crate dead-locks when it is bound to data that is only borrowed.
fn owned(tensor: &Tensor<'_>) -> Result<DynValue, Error> {
    let shape = tensor.shape.to_vec();
    let value = match tensor.data {
        Data::U8(data) => OrtTensor::from_array((shape, data.to_vec())).map(OrtTensor::into_dyn),
        Data::F32(data) => OrtTensor::from_array((shape, data.to_vec())).map(OrtTensor::into_dyn),
        Data::I64(data) => OrtTensor::from_array((shape, data.to_vec())).map(OrtTensor::into_dyn),
    };
    value.map_err(|e| misfit(tensor, &e))
}

fn misfit(tensor: &Tensor<'_>, error: &ort::Error) -> Error {
    let why = error.to_string();
    Error::Run(format!("input {}: {}", tensor.name, first_line(&why)))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
