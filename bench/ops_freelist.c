/* bench/ops_freelist.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The free list of freelist.c, timed.  1514 bytes are a chain of 8 buffers,
 * 9000 bytes a chain of 46: contiguous memory is not to be had.
 */

#include <stddef.h>

#include "freelist.h"
#include "ops.h"

/* A packet of n buffers; NULL, and nothing taken, if they are not there. */

static struct flbuf_s *freelist_chain(uint32_t n)
{
  struct flbuf_s *head = NULL;

  while (n-- > 0)
    {
      struct flbuf_s *buf = freelist_tryalloc(false);

      if (buf == NULL)
        {
          break;
        }

      buf->flink = head;
      head = buf;
    }

  return head;
}

static bool setup(void)
{
  freelist_initialize();
  return true;
}

static void run_chain(uint32_t count, uint32_t n)
{
  while (count-- > 0)
    {
      struct flbuf_s *buf = freelist_chain(n);

      OPS_USE(buf);
      while (buf != NULL)
        {
          buf = freelist_free(buf);
        }
    }
}

static void run_100(uint32_t count)
{
  while (count-- > 0)
    {
      struct flbuf_s *buf = freelist_tryalloc(false);

      OPS_USE(buf);
      freelist_free(buf);
    }
}

static void run_1514(uint32_t count)
{
  run_chain(count, (1514 + FREELIST_BUFSIZE - 1) / FREELIST_BUFSIZE);
}

static void run_9000(uint32_t count)
{
  run_chain(count, (9000 + FREELIST_BUFSIZE - 1) / FREELIST_BUFSIZE);
}

const struct op_s g_ops_freelist[] =
{
  {
    "freelist_100", "free list, 100 B: 1 buffer", false, setup, run_100, NULL
  },
  {
    "freelist_1514", "free list, 1514 B: 8", false, setup, run_1514, NULL
  },
  {
    "freelist_9000", "free list, 9000 B: 46", false, setup, run_9000, NULL
  },
  {
    NULL, NULL, false, NULL, NULL, NULL
  }
};
