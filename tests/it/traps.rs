//! The known ways in which an engine's answer misleads, and the test that each has.

use std::path::Path;

/// Number, what goes wrong, and where its test is.
const TRAPS: &[(u8, &str, &str)] = &[
    (
        1,
        "null, [], {} and absent differ by who made it",
        "null_empty_and_absent_were_three_things",
    ),
    (
        2,
        "no restart policy is `` or `no`",
        "no_restart_policy_was_another_than_no",
    ),
    (
        3,
        "the default network has three names",
        "the_default_network_changed_its_name_with_the_engine",
    ),
    (
        4,
        "`container:NAME` becomes `container:ID`",
        "a_shared_container_that_was_made_anew_was_taken_for_the_same",
    ),
    (
        5,
        "the image's settings are merged in",
        "nothing_of_any_image_shows_whatever_is_asked_for",
    ),
    (
        6,
        "command and entrypoint depend on each other",
        "an_entrypoint_that_was_taken_away_came_back_as_a_change",
    ),
    (
        7,
        "what was taken out looks like the image's",
        "what_the_user_took_out_looked_like_the_images",
    ),
    (
        8,
        "swap is twice the memory",
        "swap_that_the_engine_works_out_was_a_change",
    ),
    (9, "null, 0 and -1 are one", "a_limit_of_minus_one_was_a_limit"),
    (
        10,
        "the engine's defaults show",
        "defaults_of_the_engine_were_changes",
    ),
    (
        11,
        "the engine's log options show",
        "log_options_of_the_engine_were_changes",
    ),
    (
        12,
        "`label=disable` is added",
        "the_label_that_the_engine_adds_to_shared_namespaces_was_a_change",
    ),
    (
        13,
        "a seccomp profile is inlined",
        "a_seccomp_profile_was_compared_letter_by_letter",
    ),
    (
        14,
        "capabilities keep their spelling",
        "the_spelling_of_a_capability_was_a_change",
    ),
    (
        15,
        "ports have several spellings",
        "the_spelling_of_a_port_was_a_change",
    ),
    (
        16,
        "bound but not exposed is not published",
        "ports_are_both_exposed_and_bound",
    ),
    (
        17,
        "picked ports change with every start",
        "the_port_that_the_engine_picked_was_a_change",
    ),
    (
        18,
        "a port on all addresses shows twice",
        "a_port_on_all_addresses_showed_twice",
    ),
    (
        19,
        "mounts have no order",
        "mounts_in_another_order_were_a_change",
    ),
    (
        20,
        "binds make directories, mounts do not",
        "a_directory_of_the_host_was_made_that_nobody_asked_for",
    ),
    (
        21,
        "binds keep their spelling",
        "the_spelling_of_a_bind_was_a_change",
    ),
    (
        22,
        "anonymous volumes are left behind",
        "a_replacement_lost_the_data_of_an_anonymous_volume",
    ),
    (
        23,
        "the mode of memory is octal",
        "the_mode_of_memory_was_read_as_decimal",
    ),
    (
        24,
        "the host name is the short id",
        "the_host_name_that_the_engine_gives_was_a_change",
    ),
    (
        25,
        "the short id is among the aliases",
        "the_short_id_among_the_aliases_was_a_change",
    ),
    (
        26,
        "hardware addresses move with the version",
        "the_hardware_address_that_the_engine_gives_was_a_change",
    ),
    (
        27,
        "older engines take one network at first",
        "further_networks_and_files_come_before_the_start",
    ),
    (
        28,
        "without a mode the first network is not the first",
        "the_first_network_is_the_mode_and_named_by_id",
    ),
    (
        29,
        "unknown attributes are dropped in silence",
        "what_an_older_engine_would_drop_in_silence_is_refused_at_plan",
    ),
    (
        30,
        "an update is ignored with a 200",
        "a_limit_that_the_engine_ignored_was_taken_for_changed",
    ),
    (
        31,
        "an update cannot unset",
        "a_limit_that_cannot_be_unset_in_place_needs_a_replacement",
    ),
    (
        32,
        "values are discarded with a warning",
        "no_attribute_makes_noise",
    ),
    (
        33,
        "a tag moves",
        "a_moved_tag_replaces_and_the_text_of_the_reference_does_not",
    ),
    (
        34,
        "an image's id depends on the engine's store",
        "ids_of_images_were_compared_across_engines",
    ),
    (
        35,
        "an image that was built has no digest",
        "an_image_without_a_digest_was_a_change",
    ),
    (
        36,
        "a health check is merged field by field",
        "a_health_check_that_leaves_out_a_field_took_the_images_for_a_change",
    ),
    (
        37,
        "times below a millisecond are refused",
        "a_time_below_a_millisecond_was_left_to_the_engine",
    ),
    (
        38,
        "directories are cleaned",
        "the_spelling_of_a_directory_was_a_change",
    ),
    (
        39,
        "variables may stand twice",
        "of_two_values_of_a_variable_the_wrong_one_counted",
    ),
    (
        40,
        "proxies of the client are injected",
        "the_proxies_of_the_client_were_given_to_containers",
    ),
    (
        41,
        "signals have names and numbers",
        "the_number_of_a_signal_was_a_change",
    ),
    (42, "links are rewritten", "a_rewritten_link_was_a_change"),
    (
        43,
        "the host's network gives its name",
        "the_host_name_that_the_engine_gives_was_a_change",
    ),
    (
        44,
        "subnets and gateways are filled in",
        "a_subnet_that_the_engine_picked_was_a_change",
    ),
    (
        45,
        "networks may share a name",
        "networks_may_share_a_name_and_then_only_ids_tell_them_apart",
    ),
    (
        46,
        "a volume that is there is taken for made",
        "a_volume_with_other_options_was_taken_for_the_one_that_was_asked_for",
    ),
    (47, "no labels are null", "no_labels_were_a_change"),
    (
        48,
        "a network's id comes with the start",
        "a_network_without_an_id_before_the_start_was_a_change",
    ),
    (
        49,
        "a container vanishes between list and inspect",
        "containers_that_vanish_while_they_are_read_are_gone",
    ),
    (
        50,
        "a mode stays stale",
        "the_mode_of_a_container_in_networks_of_its_own_is_not_read",
    ),
    (
        51,
        "labels cannot follow a change in place",
        "limits_change_in_place_all_at_once",
    ),
    (54, "Podman fills in limits", "what_podman_fills_in_was_a_change"),
    (
        55,
        "Podman fills in variables",
        "what_podman_fills_in_was_a_change",
    ),
];

/// Traps of what wharf does not drive yet: services and secrets of a swarm.
const OF_SWARMS: &[u8] = &[52, 53];

#[test]
fn every_trap_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    for entry in ["src", "tests/it"]
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(root.join(folder)))
    {
        let path = entry.unwrap().into_path();
        let itself = path.ends_with("tests/it/traps.rs");
        if !itself && path.extension().is_some_and(|extension| extension == "rs") {
            tests += &std::fs::read_to_string(path).unwrap();
        }
    }
    let missing: Vec<_> = TRAPS
        .iter()
        .filter(|(_, _, test)| !tests.contains(&format!("fn {test}(")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let mut numbers: Vec<u8> = TRAPS
        .iter()
        .map(|(number, ..)| *number)
        .chain(OF_SWARMS.iter().copied())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=55).collect::<Vec<u8>>());
}
