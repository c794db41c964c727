//! Chains over made-up grants, in every order.

use proptest::prelude::*;

use super::*;
use crate::event::grant::Party;

fn party(kind: &str, key: &str, arn: &str, principal: &str) -> Party {
    Party {
        kind: kind.into(),
        key: key.into(),
        arn: arn.into(),
        principal: principal.into(),
        actor: last(arn).into(),
        ..Party::default()
    }
}

fn alice() -> Party {
    party("IAMUser", "AKIAALICE", "arn:aws:iam::111122223333:user/alice", "AIDAALICE")
}

fn session(role: &str, key: &str) -> Party {
    let arn = format!("arn:aws:sts::111122223333:assumed-role/{role}/s");
    party("AssumedRole", key, &arn, &format!("AROA{role}:s"))
}

fn assumes(by: Party, role: &str, key: &str, at: i64) -> Grant {
    let Party { arn, principal, .. } = session(role, key);
    Grant {
        at: Timestamp(at),
        how: How::AssumeRole,
        key: key.into(),
        session: arn,
        principal,
        by,
        ip: "".into(),
        id: "".into(),
    }
}

fn kin(grants: &[Grant]) -> Kin {
    let (mut kin, mut heirs) = (Kin::default(), Heirs::default());
    for grant in grants {
        kin.note(grant, &mut heirs, &mut Changed::default());
    }
    kin
}

/// alice -> a -> b -> c
fn three_hops() -> Vec<Grant> {
    vec![
        assumes(alice(), "a", "ASIAA", 1),
        assumes(session("a", "ASIAA"), "b", "ASIAB", 2),
        assumes(session("b", "ASIAB"), "c", "ASIAC", 3),
    ]
}

#[test]
fn a_long_term_key_is_its_own_root() {
    let root = Kin::default().root(alice().who());
    assert_eq!((&*root.name, root.sure), ("arn:aws:iam::111122223333:user/alice", Sure::Proven));
    assert_eq!(root.faces()[1], "alice");
}

#[test]
fn a_session_without_its_beginning_is_unknown() {
    let chain = Kin::default().chain(session("a", "ASIAA").who());
    assert_eq!((&*chain.root.name, chain.root.sure), ("", Sure::Unknown));
    assert_eq!(chain.why, "the AssumeRole has not arrived");
}

#[test]
fn several_hops() {
    let chain = kin(&three_hops()).chain(session("c", "ASIAC").who());
    let keys: Vec<&str> = chain.hops.iter().map(|hop| &*hop.grant.key).collect();
    assert_eq!(keys, ["ASIAC", "ASIAB", "ASIAA"]);
    assert_eq!((&*chain.root.shown, chain.root.sure), ("alice", Sure::Proven));
}

#[test]
fn a_created_key_leads_to_its_creator() {
    let mut created = assumes(alice(), "x", "AKIABOB", 1);
    (created.how, created.principal) = (How::AccessKey, "".into());
    let bob = party("IAMUser", "AKIABOB", "arn:aws:iam::111122223333:user/bob", "AIDABOB");
    assert_eq!(&*kin(&[created]).root(bob.who()).shown, "alice");
}

#[test]
fn a_key_of_its_own_is_linked_by_the_session_unless_that_is_ambiguous() {
    let one = assumes(alice(), "a", "ASIAA", 1);
    let phantom = session("a", "ASIAPHANTOM");
    let root = kin(std::slice::from_ref(&one)).root(phantom.who());
    assert_eq!((&*root.shown, root.sure), ("alice", Sure::Inferred));
    let bob = party("IAMUser", "AKIABOB", "arn:aws:iam::111122223333:user/bob", "AIDABOB");
    let other = assumes(bob, "a", "ASIAB", 2);
    assert_eq!(kin(&[one, other]).root(phantom.who()).sure, Sure::Unknown);
}

#[test]
fn loops_end() {
    let loops = [
        assumes(session("b", "ASIAB"), "a", "ASIAA", 1),
        assumes(session("a", "ASIAA"), "b", "ASIAB", 2),
    ];
    let chain = kin(&loops).chain(session("a", "ASIAA").who());
    assert_eq!(chain.hops.len(), 2);
    assert_eq!(chain.root.sure, Sure::Unknown);
}

#[test]
fn the_callers_own_account_says_more() {
    let own = assumes(alice(), "a", "ASIAA", 1);
    let theirs = Grant { by: party("AWSAccount", "", "", "AIDAALICE"), ..own.clone() };
    for grants in [[own.clone(), theirs.clone()], [theirs, own]] {
        assert_eq!(&*kin(&grants).root(session("a", "ASIAA").who()).shown, "alice");
    }
}

