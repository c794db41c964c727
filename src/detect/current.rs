//! The rules that hold now, for everybody who judges: whoever has them finds those that came since.

use std::sync::{Arc, OnceLock};

use crate::detect::rule::Rules;

/// One link of a chain: rules, and those that took their place. Nobody waits for anybody: readers go
/// on along the chain between two batches.
#[derive(Debug, Default)]
struct Link {
    number: u64,
    rules: Arc<Rules>,
    next: OnceLock<Arc<Link>>,
}

/// The rules that held when their holder last looked.
#[derive(Debug, Clone, Default)]
pub struct Current(Arc<Link>);

impl Current {
    /// The first rules of a run.
    pub fn new(rules: Arc<Rules>) -> Self {
        Self(Arc::new(Link { rules, ..Link::default() }))
    }

    /// The rules.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.0.rules
    }

    /// Counts up with every new set.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// Goes on to the newest rules; gives whether these are others.
    pub fn renew(&mut self) -> bool {
        let before = self.number();
        while let Some(next) = self.0.next.get() {
            self.0 = Arc::clone(next);
        }
        self.number() > before
    }

    /// Puts other rules in the place of the newest, for everybody.
    pub fn replace(&mut self, rules: &Arc<Rules>) {
        loop {
            self.renew();
            let number = self.number() + 1;
            let next = Link { number, rules: Arc::clone(rules), next: OnceLock::new() };
            // Somebody else may have been quicker: then these come after theirs.
            if self.0.next.set(Arc::new(next)).is_ok() {
                self.renew();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_finds_the_newest_rules() {
        let first = Arc::new(Rules::default());
        let mut loader = Current::new(Arc::clone(&first));
        let (mut early, mut late) = (loader.clone(), loader.clone());
        let second = Arc::new(Rules::default());
        loader.replace(&second);
        assert!(early.renew() && !early.renew());
        assert!(Arc::ptr_eq(early.rules(), &second) && Arc::ptr_eq(late.rules(), &first));
        let third = Arc::new(Rules::default());
        // From whatever place in the chain.
        late.replace(&third);
        assert!(loader.renew() && early.renew());
        assert!([&loader, &early, &late].iter().all(|it| Arc::ptr_eq(it.rules(), &third)));
        assert_eq!(late.number(), 2);
    }
}
