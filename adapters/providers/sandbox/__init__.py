"""The sandbox: a whole payment provider inside the process, without keys, network or accounts."""
