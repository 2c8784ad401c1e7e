# SPDX-License-Identifier: Apache-2.0
#
# What the tests that are scripts share: the command line, and a summary in
# the form of cmocka's, which scripts/check reads.

"""Runs the unittest cases of a script as scripts/check expects."""

import os
import sys
import unittest


def main(module, doc):
    """Run the tests of a module; the exit status.  The first argument, the
    program to test, becomes its KERNEL; the others name tests."""

    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(doc)
        return 0 if "--help" in sys.argv else 2
    module.KERNEL = os.path.abspath(sys.argv[1])
    if not os.access(module.KERNEL, os.X_OK):
        print(f"{sys.argv[0]}: {sys.argv[1]}: not a program",
              file=sys.stderr)
        return 2
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    if len(sys.argv) > 2:
        suite = unittest.TestSuite(
            test for group in suite for test in group
            if any(name in test.id() for name in sys.argv[2:]))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2,
                                     buffer=False).run(suite)
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    print(f"[  PASSED  ] {max(0, result.testsRun - failed - skipped)} "
          "test(s).")
    if skipped:
        print(f"[  SKIPPED ] {skipped} test(s), listed below:")
    if failed:
        print(f"[  FAILED  ] {failed} test(s), listed below:")
    return 1 if failed or not result.testsRun else 0
