//! Asks a bucket: where it is, what lies in it, and one object at a time, with what is wrong with one
//! that cannot be had.

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::types::RequestPayer;

use crate::aws::fault::Fault;
use crate::aws::session::Session;

/// Who asks, where, and at whose cost.
#[derive(Debug, Clone)]
pub struct Access {
    /// Who asks.
    pub session: Arc<Session>,
    /// Asks in the region of the bucket.
    pub client: Client,
    /// The bucket.
    pub bucket: String,
    /// Pay for what is asked.
    pub requester_pays: bool,
    /// Bytes an object may have, as it is stored.
    pub most: u64,
}

/// One page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What lies deeper, up to the next `/`, where that was asked for.
    pub folders: Vec<String>,
    /// The keys of objects.
    pub keys: Vec<String>,
    /// What the next page is asked by.
    pub token: Option<String>,
}

impl Access {
    /// Access in the region of a bucket, which S3 names even where it refuses.
    pub async fn locate(
        session: &Arc<Session>,
        bucket: &str,
        requester_pays: bool,
        most: u64,
    ) -> Result<Self, Fault> {
        let here = session.region().unwrap_or("us-east-1").to_owned();
        let said = session.s3(&here).head_bucket().bucket(bucket).send().await;
        let named = match &said {
            Ok(said) => said.bucket_region().map(str::to_owned),
            Err(error) => {
                let headers = error.raw_response().map(HttpResponse::headers);
                headers.and_then(|it| it.get("x-amz-bucket-region")).map(str::to_owned)
            }
        };
        if let (Err(error), None) = (&said, &named) {
            match session.fault(error) {
                // Who may list a part of a bucket may not be allowed to look at all of it.
                Fault::Denied(_) => {}
                Fault::Missing(_) => {
                    return Err(Fault::Missing("there is no such bucket".to_owned()));
                }
                fault => return Err(fault),
            }
        }
        let region = named.filter(|_| !session.is_redirected()).unwrap_or(here);
        Ok(Self {
            client: session.s3(&region),
            session: Arc::clone(session),
            bucket: bucket.to_owned(),
            requester_pays,
            most,
        })
    }

    /// Gets the first byte of an object: whether it could be got. One that was moved to an archive
    /// is there, and locked for a reason that no policy mends.
    pub async fn touch(&self, key: &str) -> Result<(), Fault> {
        let call = self.client.get_object().bucket(&self.bucket).key(key).range("bytes=0-0");
        match call.set_request_payer(self.payer()).send().await {
            Ok(_) => Ok(()),
            Err(error) => match self.session.fault(&error) {
                Fault::Denied(why) if why.contains("InvalidObjectState") => Ok(()),
                Fault::Denied(why) => Err(Fault::Denied(self.locked(key, why).await)),
                fault => Err(fault),
            },
        }
    }

    /// Lists a page: the keys behind `after`, or else the folders.
    pub async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        token: Option<String>,
    ) -> Result<Page, Fault> {
        let said = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_delimiter(after.is_none().then(|| "/".to_owned()))
            .set_start_after(after.map(str::to_owned))
            .set_continuation_token(token)
            .set_request_payer(self.payer())
            .send()
            .await;
        let said = said.map_err(|error| self.session.fault(&error))?;
        let is_cut = said.is_truncated() == Some(true);
        let folders = said.common_prefixes.unwrap_or_default();
        Ok(Page {
            folders: folders.into_iter().filter_map(|it| it.prefix).collect(),
            keys: said.contents.unwrap_or_default().into_iter().filter_map(|it| it.key).collect(),
            token: said.next_continuation_token.filter(|_| is_cut),
        })
    }

    /// The word that says who pays.
    pub fn payer(&self) -> Option<RequestPayer> {
        self.requester_pays.then_some(RequestPayer::Requester)
    }

    /// Gets an object as it is stored.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>, Fault> {
        Ok(self.get_signed(key).await?.0)
    }

    /// Gets an object as it is stored, with the signature that CloudTrail puts beside a digest.
    pub async fn get_signed(&self, key: &str) -> Result<(Vec<u8>, Option<String>), Fault> {
        let call = self.client.get_object().bucket(&self.bucket).key(key);
        let mut said = match call.set_request_payer(self.payer()).send().await {
            Ok(said) => said,
            Err(error) => {
                return Err(match self.session.fault(&error) {
                    Fault::Denied(why) => Fault::Denied(self.locked(key, why).await),
                    fault => fault,
                });
            }
        };
        let mut noted = said.metadata.take().unwrap_or_default();
        let is_known = noted.get("signature-algorithm").is_some_and(|it| it == "SHA256withRSA");
        let signature = noted.remove("signature").filter(|_| is_known);
        let mut bytes = vec![];
        loop {
            match said.body.try_next().await {
                Ok(Some(part)) if bytes.len() as u64 + part.len() as u64 <= self.most => {
                    bytes.extend_from_slice(&part);
                }
                Ok(Some(_)) => {
                    return Err(Fault::Broken(format!(
                        "is larger than --max-object {}",
                        self.most
                    )));
                }
                Ok(None) => return Ok((bytes, signature)),
                Err(error) => return Err(Fault::Network(format!("the object broke off: {error}"))),
            }
        }
    }

    /// Names the key an object is locked with, where the answer did not.
    async fn locked(&self, key: &str, why: String) -> String {
        if why.contains(":kms:") {
            return why;
        }
        let call = self.client.head_object().bucket(&self.bucket).key(key);
        let Ok(said) = call.set_request_payer(self.payer()).send().await else { return why };
        match said.ssekms_key_id() {
            Some(lock) => {
                format!("{why}; it is encrypted with {lock}: kms:Decrypt on that key is needed too")
            }
            None => why,
        }
    }
}
