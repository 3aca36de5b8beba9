//! Devices a model runs on.

use std::fmt;

/// Device of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// The CPU.
    Cpu,
    /// A CUDA device by number.
    Cuda(u32),
}

/// Tells whether this processor multiplies bytes faster than floats: it has the VNNI instructions.
///
/// Measured with ONNX Runtime 1.31 on the shot model, of which most convolutions work on bytes then: half the time.
pub fn has_int8_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx512vnni")
            || std::arch::is_x86_feature_detected!("avxvnni")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}
