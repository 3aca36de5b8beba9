//! Moving crop: the cheapest path, by dynamic programming over position and speed.

use super::axis::Axis;
use super::price::AxisPrices;

/// What setting out costs, in seconds of the subject out of sight; so does turning back.
const START: f32 = 0.4;
/// What moving costs for each crop.
const WAY: f32 = 0.25;
/// What a change of speed costs for each crop a second, and for its square.
const CHANGE: (f32, f32) = (0.15, 0.3);

/// Returns the place at each sample.
///
/// With `p` the place and `v` the last step, `best(k, p, v) = price(k, p) + min over u near v of best(k - 1, p - v, u) +
/// moving from u to v`. The speed at the first sample is free: a cut may fall into a movement.
pub(super) fn walk(axis: &Axis, prices: &AxisPrices) -> Vec<usize> {
    let mut table = WalkTable::new(axis);
    let mut row = vec![0.0; axis.places];
    prices.write(0, &mut row);
    table.begin(&row);
    for k in 1..prices.len() {
        prices.write(k, &mut row);
        table.advance(&row);
    }
    table.back()
}

/// The best price of being at each place with each speed, and how it was come by.
struct WalkTable {
    places: usize,
    /// Steps a sample go from minus this to this.
    fastest: isize,
    hardest: isize,
    step: f32,
    /// One row of places for each speed.
    best: Vec<f32>,
    next: Vec<f32>,
    /// The number of the speed before, for each sample, speed and place: 2 kB a sample for a wide picture made upright.
    from: Vec<u8>,
}

impl WalkTable {
    fn new(axis: &Axis) -> Self {
        let fastest = axis.fastest().min(100) as isize;
        let states = (2 * fastest as usize + 1) * axis.places;
        Self {
            places: axis.places,
            fastest,
            hardest: axis.hardest() as isize,
            step: axis.step() as f32,
            best: vec![f32::INFINITY; states],
            next: vec![f32::INFINITY; states],
            from: Vec::new(),
        }
    }

    fn begin(&mut self, prices: &[f32]) {
        for v in -self.fastest..=self.fastest {
            let start = if v == 0 { 0.0 } else { START };
            let row = self.row(v);
            let slots = self.best[row].iter_mut().zip(prices);
            slots.for_each(|(best, price)| *best = price + start);
        }
    }

    fn advance(&mut self, prices: &[f32]) {
        self.next.fill(f32::INFINITY);
        let done = self.from.len();
        self.from.resize(done + self.next.len(), 0);
        for v in -self.fastest..=self.fastest {
            let (low, high) = (
                (v - self.hardest).max(-self.fastest),
                (v + self.hardest).min(self.fastest),
            );
            for u in low..=high {
                self.relax(done, u, v);
            }
        }
        for row in self.next.chunks_mut(self.places) {
            row.iter_mut().zip(prices).for_each(|(best, p)| *best += p);
        }
        // Only differences matter; small numbers keep their digits through hours.
        let least = self.next.iter().copied().fold(f32::INFINITY, f32::min);
        self.next.iter_mut().for_each(|best| *best -= least);
        std::mem::swap(&mut self.best, &mut self.next);
    }

    /// Goes on from speed `u` with speed `v`, from every place from which that stays in the room.
    fn relax(&mut self, done: usize, u: isize, v: isize) {
        let price = self.moving(u, v);
        let number = (u + self.fastest) as u8;
        let (skip_old, skip_new) = ((-v).max(0) as usize, v.max(0) as usize);
        let Some(count) = self.places.checked_sub(v.unsigned_abs()) else {
            return;
        };
        let (old, new) = (self.row(u).start + skip_old, self.row(v).start + skip_new);
        let before = &self.best[old..old + count];
        let next = &mut self.next[new..new + count];
        let from = &mut self.from[done + new..done + new + count];
        for ((next, from), before) in next.iter_mut().zip(from).zip(before) {
            let price = before + price;
            if price < *next {
                (*next, *from) = (price, number);
            }
        }
    }

    fn moving(&self, u: isize, v: isize) -> f32 {
        let start = if v != 0 && v.signum() != u.signum() {
            START
        } else {
            0.0
        };
        let second = super::path::RATE as f32;
        let change = (v - u).unsigned_abs() as f32 * self.step * second;
        start
            + WAY * v.unsigned_abs() as f32 * self.step
            + CHANGE.0 * change
            + CHANGE.1 * change * change
    }

    fn row(&self, v: isize) -> std::ops::Range<usize> {
        let start = (v + self.fastest) as usize * self.places;
        start..start + self.places
    }

    /// Returns the places of the cheapest way, found from its end.
    fn back(&self) -> Vec<usize> {
        let states = self.best.len();
        let cheapest = (0..states).min_by(|&a, &b| self.best[a].total_cmp(&self.best[b]));
        let mut slot = cheapest.unwrap_or(0);
        let mut way = vec![slot % self.places];
        for from in self.from.chunks(states).rev() {
            let v = (slot / self.places) as isize - self.fastest;
            let place = (slot % self.places) as isize - v;
            slot = usize::from(from[slot]) * self.places + place as usize;
            way.push(place as usize);
        }
        way.reverse();
        way
    }
}
