//! What only one can have goes from one to another in a single apply: ports, addresses and names change places.

use serde_json::Value as Json;

use crate::world::World;

/// Two containers, each with a port of the host, an address and a name.
fn stack(world: &World, ends: [&str; 2]) -> String {
    let process = std::process::id();
    let subnet = format!("198.18.{}.{}", 224 + process % 32, process / 32 % 32 * 8);
    let (start, last) = subnet.rsplit_once('.').unwrap();
    let base: u32 = last.parse().unwrap();
    let port = 40_000 + process % 9000 * 2;
    let container = |block: &str, end: &str| {
        let number = u32::from(end == "b");
        format!(
            "container \"{block}\" {{\n name = \"{}-{end}\"\n image = \"wharf-stand-in:1\"\n command = [\"serve\", \"--port\", \"80\", \"/\"]\n \
             stop_signal = \"KILL\"\n env = {{ BLOCK = \"{block}\" }}\n port {{\n container = 80\n host = {}\n ip = \"127.0.0.1\"\n}}\n network {{\n \
             name = network.net.name\n ipv4_address = \"{start}.{}\"\n}}\n}}\n",
            world.project,
            port + number,
            base + 2 + number,
        )
    };
    format!(
        "network \"net\" {{\n ipam {{\n config {{\n subnet = \"{subnet}/29\"\n}}\n}}\n}}\n{}{}",
        container("one", ends[0]),
        container("two", ends[1])
    )
}

/// Returns which block's container has the name, the port and the address of an end.
fn holder(world: &World, end: &str) -> (Json, Json, Json) {
    let inspect = world.container(end);
    let network = &inspect["NetworkSettings"]["Networks"][format!("{}-net", world.project)];
    (
        inspect["Config"]["Env"]
            .as_array()
            .unwrap()
            .iter()
            .find(|pair| pair.as_str().unwrap().starts_with("BLOCK="))
            .unwrap()
            .clone(),
        inspect["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"].clone(),
        network["IPAddress"].clone(),
    )
}

#[test]
fn a_port_an_address_and_a_name_change_places_in_one_apply() {
    let world = World::new("places");
    world.config(&stack(&world, ["a", "b"])).apply(&[]);
    let (a, b) = (holder(&world, "a"), holder(&world, "b"));
    assert_eq!((&a.0, &b.0), (&"BLOCK=one".into(), &"BLOCK=two".into()));
    world.config(&stack(&world, ["b", "a"])).apply(&[]);
    assert_eq!(holder(&world, "a"), ("BLOCK=two".into(), a.1, a.2));
    assert_eq!(holder(&world, "b"), ("BLOCK=one".into(), b.1, b.2));
    world.destroy(&[]);
}
