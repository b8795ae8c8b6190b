//! Orders records so that references point backwards; reference cycles are written together.
//!
//! Strongly connected components of the reference graph are the groups; a topological sort orders them.

use super::spool::{RecordSpool, ReferenceIndex};
use crate::domain::kind::Kind;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::ops::Range;

/// The most records of a batch, unless one cycle is larger.
const MAX_BATCH_RECORDS: usize = 250;

/// The order of records that do not depend on each other: by kind, then by place in the file. `Kind` is
/// declared so that records which a rule looks up come before the records it checks.
type RecordRank = (Option<Kind>, u32);

/// Records that are written together: a single one, or a reference cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordGroup {
    pub(super) records: Vec<u32>,
    /// Whether the records refer to one another, or one to itself: then rows are reserved before references
    /// are written.
    pub(super) is_cyclic: bool,
}

/// The groups and batches in writing order, with the reference graph, from which groups can be ordered again.
pub(super) struct WriteOrder {
    kinds: Vec<Option<Kind>>,
    /// The records that record `n` refers to are `targets[starts[n]..starts[n + 1]]`.
    starts: Vec<usize>,
    targets: Vec<u32>,
    /// Records that bear a name of an earlier record.
    duplicates: HashSet<u32>,
    groups: Vec<RecordGroup>,
    batches: Vec<Range<usize>>,
}

impl WriteOrder {
    /// Orders the readable records of a spool. A record also depends on an earlier one that bears the same
    /// name.
    pub(super) fn new(spool: &RecordSpool, index: ReferenceIndex) -> Self {
        let duplicates = index.duplicates.iter().map(|(later, _)| *later).collect();
        let mut edges: Vec<(u32, u32)> = index.edges().chain(index.duplicates.iter().copied()).collect();
        drop(index);
        edges.sort_unstable();
        edges.dedup();
        let readable = spool.entries.iter().enumerate().filter(|(_, entry)| entry.is_readable);
        let readable: Vec<u32> = readable.filter_map(|(index, _)| u32::try_from(index).ok()).collect();
        Self::from_edges(
            spool.entries.iter().map(|entry| entry.kind).collect(),
            &edges,
            duplicates,
            &readable,
        )
    }

    fn from_edges(
        kinds: Vec<Option<Kind>>,
        edges: &[(u32, u32)],
        duplicates: HashSet<u32>,
        readable: &[u32],
    ) -> Self {
        let mut starts = Vec::with_capacity(kinds.len() + 1);
        let mut rest = edges;
        for record in 0..=kinds.len() {
            starts.push(edges.len() - rest.len());
            let count = rest.iter().take_while(|(from, _)| *from as usize == record).count();
            rest = rest.get(count..).unwrap_or_default();
        }
        let targets = edges.iter().map(|(_, to)| *to).collect();
        let mut order = Self { kinds, starts, targets, duplicates, groups: vec![], batches: vec![] };
        order.groups = order.order_groups(readable);
        let (mut start, mut size) = (0, 0);
        for (index, group) in order.groups.iter().enumerate() {
            if size > 0 && size + group.records.len() > MAX_BATCH_RECORDS {
                order.batches.push(start..index);
                (start, size) = (index, 0);
            }
            size += group.records.len();
        }
        order.batches.push(start..order.groups.len());
        order
    }

    /// The batches in order, as ranges of groups.
    pub(super) fn batches(&self) -> impl Iterator<Item = Range<usize>> {
        self.batches.iter().filter(|batch| !batch.is_empty()).cloned()
    }

    /// The groups of a batch, in order.
    pub(super) fn groups(&self, batch: Range<usize>) -> &[RecordGroup] {
        self.groups.get(batch).unwrap_or_default()
    }

    /// Every record that is to be written, in order.
    pub(super) fn records(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().flat_map(|group| group.records.iter().copied())
    }

    /// Whether a record bears a name of an earlier record.
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

