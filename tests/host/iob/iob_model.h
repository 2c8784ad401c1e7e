/* tests/host/iob/iob_model.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A model of packets that drives mm/iob and compares.
 *
 * A stream of bytes decides everything: which operation comes next, on which
 * packet, with which arguments.  A test takes the stream from a generator, a
 * fuzzer takes it from its input; the model does not know the difference.
 * Each run starts with iob_initialize() and ends with everything freed.
 *
 * Single-threaded port only: the waits of the library call into the model,
 * which then plays the other tasks, and an operation may run as an
 * interrupt.
 */

#ifndef __TESTS_HOST_IOB_IOB_MODEL_H
#define __TESTS_HOST_IOB_IOB_MODEL_H

#include <nuttx/config.h>

#include <stddef.h>
#include <stdint.h>

/* Packets that the operation has no business with are looked at, and
 * iob_check() is called, after every iob_model_every steps: 1 for short
 * runs and for the search of a failure, more for long runs.
 */

extern unsigned int iob_model_every;

/* Run the steps that the bytes say.  Returns zero; -1 if the library and
 * the model differ, after the difference, the step and the last operations
 * were printed to stderr.
 */

int iob_model_run(const uint8_t *bytes, size_t n);

/* The same with bytes from a generator, for a number of steps */

int iob_model_random(uint64_t seed, unsigned long steps);

/* The first n bytes of the generator */

void iob_model_bytes(uint64_t seed, uint8_t *bytes, size_t n);

/* Print the seed, the step and the last operations.  For those who learn of
 * a crash: nothing happens when no run is under way.
 */

void iob_model_history(void);

/* The environment variable "name" as a number, or "value" without it.  In
 * the gate (GATE=1) that value is multiplied by "gate".
 */

uint64_t iob_model_option(const char *name, uint64_t value,
                          unsigned int gate);

#endif /* __TESTS_HOST_IOB_IOB_MODEL_H */
