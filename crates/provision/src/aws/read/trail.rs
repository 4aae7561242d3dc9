//! The trails that write what happens in a region, and what they leave out.

use aws_sdk_cloudtrail::types::{
    AdvancedEventSelector, AdvancedFieldSelector, EventSelector, ReadWriteType, Trail as Told,
};
use provision_core::doctor::Trail;

use crate::aws::connect::Aws;
use crate::aws::error::AwsError;

const KMS: &str = "kms.amazonaws.com";

/// Returns the trails of the region, those of other regions that write here included
pub(crate) async fn trails(aws: &Aws) -> Result<Vec<Trail>, AwsError> {
    let answer = aws
        .trail
        .describe_trails()
        .send()
        .await
        .map_err(|e| AwsError::new("cloudtrail:DescribeTrails", e))?;
    let mut trails = Vec::new();
    for told in answer.trail_list() {
        trails.push(one(aws, told).await?);
    }
    Ok(trails)
}

async fn one(aws: &Aws, told: &Told) -> Result<Trail, AwsError> {
    let id = told.trail_arn().or(told.name()).unwrap_or_default();
    let status = aws
        .trail
        .get_trail_status()
        .name(id)
        .send()
        .await
        .map_err(|e| AwsError::new("cloudtrail:GetTrailStatus", e))?;
    let selectors = aws
        .trail
        .get_event_selectors()
        .trail_name(id)
        .send()
        .await
        .map_err(|e| AwsError::new("cloudtrail:GetEventSelectors", e))?;
    let written = match selectors.advanced_event_selectors() {
        [] => plain(selectors.event_selectors()),
        advanced => of_advanced(advanced),
    };
    let group = told.cloud_watch_logs_log_group_arn().and_then(|arn| arn.split(':').nth(6));
    Ok(Trail {
        name: told.name().unwrap_or(id).to_owned(),
        is_logging: status.is_logging() == Some(true),
        log_group: group.map(str::to_owned),
        ..written
    })
}

/// What a trail writes by selectors of the older form; without any, all management events
fn plain(selectors: &[EventSelector]) -> Trail {
    if selectors.is_empty() {
        return Trail { reads: true, writes: true, ..Trail::default() };
    }
    let management = || selectors.iter().filter(|s| s.include_management_events() != Some(false));
    let writes_of = |other: ReadWriteType| {
        management().any(|s| s.read_write_type().is_none_or(|kind| *kind != other))
    };
    let excluded =
        |s: &EventSelector| s.exclude_management_event_sources().iter().any(|e| e == KMS);
    Trail {
        reads: writes_of(ReadWriteType::WriteOnly),
        writes: writes_of(ReadWriteType::ReadOnly),
        without_kms: management().all(excluded),
        ..Trail::default()
    }
}

/// What a trail writes by selectors of the newer form
fn of_advanced(selectors: &[AdvancedEventSelector]) -> Trail {
    let field = |s: &AdvancedEventSelector, name: &str| -> Option<AdvancedFieldSelector> {
        s.field_selectors().iter().find(|field| field.field() == name).cloned()
    };
    let management: Vec<&AdvancedEventSelector> = selectors
        .iter()
        .filter(|s| {
            field(s, "eventCategory").is_some_and(|f| f.equals().iter().any(|e| e == "Management"))
        })
        .collect();
    let read_only = |s: &AdvancedEventSelector, wanted: &str| {
        field(s, "readOnly").is_none_or(|f| f.equals().iter().any(|value| value == wanted))
    };
    let excluded = |s: &&AdvancedEventSelector| {
        field(s, "eventSource").is_some_and(|f| f.not_equals().iter().any(|source| source == KMS))
    };
    Trail {
        reads: management.iter().any(|s| read_only(s, "true")),
        writes: management.iter().any(|s| read_only(s, "false")),
        without_kms: !management.is_empty() && management.iter().all(excluded),
        ..Trail::default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn told(trail: &Trail) -> (bool, bool, bool) {
        (trail.reads, trail.writes, trail.without_kms)
    }

    #[test]
    fn a_trail_without_selectors_writes_every_management_event() {
        assert_eq!(told(&plain(&[])), (true, true, false));
    }

    #[test]
    fn selectors_leave_out_what_they_say() {
        let selector = |kind: ReadWriteType| EventSelector::builder().read_write_type(kind);
        let all = selector(ReadWriteType::All).build();
        let writes = selector(ReadWriteType::WriteOnly).build();
        let data = selector(ReadWriteType::All).include_management_events(false).build();
        let quiet = selector(ReadWriteType::All).exclude_management_event_sources(KMS).build();
        assert_eq!(told(&plain(std::slice::from_ref(&all))), (true, true, false));
        assert_eq!(told(&plain(std::slice::from_ref(&writes))), (false, true, false));
        assert_eq!(told(&plain(&[data])), (false, false, true));
        assert_eq!(told(&plain(std::slice::from_ref(&quiet))), (true, true, true));
        assert_eq!(told(&plain(&[quiet, all])), (true, true, false));
    }

    #[test]
    fn selectors_of_the_newer_form_do_so_as_well() {
        let field = |name: &str| AdvancedFieldSelector::builder().field(name);
        let category = field("eventCategory").equals("Management").build().unwrap();
        let with = |more: Vec<AdvancedFieldSelector>| {
            let fields = [vec![category.clone()], more].concat();
            AdvancedEventSelector::builder().set_field_selectors(Some(fields)).build().unwrap()
        };
        assert_eq!(told(&of_advanced(&[with(vec![])])), (true, true, false));
        let reads = field("readOnly").equals("true").build().unwrap();
        assert_eq!(told(&of_advanced(&[with(vec![reads])])), (true, false, false));
        let quiet = field("eventSource").not_equals(KMS).build().unwrap();
        assert_eq!(told(&of_advanced(&[with(vec![quiet])])), (true, true, true));
    }
}
