//! The options of the systems as flags, made from what the registry says about them.

use clap::{Arg, ArgMatches, Command, FromArgMatches};
use indexmap::IndexMap;
use spanlight_models::systems::REGISTRY;
use spanlight_models::systems::options::{Options, SystemOption};

/// What was chosen among the options of all systems.
#[derive(Clone, Debug, Default)]
pub struct Chosen(pub Options);

impl clap::Args for Chosen {
    fn augment_args(command: Command) -> Command {
        flags().into_iter().fold(command, |command, (name, systems)| command.arg(flag(name, &systems)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Chosen {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut chosen = Self::default();
        chosen.update_from_arg_matches(matches)?;
        Ok(chosen)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let given = |name: &'static str| Some((name, matches.get_one::<String>(name)?));
        self.0 = flags().into_keys().filter_map(given).collect();
        Ok(())
    }
}

/// The systems that have an option, with what they say about it, by its name.
fn flags() -> IndexMap<&'static str, Vec<(&'static str, &'static SystemOption)>> {
    let mut flags: IndexMap<_, Vec<_>> = IndexMap::new();
    for info in REGISTRY.iter().map(|entry| entry.info) {
        for option in info.options {
            flags.entry(option.name).or_default().push((info.name, option));
        }
    }
    flags
}

fn flag(name: &'static str, systems: &[(&'static str, &'static SystemOption)]) -> Arg {
    let defaults: Vec<String> =
        systems.iter().map(|(system, option)| format!("{system}: {}", option.default)).collect();
    let flag = Arg::new(name).long(name).conflicts_with("model").help_heading("Options of systems");
    match systems {
        [(_, option), ..] => {
            flag.value_name(option.value).help(format!("{} [default: {}]", option.summary, defaults.join("; ")))
        }
        [] => flag,
    }
}
