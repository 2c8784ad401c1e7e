/* arch/sim/sim_stack.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Stacks.  Each is mapped with a guard below it; a task that overflows its
 * stack touches the guard and is told so (sim_crash.c).  A few of those that
 * tasks have left are kept for others of the same size, zeroed, so that how
 * deep a stack has been can be seen from how far down it is zero.
 *
 * LeakSanitizer must look for pointers on all stacks, in use or kept.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/arch.h>
#include <nuttx/nuttx.h>

#include "core.h"
#include "up.h"

#ifdef SIM_ASAN
#  include <sanitizer/asan_interface.h>
#  include <sanitizer/lsan_interface.h>
#else
#  define ASAN_UNPOISON_MEMORY_REGION(base, size) ((void)(base), (void)(size))
#  define __lsan_register_root_region(base, size) ((void)0)
#  define __lsan_unregister_root_region(base, size) ((void)0)
#endif

/* A sanitizer's frames are larger */

#ifdef SIM_ASAN
#  define SCALE 2
#else
#  define SCALE 1
#endif

/* How many are kept, and up to which size clearing one by hand is cheaper
 * than asking the host for fresh pages
 */

#define POOL_MAX  64
#define CLEAR_MAX 65536

/* A stack that is kept has this at its lower end */

struct spare_s
{
  FAR struct spare_s *next;
  size_t size;
};

struct stacks_s
{
  FAR struct spare_s *spare;
  unsigned int nspare;
};

static struct stacks_s g_stacks;

static void unmap(FAR void *base, size_t size)
{
  __lsan_unregister_root_region(base, size);
  host_stack_unmap(base, size, SIM_GUARD_SIZE);
}

/* Take a stack of a size from the pool; NULL if there is none. */

static FAR void *take_spare(size_t size)
{
  FAR struct spare_s **link;

  for (link = &g_stacks.spare; *link != NULL; link = &(*link)->next)
    {
      FAR struct spare_s *spare = *link;

      if (spare->size == size)
        {
          *link = spare->next;
          g_stacks.nspare--;
          memset(spare, 0, sizeof(*spare));
          return spare;
        }
    }

  return NULL;
}

int up_stack_alloc(FAR struct tcb_s *tcb, size_t size)
{
  FAR void *base;

  if (size > PTRDIFF_MAX / 4)
    {
      return -ENOMEM;
    }

  size = ALIGN_UP(size * SCALE, host_page_size());
  base = take_spare(size);
  if (base == NULL)
    {
      base = host_stack_map(size, SIM_GUARD_SIZE);
      if (base == NULL)
        {
          return -ENOMEM;
        }

      __lsan_register_root_region(base, size);
    }

  tcb->stack_base = base;
  tcb->stack_size = size;
  return 0;
}

void up_stack_free(FAR struct tcb_s *tcb)
{
  FAR struct spare_s *spare = tcb->stack_base;
  size_t size = tcb->stack_size;

  tcb->stack_base = NULL;
  ASAN_UNPOISON_MEMORY_REGION(spare, size);

  if (g_stacks.nspare >= POOL_MAX)
    {
      unmap(spare, size);
      return;
    }

  if (size <= CLEAR_MAX)
    {
      memset(spare, 0, size);
    }
  else
    {
      host_stack_clear(spare, size);
    }

  spare->size    = size;
  spare->next    = g_stacks.spare;
  g_stacks.spare = spare;
  g_stacks.nspare++;
}

/* Give all that are kept back to the host. */

void up_stack_drain(void)
{
  while (g_stacks.spare != NULL)
    {
      FAR struct spare_s *spare = g_stacks.spare;

      g_stacks.spare = spare->next;
      unmap(spare, spare->size);
    }

  g_stacks.nspare = 0;
}

nosanitize_address size_t up_check_tcbstack(FAR struct tcb_s *tcb)
{
  FAR const uintptr_t *word = tcb->stack_base;
  FAR const uintptr_t *end;

  if (word == NULL || tcb == &g_sched.idle)
    {
      return 0;
    }

  end = word + tcb->stack_size / sizeof(*word);
  while (word < end && *word == 0)
    {
      word++;
    }

  return (size_t)(end - word) * sizeof(*word);
}
