//! The simulation as a source: its deliveries go the way of real ones, history pages as they are
//! and log objects through the reader that unpacks real objects.

use std::sync::Arc;

use crate::clock::Clock;
use crate::event::field::Origin;
use crate::event::label::label;
use crate::event::read::Hints;
use crate::source::batch::Outlet;
use crate::source::demo::delivery::{self, Delivery};
use crate::source::demo::simulator::Simulator;
use crate::source::demo::spec::Options;
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::parcel::Parcel;

/// The simulated organization as a source.
pub struct Demo {
    simulator: Simulator,
    next: Option<Delivery>,
    at_once: bool,
    clock: Clock,
    max_object: u64,
    progress: Progress,
}

impl Demo {
    /// A simulation that starts now.
    pub fn new(options: &Options, clock: Clock, max_object: u64) -> Self {
        let mut simulator = Simulator::new(options, clock.start());
        let next = simulator.next();
        let at_once = options.events.is_some();
        Self { simulator, next, at_once, clock, max_object, progress: Progress::default() }
    }

    async fn send(&mut self, delivery: Delivery, outlet: &Outlet) -> Result<(), Fault> {
        let label = label(&delivery.name);
        let delivered = label.as_ref().and_then(|label| label.time).unwrap_or(delivery.at);
        let hints = label.map_or_else(
            || Hints {
                account: delivery.account,
                region: delivery.region,
                category: String::new(),
            },
            Hints::from,
        );
        let origin = match delivery.origin {
            delivery::Origin::History => Origin::History,
            delivery::Origin::S3 => Origin::S3,
        };
        let object = self.progress.objects;
        let parcel = Parcel {
            origins: origin.bit() | Origin::Demo.bit(),
            hints: Arc::new(hints),
            delivered: Some(delivered),
            ..Parcel::new(outlet, object, delivery.name.into(), origin)
        };
        let len = delivery.bytes.len() as u64;
        match origin {
            Origin::S3 => parcel.send(delivery.bytes, self.max_object).await?,
            _ => parcel.send_text(delivery.bytes).await?,
        }
        self.progress.objects += 1;
        self.progress.bytes += len;
        Ok(())
    }
}

impl Source for Demo {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let Some(delivery) = self.next.take() else { return Ok(Pulled::End) };
        let wait = self.clock.until(delivery.at);
        if !wait.is_zero() && !self.at_once {
            // Everything delivered so far was read, on every stream of the organization.
            outlet.swept(self.clock.now());
            self.next = Some(delivery);
            return Ok(Pulled::Nothing(wait));
        }
        let at = delivery.at;
        self.send(delivery, outlet).await?;
        outlet.swept(at);
        self.next = self.simulator.next();
        Ok(Pulled::Some)
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}
