//! Kept outputs (caches of keys and values) that stay on the device and are fed back as they are.

use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::value::{DynTensor, DynTensorValueType, DynValue, TensorElementType, ValueType};

use super::{Device, Error};

/// An answer that no one reads, of the model's own type and on its device: a cache of keys and values.
#[derive(Debug)]
pub struct DeviceTensor(pub(super) DynTensor);

impl DeviceTensor {
    /// Takes the named rows of several values, in the order given, as one value: its rows are the first dimension.
    ///
    /// All must have the same other dimensions. The result lies in the computer's own memory.
    ///
    /// # Errors
    /// [`Error::Run`] when the values do not fit together, a row is not there, or the device cannot be read.
    pub fn gather(rows: &[(&Self, usize)]) -> Result<Self, Error> {
        let Some((first, _)) = rows.first() else {
            return Err(Error::Run("no row to gather".into()));
        };
        let mut shape = first.shape();
        shape[0] = rows.len();
        let mut whole = Self::zeros(*first.0.data_type(), &shape)?;
        let row_bytes = first.row_bytes();
        let target = whole.0.data_ptr_mut().cast::<u8>();
        for (slot, (value, row)) in rows.iter().enumerate() {
            let here = value.on_cpu()?;
            let source = here.as_ref().unwrap_or(value);
            if source.row_bytes() != row_bytes || *row >= source.shape()[0] {
                return Err(Error::Run(format!("row {row} does not fit the others")));
            }
            // SAFETY: both are tensors in the computer's memory; the row lies within `source` and the slot within
            // `whole`, which is `rows.len()` rows of `row_bytes` bytes and overlaps nothing.
            unsafe {
                let from = source.0.data_ptr().cast::<u8>().add(row * row_bytes);
                std::ptr::copy_nonoverlapping(from, target.add(slot * row_bytes), row_bytes);
            }
        }
        Ok(whole)
    }

    /// Returns its dimensions.
    pub fn shape(&self) -> Vec<usize> {
        let dims = self.0.shape().iter();
        dims.map(|&d| usize::try_from(d).unwrap_or(0)).collect()
    }

    pub(super) fn zeros(of: TensorElementType, shape: &[usize]) -> Result<Self, Error> {
        DynTensor::new(&Allocator::default(), of, shape.to_vec())
            .map(Self)
            .map_err(|e| Error::Run(e.to_string()))
    }

    pub(super) fn from_value(value: DynValue) -> Result<Self, Error> {
        let tensor = value.downcast::<DynTensorValueType>();
        tensor.map(Self).map_err(|e| Error::Run(e.to_string()))
    }

    fn row_bytes(&self) -> usize {
        let values = self.shape().iter().skip(1).product();
        self.0.data_type().byte_size(values).unwrap_or(0)
    }

    /// Returns a copy in the computer's memory, or `None` when it lies there already.
    fn on_cpu(&self) -> Result<Option<Self>, Error> {
        if self.0.memory_info().is_cpu_accessible() {
            return Ok(None);
        }
        let copy = self.0.to(AllocationDevice::CPU, 0);
        copy.map(|copy| Some(Self(copy)))
            .map_err(|e| Error::Run(e.to_string()))
    }
}

/// Returns where a session on `device` keeps what it is to be fed again.
pub(super) fn memory_of(device: Device) -> Result<MemoryInfo<'static>, Error> {
    let (place, index) = match device {
        Device::Cpu => (AllocationDevice::CPU, 0),
        Device::Cuda(index) => (AllocationDevice::CUDA, i32::try_from(index).unwrap_or(0)),
    };
    MemoryInfo::new(place, index, AllocatorType::Device, MemoryType::Default)
        .map_err(|e| Error::Run(e.to_string()))
}

/// Returns the element type and the dimensions of a tensor's description; a free dimension is `None`.
pub(super) fn described(value: &ValueType) -> Option<(TensorElementType, Vec<Option<usize>>)> {
    let ValueType::Tensor { ty, shape, .. } = value else {
        return None;
    };
    let dims = shape.iter().map(|&d| usize::try_from(d).ok());
    Some((*ty, dims.collect()))
}
