use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::*;

const NOON: Timestamp = Timestamp(1_688_990_400_000);
const CATEGORY: &str = "AWSLogs/111122223333/CloudTrail/";

/// A bucket with regions in which objects appear, in any order.
struct World {
    /// Keys with the time they can first be seen.
    objects: BTreeMap<String, Timestamp>,
    labels: BTreeMap<String, Timestamp>,
    now: Timestamp,
    chance: ChaCha8Rng,
    got: BTreeMap<String, u32>,
    claims: Vec<Timestamp>,
    listings: u32,
}

impl World {
    fn run(&mut self, plan: &mut Plan, end: Timestamp) {
        while self.now < end {
            self.now = self.now + Millis(self.chance.random_range(20..400));
            match plan.next(self.now) {
                Step::End => return,
                Step::Wait(wait) => self.now = self.now + Millis::from(wait),
                Step::Look { folder, path, .. } => self.look(plan, folder, &path),
                Step::List { stream, place, token } => self.list(plan, stream, &place, token),
                Step::Get(all) => all.into_iter().for_each(|wanted| self.get(plan, wanted)),
            }
            if let Some(claim) = plan.complete_to()
                && self.claims.last() != Some(&claim)
            {
                self.claims.push(claim);
            }
        }
    }

    fn look(&mut self, plan: &mut Plan, folder: usize, path: &str) {
        self.listings += 1;
        let seen =
            self.objects.iter().filter(|(key, at)| **at <= self.now && key.starts_with(path));
        let mut found: Vec<String> = seen
            .filter_map(|(key, _)| key[path.len()..].split_once('/'))
            .map(|(name, _)| format!("{path}{name}/"))
            .collect();
        found.dedup();
        plan.looked(folder, found, None, self.now);
    }

    fn list(&mut self, plan: &mut Plan, stream: usize, place: &Place, token: Option<String>) {
        self.listings += 1;
        if self.chance.random_ratio(1, 30) {
            return plan.put_off_stream(stream, self.now + Millis::seconds(20));
        }
        let after = token.unwrap_or_else(|| place.after.clone());
        let seen = self.objects.iter().filter(|(key, at)| {
            **at <= self.now && key.starts_with(&place.prefix) && **key > after
        });
        let mut keys: Vec<String> = seen.map(|(key, _)| key.clone()).collect();
        let more = keys.len() > 20;
        keys.truncate(20);
        let token = keys.last().cloned().filter(|_| more);
        let found = keys.into_iter().map(|key| (key.clone(), hash(&key), self.labels[&key]));
        plan.listed(stream, found.collect(), token, self.now);
    }

    fn get(&mut self, plan: &mut Plan, wanted: Wanted) {
        match self.chance.random_range(0..20) {
            0 => plan.again(wanted),
            1 => plan.park(wanted, self.now),
            _ => {
                *self.got.entry(wanted.key.clone()).or_default() += 1;
                plan.done(&wanted);
            }
        }
    }
}

