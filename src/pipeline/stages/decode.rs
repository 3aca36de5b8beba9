//! One decode pass over a video: each frame goes to the shot scorer, to the vision stage, to the person detector and to the text
//! detector, as far as their answers are not kept.

use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::Context;

use super::persons::{PersonPass, PicturePersons, key_of_persons};
use super::picture_text::{PictureTextPass, PictureTexts, key_of_picture_text};
use super::shots::{ShotScorer, ShotScores, key_of_shots};
use super::vision::{Vision, VisionPass, key_of_vision, sampling};
use crate::analysis::persons::SURE_FACE;
use crate::cache::Key;
use crate::clock::Stopwatch;
use crate::frame::{Frame, Picture};
use crate::media::{DecodePlan, Decoded, decode};
use crate::memory::Permitted;
use crate::pipeline::cached::Record;
use crate::pipeline::context::JobContext;
use crate::pipeline::events::Cost;
use crate::pipeline::faults::{FaultKind, hang};
use crate::pipeline::models::SharedPicture;
use crate::pipeline::watchdog::Watched;
use crate::timeline::{Stage, TimeRange, Timestamp};

/// What the models say of a video's frames.
#[derive(Debug)]
pub(crate) struct VideoAnswers {
    pub(crate) shots: ShotScores,
    /// None where only shots were wanted.
    pub(crate) vision: Option<Vision>,
    /// None where they were not looked for.
    pub(crate) persons: Option<PicturePersons>,
    /// None where it was not looked for.
    pub(crate) texts: Option<PictureTexts>,
}

impl VideoAnswers {
    /// Tells of models that gave one answer for all pictures.
    pub(crate) fn tell_of_constants(&self, ctx: &JobContext<'_>) {
        self.shots.tell_of_constants(ctx);
        if let Some(vision) = &self.vision {
            vision.tell_of_constants(ctx);
        }
    }
}

/// Returns the shot scores of the job's video, and its vision answers, persons and text where they are wanted; the video is
/// decoded at most once, for all that is not kept.
///
/// # Errors
/// What decoding and the models say; that the file changed meanwhile.
pub(crate) fn decode_video(
    ctx: &JobContext<'_>,
    wants_vision: bool,
) -> anyhow::Result<VideoAnswers> {
    let keys = AnswerKeys::new(ctx, wants_vision);
    let kept = keys.look_up(ctx);
    let wanted = DecodeWants {
        shots: kept.shots.is_none(),
        vision: keys.vision.is_some() && kept.vision.is_none(),
        persons: keys.persons.is_some() && kept.persons.is_none(),
        texts: keys.texts.is_some() && kept.texts.is_none(),
    };
    let is_saved = !wanted.shots && !wanted.pictures();
    ctx.saves(Stage::Decode, Record::Shots, is_saved);
    let KeptAnswers {
        shots,
        vision,
        persons,
        texts,
    } = kept;
    let found = match shots {
        Some(shots) if is_saved => VideoAnswers {
            shots,
            vision: None,
            persons: None,
            texts: None,
        },
        shots => {
            let found = decode_for(ctx, wanted, shots, vision.as_ref())?;
            keys.keep(ctx, wanted, &found)?;
            found
        }
    };
    Ok(VideoAnswers {
        vision: found.vision.or(vision),
        persons: found.persons.or(persons),
        texts: found.texts.or(texts),
        ..found
    })
}

/// The keys of the answers that are wanted.
struct AnswerKeys {
    shots: Key,
    vision: Option<Key>,
    persons: Option<Key>,
    texts: Option<Key>,
}

/// The answers that are kept.
struct KeptAnswers {
    shots: Option<ShotScores>,
    vision: Option<Vision>,
    persons: Option<PicturePersons>,
    texts: Option<PictureTexts>,
}

impl AnswerKeys {
    fn new(ctx: &JobContext<'_>, wants_vision: bool) -> Self {
        let wanted = wants_vision.then_some(ctx);
        Self {
            shots: key_of_shots(ctx),
            vision: wanted.map(key_of_vision),
            persons: wanted.and_then(key_of_persons),
            texts: wanted.and_then(key_of_picture_text),
        }
    }

    fn look_up(&self, ctx: &JobContext<'_>) -> KeptAnswers {
        let shots = ctx.look_up(Record::Shots, &self.shots);
        let vision = self.vision.as_ref().map(|key| {
            let kept: Option<Vision> = ctx.look_up(Record::Vision, key);
            ctx.saves(Stage::Embed, Record::Vision, kept.is_some());
            kept
        });
        let persons = self.persons.as_ref();
        let persons = persons.and_then(|key| ctx.look_up(Record::Persons, key));
        let texts = self.texts.as_ref();
        let texts = texts.and_then(|key| ctx.look_up(Record::PictureText, key));
        KeptAnswers {
            shots: shots.filter(ShotScores::is_whole),
            vision: vision.flatten(),
            persons,
            texts,
        }
    }

