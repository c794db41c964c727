//! What a trail records, from its event selectors. Pure.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::{
    AdvancedEventSelector, AdvancedFieldSelector, DataResource, EventSelector, ReadWriteType,
};

use crate::event::trail::{Data, Selection};

/// The management events that one selector records.
#[derive(Debug, Default)]
struct Management {
    reads: bool,
    writes: bool,
    without: BTreeSet<String>,
}

/// The selection of basic selectors.
pub fn basic(selectors: &[EventSelector]) -> Selection {
    let mut management = vec![];
    let mut data = vec![];
    for selector in selectors {
        let verbs = selector.read_write_type().unwrap_or(&ReadWriteType::All);
        let (reads, writes) = match verbs {
            ReadWriteType::ReadOnly => (true, false),
            ReadWriteType::WriteOnly => (false, true),
            _ => (true, true),
        };
        if selector.include_management_events().unwrap_or(true) {
            let without = selector.exclude_management_event_sources().iter().cloned().collect();
            management.push(Management { reads, writes, without });
        }
        let is_partial = !(reads && writes);
        // Nothing named at all records nothing of its kind.
        let named = selector.data_resources().iter().filter(|it| !it.values().is_empty());
        data.extend(named.map(|it| resources(it, is_partial)));
    }
    Selection { data, ..managed(&management) }
}

/// The selection of advanced selectors.
pub fn advanced(selectors: &[AdvancedEventSelector]) -> Selection {
    let mut management = vec![];
    let mut data = vec![];
    let mut network = false;
    for selector in selectors {
        let fields = selector.field_selectors();
        let category = fields.iter().find(|field| field.field() == "eventCategory");
        let names = category.map_or(&[][..], AdvancedFieldSelector::equals);
        for name in names {
            match &**name {
                "Management" => management.push(of_management(fields)),
                "Data" => data.extend(of_data(fields)),
                "NetworkActivity" => network = true,
                _ => {}
            }
        }
    }
    Selection { data, network, ..managed(&management) }
}

fn of_management(fields: &[AdvancedFieldSelector]) -> Management {
    let mut found = Management { reads: true, writes: true, ..Management::default() };
    for field in fields {
        match field.field() {
            "readOnly" if !field.equals().is_empty() => {
                found.reads = field.equals().iter().any(|value| value == "true");
                found.writes = field.equals().iter().any(|value| value == "false");
            }
            "eventSource" => {
                found.without.extend(field.not_equals().iter().cloned());
            }
            // Finer conditions are not told: no service is left out by them as a whole.
            _ => {}
        }
    }
    found
}

fn of_data(fields: &[AdvancedFieldSelector]) -> Vec<Data> {
    let mut kinds = vec![];
    let mut arns = vec![];
    let mut is_partial = false;
    for field in fields {
        match field.field() {
            "eventCategory" => {}
            "resources.type" => kinds.extend(field.equals().iter().cloned()),
            "resources.ARN" => {
                let named = field.equals().iter().chain(field.starts_with());
                arns.extend(named.filter(|arn| !is_every(arn)).cloned());
                is_partial |= field.not_equals().len()
                    + field.ends_with().len()
                    + field.not_starts_with().len()
                    + field.not_ends_with().len()
                    > 0;
            }
            _ => is_partial = true,
        }
    }
    let of = |kind| Data { kind, arns: arns.clone(), is_partial };
    kinds.into_iter().map(of).collect()
}

