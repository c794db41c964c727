//! What the chips of a filter cost: how many rows other plans would show in the same window.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::time::Timestamp;
use crate::insight::shown::Shown;
use crate::insight::spared::{self, Firsts};
use crate::query::eval::eval;
use crate::query::plan::Plan;
use crate::store::bits::Bits;
use crate::store::segment::RowId;

/// What other plans say of the parts, kept as long as they are wanted.
#[derive(Debug, Default)]
pub(crate) struct Without {
    plans: Vec<Asked>,
}

/// The answers of one plan.
#[derive(Debug)]
struct Asked {
    plan: Arc<Plan>,
    said: BTreeMap<RowId, Said>,
}

/// The answer for one part.
#[derive(Debug)]
struct Said {
    shown: Shown,
    at: Timestamp,
    rows: Bits,
}

impl Said {
    fn holds(&self, plan: &Plan, shown: &Shown, now: Timestamp) -> bool {
        let same_side = self.shown.part.side.version() == shown.part.side.version();
        self.shown.has_same_cells(shown)
            && (same_side || !plan.reads_side())
            && (self.at == now || !plan.reads_now())
    }
}

impl Without {
    /// Forgets every plan but these.
    pub(crate) fn retain(&mut self, plans: &[Arc<Plan>]) {
        self.plans.retain(|asked| plans.iter().any(|plan| Arc::ptr_eq(plan, &asked.plan)));
    }

    /// How many rows each plan would show; `None` where `stop` said so before all is known. What was
    /// found out until then is kept.
    pub(crate) fn follow(
        &mut self,
        plans: &[Arc<Plan>],
        shown: &[Shown],
        now: Timestamp,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<usize>> {
        let mut counts = Vec::with_capacity(plans.len());
        for plan in plans {
            counts.push(self.asked(plan).follow(shown, now, stop)?);
        }
        Some(counts)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let said = self.plans.iter().flat_map(|asked| asked.said.values());
        said.map(|said| said.rows.bytes() + size_of::<Said>()).sum()
    }

    fn asked(&mut self, plan: &Arc<Plan>) -> &mut Asked {
        let known = self.plans.iter().position(|asked| Arc::ptr_eq(&asked.plan, plan));
        let at = known.unwrap_or_else(|| {
            self.plans.push(Asked { plan: Arc::clone(plan), said: BTreeMap::new() });
            self.plans.len() - 1
        });
        &mut self.plans[at]
    }
}

impl Asked {
    fn follow(
        &mut self,
        shown: &[Shown],
        now: Timestamp,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<usize> {
        if let Some(first) = shown.first() {
            self.said = self.said.split_off(&first.base());
        }
        let mut count = 0;
        let mut spared = Firsts::new();
        for one in shown {
            let known = self.said.get(&one.base()).filter(|said| said.holds(&self.plan, one, now));
            if known.is_none() {
                if stop() {
                    return None;
                }
                let rows = eval(&self.plan, &one.part, now);
                // Parts that compaction has joined leave nothing behind.
                let end = RowId(one.base().0 + one.part.segment.len() as u64);
                let joined: Vec<RowId> = self.said.range(one.base()..end).map(|it| *it.0).collect();
                for base in joined {
                    self.said.remove(&base);
                }
                self.said.insert(one.base(), Said { shown: one.clone(), at: now, rows });
            }
            let Some(said) = self.said.get(&one.base()) else { continue };
            let mut rows = said.rows.clone();
            if let Some(within) = &one.within {
                rows.and(within);
            }
            if let Some(noise) = &one.noise {
                let mut failed = (*noise.failed).clone();
                failed.and(&rows);
                spared::note(&mut spared, &one.part, &failed);
                rows.minus(&noise.rows);
            }
            count += rows.count();
        }
        // One row of each is shown.
        Some(count + spared.len())
    }
}
