use super::*;
use crate::event::digest::{Log, Previous};

const FOLDER: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/";

fn at(minute: i64) -> Timestamp {
    Timestamp(Millis::minutes(minute).0)
}

fn digest_key(hour: i64) -> String {
    let text = at(hour * 60).to_string();
    let (day, time) = (text[..10].replace('-', "/"), text[..19].replace(['-', ':'], ""));
    format!("{FOLDER}{day}/111122223333_CloudTrail-Digest_eu-west-1_corp_us-east-1_{time}Z.json.gz")
}

fn log_key(hour: i64) -> String {
    let text = at(hour * 60 - 10).to_string();
    let (day, time) = (text[..10].replace('-', "/"), text[..16].replace(['-', ':'], ""));
    let folder = FOLDER.replace("-Digest", "");
    format!("{folder}{day}/111122223333_CloudTrail_eu-west-1_{time}Z_0000000000000001.json.gz")
}

/// The digest of the hour that ends at `hour`, with one log.
fn signed(hour: i64) -> Signed {
    let previous = Previous {
        key: digest_key(hour - 1),
        hash: format!("hash {}", hour - 1),
        signature: format!("signature {}", hour - 1),
    };
    let text = serde_json::json!({
        "digestStartTime": at(hour * 60 - 60).to_string(), "digestEndTime": at(hour * 60).to_string(),
        "digestS3Bucket": "trail", "digestS3Object": digest_key(hour),
        "digestPublicKeyFingerprint": "", "previousDigestS3Object": previous.key,
        "previousDigestHashValue": previous.hash, "previousDigestSignature": previous.signature,
        "logFiles": [{"s3Bucket": "trail", "s3Object": log_key(hour), "hashValue": "00".repeat(32)}]
    });
    let digest = Digest::read(&text.to_string()).unwrap();
    assert_eq!(
        digest.logs,
        [Log { bucket: "trail".into(), key: log_key(hour), hash: "00".repeat(32) }]
    );
    Signed { digest, hash: format!("hash {hour}"), signature: format!("signature {hour}") }
}

/// Proofs of one region, of which events since hour 9 are asked for.
fn proofs(now: Timestamp) -> Proofs {
    let Folder::Digests(region) = layout::folder(FOLDER) else { panic!("digests") };
    let mut proofs = Proofs::new(at(9 * 60 + 30));
    proofs.add(region, now);
    proofs
}

fn next(proofs: &mut Proofs, now: Timestamp, standing: Standing) -> Option<Task> {
    proofs.next(now, |_| 7, |_, _| standing)
}

/// Lists and gets the digests of these hours.
fn bring(proofs: &mut Proofs, now: Timestamp, hours: &[i64]) {
    let Some(Task::List { .. }) = next(proofs, now, Standing::Open) else { panic!("a listing") };
    proofs.listed(0, hours.iter().map(|hour| digest_key(*hour)).collect(), None, now);
    while let Some(Task::Get(0, keys)) = next(proofs, now, Standing::Open) {
        for hour in hours.iter().filter(|hour| keys.contains(&digest_key(**hour))) {
            proofs.got(0, &digest_key(*hour), Ok(signed(*hour)));
        }
    }
}

fn to(proofs: &mut Proofs) -> Option<Timestamp> {
    proofs.claims().pop().map(|(_, _, to)| to)
}

#[test]
fn nothing_is_proven_before_its_logs_were_read() {
    let now = at(11 * 60 + 6);
    let mut proofs = proofs(now);
    assert!(proofs.covers(&log_key(10)) && !proofs.covers(&log_key(10).replace("eu-", "us-")));
    bring(&mut proofs, now, &[9, 10, 11]);
    assert_eq!(to(&mut proofs), None);
    for (hour, read) in [(10, Read::As([0; 32])), (11, Read::As([0; 32]))] {
        let label = at(hour * 60 - 10);
        proofs.note(&log_key(hour), (label, 7), read, now);
        assert_eq!(next(&mut proofs, now, Standing::Open), None);
        assert_eq!(to(&mut proofs), Some(at(hour * 60)));
    }
    assert_eq!(proofs.fault_words(), None);
    assert!(proofs.read.is_empty(), "what was judged is forgotten");
    assert_eq!(proofs.due(), Some(at(12 * 60 + 5)), "with the next digest");
}

#[test]
fn what_was_handed_on_unseen_is_looked_at_again() {
    let now = at(11 * 60);
    let mut proofs = proofs(now);
    bring(&mut proofs, now, &[10]);
    proofs.note(&log_key(11), (at(0), 8), Read::Gone, now);
    let check = next(&mut proofs, now, Standing::Done);
    assert_eq!(check, Some(Task::Check(vec![log_key(10)])));
    proofs.note(&log_key(10), (at(590), 7), Read::As([1; 32]), now);
    assert_eq!(next(&mut proofs, now, Standing::Done), None);
    assert_eq!(to(&mut proofs), None);
    assert!(proofs.fault_words().unwrap().contains("is not what the digest"));
}

#[test]
fn what_nobody_asked_for_holds_nothing_back() {
    let now = at(11 * 60);
    let mut proofs = proofs(now);
    let Some(Task::List { place, .. }) = next(&mut proofs, now, Standing::Unwanted) else {
        panic!("a listing");
    };
    assert_eq!(place.after, format!("{FOLDER}1970/01/01"), "from the day on");
    proofs.listed(0, vec![digest_key(10), "x".into(), log_key(10)], None, now);
    let get = Some(Task::Get(0, vec![digest_key(10)]));
    assert_eq!(next(&mut proofs, now, Standing::Unwanted), get);
    proofs.got(0, &digest_key(10), Ok(signed(10)));
    assert_eq!(next(&mut proofs, now, Standing::Unwanted), None);
    assert_eq!(to(&mut proofs), Some(at(600)));
}

#[test]
fn a_digest_that_comes_after_the_next_one_is_waited_for() {
    let now = at(12 * 60 + 6);
    for is_late in [true, false] {
        let mut proofs = proofs(now);
        bring(&mut proofs, now, &[10, 12]);
        assert_eq!(next(&mut proofs, now, Standing::Unwanted), None);
        proofs.note(&log_key(10), (at(590), 7), Read::As([0; 32]), now);
        assert_eq!(next(&mut proofs, now, Standing::Unwanted), None);
        assert_eq!((to(&mut proofs), proofs.fault_words()), (Some(at(600)), None));
        let later = now + if is_late { Millis::minutes(20) } else { LATE };
        let Some(Task::List { .. }) = next(&mut proofs, later, Standing::Unwanted) else {
            panic!("it is looked for");
        };
        let keys = [10, 11, 12].into_iter().filter(|hour| is_late || *hour != 11).map(digest_key);
        proofs.listed(0, keys.collect(), None, later);
        if is_late {
            let get = Some(Task::Get(0, vec![digest_key(11)]));
            assert_eq!(next(&mut proofs, later, Standing::Unwanted), get);
            proofs.got(0, &digest_key(11), Ok(signed(11)));
        }
        assert_eq!(next(&mut proofs, later, Standing::Unwanted), None);
        let faults = proofs.fault_words().unwrap_or_default();
        assert_eq!(to(&mut proofs), is_late.then_some(at(720)), "{faults}");
        assert_eq!(faults.contains("is missing"), !is_late, "{faults}");
    }
}
