/* bench/kernel_pthread.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Semaphore ping-pong between two threads of the host: what the kernel's is
 * compared with.  A file of its own, because of the host's <semaphore.h>.
 */

#ifndef BENCH_KERNEL_PTHREAD_H
#define BENCH_KERNEL_PTHREAD_H

#include <stdbool.h>

/* Round trips, both threads on one processor if so; ns for each.  False if
 * it cannot be done.
 */

bool pthread_pingpong(int n, bool one_cpu, double *ns);

#endif /* BENCH_KERNEL_PTHREAD_H */
