//! Rendering of one clip: cut to the frame and the sample, framed, captioned, levelled, in MP4.

mod backdrop;
mod captions;
mod clip_sound;
mod colour_map;
mod compose;
mod encoder;
mod fade;
mod grid;
mod loudness;
mod maker;
mod mux;
mod request;
mod sound;
mod sound_timeline;
mod source;
mod video;
mod watch;

use std::ops::ControlFlow;
use std::time::Duration;

use ffmpeg_next::{Packet, frame};

use self::clip_sound::{ClipSound, SoundOutput};
use self::grid::ClipGrid;
use self::mux::Mux;
use self::sound::SoundWriter;
use self::video::VideoWriter;
use super::defects::is_black_picture;
use super::packets::Source;
use super::pictures::PictureStream;
use super::sound_pictures::SoundPictures;
use super::thumbnail48::Thumbnail48;
use super::timebase::{Still, time_of};
use super::{Error, Shares, VideoStream};
use crate::timeline::Timestamp;
use kernels::Gain;

pub(super) use self::captions::Burner;
pub(super) use self::grid::frame_at;
pub(super) use self::loudness::{Meter, SILENT};
pub(super) use self::maker::Maker;
pub(super) use self::sound_timeline::{CHANNELS, CLIP_SOUND_RATE, SoundTimeline};

pub use self::captions::CaptionFile;
pub(super) use self::encoder::key_frame_interval;
pub use self::encoder::{Encoding, VideoCodec, trial};
pub use self::fade::SoundFades;
pub use self::loudness::Levelled;
pub use self::request::{LoudnessTarget, RenderRequest};

/// How far past its end packets are looked at for sound that lies behind the pictures in the file.
const LAG: Duration = Duration::from_secs(5);

/// Black pictures at the start of a clip are left out if they last no longer; the picture behind them is shown earlier.
const BLACK_START: Duration = Duration::from_millis(500);

/// Result of a render.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// Frames.
    pub frames: u64,
    /// When it begins in the source; this is the zero of the clip.
    pub start: Timestamp,
    /// End of the last frame, in the source's time.
    pub end: Timestamp,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether its source has sound; a clip without has a silent track.
    pub audio: bool,
    /// How loud it was made; `None` without sound, or where nothing was asked for.
    pub loudness: Option<Levelled>,
    /// How much of what it shows of the source was black, frozen or blank.
    pub source: Shares,
}

