//! How sources learn that the program ends, and are given a moment to let go of what they hold: to
//! delete messages whose events are stored, to write down where the next run may start.

use std::time::Duration;

use tokio::sync::watch;

/// Says that the program ends, and waits for whoever is inside.
#[derive(Debug, Clone)]
pub struct Closing {
    has_begun: watch::Sender<bool>,
    inside: watch::Sender<usize>,
}

/// One who is waited for until this is dropped.
#[derive(Debug)]
pub struct Inside {
    has_begun: watch::Receiver<bool>,
    inside: watch::Sender<usize>,
}

impl Default for Closing {
    fn default() -> Self {
        Self { has_begun: watch::Sender::new(false), inside: watch::Sender::new(0) }
    }
}

impl Closing {
    /// One more who is waited for.
    pub fn enter(&self) -> Inside {
        self.inside.send_modify(|n| *n += 1);
        Inside { has_begun: self.has_begun.subscribe(), inside: self.inside.clone() }
    }

    /// Says that the program ends, and waits until everybody has left, at most so long.
    pub async fn close(&self, most: Duration) {
        self.has_begun.send_replace(true);
        let mut inside = self.inside.subscribe();
        // Whoever takes longer is left behind: messages come again, and the last checkpoint stands.
        tokio::time::timeout(most, inside.wait_for(|n| *n == 0)).await.map(drop).ok();
    }
}

impl Inside {
    /// Returns once the program ends.
    pub async fn closing(&mut self) {
        if self.has_begun.wait_for(|begun| *begun).await.is_err() {
            // Nobody will ever say so.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.inside.send_modify(|n| *n -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_over_when_everybody_has_left() {
        let closing = Closing::default();
        closing.close(Duration::from_mins(1)).await;
        let closing = Closing::default();
        let (mut one, other) = (closing.enter(), closing.enter());
        drop(other);
        let leaving = tokio::spawn(async move {
            one.closing().await;
            drop(one);
        });
        closing.close(Duration::from_mins(1)).await;
        leaving.await.unwrap();
        // Whoever comes later leaves at once, and whoever stays is not waited for for ever.
        let mut late = closing.enter();
        late.closing().await;
        closing.close(Duration::from_millis(1)).await;
    }
}