    /// Groups these records and sorts the groups topologically, by rank where nothing depends (Kahn's
    /// algorithm).
    pub(super) fn order_groups(&self, records: &[u32]) -> Vec<RecordGroup> {
        let mut groups = self.group_cycles(records);
        let mut group_of = HashMap::with_capacity(records.len());
        for (index, group) in groups.iter().enumerate() {
            group_of.extend(group.records.iter().map(|record| (*record, index)));
        }
        // For each group: the groups that depend on it, and the number of groups it still waits for.
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
        let mut open_counts = vec![0_usize; groups.len()];
        for (index, group) in groups.iter().enumerate() {
            let mut needed: Vec<usize> = (group.records.iter())
                .flat_map(|record| self.targets_of(*record))
                .filter_map(|target| group_of.get(target).copied())
                .filter(|needed| *needed != index)
                .collect();
            needed.sort_unstable();
            needed.dedup();
            if let Some(count) = open_counts.get_mut(index) {
                *count = needed.len();
            }
            for needed in needed {
                dependents.get_mut(needed).into_iter().for_each(|dependents| dependents.push(index));
            }
        }
        let rank = |index: usize| {
            let first = groups.get(index).and_then(|group| group.records.first());
            Reverse((first.map(|first| self.rank_of(*first)), index))
        };
        let mut ready: BinaryHeap<_> = open_counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count == 0)
            .map(|(index, _)| rank(index))
            .collect();
        let mut order = Vec::with_capacity(groups.len());
        while let Some(Reverse((_, index))) = ready.pop() {
            order.push(index);
            for dependent in dependents.get(index).into_iter().flatten() {
                let Some(count) = open_counts.get_mut(*dependent) else { continue };
                *count -= 1;
                if *count == 0 {
                    ready.push(rank(*dependent));
                }
            }
        }
        let empty = || RecordGroup { records: vec![], is_cyclic: false };
        order
            .into_iter()
            .filter_map(|index| groups.get_mut(index).map(|group| std::mem::replace(group, empty())))
            .collect()
    }

    /// Groups records that refer to one another, directly or not; every other record is a group of its own.
    fn group_cycles(&self, records: &[u32]) -> Vec<RecordGroup> {
        let mut graph: DiGraph<u32, ()> = DiGraph::with_capacity(records.len(), 0);
        let nodes: HashMap<u32, NodeIndex> =
            records.iter().map(|record| (*record, graph.add_node(*record))).collect();
        for (record, from) in &nodes {
            for to in self.targets_of(*record).iter().filter_map(|target| nodes.get(target)) {
                graph.add_edge(*from, *to, ());
            }
        }
        let to_group = |members: Vec<NodeIndex>| {
            let mut records: Vec<u32> =
                members.into_iter().filter_map(|node| graph.node_weight(node).copied()).collect();
            records.sort_unstable_by_key(|record| self.rank_of(*record));
            let refers_to_itself = |record: &u32| self.targets_of(*record).contains(record);
            RecordGroup { is_cyclic: records.len() > 1 || records.iter().any(refers_to_itself), records }
        };
        kosaraju_scc(&graph).into_iter().map(to_group).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order_of(kinds: &[Kind], edges: &[(u32, u32)]) -> WriteOrder {
        let mut edges = edges.to_vec();
        edges.sort_unstable();
        edges.dedup();
        let all: Vec<u32> = (0..u32::try_from(kinds.len()).unwrap()).collect();
        WriteOrder::from_edges(kinds.iter().copied().map(Some).collect(), &edges, HashSet::new(), &all)
    }

    #[test]
    fn kinds_then_places_decide_where_nothing_depends() {
        use Kind::{Authority, Partnership, Source};
        let order: Vec<u32> =
            order_of(&[Partnership, Source, Authority, Source], &[(1, 2)]).records().collect();
        assert_eq!(order, [3, 2, 1, 0]);
    }

    #[test]
    fn a_chain_of_any_length_is_no_recursion() {
        let edges: Vec<(u32, u32)> = (0..100_000).map(|n| (n, n + 1)).collect();
        let order = order_of(&vec![Kind::Authority; 100_001], &edges);
        assert!(order.records().eq((0..100_001).rev()));
        let cycle = WriteOrder::from_edges(
            vec![Some(Kind::Authority); 100_001],
            &edges.iter().copied().chain([(100_000, 0)]).collect::<Vec<_>>(),
            HashSet::new(),
            &(0..100_001).collect::<Vec<_>>(),
        );
        assert_eq!(cycle.batches().map(|batch| cycle.groups(batch).len()).collect::<Vec<_>>(), [1]);
    }

    proptest! {
        #[test]
        fn what_is_referred_to_comes_first_or_stands_together(
            edges in prop::collection::vec((0u32..40, 0u32..40), 0..60),
        ) {
            let order = order_of(&[Kind::Source; 40], &edges);
            let mut group_of = HashMap::new();
            for batch in order.batches() {
                for (number, group) in order.groups(batch.clone()).iter().enumerate() {
                    let is_single = group.records.len() == 1;
                    let refers_to_itself = edges.iter().any(|(from, to)| from == to && group.records.contains(from));
                    prop_assert_eq!(group.is_cyclic, !is_single || refers_to_itself);
                    group_of.extend(group.records.iter().map(|record| (*record, batch.start + number)));
                }
            }
            prop_assert_eq!(group_of.len(), 40);
            prop_assert!(edges.iter().all(|(from, to)| group_of[to] <= group_of[from]));
        }
    }
}
