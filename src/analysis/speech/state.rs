//! State of the speech model between two runs.

use super::frame::{CONTEXT, FRAME};

/// Values in each half of the recurrent memory.
pub(super) const MEMORY: usize = 128;
const BYTES: usize = 8 + 4 * (CONTEXT + 2 * MEMORY);

/// A place in a stream of sound from which scoring goes on as if it had never stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechState {
    pub(super) frames: u64,
    pub(super) context: [f32; CONTEXT],
    pub(super) hidden: [f32; MEMORY],
    pub(super) cell: [f32; MEMORY],
}

impl Default for SpeechState {
    fn default() -> Self {
        Self {
            frames: 0,
            context: [0.0; CONTEXT],
            hidden: [0.0; MEMORY],
            cell: [0.0; MEMORY],
        }
    }
}

impl SpeechState {
    /// Returns the sample to go on with: the first that no score has heard.
    pub fn next_sample(&self) -> u64 {
        self.frames * FRAME as u64
    }

    /// Returns the state as 1,288 bytes, for a cache.
    pub fn to_bytes(&self) -> Vec<u8> {
        let floats = self.context.iter().chain(&self.hidden).chain(&self.cell);
        let frames = self.frames.to_le_bytes().into_iter();
        frames.chain(floats.flat_map(|v| v.to_le_bytes())).collect()
    }

    /// Returns the state that [`Self::to_bytes`] wrote, or `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (frames, floats) = bytes.split_first_chunk::<8>()?;
        let mut values = floats
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b));
        let mut state = Self {
            frames: u64::from_le_bytes(*frames),
            ..Self::default()
        };
        for slot in state
            .context
            .iter_mut()
            .chain(&mut state.hidden)
            .chain(&mut state.cell)
        {
            *slot = values.next().filter(|v| v.is_finite())?;
        }
        (bytes.len() == BYTES).then_some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_bytes_and_nothing_else_is_taken_for_one() {
        let state = SpeechState {
            frames: 1024,
            context: [0.25; CONTEXT],
            hidden: [-1.5; MEMORY],
            cell: [3.0; MEMORY],
        };
        let bytes = state.to_bytes();
        assert_eq!(bytes.len(), BYTES);
        assert_eq!(SpeechState::from_bytes(&bytes), Some(state));
        assert_eq!(SpeechState::from_bytes(&bytes[1..]), None);
        assert_eq!(SpeechState::from_bytes(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(SpeechState::from_bytes(&[0xff; BYTES]), None);
    }
}
