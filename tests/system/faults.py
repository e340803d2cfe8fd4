# SPDX-License-Identifier: MIT
"""What every field of daemons must live through, told once for all kinds of fields."""
import unittest


class Anew:
    """A field, and another one in its place where all of it stood still for a while: after that its daemons
    are patient with each other for longer than on a calm machine."""

    def __init__(self, start):
        self.start = start

    def __enter__(self):
        self.field = self.start()
        return self

    def again(self):
        self.field.close()
        self.field = self.start()

    def __exit__(self, *how):
        self.field.__exit__(*how)


class Faults(unittest.TestCase):
    def field(self, count):
        raise NotImplementedError

    def assert_right(self, field):
        verdict = field.finish()
        self.assertEqual(verdict.violations, [])
        self.assertTrue(all(life.messages for life in verdict.lives if life.complete))
        self.assertEqual(sum(life.complete for life in verdict.lives), len(field.clients))

    def survivors(self, field, *gone):
        return [c for n, c in field.clients.items() if int(n[1:]) not in gone]


class AnyField:
    """Mixed into a test case that says which field."""

    def test_a_daemon_is_killed_and_started_again(self):
        with self.field(3).start_all() as f:
            f.clients_everywhere()
            for victim in (1, 3):
                f.ask_all("more 100")
                f.kill(victim)
                for c in self.survivors(f, victim):
                    c.ask("members 2")
                    c.ask("more 50")
                f.start(victim)
                f.ask_all("members 3")
            self.assert_right(f)

    def test_a_daemon_leaves_and_another_is_killed_meanwhile(self):
        with self.field(5).start_all() as f:
            f.clients_everywhere()
            f.ask_all("more 100")
            f.terminate(2)
            f.kill(1)
            for c in self.survivors(f, 1, 2):
                c.ask("members 3")
                c.ask("more 50")
            f.start(1)
            f.start(2)
            self.assert_right(f)

    def test_a_daemon_is_stopped_until_it_is_given_up_and_goes_on(self):
        with self.field(3).start_all() as f:
            f.clients_everywhere()
            f.ask_all("more 100")
            f.stop(2)
            for c in self.survivors(f, 2):
                c.ask("members 2")
                c.ask("more 50")
            f.go_on(2)
            f.await_log(2, "this process did not run for")
            f.ask_all("members 3")
            f.ask_all("more 100")
            self.assert_right(f)

    def test_the_ring_is_cut_in_two_and_merged(self):
        with self.field(5).start_all() as f:
            f.clients_everywhere()
            f.ask_all("more 100")
            f.cut([1, 4], [2, 3, 5])
            for i in range(1, 6):
                f.clients[f"c{i}"].ask("members 2" if i in (1, 4) else "members 3")
            f.ask_all("more 50")
            f.heal()
            f.ask_all("members 5")
            f.ask_all("more 100")
            self.assert_right(f)
