"""In which order tests run and configurations are booted, when several can go on at a time."""

from collections import deque

from .configuration import DEFAULT


class Plan:
    """Tests in groups of one configuration each, in the order in which the configurations come. Those that have no snapshot yet
    are booted ahead, one at a time."""

    def __init__(self, tests: list, to_boot: list):
        configurations = list(dict.fromkeys([None, *map(configuration_of, tests)]))  # None: tests that wait for no snapshot
        self._tests = sorted(tests, key=lambda test: configurations.index(configuration_of(test)))
        self._to_boot = deque(to_boot)
        self._booting = []

    def next_boot(self):
        """The configuration that is to be booted now, if any; then call booted() or drop()."""
        if not self._to_boot or self._booting:
            return None
        self._booting.append(self._to_boot.popleft())
        return self._booting[-1]

    def next_test(self):
        """The test that is to be run now, if any."""
        test = self._ready()
        if test:
            self._tests.remove(test)
        return test

    def booted(self, configuration):
        self._booting.remove(configuration)

    def drop(self, configuration) -> list:
        """The configuration cannot be booted; returns its tests, which then are not in the plan any more."""
        self._booting.remove(configuration)
        dropped = [test for test in self._tests if configuration_of(test) == configuration]
        self._tests = [test for test in self._tests if test not in dropped]
        return dropped

    def _ready(self):
        missing = [*self._booting, *self._to_boot]
        return next((test for test in self._tests if configuration_of(test) not in missing), None)


def configuration_of(test):
    """The configuration whose restored copy it gets, None if it starts its ECU itself."""
    return getattr(test, "configuration", DEFAULT)