#[test]
fn whoever_is_concerned_is_told() {
    let (mut kin, mut heirs) = (Kin::default(), Heirs::default());
    let mut hops = three_hops();
    hops.reverse();
    let told: Vec<Vec<String>> = hops
        .iter()
        .map(|grant| {
            let mut changed = Changed::default();
            kin.note(grant, &mut heirs, &mut changed);
            let mut keys: Vec<String> = changed.names.iter().map(ToString::to_string).collect();
            keys.sort();
            keys.retain(|key| key.starts_with("ASIA"));
            keys
        })
        .collect();
    assert_eq!(told, [vec!["ASIAC"], vec!["ASIAB", "ASIAC"], vec!["ASIAA", "ASIAB", "ASIAC"]]);
}

#[test]
fn memory_has_an_end() {
    let (mut kin, mut heirs) = (Kin::default(), Heirs::default());
    for n in 0..MAX_GRANTS + 50 {
        let grant = assumes(alice(), "a", &format!("ASIA{n}"), n as i64);
        kin.note(&grant, &mut heirs, &mut Changed::default());
    }
    assert_eq!(kin.len(), MAX_GRANTS);
    assert!(kin.bytes() < MAX_GRANTS * 1000);
}

proptest! {
    /// Whatever order links come in, the answers are the same.
    #[test]
    fn order_does_not_matter(
        parents in prop::collection::vec((0usize..8, 0usize..4), 1..12),
        shuffle in any::<u64>(),
    ) {
        let caller = |n: usize| match n {
            0 => alice(),
            n => session(&format!("r{}", n % 3), &format!("ASIA{n}")),
        };
        let grants: Vec<Grant> = parents.iter().zip(1..).map(|((parent, role), n)| {
            assumes(caller(*parent), &format!("r{role}"), &format!("ASIA{n}"), n)
        }).collect();
        let mut mixed = grants.clone();
        mixed.sort_by_key(|it| (it.at.0 as u64 ^ shuffle).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (one, other) = (kin(&grants), kin(&mixed));
        for n in 0..14 {
            prop_assert_eq!(one.root(caller(n).who()), other.root(caller(n).who()));
        }
    }
}

#[test]
fn a_source_identity_says_whose_a_session_is_until_the_assume_role_arrives() {
    let session = Who {
        kind: "AssumedRole",
        key: "ASIAEXAMPLE1",
        arn: "arn:aws:sts::1:assumed-role/ops/s",
        principal: "AROAX:s",
        actor: "ops",
        ..Who::default()
    };
    let told = Grant {
        at: Timestamp(0),
        how: How::SourceIdentity,
        key: "ASIAEXAMPLE1".into(),
        session: "".into(),
        principal: "".into(),
        by: Party {
            kind: SOURCE_IDENTITY.into(),
            user: "alice".into(),
            actor: "alice".into(),
            ..Party::default()
        },
        ip: "".into(),
        id: "".into(),
    };
    let alice = "arn:aws:iam::1:user/alice";
    let by = Party {
        kind: "IAMUser".into(),
        arn: alice.into(),
        actor: "alice".into(),
        ..Party::default()
    };
    let issued = Grant { at: Timestamp(9), how: How::AssumeRole, by, ..told.clone() };
    // A service is named by none of the three names that tell callers apart.
    let service =
        Party { kind: "AWSService".into(), via: "ec2.amazonaws.com".into(), ..Party::default() };
    let assumed = Grant { by: service, ..issued.clone() };
    for (real, name) in [(issued, alice), (assumed, "service:ec2.amazonaws.com")] {
        for order in [[&told, &real], [&real, &told]] {
            let (mut kin, mut heirs) = (Kin::default(), Heirs::default());
            for (at, grant) in order.into_iter().enumerate() {
                let mut changed = Changed::default();
                kin.note(grant, &mut heirs, &mut changed);
                if at == 0 && grant.how == How::SourceIdentity {
                    let chain = kin.chain(session);
                    assert_eq!((&*chain.root.name, chain.root.sure), ("alice", Sure::Inferred));
                    assert!(chain.why.contains("source identity"));
                    kin.note(grant, &mut heirs, &mut Changed::default());
                }
            }
            let root = kin.root(session);
            assert_eq!((&*root.name, root.sure), (name, Sure::Proven));
            assert_eq!(kin.len(), 1);
        }
    }
}
