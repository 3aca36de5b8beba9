//! An upright, captioned clip made and verified, against the ffmpeg program making the same one.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use super::subject::{BenchSubject, Figures, cpu_of};
use crate::clock::process_cpu;
use crate::frame::{Rect, Size};
use crate::manifest::Job;
use crate::media::{
    self, CaptionFile, ChannelRepairs, ClipFraming, CropPoint, Cues, Encoding, Expectation,
    FieldRate, Limits, Media, RenderRequest, SceneCrop, SceneView, SoundFades, VideoCodec,
    VideoStream,
};
use crate::report::bench::{Better, Series};
use crate::timeline::{FrameRate, TimeRange, Timestamp};

/// The clip's size.
const SIZE: (u32, u32) = (1080, 1920);
/// Seconds of it, at most.
const LENGTH: f64 = 10.0;

/// A caption that is there all the time.
const ASS: &str = "[Script Info]\nScriptType: v4.00+\nPlayResX: 1080\nPlayResY: 1920\n\n[V4+ Styles]\n\
    Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Outline, Alignment, MarginV\n\
    Style: Cue,sans-serif,80,&H00FFFFFF,&H00000000,5,2,400\n\n[Events]\nFormat: Start, End, Style, Text\n\
    Dialogue: 0:00:00.00,0:10:00.00,Cue,What is said here\n";

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("captions.ass"), ASS)?;
    for _ in 0..subject.runs {
        for job in subject.jobs {
            let trial = RenderTrial::of(subject, job)?;
            let name = |what: &str| format!("render {} {what}", job.id);
            let (frames, cpu, verify) = trial.ours(folder.path())?;
            let per_frame = cpu.as_secs_f64() * 1e3 / frames.max(1) as f64;
            table.add(&name("cpu"), "ms/frame", Better::Lower, per_frame);
            let share = verify.as_secs_f64() / cpu.as_secs_f64();
            table.add(&name("verify / render"), "ratio", Better::Lower, share);
            if let Some(theirs) = trial.ffmpeg(folder.path()) {
                let ratio = cpu.as_secs_f64() / theirs.as_secs_f64();
                table.add(&name("cpu / ffmpeg"), "ratio", Better::Lower, ratio);
            }
        }
    }
    Ok(table.0)
}

/// What is made of one video: the middle of its picture, from a quarter of its length on.
struct RenderTrial<'a> {
    source: &'a Path,
    media: Media,
    range: TimeRange,
    part: Rect,
    encoding: Encoding,
    threads: usize,
}

impl<'a> RenderTrial<'a> {
    fn of(subject: &BenchSubject<'_>, job: &'a Job) -> anyhow::Result<Self> {
        let media = media::probe(&job.input, &Limits::default())?;
        let length = media.duration.unwrap_or_default().as_secs_f64();
        let start = media.start.map_or(0.0, Timestamp::seconds) + length / 4.0;
        let at = |seconds| Timestamp::from_seconds(seconds).context("a video without a length");
        let end = at(start + (length / 2.0).clamp(0.1, LENGTH))?;
        let (width, height) = stream(&media)?.display_size();
        let render = subject.settings.render.at(job.settings.quality);
        let encoding = Encoding {
            codec: VideoCodec::X264,
            crf: f32::from(render.crf),
            preset: render.preset.name().to_owned(),
            audio_bitrate: render.audio_bitrate.0 as usize,
        };
        Ok(Self {
            source: &job.input,
            range: TimeRange::new(at(start)?, end).context("a video without a length")?,
            part: Rect::of_shape(
                f64::from(width) / f64::from(height),
                f64::from(SIZE.0) / f64::from(SIZE.1),
            ),
            media,
            encoding,
            threads: subject.settings.render.threads,
        })
    }

    /// Returns the clip's frames, and the processor time of rendering and of verifying it.
    fn ours(&self, folder: &Path) -> anyhow::Result<(u64, Duration, Duration)> {
        let limits = Limits::default();
        let time = self.range.start();
        let path = vec![CropPoint {
            time,
            rect: self.part,
        }];
        let framing = ClipFraming {
            size: Size::new(SIZE.0, SIZE.1),
            scenes: vec![SceneCrop {
                range: self.range,
                layout: SceneView::Crop(path),
            }],
        };
        let captions = CaptionFile {
            ass: folder.join("captions.ass"),
            fonts: None,
        };
        let output = folder.join("ours.mp4");
        let cpu = process_cpu();
        let request = RenderRequest {
            source: self.source,
            media: &self.media,
            range: self.range,
            rate: FrameRate::of_clip(
                self.media.video.as_ref().and_then(|video| video.frame_rate),
                false,
            ),
            fields: FieldRate::default(),
            output: &output,
            framing: Some(&framing),
            captions: Some(&captions),
            channels: ChannelRepairs::default(),
            fades: SoundFades::default(),
            loudness: None,
            encoding: &self.encoding,
            threads: self.threads,
            limits: &limits,
        };
        let rendered = media::render(&request, &mut |_| ControlFlow::Continue(()))?;
        let render = process_cpu() - cpu;
        let times = TimeRange::new(Timestamp::ZERO, Timestamp::ZERO + self.range.duration());
        let expected = Expectation {
            frames: rendered.frames,
            duration: rendered.end.since(rendered.start),
            width: rendered.width,
            height: rendered.height,
            captions: Some(Cues {
                captions,
                times: times.into_iter().collect(),
                area: Rect::WHOLE,
            }),
            ..Expectation::default()
        };
        let cpu = process_cpu();
        media::verify(&output, &expected, &limits)?;
        Ok((rendered.frames, render, process_cpu() - cpu))
    }

    /// Returns the processor time of the ffmpeg program for the same clip, or `None` where it is not there.
    fn ffmpeg(&self, folder: &Path) -> Option<Duration> {
        let source = fs::canonicalize(self.source).ok()?;
        let mut input = std::ffi::OsString::from("file:");
        input.push(source);
        let threads = self.threads.to_string();
        let start = self.range.start().seconds() - self.media.start.map_or(0.0, Timestamp::seconds);
        let Rect { width, height, .. } = self.part;
        let filters = format!(
            "crop=iw*{width}:ih*{height},scale={}:{}:flags=bicubic,setpts=PTS-STARTPTS,ass=captions.ass",
            SIZE.0, SIZE.1
        );
        let mut command = Command::new("ffmpeg");
        command
            .args(["-v", "quiet", "-nostdin", "-y", "-threads", &threads])
            .args(["-ss", &start.to_string()])
            .args(["-t", &self.range.duration().as_secs_f64().to_string(), "-i"])
            .arg(input)
            .args(["-vf", &filters, "-c:v", "libx264", "-threads", &threads])
            .args(["-preset", &self.encoding.preset])
            .args(["-crf", &self.encoding.crf.to_string(), "-c:a", "aac"])
            .args(["-b:a", &self.encoding.audio_bitrate.to_string()])
            .args(["-movflags", "+faststart", "theirs.mp4"])
            .current_dir(folder);
        cpu_of(&mut command)
    }
}

fn stream(media: &Media) -> Result<&VideoStream, media::Error> {
    media.video.as_ref().ok_or(media::Error::NoVideoStream)
}
