/* arch/sim/up.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the simulated machine share among themselves, and with
 * the scheduler; and the host calls (host_*), which are in host/ only.
 */

#ifndef __ARCH_SIM_UP_H
#define __ARCH_SIM_UP_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/sched.h>
#include <nuttx/sim.h>

/* Whether AddressSanitizer is there */

#ifdef __SANITIZE_ADDRESS__
#  define SIM_ASAN 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define SIM_ASAN 1
#  endif
#endif

/* Below each stack is a guard, that even a large frame does not jump over */

#define SIM_GUARD_SIZE (sizeof(FAR void *) == 8 ? 65536 : 16384)

/* sim_stack.c: stack_base and stack_size of a task, from a pool */

int up_stack_alloc(FAR struct tcb_s *tcb, size_t size);
void up_stack_free(FAR struct tcb_s *tcb);
void up_stack_drain(void);

/* sim_switch.c: the switch, and the context of a task that begins in
 * nxsched_start().
 */

void up_switch(FAR struct tcb_s *prev, FAR struct tcb_s *next);
void up_initial_state(FAR struct tcb_s *tcb);
void up_begin(void);
void up_forget_idle(void);

/* sim_context_*: save the context on the stack, put its address into *save,
 * and go on with another one.  A new one begins in up_begin().
 */

void sim_context_switch(FAR void **save, FAR void *next);
FAR void *sim_context_new(FAR void *base, size_t size);

/* sim_event.c */

int sim_event_initialize(void);
void sim_event_deinitialize(void);
bool sim_event_any(bool strong);
void sim_event_serve(uint64_t timeout_ns);

/* Whether busy tasks must be asked now and then to let devices in */

bool up_needs_poll(void);

/* sim_idle.c */

struct sim_s
{
  bool isvirtual;
  bool down;                     /* The kernel ends */
  int status;                    /* How */
  FAR const struct sim_lockstep_s *lockstep;
};

extern struct sim_s g_sim;

bool sim_idle_until(CODE bool (*done)(void));

/* sim_run.c: the functions of sim_atexit() */

void sim_call_atexit(void);

/* sim_random.c */

void sim_random_initialize(uint64_t seed);

/* sim_syslog.c */

void syslog_initialize(unsigned int level);

/* sim_heap.c */

void kmm_initialize(void);

/* sim_crash.c */

int sim_crash_initialize(void);
void sim_crash_deinitialize(void);
void sim_deadlock(void) noreturn_function;

/* host/host_sim.c.  Negative errno for errors. */

uint64_t host_monotonic_ns(void);
uint64_t host_realtime_ns(void);

/* Memory with a guard in front, which is not counted in the size */

FAR void *host_stack_map(size_t size, size_t guard);
void host_stack_unmap(FAR void *base, size_t size, size_t guard);
void host_stack_clear(FAR void *base, size_t size);
size_t host_page_size(void);

/* Descriptors that wake: SIM_IN and so on.  Waits until one is ready or the
 * time is over (UINT64_MAX: for ever); how many, up to "max", are ready.
 */

struct host_ready_s
{
  FAR void *arg;
  unsigned int events;
};

int host_poll_open(void);
void host_poll_close(int poll);
int host_poll_set(int poll, int fd, unsigned int before, unsigned int events,
                  FAR void *arg);
int host_poll_wait(int poll, uint64_t timeout_ns,
                   FAR struct host_ready_s *ready, int max);

/* Faults of memory: "handler" is called on a stack of its own, then the
 * fault takes its former course.
 */

struct host_fault_s
{
  FAR void *address;             /* What was accessed */
  FAR void *pc;                  /* By which instruction */
  uintptr_t sp;                  /* With which stack pointer; 0: unknown */
};

int host_faults_catch(CODE void (*handler)(FAR const struct host_fault_s *));
void host_faults_release(void);

void host_write_stderr(FAR const char *text, size_t len);

/* Print the place of an instruction: file(+offset) [address] */

void host_print_site(FAR const void *pc);
void host_abort(void) noreturn_function;
void host_exit(int status) noreturn_function;

FAR void *host_malloc(size_t size);
FAR void *host_memalign(size_t alignment, size_t size);
FAR void *host_realloc(FAR void *mem, size_t size);
void host_free(FAR void *mem);
size_t host_malloc_size(FAR void *mem);

#endif /* __ARCH_SIM_UP_H */
