//! What can be done: a row an API call, with templates of what it asks and answers. The rows stand
//! in three tables by the kind of service; blanks in `<…>` are filled by the scene.

use crate::source::demo::catalog_compute::COMPUTE;
use crate::source::demo::catalog_data::DATA;
use crate::source::demo::catalog_security::SECURITY_CALLS;

/// One API call and the shape of its record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action {
    /// Service name without `.amazonaws.com`.
    pub(crate) service: &'static str,
    /// `eventName`.
    pub(crate) name: &'static str,
    /// `readOnly`.
    pub(crate) read: bool,
    /// Whether it is a data event, which only log objects carry.
    pub(crate) data: bool,
    /// Template of `requestParameters`; empty for null.
    pub(crate) request: &'static str,
    /// Template of `responseElements`; empty for null.
    pub(crate) response: &'static str,
    /// Template of `resources`; empty where there is none.
    pub(crate) resources: &'static str,
    /// Template of `additionalEventData`; empty where there is none.
    pub(crate) additional: &'static str,
    /// The failure this call meets now and then by its nature: code and message.
    pub(crate) odd: Option<(&'static str, &'static str)>,
}

impl Action {
    /// A read: it answers null.
    pub(crate) const fn get(
        service: &'static str,
        name: &'static str,
        request: &'static str,
    ) -> Self {
        Self {
            service,
            name,
            read: true,
            data: false,
            request,
            response: "",
            resources: "",
            additional: "",
            odd: None,
        }
    }

    /// A write, with its answer.
    pub(crate) const fn put(
        service: &'static str,
        name: &'static str,
        request: &'static str,
        response: &'static str,
    ) -> Self {
        let mut action = Self::get(service, name, request);
        action.read = false;
        action.response = response;
        action
    }

    /// The same as a read: what is asked for is only handed out.
    pub(crate) const fn reads(mut self) -> Self {
        self.read = true;
        self
    }

    /// The same as a data event.
    pub(crate) const fn data(mut self) -> Self {
        self.data = true;
        self
    }

    /// The same with a failure of its own.
    pub(crate) const fn odd(mut self, code: &'static str, message: &'static str) -> Self {
        self.odd = Some((code, message));
        self
    }

    /// The same with `resources`.
    pub(crate) const fn about(mut self, resources: &'static str) -> Self {
        self.resources = resources;
        self
    }

    /// The same with `additionalEventData`.
    pub(crate) const fn extra(mut self, additional: &'static str) -> Self {
        self.additional = additional;
        self
    }
}

/// Every row.
pub(crate) fn actions() -> impl Iterator<Item = &'static Action> {
    COMPUTE.iter().chain(DATA).chain(SECURITY_CALLS)
}

/// The row of `service:Name`, as the habits and the incident write it.
pub(crate) fn action(wanted: &str) -> Option<&'static Action> {
    let (service, name) = wanted.split_once(':')?;
    actions().find(|action| action.service == service && action.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_call_stands_twice_and_there_are_many() {
        let mut seen = HashSet::new();
        for action in actions() {
            assert!(seen.insert((action.service, action.name)), "{}", action.name);
        }
        assert!(seen.len() >= 150, "{}", seen.len());
    }
}
