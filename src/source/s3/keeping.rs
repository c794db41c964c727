//! Reads and writes the file of the checkpoint off the async workers, while a bucket is read.

use crate::event::time::Timestamp;
use crate::source::s3::checkpoint::Checkpoint;
use crate::source::s3::kept::Kept;
use crate::source::s3::plan::Plan;

/// The file of a run, if it has one.
#[derive(Debug, Default)]
pub struct Keeping {
    /// Away while it is read or written.
    kept: Option<Kept>,
    /// What is wrong with it.
    pub trouble: Option<String>,
}

impl Keeping {
    /// A run that keeps its checkpoint in this file.
    pub fn of(kept: Kept) -> Self {
        Self { kept: Some(kept), trouble: None }
    }

    /// What the last run left.
    pub async fn load(&mut self) -> Option<Checkpoint> {
        self.with(Kept::load).await.flatten()
    }

    /// Writes down what the next run may start from, where it is time for that again.
    pub async fn keep(&mut self, plan: &Plan, now: Timestamp) {
        if self.kept.as_ref().is_some_and(|kept| kept.is_due(now)) {
            self.keep_now(plan, now).await;
        }
    }

    /// The same at once.
    pub async fn keep_now(&mut self, plan: &Plan, now: Timestamp) {
        let Some(empty) = self.kept.as_ref().map(Kept::empty) else { return };
        let checkpoint = plan.checkpoint(empty);
        self.with(move |kept| kept.save(&checkpoint, now)).await;
    }

    async fn with<R: Send + 'static>(
        &mut self,
        act: impl FnOnce(&mut Kept) -> R + Send + 'static,
    ) -> Option<R> {
        let mut kept = self.kept.take()?;
        let acted = tokio::task::spawn_blocking(move || {
            let done = act(&mut kept);
            (kept, done)
        });
        let (kept, done) = acted.await.ok()?;
        self.trouble.clone_from(&kept.trouble);
        self.kept = Some(kept);
        Some(done)
    }
}
