"""The parts of the benchmark. Each has a function measure(options) that returns tables; command.py names them all."""
