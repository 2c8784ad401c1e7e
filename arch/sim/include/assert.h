/* arch/sim/include/assert.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The C library's header, and NuttX's assertions.  PANIC, ASSERT and VERIFY
 * are always active; the DEBUG forms only with CONFIG_DEBUG_ASSERTIONS, and
 * otherwise do not evaluate their argument (DEBUGVERIFY does).  VERIFY fails
 * when its argument is negative.
 *
 * A failure prints what and where and all tasks, and ends the process: see
 * "When the kernel gives up" in nuttx/sim.h, also for catching it in a test.
 */

#include_next <assert.h>

#ifndef __INCLUDE_ASSERT_H
#define __INCLUDE_ASSERT_H

#include <nuttx/config.h>
#include <nuttx/compiler.h>

#undef PANIC
#undef ASSERT
#undef VERIFY
#undef DEBUGPANIC
#undef DEBUGASSERT
#undef DEBUGVERIFY

#define PANIC()          _assert(__FILE__, __LINE__, "panic")
#define PANIC_WITH_REGS(msg, regs) _assert(__FILE__, __LINE__, msg)
#define ASSERT(f) \
  (predict_true(f) ? (void)0 : _assert(__FILE__, __LINE__, #f))
#define ASSERT_INFO(f, ...) ASSERT(f)
#define VERIFY(f)        ASSERT(!((f) < 0))

#ifdef CONFIG_DEBUG_ASSERTIONS
#  define DEBUGPANIC()   PANIC()
#  define DEBUGASSERT(f) ASSERT(f)
#  define DEBUGVERIFY(f) VERIFY(f)
#else
#  define DEBUGPANIC()   ((void)0)
#  define DEBUGASSERT(f) ((void)(1 || (f)))
#  define DEBUGVERIFY(f) ((void)(f))
#endif

void _assert(FAR const char *file, int line, FAR const char *what)
  noreturn_function;

#endif /* __INCLUDE_ASSERT_H */
