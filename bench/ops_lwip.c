/* bench/ops_lwip.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * lwIP's pbufs, from the system's shared library.  That library is built for
 * a system with an operating system and takes all memory, pools included,
 * from malloc (MEMP_MEM_MALLOC and MEM_LIBC_MALLOC); its counts are guarded
 * by a pthread mutex.  So the numbers are those of that port, not of lwIP
 * with static pools on a microcontroller.
 */

#include <stddef.h>

#include <lwip/init.h>
#include <lwip/pbuf.h>

#include "ops.h"

static struct pbuf *g_pbuf;

/* The shared library is initialised once: lwIP has no way back. */

static bool setup(void)
{
  static bool done;

  if (!done)
    {
      lwip_init();
      done = true;
    }

  return true;
}

static bool setup_1514(void)
{
  setup();
  g_pbuf = pbuf_alloc(PBUF_RAW, 1514, PBUF_RAM);
  return g_pbuf != NULL;
}

static bool setup_headroom(void)
{
  setup();
  g_pbuf = pbuf_alloc(PBUF_TRANSPORT, 1460, PBUF_RAM);
  return g_pbuf != NULL;
}

static void teardown(void)
{
  pbuf_free(g_pbuf);
  g_pbuf = NULL;
}

static void run_alloc(uint32_t count, u16_t size, pbuf_type type)
{
  while (count-- > 0)
    {
      struct pbuf *p = pbuf_alloc(PBUF_RAW, size, type);

      OPS_USE(p);
      pbuf_free(p);
    }
}

static void run_pool(uint32_t count)
{
  run_alloc(count, 100, PBUF_POOL);
}

static void run_ram(uint32_t count)
{
  run_alloc(count, 100, PBUF_RAM);
}

static void run_pool_9000(uint32_t count)
{
  run_alloc(count, 9000, PBUF_POOL);
}

static void run_ram_9000(uint32_t count)
{
  run_alloc(count, 9000, PBUF_RAM);
}

static void run_ref(uint32_t count)
{
  while (count-- > 0)
    {
      pbuf_ref(g_pbuf);
      pbuf_free(g_pbuf);
    }
}

static void run_header(uint32_t count)
{
  while (count-- > 0)
    {
      pbuf_add_header(g_pbuf, 54);
      pbuf_remove_header(g_pbuf, 54);
    }
}

static void run_clone(uint32_t count)
{
  while (count-- > 0)
    {
      struct pbuf *p = pbuf_clone(PBUF_RAW, PBUF_RAM, g_pbuf);

      OPS_USE(p);
      pbuf_free(p);
    }
}

const struct op_s g_ops_lwip[] =
{
  {
    "lwip_pool", "lwIP PBUF_POOL 100 B", false, setup, run_pool, NULL
  },
  {
    "lwip_ram", "lwIP PBUF_RAM 100 B", false, setup, run_ram, NULL
  },
  {
    "lwip_pool_9000", "lwIP PBUF_POOL 9000 B", false, setup, run_pool_9000,
    NULL
  },
  {
    "lwip_ram_9000", "lwIP PBUF_RAM 9000 B", false, setup, run_ram_9000, NULL
  },
  {
    "lwip_ref_free", "lwIP ref/free", false, setup_1514, run_ref, teardown
  },
  {
    "lwip_header", "lwIP add/remove 54 B header", false, setup_headroom,
    run_header, teardown
  },
  {
    "lwip_clone_1514", "lwIP clone 1514 B", false, setup_1514, run_clone,
    teardown
  },
  {
    NULL, NULL, false, NULL, NULL, NULL
  }
};
