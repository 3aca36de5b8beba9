//! Replies of a server: the answers of a batch to those who asked, and its cost to the report.

use super::client::Request;
use super::model::{Model, ModelPlace};
use crate::pipeline::events::{Cost, Events};
use crate::report::Event;

/// Reports a batch, and to each job its share of it; the first job waited for all.
pub(super) fn report<M: Model>(
    events: &Events,
    place: &ModelPlace,
    requests: &[Request<M>],
    answers: &[M::Output],
    cost: Cost,
) {
    let took = (cost.ended - cost.begun).saturating_sub(cost.waits.total());
    events.send(Event::BatchDone {
        model: M::NAME.into(),
        device: place.device.to_string(),
        size: requests.len(),
        rate: requests.len() as f64 / took.as_secs_f64().max(1e-9),
    });
    for (number, (request, answer)) in requests.iter().zip(answers).enumerate() {
        let part = cost.part(number, requests.len());
        let bytes = M::bytes(&request.input) as u64;
        let job = events.of_job(&request.job);
        job.worked(M::STAGE, M::items(answer), bytes, part);
    }
}

/// Sends each asker its answer.
pub(super) fn reply<M: Model>(requests: &[Request<M>], answers: Result<Vec<M::Output>, M::Error>) {
    // A job that has failed meanwhile no longer listens; that is no fault here.
    match answers {
        Ok(answers) => {
            for (request, answer) in requests.iter().zip(answers) {
                let _ = request.reply.send(Ok(answer));
            }
        }
        Err(failure) => {
            for request in requests {
                let _ = request.reply.send(Err(failure.clone()));
            }
        }
    }
}