    /// Keeps what a pass found; a video that changed or broke off must not be kept as whole.
    fn keep(
        &self,
        ctx: &JobContext<'_>,
        wanted: DecodeWants,
        found: &VideoAnswers,
    ) -> anyhow::Result<()> {
        if wanted.shots {
            ctx.keep(Record::Shots, &self.shots, &found.shots)?;
        }
        if let Some((key, vision)) = self.vision.as_ref().zip(found.vision.as_ref()) {
            ctx.keep(Record::Vision, key, vision)?;
        }
        if let Some((key, persons)) = self.persons.as_ref().zip(found.persons.as_ref()) {
            ctx.keep(Record::Persons, key, persons)?;
        }
        if let Some((key, texts)) = self.texts.as_ref().zip(found.texts.as_ref()) {
            ctx.keep(Record::PictureText, key, texts)?;
        }
        Ok(())
    }
}

/// What a pass is made for.
#[derive(Debug, Clone, Copy)]
struct DecodeWants {
    shots: bool,
    vision: bool,
    persons: bool,
    texts: bool,
}

impl DecodeWants {
    /// Tells whether larger pictures are wanted.
    fn pictures(self) -> bool {
        self.vision || self.persons || self.texts
    }
}

/// Decodes the video for what is wanted; `kept` are the shot scores of an earlier pass, `seen` its vision answers.
fn decode_for(
    ctx: &JobContext<'_>,
    wanted: DecodeWants,
    kept: Option<ShotScores>,
    seen: Option<&Vision>,
) -> anyhow::Result<VideoAnswers> {
    let watch = Stopwatch::start();
    let mut passes = Passes::new(ctx, wanted, seen)?;
    let plan = DecodePlan {
        threads: ctx.plan.decode_threads,
        pictures: wanted.pictures().then(|| sampling(ctx)),
    };
    let mut read = ReadBytes::new(ctx);
    let decoded = decode_all(ctx, plan, |frame| {
        ctx.stop.check()?;
        read.note(frame.time)?;
        passes.take(frame)
    })?;
    let decoding = decoded.cpu;
    let decoded = decoded.answer;
    if let Some(scorer) = &mut passes.shots {
        scorer.send_rest()?;
    }
    let cost = Cost::since(&watch).with_cpu(decoding);
    ctx.events.worked(Stage::Decode, decoded.frames, 0, cost);
    passes.finish(&decoded, kept)
}

/// The bytes of a file that a decode pass reads, as far as its length tells.
struct ReadBytes<'a> {
    ctx: &'a JobContext<'a>,
    bytes_a_second: f64,
    last: Timestamp,
}

impl<'a> ReadBytes<'a> {
    fn new(ctx: &'a JobContext<'a>) -> Self {
        let seconds = ctx
            .media()
            .duration
            .map_or(0.0, |length| length.as_secs_f64());
        let bytes = ctx.source.input.identity.size as f64;
        Self {
            ctx,
            bytes_a_second: if seconds > 0.0 { bytes / seconds } else { 0.0 },
            last: Timestamp::ZERO,
        }
    }

    /// Takes note of what was read up to a frame, and waits where that was too fast.
    fn note(&mut self, time: Timestamp) -> anyhow::Result<()> {
        let seconds = time.since(self.last).as_secs_f64();
        self.last = time;
        let (throttle, stop) = (&self.ctx.services.throttle, self.ctx.stop);
        throttle.spend(seconds * self.bytes_a_second, || stop.check())
    }
}

/// All that follows a decode pass.
struct Passes<'a> {
    ctx: &'a JobContext<'a>,
    shots: Option<ShotScorer<'a>>,
    vision: Option<VisionPass<'a>>,
    /// The vision answers of an earlier pass, where they are not found anew.
    seen: Option<&'a Vision>,
    persons: Option<PersonPass<'a>>,
    texts: Option<PictureTextPass<'a>>,
    /// When the first frame is shown that does not count any more.
    cut: Option<Timestamp>,
}

impl<'a> Passes<'a> {
    fn new(
        ctx: &'a JobContext<'a>,
        wanted: DecodeWants,
        seen: Option<&'a Vision>,
    ) -> anyhow::Result<Self> {
        let vision = wanted.vision.then(|| VisionPass::new(ctx));
        Ok(Self {
            ctx,
            vision: vision.transpose()?,
            shots: wanted.shots.then(|| ShotScorer::new(ctx)),
            seen,
            persons: wanted.persons.then(|| PersonPass::new(ctx)),
            texts: wanted.texts.then(|| PictureTextPass::new(ctx)),
            cut: None,
        })
    }

