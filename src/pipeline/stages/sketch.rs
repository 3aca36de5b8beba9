//! Sketch of a video: by it a job knows that it shares nothing with another one, before either has chosen its clips.

use std::ops::ControlFlow;

use super::audio::origin_of;
use super::probe::{find_clock, read_input};
use super::select::{Analysis, material};
use crate::analysis::signature::SoundSignature;
use crate::clips::Material;
use crate::clips::dedup::VideoSketch;
use crate::clock::Stopwatch;
use crate::manifest::Job;
use crate::media::{listen, probe};
use crate::pipeline::context::{JobContext, RunConfig, Services, decode_limits};
use crate::pipeline::events::Cost;
use crate::pipeline::headers::choose_audio;
use crate::timeline::Stage;

/// Returns the sketch of an analysed video; none without pictures, or where too little changes to know it again by.
pub(crate) fn sketch_video(ctx: &JobContext<'_>, analysis: &Analysis) -> Option<VideoSketch> {
    let video = analysis.video.as_ref()?;
    VideoSketch::of(&material(ctx.content(), analysis, video, None))
}

/// Returns the sketch of a job's sound alone, from a pass over it as long as `is_wanted`: a fiftieth of its analysis or less.
///
/// What goes wrong is for the analysis to tell: there is no sketch then.
pub(crate) fn sketch_sound(
    config: &RunConfig<'_>,
    services: &Services<'_>,
    job: &Job,
    is_wanted: impl Fn() -> bool,
) -> Option<VideoSketch> {
    let watch = Stopwatch::start();
    let limits = decode_limits(config.settings);
    let mut media = probe(&job.input, &limits).ok()?;
    choose_audio(&mut media, &job.settings.audio).ok()?;
    if media.may_splice {
        // Kept by the bytes of the file, which the analysis needs to know as well.
        let input = read_input(services, job).ok()?;
        media.clock = find_clock(config, services, job, (&media, &input)).ok()?;
    }
    let stream = media.audio.as_ref()?;
    let origin = origin_of(&media, stream);
    let mut signature = SoundSignature::default();
    let mut visit = |samples: &[f32]| {
        signature.push(samples);
        if is_wanted() && !services.cancel.draining() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let listened = listen(&job.input, &media, origin, &limits, &mut visit).ok()?;
    let events = services.events.of_job(&job.id);
    // Its seconds are not counted: the analysis does.
    events.worked(Stage::Listen, 0, 0, Cost::since(&watch));
    let heard = signature.finish(origin);
    let material = Material {
        heard: Some(&heard),
        ..Material::default()
    };
    VideoSketch::of(&material).filter(|_| !listened.stopped)
}
