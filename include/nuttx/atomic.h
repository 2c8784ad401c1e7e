/* include/nuttx/atomic.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NuttX's atomics, over the compiler's builtins (so sanitizers see them).
 * Without a suffix a read or set is relaxed, anything else acquires and
 * releases.  cmpxchg takes a pointer to the expected value, returns true on
 * success, and stores what it found there on failure; try_cmpxchg may fail
 * for no reason.  Do not mix with <stdatomic.h> in one file: names collide.
 */

#ifndef __INCLUDE_NUTTX_ATOMIC_H
#define __INCLUDE_NUTTX_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include <nuttx/compiler.h>

typedef volatile int32_t atomic_t;
typedef volatile int64_t atomic64_t;

#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_and
#undef atomic_fetch_or
#undef atomic_fetch_xor

/* int32_t */

#define atomic_read(p) \
  __atomic_load_n(p, __ATOMIC_RELAXED)
#define atomic_read_acquire(p) \
  __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define atomic_set(p, v) \
  __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define atomic_set_release(p, v) \
  __atomic_store_n(p, v, __ATOMIC_RELEASE)

#define atomic_fetch_add(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL)
#define atomic_fetch_add_acquire(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_ACQUIRE)
#define atomic_fetch_add_release(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_RELEASE)
#define atomic_fetch_add_relaxed(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_RELAXED)

#define atomic_fetch_sub(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_ACQ_REL)
#define atomic_fetch_sub_acquire(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_ACQUIRE)
#define atomic_fetch_sub_release(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_RELEASE)
#define atomic_fetch_sub_relaxed(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_RELAXED)

#define atomic_fetch_and(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_ACQ_REL)
#define atomic_fetch_and_acquire(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_ACQUIRE)
#define atomic_fetch_and_release(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_RELEASE)
#define atomic_fetch_and_relaxed(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_RELAXED)

#define atomic_fetch_or(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_ACQ_REL)
#define atomic_fetch_or_acquire(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_ACQUIRE)
#define atomic_fetch_or_release(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_RELEASE)
#define atomic_fetch_or_relaxed(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_RELAXED)

#define atomic_fetch_xor(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_ACQ_REL)
#define atomic_fetch_xor_acquire(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_ACQUIRE)
#define atomic_fetch_xor_release(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_RELEASE)
#define atomic_fetch_xor_relaxed(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_RELAXED)

#define atomic_xchg(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL)
#define atomic_xchg_acquire(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE)
#define atomic_xchg_release(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_RELEASE)
#define atomic_xchg_relaxed(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_RELAXED)

#define atomic_cmpxchg(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, false, \
                              __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)
#define atomic_cmpxchg_acquire(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, false, \
                              __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define atomic_cmpxchg_release(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, false, \
                              __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define atomic_cmpxchg_relaxed(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, false, \
                              __ATOMIC_RELAXED, __ATOMIC_RELAXED)

#define atomic_try_cmpxchg(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, true, \
                              __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)
#define atomic_try_cmpxchg_acquire(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, true, \
                              __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define atomic_try_cmpxchg_release(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, true, \
                              __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define atomic_try_cmpxchg_relaxed(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int32_t *)(e), v, true, \
                              __ATOMIC_RELAXED, __ATOMIC_RELAXED)

/* int64_t */

#define atomic64_read(p) \
  __atomic_load_n(p, __ATOMIC_RELAXED)
#define atomic64_read_acquire(p) \
  __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define atomic64_set(p, v) \
  __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define atomic64_set_release(p, v) \
  __atomic_store_n(p, v, __ATOMIC_RELEASE)

#define atomic64_fetch_add(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL)
#define atomic64_fetch_add_acquire(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_ACQUIRE)
#define atomic64_fetch_add_release(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_RELEASE)
#define atomic64_fetch_add_relaxed(p, v) \
  __atomic_fetch_add(p, v, __ATOMIC_RELAXED)

#define atomic64_fetch_sub(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_ACQ_REL)
#define atomic64_fetch_sub_acquire(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_ACQUIRE)
#define atomic64_fetch_sub_release(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_RELEASE)
#define atomic64_fetch_sub_relaxed(p, v) \
  __atomic_fetch_sub(p, v, __ATOMIC_RELAXED)

#define atomic64_fetch_and(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_ACQ_REL)
#define atomic64_fetch_and_acquire(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_ACQUIRE)
#define atomic64_fetch_and_release(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_RELEASE)
#define atomic64_fetch_and_relaxed(p, v) \
  __atomic_fetch_and(p, v, __ATOMIC_RELAXED)

#define atomic64_fetch_or(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_ACQ_REL)
#define atomic64_fetch_or_acquire(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_ACQUIRE)
#define atomic64_fetch_or_release(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_RELEASE)
#define atomic64_fetch_or_relaxed(p, v) \
  __atomic_fetch_or(p, v, __ATOMIC_RELAXED)

#define atomic64_fetch_xor(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_ACQ_REL)
#define atomic64_fetch_xor_acquire(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_ACQUIRE)
#define atomic64_fetch_xor_release(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_RELEASE)
#define atomic64_fetch_xor_relaxed(p, v) \
  __atomic_fetch_xor(p, v, __ATOMIC_RELAXED)

#define atomic64_xchg(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL)
#define atomic64_xchg_acquire(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE)
#define atomic64_xchg_release(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_RELEASE)
#define atomic64_xchg_relaxed(p, v) \
  __atomic_exchange_n(p, v, __ATOMIC_RELAXED)

#define atomic64_cmpxchg(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, false, \
                              __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)
#define atomic64_cmpxchg_acquire(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, false, \
                              __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define atomic64_cmpxchg_release(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, false, \
                              __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define atomic64_cmpxchg_relaxed(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, false, \
                              __ATOMIC_RELAXED, __ATOMIC_RELAXED)

#define atomic64_try_cmpxchg(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, true, \
                              __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)
#define atomic64_try_cmpxchg_acquire(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, true, \
                              __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define atomic64_try_cmpxchg_release(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, true, \
                              __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define atomic64_try_cmpxchg_relaxed(p, e, v) \
  __atomic_compare_exchange_n(p, (FAR int64_t *)(e), v, true, \
                              __ATOMIC_RELAXED, __ATOMIC_RELAXED)

#endif /* __INCLUDE_NUTTX_ATOMIC_H */