    /// Takes the next frame; fails when a model has failed.
    fn take(&mut self, frame: Frame) -> anyhow::Result<()> {
        let (time, stretch) = (frame.time, self.ctx.plan.stretch);
        if is_past(&frame, stretch) {
            self.cut = Some(time);
        } else if stretch.is_none_or(|stretch| time >= stretch.start()) {
            self.show(frame)?;
        } else if let Some(scorer) = &mut self.shots {
            scorer.skip(&frame);
        }
        Ok(())
    }

    /// Shows a frame to all that follow; fails when a model has failed.
    fn show(&mut self, mut frame: Frame) -> anyhow::Result<()> {
        if let Some(scorer) = &mut self.shots {
            scorer.take(&frame)?;
        }
        let picture = frame.picture.take();
        if let Some((vision, _)) = self.vision.as_mut().zip(picture.as_ref()) {
            vision.prepare(&frame)?;
        }
        let is_for_persons = picture.is_some() && self.wants_persons(frame.time)?;
        let picture = picture.map(|picture| self.share(picture));
        let picture = picture.transpose()?;
        if let Some(vision) = &mut self.vision {
            vision.take(&frame, picture.as_ref())?;
        }
        if is_for_persons
            && let Some((persons, picture)) = self.persons.as_mut().zip(picture.as_ref())
        {
            persons.take(&frame, picture)?;
        }
        if let Some((texts, picture)) = self.texts.as_mut().zip(picture.as_ref()) {
            texts.take(&frame, picture)?;
        }
        Ok(())
    }

    /// Waits for the permit of a picture that several models are shown.
    fn share(&mut self, picture: Picture) -> anyhow::Result<SharedPicture> {
        let budget = &self.ctx.services.memory.pictures;
        let permit = self.ctx.stop.permit(budget, picture.rgb.len())?;
        Ok(SharedPicture::new(Permitted::new(picture, permit)))
    }

    /// Tells whether persons are to be looked for in the next picture: it is due, and the last that was searched for faces shows
    /// none. Waits for that search while no picture is held.
    fn wants_persons(&mut self, time: Timestamp) -> anyhow::Result<bool> {
        if !self
            .persons
            .as_mut()
            .is_some_and(|persons| persons.is_due(time))
        {
            return Ok(false);
        }
        let face = match (&mut self.vision, self.seen) {
            (Some(pass), _) => pass.last_look()?,
            (None, Some(seen)) => seen.last_look(time),
            (None, None) => 0.0,
        };
        Ok(face < SURE_FACE)
    }

    /// Waits for the models and returns all answers; `kept` are the shot scores of an earlier pass.
    fn finish(self, decoded: &Decoded, kept: Option<ShotScores>) -> anyhow::Result<VideoAnswers> {
        let shots = match self.shots {
            Some(scorer) => scorer.finish(decoded, self.cut)?,
            None => kept.context("no shot scores are kept")?,
        };
        let vision = self.vision.map(|pass| pass.finish(shots.end));
        Ok(VideoAnswers {
            vision: vision.transpose()?,
            persons: self.persons.map(PersonPass::finish).transpose()?,
            texts: self.texts.map(PictureTextPass::finish).transpose()?,
            shots,
        })
    }
}

/// Decodes on a thread beside, up to the end of what is wanted, and shows every frame to `take` until it fails.
fn decode_all(
    ctx: &JobContext<'_>,
    plan: DecodePlan,
    take: impl FnMut(Frame) -> anyhow::Result<()>,
) -> anyhow::Result<Watched<Decoded>> {
    let (path, media) = (ctx.input().to_owned(), ctx.media().clone());
    let (limits, faults) = (ctx.plan.limits.clone(), Arc::clone(&ctx.services.faults));
    let stretch = ctx.plan.stretch;
    let work = move |hand: &mut dyn FnMut(Frame) -> ControlFlow<()>| {
        let mut visit = |frame: Frame| {
            if faults.comes(FaultKind::StalledDecode) {
                hang();
            }
            // Here and not where it is taken: the frames that are decoded ahead must not count.
            let is_past = is_past(&frame, stretch);
            hand(frame)?;
            if is_past {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        decode(&path, &media, &plan, &limits, &mut visit)
    };
    let watchdog = ctx.services.watchdog;
    let watched = watchdog.watch("decode", || ctx.stop.check(), work, take)?;
    watched.answered()
}

/// Tells whether a frame is the first that does not count any more.
fn is_past(frame: &Frame, stretch: Option<TimeRange>) -> bool {
    frame.index > 0 && stretch.is_some_and(|stretch| frame.time >= stretch.end())
}
