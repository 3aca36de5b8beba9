//! The only folder that knows ONNX Runtime: its library, sessions on a device, batches that fit.
//!
//! [`Runtime`] loads the library once; [`open`] makes a [`Session`] on the device that was asked for, really tried;
//! one thread owns it and feeds it through [`run_batch`], whose [`BatchSizer`] learns the best size from the work itself.

mod batch;
mod catalog;
mod device;
mod error;
mod gpu;
mod heap;
mod kept;
mod memory;
mod open;
mod runtime;
mod session;
mod spec;
mod threads;
mod tune;

pub use batch::run_batch;
pub use catalog::{Catalog, Error as CatalogError, InstalledModel};
pub use device::{Device, has_int8_instructions};
pub use error::{Error, Failure};
pub use gpu::describe as describe_gpu;
pub use heap::HeapUse;
pub use kept::DeviceTensor;
pub use memory::{ModelMemory, SessionMemory, owned_by};
pub use open::open;
pub use runtime::{Runtime, forbid_telemetry};
pub use session::{Data, Output, Session, SessionOptions, Tensor};
pub use spec::TensorSpec;
pub use tune::BatchSizer;