/// Writes one clip, and tells `visit` after each packet and picture how many pictures are in it, until it breaks off.
///
/// Pictures are upright, in square pixels, 8-bit 4:2:0 of BT.709 in limited range, at a constant rate; high dynamic range is
/// mapped. At each time the clip shows the picture that the source shows then: one that is held is repeated. Sound is cut to
/// the same range by the sample, 48 kHz stereo, with silence where there is none. After an error the output is of no use.
pub fn render(
    request: &RenderRequest<'_>,
    visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Rendered, Error> {
    request.captions.map(CaptionFile::check).transpose()?;
    let level = request
        .loudness
        .map(|wanted| loudness::plan(request, wanted));
    let level = level.transpose()?.flatten();
    if let Some(pictures) = SoundPictures::open(request.source, request.media, request.limits)? {
        let sound = ClipSound::open(request, None)?;
        return ClipCut::new(request, level, sound)?.run_with(pictures, visit);
    }
    for from in [From::Seek, From::Beginning] {
        let file = ClipFile::open(request, from)?;
        let sound = ClipSound::open(request, Some((&file.source, from == From::Beginning)))?;
        // None: the index led past the start.
        if let Some(rendered) = ClipCut::new(request, level, sound)?.run(file, visit)? {
            return Ok(rendered);
        }
    }
    Err(Error::NoFrames(request.range.to_string()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Seek,
    Beginning,
}

/// One cut under way.
struct ClipCut<'a> {
    request: &'a RenderRequest<'a>,
    level: Option<(Option<Gain>, Levelled)>,
    stream: &'a VideoStream,
    small: Thumbnail48,
    grid: ClipGrid,
    sound: Option<ClipSound>,
    clip: Option<OpenClip>,
    /// The last picture that came: it is shown until the next one.
    held: Option<Still>,
}

/// The file that a clip is cut out of.
struct ClipFile {
    source: Source,
    sought: bool,
    pictures: PictureStream,
}

/// The file being written.
struct OpenClip {
    mux: Mux,
    video: VideoWriter,
    sound: SoundWriter,
}

impl ClipFile {
    fn open(request: &RenderRequest<'_>, from: From) -> Result<Self, Error> {
        let stream = request.media.video.as_ref().ok_or(Error::NoVideoStream)?;
        let wanted = [Some(stream.stream), ClipSound::stream_of(request)];
        let wanted: Vec<usize> = wanted.into_iter().flatten().collect();
        let clock = &request.media.clock;
        let lead = Timestamp::ZERO + stream.lead();
        let mut source = Source::open_for(request.source, clock, &wanted, request.limits)?;
        let sought = match from {
            From::Beginning => false,
            From::Seek => match source.seek_before(request.range.start() - lead) {
                Ok(sought) => sought,
                Err(_) => return Self::open(request, From::Beginning),
            },
        };
        Ok(Self {
            pictures: PictureStream::open(&source, stream, request.threads, request.fields)?,
            source,
            sought,
        })
    }

    /// Tells whether a packet lies past a time by so much that nothing behind it is from before.
    fn is_far_past(&self, packet: &Packet, end: Timestamp) -> bool {
        let base = self.source.base(packet.stream());
        let time = packet.dts().or(packet.pts());
        let time = time.and_then(|ticks| time_of(ticks, base));
        time.is_some_and(|time| time > end + LAG)
    }
}

impl<'a> ClipCut<'a> {
    fn new(
        request: &'a RenderRequest<'a>,
        level: Option<(Option<Gain>, Levelled)>,
        sound: Option<ClipSound>,
    ) -> Result<Self, Error> {
        let stream = request.media.video.as_ref().ok_or(Error::NoVideoStream)?;
        Ok(Self {
            request,
            level,
            stream,
            small: Thumbnail48::new(stream.rotation),
            grid: ClipGrid::new(request.range, request.rate),
            sound,
            clip: None,
            held: None,
        })
    }

    /// Cuts a clip of sound alone, which shows these pictures.
    fn run_with(
        mut self,
        mut pictures: SoundPictures,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Rendered, Error> {
        pictures.seek_before(self.request.range.start())?;
        while !self.grid.is_full()
            && let Some(still) = pictures.next()?
        {
            self.show_held(self.grid.frame_at(still.shown.time), visit)?;
            self.held = Some(still);
        }
        self.finish(visit)
    }

    /// Cuts the clip; `None` when the first picture after a seek is already past the start.
    fn run(
        mut self,
        mut file: ClipFile,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Option<Rendered>, Error> {
        let end = self.request.range.end();
        loop {
            let packet = file.source.next()?;
            if visit(self.clip.as_ref().map_or(0, |clip| clip.video.frames())).is_break() {
                return Err(Error::Cancelled);
            }
            if !self.take(&mut file, packet.as_ref(), visit)? {
                return Ok(None);
            }
            let is_past = |packet: &Packet| self.grid.is_full() && file.is_far_past(packet, end);
            match &packet {
                Some(packet) if !self.is_done() && !is_past(packet) => {}
                _ => break,
            }
        }
        if file.sought && self.held.is_none() {
            return Ok(None);
        }
        self.finish(visit).map(Some)
    }

    /// Takes a packet, or the end of the file; false when the seek went too far.
    fn take(
        &mut self,
        file: &mut ClipFile,
        packet: Option<&Packet>,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<bool, Error> {
        match packet {
            Some(packet) if packet.stream() != self.stream.stream => {
                self.take_sound(packet)?;
                Ok(true)
            }
            _ if self.grid.is_full() => Ok(true),
            packet => self.take_pictures(file, packet, visit),
        }
    }

    /// Tells whether all that belongs to the clip is in it.
    fn is_done(&self) -> bool {
        let sound = self.sound.as_ref().zip(self.clip.as_ref());
        self.grid.is_full() && sound.is_none_or(|(sound, clip)| sound.is_done(&clip.sound))
    }

    /// Decodes pictures and writes those of the clip; false when the seek went too far.
    fn take_pictures(
        &mut self,
        file: &mut ClipFile,
        packet: Option<&Packet>,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<bool, Error> {
        file.pictures.send(packet)?;
        while !self.grid.is_full()
            && let Some(still) = file.pictures.receive()?
        {
            let is_first = self.held.is_none();
            if file.sought && is_first && self.grid.frame_at(still.shown.time) > 0 {
                return Ok(false);
            }
            self.show_held(self.grid.frame_at(still.shown.time), visit)?;
            self.held = Some(still);
        }
        Ok(true)
    }

    /// Writes the picture that is held into the clip, up to a frame of it.
    fn show_held(
        &mut self,
        end: i64,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let Some(held) = self.held.take() else {
            return Ok(());
        };
        if self.clip.is_none() && end <= self.grid.frames_of(BLACK_START) && self.is_black(&held)? {
            // The next picture is shown in its place: a clip does not begin with black.
            return Ok(());
        }
        while let Some((frame, time)) = self.grid.next_before(end) {
            if self.clip.is_none() {
                self.clip = Some(self.begin(&held.frame)?);
            }
            let Some(clip) = &mut self.clip else { break };
            // By its own time a picture that is rounded over a cut belongs where it was.
            let shown = if frame == self.grid.frame_at(held.shown.time) {
                held.shown.time
            } else {
                time
            };
            if let Some(sound) = &mut self.sound {
                sound.follow(clip.output(self.grid.shown()))?;
            }
            clip.video.push(&held.frame, frame, shown, &mut clip.mux)?;
            if visit(clip.video.frames()).is_break() {
                return Err(Error::Cancelled);
            }
        }
        self.held = Some(held);
        Ok(())
    }

    fn is_black(&mut self, held: &Still) -> Result<bool, Error> {
        Ok(is_black_picture(&*self.small.picture(&held.frame)?))
    }

    /// Opens the encoders and the output for a clip that begins with this picture.
    fn begin(&self, frame: &frame::Video) -> Result<OpenClip, Error> {
        let request = self.request;
        let video = VideoWriter::open(self.stream, frame, request)?;
        let gain = self.level.and_then(|(gain, _)| gain);
        // A sum may be louder than what a file can hold.
        let gain = gain.or((!request.media.mixed.is_empty()).then_some(Gain::UNCHANGED));
        let sound = SoundWriter::open(self.grid.range(), gain, request)?;
        let mux = Mux::create(request.output, &video.track(), &sound.track())?;
        Ok(OpenClip { mux, video, sound })
    }

    fn take_sound(&mut self, packet: &Packet) -> Result<(), Error> {
        let Some(sound) = &mut self.sound else {
            return Ok(());
        };
        let shown = self.grid.shown();
        sound.take(packet, self.clip.as_mut().map(|clip| clip.output(shown)))
    }

    fn finish(mut self, visit: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<Rendered, Error> {
        let start = self.grid.range().start();
        let no_frames = || Error::NoFrames(self.request.range.to_string());
        if self.clip.is_none() {
            if !self.holds_into(start)? {
                return Err(no_frames());
            }
            self.show_held(1, visit)?;
        }
        let mut shown = self.held.as_ref().map_or(start, |held| held.shown.end);
        if let (Some(sound), Some(clip)) = (&mut self.sound, &mut self.clip) {
            sound.finish(clip.output(self.grid.shown()))?;
            shown = shown.max(clip.sound.heard_until());
        }
        // The last picture stays as long as there is anything to hear.
        self.grid.end_at(shown);
        self.show_held(i64::MAX, visit)?;
        let range = self.grid.range();
        let mut clip = self.clip.ok_or_else(no_frames)?;
        clip.video.finish(&mut clip.mux)?;
        clip.sound.finish(range.end(), &mut clip.mux)?;
        clip.mux.finish()?;
        let (width, height) = clip.video.size();
        Ok(Rendered {
            frames: clip.video.frames(),
            start: range.start(),
            end: range.end(),
            width,
            height,
            audio: self.sound.is_some(),
            loudness: self.level.map(|(_, levelled)| levelled),
            source: clip.video.source_shares(range.end()),
        })
    }
}

impl ClipCut<'_> {
    /// Tells whether the file still shows its last picture at `start`: by its own length, or because there is sound.
    fn holds_into(&mut self, start: Timestamp) -> Result<bool, Error> {
        let held = self.held.as_ref();
        if held.is_some_and(|held| held.shown.end > start) {
            return Ok(true);
        }
        let sound = self.sound.as_mut();
        sound.map_or(Ok(false), |sound| sound.lasts_into(start))
    }
}

impl OpenClip {
    /// Returns where its sound goes while its pictures are shown up to `shown`.
    fn output(&mut self, shown: Timestamp) -> SoundOutput<'_> {
        SoundOutput {
            writer: &mut self.sound,
            mux: &mut self.mux,
            shown,
        }
    }
}
