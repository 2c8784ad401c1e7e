/* arch/sim/sim_context_any.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The switch for processors that have none of their own here: the C
 * library's, which is slower (it makes system calls for the signal mask).
 * The context is on the stack that it belongs to, as with the others.
 */

#include <nuttx/config.h>

#if !defined(__x86_64__) && !defined(__aarch64__)

#include <assert.h>
#include <ucontext.h>

#include "up.h"

void sim_context_switch(FAR void **save, FAR void *next)
{
  ucontext_t here;

  /* This frame stays until somebody switches back to it */

  here.uc_stack.ss_sp   = NULL;        /* AddressSanitizer reads these */
  here.uc_stack.ss_size = 0;

  /* cppcheck-suppress autoVariables */

  *save = &here;
  swapcontext(&here, next);
}

/* The first context is at the top of the stack, which begins below it. */

FAR void *sim_context_new(FAR void *base, size_t size)
{
  FAR ucontext_t *context;

  size   -= sizeof(*context);
  size   -= ((uintptr_t)base + size) % 64;
  context = (FAR ucontext_t *)((FAR char *)base + size);

  VERIFY(getcontext(context));
  context->uc_stack.ss_sp   = base;
  context->uc_stack.ss_size = size;
  context->uc_link          = NULL;
  makecontext(context, up_begin, 0);
  return context;
}

#endif

/* An empty file is no C */

typedef int sim_context_any_t;
