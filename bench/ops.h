/* bench/ops.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is timed: pairs of operations that leave everything as it was
 * (allocate and free, share and free, push and pull), so that they can be
 * repeated without end.  The loop is inside run(), the same for all.
 */

#ifndef BENCH_OPS_H
#define BENCH_OPS_H

#include <stdbool.h>
#include <stdint.h>

struct op_s
{
  const char *name;             /* JSON name, without _ns */
  const char *what;             /* For the table */
  bool scales;                  /* Also timed in the other arenas */
  bool (*setup)(void);          /* May be NULL */
  void (*run)(uint32_t count);
  void (*teardown)(void);       /* May be NULL */
};

/* Ended by entries without a name. */

extern const struct op_s g_ops_base[];
extern const struct op_s g_ops_iob[];
extern const struct op_s g_ops_freelist[];
extern const struct op_s g_ops_lwip[];

/* Keep the compiler from removing an operation whose result nobody uses. */

#define OPS_USE(pointer) __asm__ volatile("" : "+r" (pointer) : : "memory")

#endif /* BENCH_OPS_H */
