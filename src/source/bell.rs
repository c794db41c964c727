//! A bell that wakes sources out of their waits: somebody saw something that they should look at
//! now.

use tokio::sync::watch;

/// Wakes everybody who listens. Rings while nobody listens are kept, however many they are, as one.
#[derive(Debug, Clone)]
pub struct Bell(watch::Sender<u64>);

/// One who listens.
#[derive(Debug)]
pub struct Listener(watch::Receiver<u64>);

impl Default for Bell {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Bell {
    /// Wakes everybody who listens.
    pub fn ring(&self) {
        self.0.send_modify(|rings| *rings += 1);
    }

    /// Somebody who hears every ring from now on.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Listener {
    /// Waits for the next ring; for ever where the bell has gone.
    pub async fn heard(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
