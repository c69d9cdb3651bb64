//! What only one object can have at a time, and who waits for whom because of it.

use std::collections::BTreeMap;

use ipnet::IpNet;
use petgraph::graph::NodeIndex;

use super::order::Builder;
use super::{Role, Step};
use crate::engine::{ObjectKind, Op, Target};

/// Something that only one object can have at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// A name among the objects of a kind.
    Name(ObjectKind, String),
    /// A port of the host, with its protocol.
    Port(i64, String),
    /// A subnet of a network.
    Subnet(IpNet),
    /// An address on a network.
    Address(String, String),
}

impl Claim {
    /// Tells whether it is not the same as another one, and yet both cannot be had.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Subnet(one), Self::Subnet(other)) => {
                one != other && (one.contains(other) || other.contains(one))
            }
            _ => false,
        }
    }
}

impl Builder<'_> {
    /// What takes a name, a port or an address waits for what lets go of it.
    pub(super) fn claims(&mut self) {
        let works = self.works;
        let mut holders: BTreeMap<&Claim, Vec<usize>> = BTreeMap::new();
        for (at, work) in works.iter().enumerate() {
            for claim in &work.occupies {
                holders.entry(claim).or_default().push(at);
            }
        }
        let is_subnet = |claim: &Claim| matches!(claim, Claim::Subnet(_));
        let subnets: Vec<(&Claim, Vec<usize>)> = holders
            .iter()
            .filter(|(claim, _)| is_subnet(claim))
            .map(|(claim, at)| (*claim, at.clone()))
            .collect();
        for (taker, work) in works.iter().enumerate() {
            for claim in &work.claims {
                let Some(takes) = self.takes(taker, claim) else {
                    continue;
                };
                let same = holders.get(claim).into_iter();
                let overlapping = subnets.iter().filter(|(held, _)| claim.overlaps(held));
                for &holder in same.chain(overlapping.map(|(_, at)| at)).flatten() {
                    if taker != holder
                        && let Some(gives) = self.gives(holder, claim)
                    {
                        self.prefer(gives, takes);
                    }
                }
            }
        }
    }

    /// Returns the step with which an object takes what is claimed: ports and addresses are taken by what runs.
    fn takes(&self, at: usize, claim: &Claim) -> Option<NodeIndex> {
        let hands_over = !self.chains[at].over.is_empty();
        let takes = |step: &Step| match (&step.op, claim) {
            (Op::NetworkConnect { .. }, Claim::Port(..)) => step.role == Role::Urgent,
            (Op::ContainerStart, Claim::Port(..) | Claim::Address(..)) if hands_over => false,
            (
                Op::VolumeCreate
                | Op::NetworkCreate
                | Op::ContainerCreate { .. }
                | Op::ContainerRename { .. },
                Claim::Name(..),
            )
            | (Op::NetworkCreate, Claim::Subnet(_))
            | (Op::ContainerStart, Claim::Port(..) | Claim::Address(..)) => true,
            (Op::NetworkConnect { network }, Claim::Address(name, _)) => network == name,
            _ => false,
        };
        let graph = &self.schedule.graph;
        self.chains[at].all().find(|node| takes(&graph[*node]))
    }

    /// Returns the step with which the object that is there lets go of what is claimed.
    fn gives(&self, at: usize, claim: &Claim) -> Option<NodeIndex> {
        let gives = |step: &Step| match (&step.op, claim) {
            (
                Op::VolumeRemove | Op::NetworkRemove | Op::ContainerRemove | Op::ContainerRename { .. },
                Claim::Name(..),
            )
            | (Op::NetworkRemove, Claim::Subnet(_))
            | (Op::ContainerStop | Op::ContainerRemove, Claim::Port(..) | Claim::Address(..)) => true,
            (Op::NetworkDisconnect { network, .. }, Claim::Address(name, _)) => network == name,
            (Op::NetworkDisconnect { .. }, Claim::Port(..)) => step.role == Role::Urgent,
            _ => false,
        };
        let graph = &self.schedule.graph;
        self.chains[at].all().find(|node| {
            let step = &graph[*node];
            matches!(step.target, Target::Existing(_)) && gives(step)
        })
    }
}
