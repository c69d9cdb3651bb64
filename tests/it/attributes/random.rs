//! Whatever an image brings, and whatever of it a container takes, leaves alone or takes away: the next plan is empty.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::Image;
use crate::world::World;

/// How many images are made, and how many containers from each.
const IMAGES: usize = 5;
const CONTAINERS: usize = 6;

/// One line, or none.
fn line(choices: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    option::of(select(choices))
}

/// What an image runs. With neither there would be nothing to run, whatever the container says.
const PROGRAMS: &[&[&str]] = &[
    &["ENTRYPOINT [\"/bin/sleep\"]", "CMD [\"1000\"]"],
    &["ENTRYPOINT [\"/bin/stand-in\", \"sleep\"]"],
    &["CMD [\"sleep\"]"],
    &["ENTRYPOINT []", "CMD [\"sleep\"]"],
    &["ENTRYPOINT [\"/bin/sleep\"]", "CMD []"],
];

/// The instructions of an image.
fn image() -> impl Strategy<Value = Vec<&'static str>> {
    (
        vec(
            select(
                &[
                    "ENV A=image",
                    "ENV B=image C=\"x=y z\"",
                    "ENV PATH=/bin:/other",
                    "ENV A=",
                ][..],
            ),
            0..3,
        ),
        line(&["USER 1000", "USER 1000:1000", "USER 0"]),
        line(&["WORKDIR /srv", "WORKDIR /srv/../tmp", "WORKDIR /"]),
        select(PROGRAMS),
        line(&[
            "HEALTHCHECK --interval=5s CMD [\"print\", \"x\"]",
            "HEALTHCHECK --timeout=2s --start-period=1s CMD [\"print\", \"x\"]",
            "HEALTHCHECK --retries=4 CMD print x",
            "HEALTHCHECK NONE",
        ]),
        line(&["STOPSIGNAL KILL", "STOPSIGNAL 15", "STOPSIGNAL SIGHUP"]),
        vec(
            select(&["LABEL a=image", "LABEL b=\"\" c=image", "LABEL org.example.d=1"][..]),
            0..3,
        ),
        vec(
            select(&["EXPOSE 80", "EXPOSE 53/udp 9000", "EXPOSE 100-102"][..]),
            0..2,
        ),
        vec(select(&["VOLUME /data", "VOLUME [\"/a\", \"/b\"]"][..]), 0..2),
    )
        .prop_map(
            |(env, user, directory, program, check, signal, labels, ports, volumes)| {
                let ones = [user, directory, check, signal];
                env.into_iter()
                    .chain(program.iter().copied())
                    .chain(ones.into_iter().flatten())
                    .chain(labels)
                    .chain(ports)
                    .chain(volumes)
                    .collect()
            },
        )
}

/// The attributes of a container.
fn container() -> impl Strategy<Value = Vec<&'static str>> {
    let program = prop_oneof![
        Just(Vec::new()),
        Just(vec!["command = [\"sleep\"]"]),
        Just(vec!["command = []"]),
        Just(vec!["entrypoint = [\"/bin/sleep\"]"]),
        Just(vec!["entrypoint = [\"/bin/sleep\"]", "command = [\"1000\"]"]),
        Just(vec!["entrypoint = []", "command = [\"/bin/sleep\"]"]),
    ];
    (
        program,
        line(&[
            "env = { A = \"own\" }",
            "env = { A = \"\", D = \"1\" }",
            "env = {}",
            "env = { PATH = \"/bin\" }",
        ]),
        line(&[
            "labels = { a = \"own\" }",
            "labels = { b = \"\", e = \"x\" }",
            "labels = {}",
        ]),
        line(&["user = \"0\"", "user = \"1000:1000\"", "user = \"\""]),
        line(&["working_dir = \"/\"", "working_dir = \"/tmp/.\""]),
        line(&["expose = [\"80\"]", "expose = [\"7/udp\", \"80\"]", "expose = []"]),
        line(&["stop_signal = \"TERM\"", "stop_signal = \"9\""]),
        line(&[
            "healthcheck {\n retries = 9\n}",
            "healthcheck {\n interval = \"7s\"\n timeout = \"1s\"\n}",
            "healthcheck {\n test = [\"CMD\", \"print\", \"own\"]\n}",
            "healthcheck {\n disable = true\n}",
            "healthcheck {}",
        ]),
    )
        .prop_map(|(program, env, labels, user, directory, ports, signal, check)| {
            let ones = [env, labels, user, directory, ports, signal, check];
            program.into_iter().chain(ones.into_iter().flatten()).collect()
        })
}

#[test]
fn nothing_of_any_image_shows_whatever_is_asked_for() {
    let world = World::new("rand");
    // The same images and containers in every run, so that a failure can be looked at again.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut sample = |count: usize| -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
        let image = image().new_tree(&mut runner).unwrap().current();
        let containers = vec(container(), count).new_tree(&mut runner).unwrap().current();
        (image, containers)
    };
    let mut images = Vec::new();
    let mut blocks = String::new();
    for number in 0..IMAGES {
        let (instructions, containers) = sample(CONTAINERS);
        let image = Image::tagged(&world, &number.to_string(), &instructions);
        for (at, lines) in containers.iter().enumerate() {
            // Made but not started: not every command of every image is one.
            let lines = lines.join("\n");
            let reference = &image.0;
            blocks += &format!(
                "# FROM: {}\ncontainer \"c{number}_{at}\" {{\nimage = \"{reference}\"\nrunning = false\n{lines}\n}}\n",
                instructions.join("; "),
            );
        }
        images.push(image);
    }
    world.config(&blocks).apply(&[]);
    world.destroy(&[]);
}
