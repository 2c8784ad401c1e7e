/* bench/ops_base.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The C library's allocator, and nothing at all: the cost of the loop, and
 * when timed one by one, of the clock.
 */

#include <stddef.h>
#include <stdlib.h>

#include "ops.h"

static void run_empty(uint32_t count)
{
  void *p = NULL;

  while (count-- > 0)
    {
      OPS_USE(p);
    }
}

static void run_malloc(uint32_t count, size_t size)
{
  while (count-- > 0)
    {
      void *p = malloc(size);

      OPS_USE(p);
      free(p);
    }
}

static void run_malloc_100(uint32_t count)
{
  run_malloc(count, 100);
}

static void run_malloc_1514(uint32_t count)
{
  run_malloc(count, 1514);
}

static void run_malloc_9000(uint32_t count)
{
  run_malloc(count, 9000);
}

const struct op_s g_ops_base[] =
{
  { "empty", "nothing", false, NULL, run_empty, NULL },
  { "malloc_100", "malloc/free 100 B", false, NULL, run_malloc_100, NULL },
  { "malloc_1514", "malloc/free 1514 B", false, NULL, run_malloc_1514, NULL },
  { "malloc_9000", "malloc/free 9000 B", false, NULL, run_malloc_9000, NULL },
  { NULL, NULL, false, NULL, NULL, NULL }
};
