//! The order in which records are written: what is referred to comes before what refers to it, and records
//! that refer to one another in a circle stand together.

use super::spool::{RecordSpool, ReferenceIndex};
use crate::domain::kind::Kind;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::ops::Range;

/// The most records of a batch, unless a circle is larger.
const MAX_BATCH_RECORDS: usize = 250;

/// What decides between records that do not depend on each other: kinds are listed so that what a rule looks
/// at comes before what it judges, and a file has its own order.
type RecordRank = (Option<Kind>, u32);

/// Records to be written together: one, or a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordGroup {
    pub(super) records: Vec<u32>,
    /// Whether they refer to one another, or one to itself: then their rows are needed before their
    /// references.
    pub(super) is_cyclic: bool,
}

/// The order, and what it was made from.
pub(super) struct WriteOrder {
    kinds: Vec<Option<Kind>>,
    /// What each record depends on: `targets` between two of the `starts`.
    starts: Vec<usize>,
    targets: Vec<u32>,
    /// Records that bear a name which an earlier one bears.
    duplicates: HashSet<u32>,
    groups: Vec<RecordGroup>,
    batches: Vec<Range<usize>>,
}

impl WriteOrder {
    pub(super) fn new(spool: &RecordSpool, index: ReferenceIndex) -> Self {
        let again = index.duplicates.iter().map(|(later, _)| *later).collect();
        let mut edges: Vec<(u32, u32)> = index.edges().chain(index.duplicates.iter().copied()).collect();
        drop(index);
        edges.sort_unstable();
        edges.dedup();
        let sound = spool.entries.iter().enumerate().filter(|(_, entry)| entry.is_readable);
        let sound: Vec<u32> = sound.filter_map(|(index, _)| u32::try_from(index).ok()).collect();
        Self::from_edges(spool.entries.iter().map(|entry| entry.kind).collect(), &edges, again, &sound)
    }

    fn from_edges(
        kinds: Vec<Option<Kind>>,
        edges: &[(u32, u32)],
        again: HashSet<u32>,
        sound: &[u32],
    ) -> Self {
        let mut starts = Vec::with_capacity(kinds.len() + 1);
        let mut rest = edges;
        for record in 0..=kinds.len() {
            starts.push(edges.len() - rest.len());
            let own = rest.iter().take_while(|(from, _)| *from as usize == record).count();
            rest = rest.get(own..).unwrap_or_default();
        }
        let targets = edges.iter().map(|(_, to)| *to).collect();
        let mut plan = Self { kinds, starts, targets, duplicates: again, groups: vec![], batches: vec![] };
        plan.groups = plan.order_groups(sound);
        let (mut start, mut size) = (0, 0);
        for (index, component) in plan.groups.iter().enumerate() {
            if size > 0 && size + component.records.len() > MAX_BATCH_RECORDS {
                plan.batches.push(start..index);
                (start, size) = (index, 0);
            }
            size += component.records.len();
        }
        plan.batches.push(start..plan.groups.len());
        plan
    }

    /// The batches, in order.
    pub(super) fn batches(&self) -> impl Iterator<Item = Range<usize>> {
        self.batches.iter().filter(|batch| !batch.is_empty()).cloned()
    }

    /// The components of a batch, in order.
    pub(super) fn groups(&self, batch: Range<usize>) -> &[RecordGroup] {
        self.groups.get(batch).unwrap_or_default()
    }

    /// Every record that is to be written.
    pub(super) fn records(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().flat_map(|component| component.records.iter().copied())
    }

    /// Whether a record bears a name which an earlier one bears.
    pub(super) fn is_duplicate(&self, record: u32) -> bool {
        self.duplicates.contains(&record)
    }

    fn targets_of(&self, record: u32) -> &[u32] {
        let bounds = (self.starts.get(record as usize), self.starts.get(record as usize + 1));
        let (Some(start), Some(end)) = bounds else { return &[] };
        self.targets.get(*start..*end).unwrap_or_default()
    }

    fn rank_of(&self, record: u32) -> RecordRank {
        (self.kinds.get(record as usize).copied().flatten(), record)
    }

