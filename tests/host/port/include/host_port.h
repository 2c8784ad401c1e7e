/* tests/host/port/include/host_port.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a test may do to the host port.  Code under test never includes this.
 *
 * The port stands in for the NuttX kernel below mm/iob, in two variants:
 *
 * - single-threaded (default): time is virtual, an interrupt is a function
 *   call, and a wait that would block calls host_block_hook instead, where
 *   the test plays the other tasks.  Every run is repeatable.
 * - HOST_PTHREAD: real threads, locks and time; an interrupt is a signal.
 *   For ThreadSanitizer and for races.
 *
 * Start each test with host_port_reset().
 */

#ifndef __HOST_PORT_H
#define __HOST_PORT_H

#include <nuttx/config.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/irq.h>
#include <nuttx/semaphore.h>

/* Back to the state after program start: interrupts unmasked, nothing
 * pending, clock at zero, no notifications, no faults, no hooks.  Locks and
 * blocks of memory that the test holds are its own affair.  With
 * HOST_PTHREAD the calling thread must be the only one.
 */

void host_port_reset(void);

/* Called with the place and text of a failed assertion.  It may longjmp, or
 * call cmocka's mock_assert(); when it returns, or is NULL, the process
 * prints "file:line: what" and aborts.
 */

typedef void (*host_panic_hook_t)(FAR const char *file, int line,
                                  FAR const char *what);

extern host_panic_hook_t host_panic_hook;

/* Messages of this priority (LOG_ERR and so on) and more urgent ones are
 * printed to stderr.  The hook sees every message before that choice.
 */

typedef void (*host_log_hook_t)(int priority, FAR const char *fmt,
                                va_list ap);

extern int host_log_level;
extern host_log_hook_t host_log_hook;

/* Make the n-th allocation from now on return NULL (1 is the next one), one
 * time; 0 cancels.  host_malloc_live() counts the blocks not yet freed.
 */

void host_malloc_fail(unsigned long n);
long host_malloc_live(void);

/* Run the workers that are ready at this moment; returns how many ran.  What
 * they make ready in turn waits for the next call.
 */

unsigned int host_work_run(void);

/* What sched_idletask() shall answer (to this thread) */

void host_set_idletask(bool idle);

static inline bool host_irq_masked(void)
{
  return g_host_irq.mask != 0;
}

/* Interrupts whose handler has run, since the reset */

unsigned long host_interrupt_count(void);

/* Posts that woke a waiter while the poster held a spinlock without
 * sched_lock().  On NuttX the waiter may run at once and meet the lock: use
 * the _nopreempt forms, or post after unlocking.  The single-threaded
 * variant counts only when built with CONFIG_DEBUG_ASSERTIONS.
 */

unsigned long host_posts_under_lock(void);

#ifndef HOST_PTHREAD

/* An endless wait tells the hook this many ticks */

#define HOST_FOREVER UINT32_MAX

/* A task is about to block on sem, for at most that many ticks more.  The
 * hook plays the other tasks: it may allocate, free, post, raise interrupts,
 * move the clock, even block.  It returns
 *
 *   > 0   something was done: look at the semaphore and the clock again,
 *           and call the hook again if the wait is not over;
 *     0   nobody has anything left to do: a timed wait times out (the
 *           clock jumps to its end), an endless wait is a deadlock;
 *   < 0   this negated errno ends the wait (-EINTR, -ECANCELED); the
 *           _uninterruptible forms go on waiting after -EINTR.
 *
 * No hook is the same as one that returns 0.  A deadlock prints one line
 * and panics.
 */

typedef int (*host_block_hook_t)(FAR sem_t *sem, uint32_t ticks);

extern host_block_hook_t host_block_hook;

void host_clock_advance(uint32_t ticks);

/* An interrupt: runs handler(arg) now if interrupts are not masked (returns
 * true), else once at the unmask (returns false), in the order raised.
 */

typedef void (*host_isr_t)(FAR void *arg);

bool host_interrupt(host_isr_t handler, FAR void *arg);

#else

#include <pthread.h>

/* Each thread that will be interrupted calls this before the first raise
 * (host_port_reset() does it for its caller).  Without it ThreadSanitizer
 * may lose an interrupt, and whoever waits for it hangs.
 */

void host_thread_init(void);

/* The handler of the only interrupt line (NULL: none), for all threads, and
 * its trigger for one thread, which must be alive: returns zero or a
 * negated errno (-EAGAIN: too many are queued).  Each call runs the handler
 * once, and what was written before the call is seen there; but
 * ThreadSanitizer may merge those that a thread has not taken yet, and
 * delivers them only at its next call into the C library.
 */

typedef void (*host_isr_t)(void);

int host_interrupt_install(host_isr_t handler);
int host_interrupt_raise(pthread_t thread);

#endif

#endif /* __HOST_PORT_H */
