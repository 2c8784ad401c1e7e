/* arch/sim/sim_heap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The kernel heap: the host's, counted.
 */

#include <nuttx/config.h>

#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>

#include "up.h"

struct heap_s
{
  struct kmm_info_s info;
  unsigned long countdown;       /* Allocations until one fails; 0: none */
};

static struct heap_s g_heap;

/* Blocks may outlive a kernel, so the count of them goes on. */

void kmm_initialize(void)
{
  g_heap.info.peak    = g_heap.info.nbytes;
  g_heap.info.nfailed = 0;
}

void kmm_fail(unsigned long n)
{
  g_heap.countdown = n;
}

void kmm_getinfo(FAR struct kmm_info_s *info)
{
  *info         = g_heap.info;
  info->failing = g_heap.countdown;
}

static bool shall_fail(void)
{
  if (g_heap.countdown == 0 || --g_heap.countdown > 0)
    {
      return false;
    }

  g_heap.info.nfailed++;
  return true;
}

static FAR void *taken(FAR void *mem)
{
  if (mem == NULL)
    {
      g_heap.info.nfailed++;
      return NULL;
    }

  g_heap.info.nblocks++;
  g_heap.info.nbytes += host_malloc_size(mem);
  g_heap.info.peak = MAX(g_heap.info.peak, g_heap.info.nbytes);
  return mem;
}

static void given(FAR void *mem)
{
  g_heap.info.nblocks--;
  g_heap.info.nbytes -= host_malloc_size(mem);
}

FAR void *kmm_malloc(size_t size)
{
  return shall_fail() ? NULL : taken(host_malloc(size));
}

FAR void *kmm_memalign(size_t alignment, size_t size)
{
  return shall_fail() ? NULL : taken(host_memalign(alignment, size));
}

FAR void *kmm_zalloc(size_t size)
{
  FAR void *mem = kmm_malloc(size);

  return mem != NULL ? memset(mem, 0, size) : NULL;
}

FAR void *kmm_calloc(size_t n, size_t size)
{
  size_t total;

  return __builtin_mul_overflow(n, size, &total) ? NULL : kmm_zalloc(total);
}

FAR void *kmm_realloc(FAR void *mem, size_t size)
{
  FAR void *larger;

  if (mem == NULL)
    {
      return kmm_malloc(size);
    }

  if (shall_fail())
    {
      return NULL;
    }

  given(mem);
  larger = host_realloc(mem, size);
  if (larger == NULL)
    {
      taken(mem);
      g_heap.info.nfailed++;
      return NULL;
    }

  return taken(larger);
}

FAR char *kmm_strdup(FAR const char *text)
{
  size_t size = strlen(text) + 1;
  FAR char *copy = kmm_malloc(size);

  return copy != NULL ? memcpy(copy, text, size) : NULL;
}

void kmm_free(FAR void *mem)
{
  if (mem != NULL)
    {
      given(mem);
      host_free(mem);
    }
}
