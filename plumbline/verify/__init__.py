"""The command `verify`: the last commit is run again, and every artifact compared with the recorded one."""
