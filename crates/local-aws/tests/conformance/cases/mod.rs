//! The cases by theme. A case uses names of its own, so that all can share one backend.

mod batch;
mod creation;
mod deletion;
mod filters;
mod kms_alias;
mod kms_key;
mod policies;
mod replicas;
mod role_policies;
mod roles;
mod rotation;
mod sealing;
mod staging;
mod sts;
mod versions;

use std::future::Future;
use std::pin::Pin;

use crate::aws::Aws;
use crate::check::Outcome;

/// One thing that AWS does.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Aws) -> Pin<Box<dyn Future<Output = Outcome>>>,
}

macro_rules! cases {
    ($($theme:ident: $($case:ident),+;)+) => {
        vec![$($(Case {
            name: concat!(stringify!($theme), "::", stringify!($case)),
            run: |aws| Box::pin(async move { $theme::$case(&aws).await }),
        }),+),+]
    };
}

/// Returns every case.
pub(crate) fn all() -> Vec<Case> {
    cases! {
        creation: arn_is_name_and_six_characters, without_a_value_there_is_no_version,
            repeated_with_its_token_it_is_the_same, token_with_another_value_is_refused,
            existing_name_is_refused, name_with_a_space_is_refused, largest_value_is_accepted,
            larger_value_is_refused, string_and_binary_together_are_refused,
            binary_value_comes_back, description_key_and_tags_are_told,
            managed_key_is_not_told, partial_arn_finds_it, partial_arn_like_a_whole_one_finds_nothing,
            update_changes_the_description_alone, tags_come_and_go, reserved_tag_is_refused,
            more_than_fifty_tags_are_refused, random_password_holds_each_type;
        versions: token_is_the_version_id, same_token_and_value_is_no_new_version,
            same_token_and_other_value_is_refused, short_token_is_refused,
            update_with_a_used_token_is_refused, put_without_a_value_is_refused,
            previous_follows_current, old_version_is_read_by_id, missing_version_is_not_found,
            id_and_label_must_agree, deprecated_versions_are_listed_on_request;
        staging: first_version_is_current_under_any_label, put_under_a_label_leaves_current,
            swap_moves_current_and_previous, swap_is_what_is_read_next, lost_swap_is_refused,
            swap_without_the_old_version_is_refused, current_cannot_be_taken_off,
            other_label_can_be_taken_off, more_than_twenty_labels_are_refused;
        filters: name_is_a_prefix, values_are_alternatives, filters_are_joined,
            exclamation_mark_turns_round, description_is_words_without_case, all_looks_everywhere,
            unknown_key_is_refused, pages_hold_everything_once, wrong_token_is_refused,
            order_can_be_turned_round, planned_deletions_are_listed_on_request;
        deletion: default_window_is_thirty_days, window_below_seven_is_refused,
            window_above_thirty_is_refused, force_with_a_window_is_refused,
            pending_cannot_be_read, pending_cannot_be_written, pending_is_described,
            pending_cannot_be_deleted_again, name_cannot_be_created_while_pending,
            restored_is_as_before, forced_is_gone, forcing_what_is_not_there_succeeds;
        policies: policy_comes_back, deleted_policy_is_gone, malformed_policy_is_refused,
            public_policy_is_refused_where_blocked, public_policy_is_accepted_otherwise,
            validation_finds_a_public_policy, validation_passes_a_named_reader;
        rotation: needs_a_function, missing_function_is_refused, of_an_empty_secret_is_refused, rules_are_told,
            days_above_a_thousand_are_refused, cancelled_keeps_the_function;
        replicas: replica_is_told_and_readable, replica_follows_its_primary,
            replica_cannot_be_written, primary_with_replicas_cannot_be_deleted,
            removed_replica_is_gone, own_region_is_refused, stopped_replica_can_be_written;
        batch: values_and_errors_come_together, more_than_twenty_are_refused,
            ids_and_filters_together_are_refused, filters_choose;
        sealing: missing_key_is_refused, disabled_key_is_refused_at_creation,
            disabled_key_fails_the_read, enabled_again_it_reads, pending_key_fails_the_read,
            changed_key_seals_what_is_there, decrypt_needs_the_same_context,
            rotated_key_reads_what_it_sealed;
        kms_key: policy_of_creation_comes_back, default_policy_lets_the_account_in,
            policy_comes_back, malformed_policy_is_refused, lock_out_is_refused,
            tags_come_and_go, description_changes, rotation_is_off_at_first,
            rotation_period_is_remembered, rotation_period_below_ninety_is_refused,
            disabled_key_cannot_start_rotation, disabled_and_enabled,
            deletion_window_below_seven_is_refused, deletion_is_pending,
            deletion_cannot_be_scheduled_twice, cancelled_deletion_leaves_it_disabled, arn_names_a_key,
            alias_does_not_name_a_key_to_change,
            pages_hold_everything_once, missing_key_is_not_found;
        kms_alias: key_is_found_by_alias, existing_alias_is_refused, reserved_alias_is_refused,
            name_without_prefix_is_refused, alias_moves, deleted_alias_is_gone,
            missing_alias_is_not_found, alias_outlives_a_pending_key,
            alias_to_a_pending_key_is_refused, aliases_of_one_key_are_listed;
        roles: everything_comes_back, existing_name_is_refused,
            existing_name_in_other_case_is_refused, malformed_trust_is_refused,
            trust_with_a_resource_is_refused, long_trust_is_refused, trust_changes,
            description_changes, text_beyond_ascii_comes_back, tags_come_and_go,
            boundary_comes_and_goes, path_prefix_lists, details_hold_the_whole_role,
            details_come_in_pages, missing_role_is_not_found;
        role_policies: inline_policy_comes_back, inline_policy_is_replaced,
            malformed_inline_policy_is_refused, long_inline_policies_are_refused,
            missing_inline_policy_is_not_found, policy_of_aws_can_be_attached,
            missing_policy_cannot_be_attached, detached_twice_is_refused,
            role_with_inline_policy_is_kept, role_with_attached_policy_is_kept,
            role_without_policies_is_deleted, own_policy_in_use_is_kept;
        sts: caller_is_in_an_account, caller_is_a_principal_of_iam, assumed_role_is_the_caller;
    }
}