fn hash(key: &str) -> u64 {
    key.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

/// Objects of two regions: labels around noon, most of them stored near their label, some hours
/// later.
fn stored() -> impl Strategy<Value = Vec<(bool, i64, i64)>> {
    let delay = prop_oneof![8 => -7i64..10, 2 => 10i64..300, 1 => 300i64..1500];
    prop::collection::vec((any::<bool>(), -60i64..240, delay), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Every object is got once, however late it appears behind others, and however calls fail.
    #[test]
    fn every_object_is_got_once(stored in stored(), seed: u64) {
        let mut world = world(&stored, seed);
        let asked = Asked { since: NOON - Millis::hours(1), until: None, polling: Polling::Adaptive };
        let mut plan = Plan::new("", asked, NOON);
        world.run(&mut plan, NOON + Millis::hours(60));
        let missing: Vec<&String> =
            world.objects.keys().filter(|key| !world.got.contains_key(*key)).collect();
        prop_assert!(missing.is_empty(), "{missing:?}");
        prop_assert!(world.got.values().all(|times| *times == 1));
        prop_assert!(world.claims.is_sorted());
        prop_assert!(NOON + Millis::hours(60) - *world.claims.last().unwrap() < Millis::hours(1));
        prop_assert!(world.listings < 60 * 100, "{} listings", world.listings);
    }
}

fn world(stored: &[(bool, i64, i64)], seed: u64) -> World {
    let mut labels = BTreeMap::new();
    let objects = stored.iter().enumerate().map(|(n, (is_eu, minute, delay))| {
        let label = NOON + Millis::minutes(minute.div_euclid(5) * 5);
        let region = if *is_eu { "eu-west-1" } else { "us-east-1" };
        let at = label.to_string();
        let (day, slot) = (at[..10].replace('-', "/"), at[..16].replace(['-', ':'], ""));
        let key = format!(
            "{CATEGORY}{region}/{day}/111122223333_CloudTrail_{region}_{slot}Z_{n:016}.json.gz"
        );
        labels.insert(key.clone(), label);
        (key, label + Millis::minutes(*delay))
    });
    let objects = objects.collect();
    let chance = ChaCha8Rng::seed_from_u64(seed);
    let (got, claims) = (BTreeMap::new(), vec![]);
    World { objects, labels, now: NOON, chance, got, claims, listings: 0 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// However often it is started again, from whatever it had written down by then: each run gets
    /// every object of its window once, as a run without a checkpoint does.
    #[test]
    fn a_checkpoint_hides_nothing(
        stored in stored(),
        lives in prop::collection::vec(1i64..400, 1..6),
        seed: u64,
    ) {
        let mut world = world(&stored, seed);
        let mut file = Checkpoint::new("s3://trail").text();
        for minutes in lives {
            let asked = Asked { since: world.now - Millis::hours(1), until: None, polling: Polling::Adaptive };
            let mut plan = Plan::new("", asked, world.now);
            plan.resume(&Checkpoint::read(&file, "s3://trail").unwrap(), hash, world.now);
            world.got.clear();
            let end = world.now + Millis::minutes(minutes);
            world.run(&mut plan, end);
            prop_assert!(world.got.values().all(|times| *times == 1));
            file = plan.checkpoint(Checkpoint::new("s3://trail")).text();
        }
        // The last one is left alone until everything has come.
        let begun = world.now;
        let asked = Asked { since: NOON - Millis::hours(1), until: None, polling: Polling::Adaptive };
        let mut runs = [file, Checkpoint::new("s3://trail").text()].map(|file| {
            let mut plan = Plan::new("", asked, begun);
            plan.resume(&Checkpoint::read(&file, "s3://trail").unwrap(), hash, begun);
            (world.now, world.listings) = (begun, 0);
            world.got.clear();
            world.run(&mut plan, begun + Millis::hours(40));
            std::mem::take(&mut world.got)
        });
        let [resumed, fresh] = &mut runs;
        prop_assert_eq!(resumed.len(), world.objects.len());
        prop_assert_eq!(resumed, fresh);
    }
}

#[test]
fn what_is_known_is_not_looked_for_again() {
    let stored: Vec<(bool, i64, i64)> = (-10..0).map(|n| (n % 2 == 0, n * 5, 0)).collect();
    let asked = Asked { since: NOON - Millis::hours(1), until: None, polling: Polling::Adaptive };
    let mut first = world(&stored, 1);
    let mut plan = Plan::new("", asked, NOON);
    first.run(&mut plan, NOON + Millis::minutes(5));
    let file = plan.checkpoint(Checkpoint::new("s3://trail"));
    assert_eq!((file.folders.len(), file.streams.len()), (3, 2));
    let mut plan = Plan::new("", asked, first.now);
    plan.resume(&file, hash, first.now);
    assert!(matches!(plan.next(first.now), Step::List { .. }), "the first listing starts at once");
    // What names nothing of this bucket, or the future, is left out.
    let mut odd = Checkpoint::new("s3://trail");
    odd.folders = vec![("elsewhere/".to_owned(), 0), ("AWSLogs/".to_owned(), i64::MAX)];
    odd.streams = vec![("AWSLogs/x/".to_owned(), Some(i64::MAX))];
    let parked = |key: &str| Parked { key: key.to_owned(), label: i64::MIN, until: i64::MAX };
    odd.parked = vec![parked("elsewhere/x"), parked(&format!("{CATEGORY}eu-west-1/x"))];
    let mut plan = Plan::new("", asked, NOON);
    plan.resume(&odd, hash, NOON);
    assert_eq!((plan.streams(), plan.waiting()), (0, 0));
    assert!(matches!(plan.next(NOON), Step::Look { folder: 0, .. }));
}

#[test]
fn many_regions_keep_to_the_budget() {
    let asked = Asked { since: NOON - Millis::hours(1), until: None, polling: Polling::Adaptive };
    let mut plan = Plan::new(CATEGORY, asked, NOON);
    let mut now = NOON;
    let (mut listings, mut first) = (0, 0);
    while now < NOON + Millis::hours(3) {
        match plan.next(now) {
            Step::Look { folder, path, .. } => {
                // Five hundred regions stand for fifty accounts of ten.
                let found = (0..500).map(|n| format!("{path}eu-west-{n}/")).collect();
                plan.looked(folder, found, None, now);
            }
            Step::List { stream, place, .. } => {
                let label = now - Millis(now.0.rem_euclid(300_000));
                let key = format!("{}{label}", place.prefix);
                let known = (key.clone(), hash(&key), label);
                plan.listed(stream, vec![known], None, now);
                listings += 1;
                first += u32::from(now < NOON + Millis::minutes(1));
            }
            Step::Get(all) => all.iter().for_each(|wanted| plan.done(wanted)),
            Step::Wait(wait) => now = now + Millis::from(wait),
            Step::End => panic!("it goes on"),
        }
    }
    assert!(first >= 500, "the first pass waits for nothing: {first}");
    assert!(listings < 500 + 3 * 2100 + 200, "{listings} listings in three hours");
}
