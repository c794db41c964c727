//! The calls that a queue is read by: finding it, receiving, hiding and deleting messages.

use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message as Received,
    MessageSystemAttributeName, QueueAttributeName,
};

use crate::aws::fault::Fault;
use crate::aws::session::Session;
use crate::event::notice;
use crate::event::queue::Look;
use crate::event::time::Timestamp;
use crate::source::sqs::plan::{CALL, HIDDEN, Letter, Message};
use crate::source::sqs::word::Word;

/// A queue that was found.
#[derive(Debug, Clone)]
pub struct Place {
    session: Arc<Session>,
    client: Client,
    url: String,
}

impl Place {
    /// Finds a queue by its name, or takes its URL.
    pub async fn find(session: &Arc<Session>, word: &Word) -> Result<Self, Fault> {
        let Some(region) = word.region().or(session.region()) else {
            return Err(Fault::Broken(
                "no region is known: name one with --region, set AWS_REGION, or give the URL of \
                 the queue"
                    .to_owned(),
            ));
        };
        let (session, client) = (Arc::clone(session), session.sqs(region));
        if let Some(url) = word.url() {
            return Ok(Self { session, client, url: url.to_owned() });
        }
        let said = client.get_queue_url().queue_name(&word.queue).send().await;
        let url = said.map_err(|error| session.fault(&error))?.queue_url;
        let none = || Fault::Broken("AWS named no URL for it".to_owned());
        Ok(Self { session, client, url: url.ok_or_else(none)? })
    }

    /// Asks for messages: waits for one so many seconds, and hides what comes for so many.
    pub async fn receive(self, wait: i32, hidden: i32) -> Result<Vec<Message>, Fault> {
        let said = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(CALL as i32)
            .wait_time_seconds(wait)
            .visibility_timeout(hidden)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await;
        let received = said.map_err(|error| self.session.fault(&error))?.messages;
        Ok(received.unwrap_or_default().into_iter().filter_map(message).collect())
    }

    /// Deletes messages; gives the places of those that were.
    pub async fn delete(&self, letters: &[Letter]) -> Result<Vec<usize>, Fault> {
        let entries = letters.iter().enumerate().map(|(at, letter)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(&letter.handle)
                .build()
                .expect("a number and a handle make an entry")
        });
        let call = self.client.delete_message_batch().queue_url(&self.url);
        let said = call.set_entries(Some(entries.collect())).send().await;
        let said = said.map_err(|error| self.session.fault(&error))?;
        Ok(said.successful().iter().filter_map(|done| done.id().parse().ok()).collect())
    }

    /// Keeps messages hidden for a while longer. Of those that could not be, some may come again.
    pub async fn hide(&self, letters: &[Letter]) -> Result<(), Fault> {
        let entries = letters.iter().enumerate().map(|(at, letter)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(&letter.handle)
                .visibility_timeout((HIDDEN.0 / 1000) as i32)
                .build()
                .expect("a number and a handle make an entry")
        });
        let call = self.client.change_message_visibility_batch().queue_url(&self.url);
        let said = call.set_entries(Some(entries.collect())).send().await;
        said.map(drop).map_err(|error| self.session.fault(&error))
    }

    /// Asks what the queue is like, and touches no message.
    pub async fn look(&self) -> Result<Look, Fault> {
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let said = call.attribute_names(QueueAttributeName::All).send().await;
        let all = said.map_err(|error| self.session.fault(&error))?.attributes.unwrap_or_default();
        let all = all.into_iter().map(|(name, value)| (name.as_str().to_owned(), value));
        Ok(Look::of(&all.collect()))
    }
}

/// Reads a message; one without a name or a handle could never be deleted, and does not exist.
fn message(received: Received) -> Option<Message> {
    let sent = received
        .attributes()
        .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp))
        .and_then(|millis| millis.parse().ok());
    let notice = notice::read(received.body().unwrap_or_default());
    let (id, handle) = (received.message_id?, received.receipt_handle?);
    Some(Message { id, handle, sent: sent.map(Timestamp), notice })
}
