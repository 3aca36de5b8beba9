//! Text in the picture: where titles, slides, names and subtitles stand, and how long.
//!
//! [`PictureTextModel`] finds the lines of single pictures and [`TextSampling`] says which pictures it is shown; [`follow`]
//! joins what successive pictures of a shot show into [`ShownText`], and [`has_subtitles`] tells where it says what is spoken.
//! [`TextReader`] reads single lines.

mod boxes;
mod follow;
mod lines;
mod model;
mod reader;
mod sampling;
mod subtitles;
mod text_box;

pub use boxes::TextBoxRules;
pub use follow::{FollowRules, ShownText, follow};
pub use model::{PictureTextModel, PictureTextTensor};
pub use reader::{LineTensor, ReadLine, TextReader, cut_line};
pub use sampling::{SamplingRules, TextLook, TextSampling};
pub use subtitles::{SubtitleRules, has_subtitles};
pub use text_box::TextBox;
