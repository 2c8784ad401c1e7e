/* include/nuttx/spinlock.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Spinlocks.  There is one processor, so nobody ever spins; the word is
 * there to catch a lock that is taken twice, released when not held, or
 * held by a task that blocks.
 */

#ifndef __INCLUDE_NUTTX_SPINLOCK_H
#define __INCLUDE_NUTTX_SPINLOCK_H

#include <nuttx/config.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/arch.h>
#include <nuttx/atomic.h>
#include <nuttx/irq.h>
#include <nuttx/sched.h>

#define SP_UNLOCKED 0
#define SP_LOCKED   1

typedef uint8_t spinlock_t;

#define spin_lock_init(l) ((void)(*(l) = SP_UNLOCKED))
#define spin_is_locked(l) (*(l) != SP_UNLOCKED)

static inline_function void spin_lock(FAR volatile spinlock_t *lock)
{
  DEBUGASSERT(*lock == SP_UNLOCKED);
  *lock = SP_LOCKED;
  g_irq.locks++;
}

static inline_function bool spin_trylock(FAR volatile spinlock_t *lock)
{
  if (*lock != SP_UNLOCKED)
    {
      return false;
    }

  spin_lock(lock);
  return true;
}

static inline_function void spin_unlock(FAR volatile spinlock_t *lock)
{
  DEBUGASSERT(*lock == SP_LOCKED);
  *lock = SP_UNLOCKED;
  g_irq.locks--;
}

static inline_function
irqstate_t spin_lock_irqsave(FAR volatile spinlock_t *lock)
{
  irqstate_t flags;

  /* Ask before masking, so that a panic leaves the mask as it was */

  DEBUGASSERT(*lock == SP_UNLOCKED);

  flags = up_irq_save();
  spin_lock(lock);
  return flags;
}

static inline_function void
spin_unlock_irqrestore(FAR volatile spinlock_t *lock, irqstate_t flags)
{
  spin_unlock(lock);
  up_irq_restore(flags);
}

static inline_function
irqstate_t spin_lock_irqsave_nopreempt(FAR volatile spinlock_t *lock)
{
  irqstate_t flags = spin_lock_irqsave(lock);

  sched_lock();
  return flags;
}

static inline_function void
spin_unlock_irqrestore_nopreempt(FAR volatile spinlock_t *lock,
                                 irqstate_t flags)
{
  spin_unlock_irqrestore(lock, flags);
  sched_unlock();
}

#endif /* __INCLUDE_NUTTX_SPINLOCK_H */
