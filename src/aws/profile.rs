//! A profile of the AWS configuration, read as the SDK reads it.

#[expect(
    deprecated,
    reason = "its new name lives in a crate that is no part of the public SDK"
)]
use aws_config::profile::profile_file::ProfileFiles;
use aws_config::profile::{Profile, load};
use aws_types::os_shim_internal::{Env, Fs};

/// The profile of this name; `None` where there is none, or no file that can be read.
pub async fn named(name: &str) -> Option<Profile> {
    #[expect(deprecated, reason = "see above")]
    let files = ProfileFiles::default();
    let set = load(&Fs::real(), &Env::real(), &files, None).await.ok()?;
    set.get_profile(name).cloned()
}
