//! The instances of one block that change together: in batches, and what becomes of them if one fails.

use std::collections::BTreeMap;

use super::order::{Builder, Work};
use super::walk::Decided;
use super::{Action, Cause};
use crate::address::{Address, BlockAddress, ModulePath};
use crate::engine::{Op, Target};
use crate::kinds::Spec;
use crate::value::{Entries, Value};

const MILLISECOND: i64 = 1_000_000;

/// What `update` says of one instance that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rolling {
    /// How many instances change at a time; at least 1.
    pub(crate) max_parallel: usize,
    /// The time between two batches, in milliseconds.
    pub(crate) pause: u64,
    /// Whether those that were replaced are put back if one fails.
    pub(crate) rollback: bool,
}

/// Returns the `update` block of a spec.
fn block(spec: &Spec) -> Option<&Entries> {
    spec.get("update").and_then(Value::as_entries)
}

/// Tells whether what is replaced is put back if anything fails that is replaced with it.
pub(super) fn rolls_back(spec: &Spec) -> bool {
    let on_failure = block(spec).and_then(|update| update.get("on_failure")?.as_str());
    on_failure == Some("rollback")
}

/// Returns how an instance goes on with the others of its block, if it changes.
pub(super) fn of(decided: &Decided<'_>) -> Option<Rolling> {
    let change = &decided.change;
    let changes = matches!(
        change.action,
        Action::Update | Action::Replace | Action::ReplaceStartFirst
    );
    if !changes || change.cause == Cause::Leftover {
        return None;
    }
    let update = block(&decided.spec)?;
    let whole = |name: &str| update.get(name).and_then(Value::as_i64);
    Some(Rolling {
        max_parallel: whole("max_parallel")
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(1)
            .max(1),
        pause: whole("pause")
            .and_then(|pause| u64::try_from(pause / MILLISECOND).ok())
            .unwrap_or_default(),
        rollback: rolls_back(&decided.spec),
    })
}

/// Each batch begins when the one before is done, and the pause is over.
pub(super) fn batches(builder: &mut Builder<'_>, groups: &[Group]) {
    for group in groups {
        for pair in group.batches.windows(2) {
            let mut before: Vec<_> = pair[0]
                .iter()
                .filter_map(|at| {
                    let chain = &builder.chains[*at];
                    match group.rolling.rollback {
                        // What is kept until all are ready goes after the last batch.
                        true => chain.readies().or(chain.all().last()),
                        false => chain.all().last(),
                    }
                })
                .collect();
            let firsts = pair[1]
                .iter()
                .filter_map(|at| builder.chains[*at].all().next())
                .collect::<Vec<_>>();
            let between = match group.rolling.pause {
                0 if before.len() > 1 && firsts.len() > 1 => Some(Op::Gather),
                0 => None,
                length => Some(Op::Pause { length }),
            };
            if let Some(op) = between
                && let Some(next) = pair[1].first()
            {
                let address = builder.works[*next].address.clone();
                let between = builder.lone(address, Target::New, op);
                for done in before.drain(..) {
                    builder.edge(done, between);
                }
                before.push(between);
            }
            for first in firsts {
                for done in &before {
                    // A network that all of them must leave at once lets none wait for another.
                    builder.prefer(*done, first);
                }
            }
        }
    }
}

/// Says of each instance when its turn is, and what happens if it fails.
pub(super) fn notes(works: &[Work]) -> BTreeMap<Address, String> {
    let mut notes = BTreeMap::new();
    for group in groups(works) {
        let all = group.batches.len();
        let members = group.batches.iter().flatten();
        let every = members.map(|at| &works[*at]).filter(|work| is_replaced(work));
        let all_kept = every.clone().all(|work| !work.ops.undo.is_empty());
        for (number, batch) in group.batches.iter().enumerate() {
            for work in batch.iter().map(|at| &works[*at]) {
                let note = group.note(number + 1, all, group.outlook(work, all_kept));
                notes.insert(work.address.clone(), note);
            }
        }
    }
    notes
}

fn is_replaced(work: &Work) -> bool {
    matches!(work.action, Action::Replace | Action::ReplaceStartFirst)
}

/// The instances of one block that change, in batches.
pub(super) struct Group {
    rolling: Rolling,
    batches: Vec<Vec<usize>>,
}

impl Group {
    /// Returns those that are put back if any of them fails.
    pub(super) fn put_back_together<'g>(&'g self, works: &'g [Work]) -> impl Iterator<Item = usize> + 'g {
        let members = self.batches.iter().flatten().copied();
        members.filter(|at| works[*at].rolling.is_some_and(|rolling| rolling.rollback))
    }

    /// Says what becomes of an instance if one of the group fails.
    fn outlook(&self, work: &Work, all_kept: bool) -> &'static str {
        match self.rolling.rollback {
            false => "if one fails, the batches after it are left as they are",
            true if all_kept => "if one fails, all that were replaced are put back",
            true if !is_replaced(work) => "if one fails, those that were kept are put back",
            true if work.ops.undo.is_empty() => "if one fails, it is not put back",
            true => "if one fails, it is put back, and not all of the others are",
        }
    }

    fn note(&self, number: usize, all: usize, outlook: &str) -> String {
        let pause = match self.rolling.pause {
            _ if all == 1 => String::new(),
            0 => String::new(),
            pause => format!(", {} s apart", pause as f64 / 1000.0),
        };
        format!("batch {number} of {all}{pause}; {outlook}")
    }
}

fn block_of(work: &Work) -> (&ModulePath, &BlockAddress) {
    (&work.address.module, &work.address.block)
}

/// Files the works by block, sorted by address. Where instances say different things, the most careful counts.
pub(super) fn groups(works: &[Work]) -> Vec<Group> {
    let mut by_block: BTreeMap<(&ModulePath, &BlockAddress), Vec<usize>> = BTreeMap::new();
    for (at, work) in works
        .iter()
        .enumerate()
        .filter(|(_, work)| work.rolling.is_some())
    {
        by_block.entry(block_of(work)).or_default().push(at);
    }
    let groups = by_block.into_values().filter_map(|mut members| {
        members.sort_by_key(|at| &works[*at].address);
        let all: Vec<Rolling> = members.iter().filter_map(|at| works[*at].rolling).collect();
        let rolling = Rolling {
            max_parallel: all.iter().map(|it| it.max_parallel).min()?,
            pause: all.iter().map(|it| it.pause).max()?,
            rollback: all.iter().any(|it| it.rollback),
        };
        let batches = members.chunks(rolling.max_parallel).map(<[usize]>::to_vec);
        Some(Group {
            rolling,
            batches: batches.collect(),
        })
    });
    groups.collect()
}
