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

/// What accounts are called: that of the login by the profile that was named for it, which is what
/// whoever reads this calls it, and all of the organization. Names that are known come with the fault
/// that kept the others away.
pub async fn names(session: &Session) -> (Vec<(String, String)>, Option<Fault>) {
    let mut names = vec![];
    if let Some(profile) = session.own_profile()
        && let Ok(account) = session.account_number().await
        && !account.is_empty()
    {
        names.push((account, profile.to_owned()));
    }
    match accounts(session).await {
        Ok(known) => names.extend(known),
        Err(fault) => return (names, Some(fault)),
    }
    (names, None)
}