fn resources(resource: &DataResource, is_partial: bool) -> Data {
    let values = resource.values();
    let arns = match values.iter().any(|value| is_every(value)) {
        true => vec![],
        false => values.to_vec(),
    };
    Data { kind: resource.r#type().unwrap_or_default().to_owned(), arns, is_partial }
}

/// Whether an ARN stands for every resource of its service: `arn:aws:s3`, `arn:aws:s3:::`.
fn is_every(arn: &str) -> bool {
    arn.split(':').skip(3).all(str::is_empty)
}

/// What several selectors record together. A source is left out where every selector that records
/// reads, or every one that records writes, leaves it out.
fn managed(all: &[Management]) -> Selection {
    let left_out = |records: fn(&Management) -> bool| {
        let mut sets = all.iter().filter(|it| records(it)).map(|it| it.without.clone());
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |left, next| &left & &next)
    };
    let without = &left_out(|it| it.reads) | &left_out(|it| it.writes);
    Selection {
        reads: all.iter().any(|it| it.reads),
        writes: all.iter().any(|it| it.writes),
        without: without.into_iter().collect(),
        ..Selection::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> aws_sdk_cloudtrail::types::builders::AdvancedFieldSelectorBuilder {
        AdvancedFieldSelector::builder().field(name)
    }

    fn selector(fields: Vec<AdvancedFieldSelector>) -> AdvancedEventSelector {
        AdvancedEventSelector::builder().set_field_selectors(Some(fields)).build().unwrap()
    }

    fn category(name: &str) -> AdvancedFieldSelector {
        field("eventCategory").equals(name).build().unwrap()
    }

    #[test]
    fn a_trail_as_it_is_made_records_all_management_events() {
        let made = EventSelector::builder()
            .read_write_type(ReadWriteType::All)
            .include_management_events(true)
            .build();
        let selection = basic(&[made]);
        assert_eq!(selection, Selection::usual());
        assert_eq!(advanced(&[selector(vec![category("Management")])]), Selection::usual());
        assert_eq!(basic(&[]).missing().unwrap(), "management events");
    }

    #[test]
    fn basic_selectors() {
        let buckets = DataResource::builder()
            .r#type("AWS::S3::Object")
            .values("arn:aws:s3:::secret/")
            .build();
        let lambda = DataResource::builder()
            .r#type("AWS::Lambda::Function")
            .values("arn:aws:lambda")
            .build();
        let selection = basic(&[EventSelector::builder()
            .read_write_type(ReadWriteType::WriteOnly)
            .exclude_management_event_sources("kms.amazonaws.com")
            .data_resources(buckets)
            .data_resources(lambda)
            .build()]);
        assert!(selection.writes && !selection.reads);
        assert_eq!(selection.without, ["kms.amazonaws.com"]);
        let of = |at: usize| (&*selection.data[at].kind, selection.data[at].arns.len());
        assert_eq!((of(0), of(1)), (("AWS::S3::Object", 1), ("AWS::Lambda::Function", 0)));
        assert!(selection.data.iter().all(|data| data.is_partial), "reads are not recorded");
    }

    #[test]
    fn advanced_selectors() {
        let management = selector(vec![
            category("Management"),
            field("readOnly").equals("false").build().unwrap(),
            field("eventSource")
                .not_equals("kms.amazonaws.com")
                .not_equals("rdsdata.amazonaws.com")
                .build()
                .unwrap(),
        ]);
        let objects = selector(vec![
            category("Data"),
            field("resources.type").equals("AWS::S3::Object").build().unwrap(),
            field("resources.ARN").starts_with("arn:aws:s3:::secret/").build().unwrap(),
        ]);
        let tables = selector(vec![
            category("Data"),
            field("resources.type").equals("AWS::DynamoDB::Table").build().unwrap(),
            field("eventName").not_equals("GetItem").build().unwrap(),
        ]);
        let network = selector(vec![
            category("NetworkActivity"),
            field("eventSource").equals("s3.amazonaws.com").build().unwrap(),
        ]);
        let selection = advanced(&[management, objects, tables, network]);
        assert!(selection.writes && !selection.reads && selection.network);
        assert_eq!(selection.without, ["kms.amazonaws.com", "rdsdata.amazonaws.com"]);
        let data: Vec<(&str, &[String], bool)> =
            selection.data.iter().map(|it| (&*it.kind, &*it.arns, it.is_partial)).collect();
        let secret = ["arn:aws:s3:::secret/".to_owned()];
        assert_eq!(
            data,
            [("AWS::S3::Object", &secret[..], false), ("AWS::DynamoDB::Table", &[], true)]
        );
    }

    #[test]
    fn selectors_together_record_what_one_of_them_does() {
        let without = |name: &str| {
            selector(vec![
                category("Management"),
                field("eventSource").not_equals(name).build().unwrap(),
            ])
        };
        let both = advanced(&[without("kms.amazonaws.com"), without("rdsdata.amazonaws.com")]);
        assert_eq!(both, Selection::usual());
    }
}
