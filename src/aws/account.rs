//! What an account is part of: its regions, and the accounts of its organization.

use crate::aws::fault::Fault;
use crate::aws::session::Session;

use aws_sdk_account::types::RegionOptStatus;

/// The regions that the account may use, in the order of AWS.
pub async fn regions(session: &Session) -> Result<Vec<String>, Fault> {
    let client = session.account();
    let mut pages = client
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
        .into_paginator()
        .send();
    let mut regions = vec![];
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| session.fault(&error))?;
        regions.extend(page.regions().iter().filter_map(|it| it.region_name()).map(str::to_owned));
    }
    Ok(regions)
}

/// The accounts of the organization: numbers and names.
pub async fn accounts(session: &Session) -> Result<Vec<(String, String)>, Fault> {
    let client = session.organizations();
    let mut pages = client.list_accounts().into_paginator().send();
    let mut accounts = vec![];
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| session.fault(&error))?;
        let named = page.accounts().iter().filter_map(|it| it.id().zip(it.name()));
        accounts.extend(named.map(|(id, name)| (id.to_owned(), name.to_owned())));
    }
    Ok(accounts)
}
