/* tests/host/port/include/nuttx/spinlock.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Spinlocks.  Without HOST_PTHREAD there is one processor: taking a lock
 * with interrupts masked is the mask alone, and the word records the owner
 * only with CONFIG_DEBUG_ASSERTIONS, to panic when a lock is taken twice or
 * released when not held.  With HOST_PTHREAD the word holds the owner, and
 * those two checks are always on (a deadlock would otherwise just hang).
 */

#ifndef __HOST_PORT_NUTTX_SPINLOCK_H
#define __HOST_PORT_NUTTX_SPINLOCK_H

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

#if defined(HOST_PTHREAD) && !defined(HOST_BARE)

typedef uintptr_t spinlock_t;

#define spin_lock_init(l) \
  __atomic_store_n(l, (spinlock_t)SP_UNLOCKED, __ATOMIC_RELAXED)
#define spin_is_locked(l) \
  (__atomic_load_n(l, __ATOMIC_RELAXED) != SP_UNLOCKED)

void host_spin_wait(FAR volatile spinlock_t *lock);

/* The owner is named by the address of its interrupt state */

static inline_function spinlock_t host_spin_self(void)
{
  return (spinlock_t)&g_host_irq;
}

static inline_function bool spin_trylock(FAR volatile spinlock_t *lock)
{
  spinlock_t expected = SP_UNLOCKED;

  if (!__atomic_compare_exchange_n(lock, &expected, host_spin_self(), false,
                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    {
      return false;
    }

  g_host_irq.locks++;
  return true;
}

static inline_function void spin_lock(FAR volatile spinlock_t *lock)
{
  ASSERT(__atomic_load_n(lock, __ATOMIC_RELAXED) != host_spin_self());

  while (predict_false(!spin_trylock(lock)))
    {
      host_spin_wait(lock);
    }
}

static inline_function void spin_unlock(FAR volatile spinlock_t *lock)
{
  ASSERT(__atomic_load_n(lock, __ATOMIC_RELAXED) == host_spin_self());

  g_host_irq.locks--;
  __atomic_store_n(lock, (spinlock_t)SP_UNLOCKED, __ATOMIC_RELEASE);
}

static inline_function
irqstate_t spin_lock_irqsave(FAR volatile spinlock_t *lock)
{
  irqstate_t flags;

  /* Ask before masking, so that a panic leaves the mask as it was */

  ASSERT(__atomic_load_n(lock, __ATOMIC_RELAXED) != host_spin_self());

  flags = up_irq_save();
  spin_lock(lock);
  return flags;
}

#else /* HOST_PTHREAD */

typedef uint8_t spinlock_t;

#define spin_lock_init(l) ((void)(*(l) = SP_UNLOCKED))
#define spin_is_locked(l) (*(l) != SP_UNLOCKED)

#if defined(CONFIG_DEBUG_ASSERTIONS) && !defined(HOST_BARE)
static inline_function void spin_lock(FAR volatile spinlock_t *lock)
{
  ASSERT(*lock == SP_UNLOCKED);
  *lock = SP_LOCKED;
  g_host_irq.locks++;
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
  ASSERT(*lock == SP_LOCKED);
  *lock = SP_UNLOCKED;
  g_host_irq.locks--;
}
#else
static inline_function void spin_lock(FAR volatile spinlock_t *lock)
{
  (void)lock;
}

static inline_function bool spin_trylock(FAR volatile spinlock_t *lock)
{
  (void)lock;
  return true;
}

static inline_function void spin_unlock(FAR volatile spinlock_t *lock)
{
  (void)lock;
}
#endif

static inline_function
irqstate_t spin_lock_irqsave(FAR volatile spinlock_t *lock)
{
  irqstate_t flags;

#if defined(CONFIG_DEBUG_ASSERTIONS) && !defined(HOST_BARE)
  /* Ask before masking, so that a panic leaves the mask as it was */

  ASSERT(*lock == SP_UNLOCKED);
#endif

  flags = up_irq_save();
  spin_lock(lock);
  return flags;
}

#endif /* HOST_PTHREAD */

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

#endif /* __HOST_PORT_NUTTX_SPINLOCK_H */
