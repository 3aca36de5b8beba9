//! Caption burner: draws ASS captions into pictures.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ffmpeg_next::{filter, frame};

use crate::media::fonts::{Fonts, fonts_of, letters_of};
use crate::media::{Error, raw};

/// Captions to be burned in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionFile {
    /// An ASS file; its times count from the first frame of the clip.
    pub ass: PathBuf,
    /// A folder of fonts to look in besides the installed ones.
    pub fonts: Option<PathBuf>,
}

impl CaptionFile {
    /// Refuses captions that cannot be read, that name a font which is not there, or that have letters which no font has.
    pub fn check(&self) -> Result<(), Error> {
        let unreadable = |error: std::io::Error| Error::Captions(error.to_string());
        let text = fs::read(&self.ass).map_err(unreadable)?;
        let text = String::from_utf8(text).map_err(|_| Error::Captions("not UTF-8".into()))?;
        let fonts = Fonts::installed(self.fonts.as_deref());
        if let Some(name) = fonts.first_missing(&fonts_of(&text)) {
            return Err(Error::FontMissing(name.to_owned()));
        }
        match fonts.missing_letters(&letters_of(&text)) {
            Some(missing) => Err(Error::GlyphsMissing {
                script: missing.script,
                package: missing.package,
            }),
            None => Ok(()),
        }
    }
}

/// Draws captions into pictures of one size.
pub(in crate::media) struct Burner {
    graph: filter::Graph,
}

impl Burner {
    /// Opens captions for 8-bit 4:2:0 pictures whose times count in ticks of `1 / ticks` seconds.
    pub(in crate::media) fn open(
        captions: &CaptionFile,
        (width, height): (u32, u32),
        ticks: i32,
    ) -> Result<Self, Error> {
        let mut graph = filter::Graph::new();
        let missing = || Error::Ffmpeg("no filter buffer".into());
        let source = format!(
            "video_size={width}x{height}:pix_fmt=yuv420p:time_base=1/{ticks}:pixel_aspect=1/1"
        );
        let buffer = filter::find("buffer").ok_or_else(missing)?;
        let sink = filter::find("buffersink").ok_or_else(missing)?;
        let mut source = graph.add(&buffer, "in", &source)?;
        let mut sink = graph.add(&sink, "out", "")?;
        let mut options = vec![(c"filename", c_path(&captions.ass)?)];
        if let Some(fonts) = &captions.fonts {
            options.push((c"fontsdir", c_path(fonts)?));
        }
        let refused = |error: ffmpeg_next::Error| Error::Captions(error.to_string());
        let mut ass = raw::add_filter(&mut graph, c"ass", &options).map_err(refused)?;
        source.link(0, &mut ass, 0);
        ass.link(0, &mut sink, 0);
        graph.validate()?;
        Ok(Self { graph })
    }

    /// Draws what is to be read at the picture's time.
    pub(in crate::media) fn burn(&mut self, picture: frame::Video) -> Result<frame::Video, Error> {
        let lost = || Error::Ffmpeg("a filter lost a picture".into());
        raw::give(&mut self.graph.get("in").ok_or_else(lost)?, picture)?;
        let mut burned = frame::Video::empty();
        let mut out = self.graph.get("out").ok_or_else(lost)?;
        out.sink().frame(&mut burned)?;
        Ok(burned)
    }
}

fn c_path(path: &Path) -> Result<CString, Error> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| Error::Captions("a zero byte in a path".into()))
}
