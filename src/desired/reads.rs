//! Which instances of other blocks an instance has read: it depends on these, not on all that its block could refer to.
//!
//! A reference such as `volume.data[count.index]` names its instance only while it is evaluated. What was read is noted by the
//! place of the reference, so that one that was not evaluated is known to have been left out.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

use super::reading::Place;
use super::site::Spot;
use crate::address::Key;

/// What references have been read, by their places.
#[derive(Debug, Default)]
pub(super) struct Reads {
    places: RefCell<HashMap<Place, Read>>,
    /// Blocks whose value was asked for and was not there.
    missing: RefCell<BTreeSet<Spot>>,
    /// Whether something was left out because a value is unknown: it may read more once that is known.
    incomplete: Cell<bool>,
}

/// What was read at a place.
#[derive(Clone, Debug)]
pub(super) enum Read {
    /// These instances.
    Keys(BTreeSet<Key>),
    /// The block as a whole.
    Whole,
}

impl Reads {
    /// Forgets everything.
    pub(super) fn begin(&self) {
        self.places.borrow_mut().clear();
        self.missing.borrow_mut().clear();
        self.incomplete.set(false);
    }

    /// Notes that one instance was read.
    pub(super) fn key(&self, place: Place, key: Key) {
        let mut places = self.places.borrow_mut();
        let read = places.entry(place).or_insert_with(|| Read::Keys(BTreeSet::new()));
        if let Read::Keys(keys) = read {
            keys.insert(key);
        }
    }

    /// Notes that a block was read as a whole.
    pub(super) fn whole(&self, place: Place) {
        self.places.borrow_mut().insert(place, Read::Whole);
    }

    /// Notes that the value of a block is missing.
    pub(super) fn miss(&self, spot: Spot) {
        self.missing.borrow_mut().insert(spot);
    }

    /// Notes that something was left out.
    pub(super) fn skip(&self) {
        self.incomplete.set(true);
    }

    /// Returns the blocks whose values were missing.
    pub(super) fn missing(&self) -> Vec<Spot> {
        self.missing.borrow().iter().copied().collect()
    }

    /// Returns the instances that were read at a place; `None` if it may be any of them.
    pub(super) fn keys(&self, place: Place) -> Option<BTreeSet<Key>> {
        if self.incomplete.get() {
            return None;
        }
        match self.places.borrow().get(&place)? {
            Read::Keys(keys) => Some(keys.clone()),
            Read::Whole => None,
        }
    }
}