    /// The components of these records, in an order in which they can be written.
    pub(super) fn order_groups(&self, records: &[u32]) -> Vec<RecordGroup> {
        let mut components = self.group_cycles(records);
        let mut home = HashMap::with_capacity(records.len());
        for (index, component) in components.iter().enumerate() {
            home.extend(component.records.iter().map(|record| (*record, index)));
        }
        // Whoever waits for a component, and for how many each waits.
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); components.len()];
        let mut open = vec![0_usize; components.len()];
        for (index, component) in components.iter().enumerate() {
            let mut needed: Vec<usize> = (component.records.iter())
                .flat_map(|record| self.targets_of(*record))
                .filter_map(|target| home.get(target).copied())
                .filter(|needed| *needed != index)
                .collect();
            needed.sort_unstable();
            needed.dedup();
            if let Some(open) = open.get_mut(index) {
                *open = needed.len();
            }
            for needed in needed {
                waiting.get_mut(needed).into_iter().for_each(|waiting| waiting.push(index));
            }
        }
        let rank = |index: usize| {
            let first = components.get(index).and_then(|component| component.records.first());
            Reverse((first.map(|first| self.rank_of(*first)), index))
        };
        let mut ready: BinaryHeap<_> =
            open.iter().enumerate().filter(|(_, open)| **open == 0).map(|(index, _)| rank(index)).collect();
        let mut order = Vec::with_capacity(components.len());
        while let Some(Reverse((_, index))) = ready.pop() {
            order.push(index);
            for waiting in waiting.get(index).into_iter().flatten() {
                let Some(open) = open.get_mut(*waiting) else { continue };
                *open -= 1;
                if *open == 0 {
                    ready.push(rank(*waiting));
                }
            }
        }
        let none = || RecordGroup { records: vec![], is_cyclic: false };
        order
            .into_iter()
            .filter_map(|index| components.get_mut(index).map(|place| std::mem::replace(place, none())))
            .collect()
    }

    /// Records that refer to one another, however indirectly, together; each of the others alone.
    fn group_cycles(&self, records: &[u32]) -> Vec<RecordGroup> {
        let mut graph: DiGraph<u32, ()> = DiGraph::with_capacity(records.len(), 0);
        let nodes: HashMap<u32, NodeIndex> =
            records.iter().map(|record| (*record, graph.add_node(*record))).collect();
        for (record, from) in &nodes {
            for to in self.targets_of(*record).iter().filter_map(|target| nodes.get(target)) {
                graph.add_edge(*from, *to, ());
            }
        }
        let component = |members: Vec<NodeIndex>| {
            let mut records: Vec<u32> =
                members.into_iter().filter_map(|node| graph.node_weight(node).copied()).collect();
            records.sort_unstable_by_key(|record| self.rank_of(*record));
            let to_itself = |record: &u32| self.targets_of(*record).contains(record);
            RecordGroup { is_cyclic: records.len() > 1 || records.iter().any(to_itself), records }
        };
        kosaraju_scc(&graph).into_iter().map(component).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(kinds: &[Kind], edges: &[(u32, u32)]) -> WriteOrder {
        let mut edges = edges.to_vec();
        edges.sort_unstable();
        edges.dedup();
        let all: Vec<u32> = (0..u32::try_from(kinds.len()).unwrap()).collect();
        WriteOrder::from_edges(kinds.iter().copied().map(Some).collect(), &edges, HashSet::new(), &all)
    }

    #[test]
    fn kinds_then_places_decide_where_nothing_depends() {
        use Kind::{Authority, Partnership, Source};
        let order: Vec<u32> = plan(&[Partnership, Source, Authority, Source], &[(1, 2)]).records().collect();
        assert_eq!(order, [3, 2, 1, 0]);
    }

    #[test]
    fn a_chain_of_any_length_is_no_recursion() {
        let edges: Vec<(u32, u32)> = (0..100_000).map(|n| (n, n + 1)).collect();
        let plan = plan(&vec![Kind::Authority; 100_001], &edges);
        assert!(plan.records().eq((0..100_001).rev()));
        let circle = WriteOrder::from_edges(
            vec![Some(Kind::Authority); 100_001],
            &edges.iter().copied().chain([(100_000, 0)]).collect::<Vec<_>>(),
            HashSet::new(),
            &(0..100_001).collect::<Vec<_>>(),
        );
        assert_eq!(circle.batches().map(|batch| circle.groups(batch).len()).collect::<Vec<_>>(), [1]);
    }

    proptest! {
        #[test]
        fn what_is_referred_to_comes_first_or_stands_together(
            edges in prop::collection::vec((0u32..40, 0u32..40), 0..60),
        ) {
            let plan = plan(&[Kind::Source; 40], &edges);
            let mut place = HashMap::new();
            for batch in plan.batches() {
                for (number, component) in plan.groups(batch.clone()).iter().enumerate() {
                    let alone = component.records.len() == 1;
                    let itself = edges.iter().any(|(from, to)| from == to && component.records.contains(from));
                    prop_assert_eq!(component.is_cyclic, !alone || itself);
                    place.extend(component.records.iter().map(|record| (*record, batch.start + number)));
                }
            }
            prop_assert_eq!(place.len(), 40);
            prop_assert!(edges.iter().all(|(from, to)| place[to] <= place[from]));
        }
    }
}
