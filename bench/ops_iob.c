/* bench/ops_iob.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The operations of mm/iob.
 */

#include <nuttx/config.h>

#include <stddef.h>
#include <string.h>

#include <nuttx/mm/iob.h>

#include "ops.h"

#define HEADERS 54u             /* Ethernet, IPv4, TCP */
#define PAYLOAD 1460u

static struct iob_s *g_iob_op;

static bool setup(void)
{
  iob_initialize();
  return true;
}

/* A frame of 1514 bytes, its headers in front of the payload. */

static bool setup_frame(void)
{
  iob_initialize();
  g_iob_op = iob_tryalloc_contig(PAYLOAD, HEADERS, IOB_CLASS_TX);
  if (g_iob_op == NULL)
    {
      return false;
    }

  g_iob_op->io_len = PAYLOAD;
  g_iob_op->io_pktlen = PAYLOAD;
  memset(IOB_DATA(g_iob_op), 0x5a, PAYLOAD);
  return iob_push(g_iob_op, HEADERS) == 0;
}

static bool setup_payload(void)
{
  return setup_frame() && iob_pull(g_iob_op, HEADERS) == 0;
}

static void teardown(void)
{
  iob_free_chain(g_iob_op);
  g_iob_op = NULL;
}

static void run_alloc(uint32_t count, unsigned int size)
{
  while (count-- > 0)
    {
      struct iob_s *iob = iob_tryalloc_contig(size, 0, IOB_CLASS_TX);

      OPS_USE(iob);
      iob_free(iob);
    }
}

static void run_alloc_100(uint32_t count)
{
  run_alloc(count, 100);
}

static void run_alloc_1514(uint32_t count)
{
  run_alloc(count, 1514);
}

static void run_alloc_9000(uint32_t count)
{
  run_alloc(count, 9000);
}

static void run_alloc_pool(uint32_t count)
{
  while (count-- > 0)
    {
      struct iob_s *iob = iob_tryalloc(false);

      OPS_USE(iob);
      iob_free(iob);
    }
}

static void run_share(uint32_t count)
{
  while (count-- > 0)
    {
      struct iob_s *view = iob_share(g_iob_op, HEADERS, PAYLOAD);

      OPS_USE(view);
      iob_free(view);
    }
}

static void run_push_pull(uint32_t count)
{
  while (count-- > 0)
    {
      iob_push(g_iob_op, HEADERS);
      OPS_USE(g_iob_op);
      iob_pull(g_iob_op, HEADERS);
    }
}

static void run_clone(uint32_t count)
{
  while (count-- > 0)
    {
      struct iob_s *copy = iob_tryalloc_contig(HEADERS + PAYLOAD, 0,
                                               IOB_CLASS_TX);

      iob_clone(g_iob_op, copy, false, false);
      OPS_USE(copy);
      iob_free_chain(copy);
    }
}

/* Trimming cannot be undone by a call: three stores put the data back. */

static void run_trim(uint32_t count)
{
  while (count-- > 0)
    {
      g_iob_op = iob_trimhead(g_iob_op, HEADERS);
      OPS_USE(g_iob_op);
      g_iob_op->io_offset -= HEADERS;
      g_iob_op->io_len += HEADERS;
      g_iob_op->io_pktlen += HEADERS;
    }
}

const struct op_s g_ops_iob[] =
{
  {
    "alloc_free_100", "iob alloc/free 100 B", true, setup, run_alloc_100,
    NULL
  },
  {
    "alloc_free_1514", "iob alloc/free 1514 B", true, setup, run_alloc_1514,
    NULL
  },
  {
    "alloc_free_9000", "iob alloc/free 9000 B", true, setup, run_alloc_9000,
    NULL
  },
  {
    "alloc_free_pool", "iob_tryalloc/free", false, setup, run_alloc_pool,
    NULL
  },
  {
    "share_free", "iob share/free", false, setup_frame, run_share, teardown
  },
  {
    "push_pull", "iob push/pull 54 B", false, setup_payload, run_push_pull,
    teardown
  },
  {
    "clone_1514", "iob alloc, clone 1514 B, free", false, setup_frame,
    run_clone, teardown
  },
  {
    "trim", "iob trimhead 54 B", false, setup_frame, run_trim, teardown
  },
  {
    NULL, NULL, false, NULL, NULL, NULL
  }
};
