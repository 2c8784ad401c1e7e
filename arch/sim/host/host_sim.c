/* arch/sim/host/host_sim.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The host calls that the core needs: clocks, epoll, stacks, faults, the
 * heap, and ways out.  Errors are negative errno.
 */

#define _GNU_SOURCE

#include <nuttx/config.h>

#include <errno.h>
#include <execinfo.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "up.h"

#define NS_PER_SEC     UINT64_C(1000000000)
#define NS_PER_MS      UINT64_C(1000000)
#define MAX_BATCH      64
#define FAULT_STACK    262144

_Static_assert(SIM_IN == EPOLLIN && SIM_OUT == EPOLLOUT &&
               SIM_ERR == EPOLLERR && SIM_HUP == EPOLLHUP,
               "events are passed on as they are");

/* What catches faults, and what did before */

struct faults_s
{
  void (*handler)(const struct host_fault_s *);
  struct sigaction old_segv;
  struct sigaction old_bus;
  stack_t old_stack;
  void *stack;
};

static struct faults_s g_faults;

/* Clocks.  Both can be read without a system call. */

static uint64_t read_clock(clockid_t clockid)
{
  struct timespec ts;

  clock_gettime(clockid, &ts);
  return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t host_monotonic_ns(void)
{
  return read_clock(CLOCK_MONOTONIC);
}

uint64_t host_realtime_ns(void)
{
  return read_clock(CLOCK_REALTIME);
}

/* Stacks.  Pages are mapped without a promise of memory, so what a task does
 * not touch costs nothing.
 */

size_t host_page_size(void)
{
  static size_t size;

  if (size == 0)
    {
      size = (size_t)sysconf(_SC_PAGESIZE);
    }

  return size;
}

void *host_stack_map(size_t size, size_t guard)
{
  char *mem = mmap(NULL, size + guard, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (mem == MAP_FAILED)
    {
      return NULL;
    }

  if (mprotect(mem + guard, size, PROT_READ | PROT_WRITE) < 0)
    {
      munmap(mem, size + guard);
      return NULL;
    }

  return mem + guard;
}

void host_stack_unmap(void *base, size_t size, size_t guard)
{
  munmap((char *)base - guard, size + guard);
}

void host_stack_clear(void *base, size_t size)
{
  if (madvise(base, size, MADV_DONTNEED) < 0)
    {
      memset(base, 0, size);
    }
}

/* Descriptors that wake */

int host_poll_open(void)
{
  int poll = epoll_create1(EPOLL_CLOEXEC);

  return poll < 0 ? -errno : poll;
}

void host_poll_close(int poll)
{
  close(poll);
}

/* An event that wants nothing is not with epoll at all: it would be told of
 * every hang-up.
 */

int host_poll_set(int poll, int fd, unsigned int before, unsigned int events,
                  void *arg)
{
  struct epoll_event event;
  int op = EPOLL_CTL_MOD;

  if (before == events)
    {
      return 0;
    }

  if (before == 0)
    {
      op = EPOLL_CTL_ADD;
    }
  else if (events == 0)
    {
      op = EPOLL_CTL_DEL;
    }

  memset(&event, 0, sizeof(event));
  event.events   = events;
  event.data.ptr = arg;
  return epoll_ctl(poll, op, fd, &event) < 0 ? -errno : 0;
}

/* Wait with the timeout in milliseconds, rounded up: for hosts that have no
 * finer wait.
 */

static int wait_ms(int poll, uint64_t timeout_ns, struct epoll_event *events,
                   int max)
{
  uint64_t ms = timeout_ns / NS_PER_MS + (timeout_ns % NS_PER_MS != 0);

  if (timeout_ns == UINT64_MAX)
    {
      return epoll_wait(poll, events, max, -1);
    }

  return epoll_wait(poll, events, max, ms > INT_MAX ? INT_MAX : (int)ms);
}

static int wait_ns(int poll, uint64_t timeout_ns, struct epoll_event *events,
                   int max)
{
  uint64_t seconds = timeout_ns / NS_PER_SEC;
  struct timespec ts;
  int ret;

  if (timeout_ns == 0 || timeout_ns == UINT64_MAX)
    {
      return wait_ms(poll, timeout_ns, events, max);
    }

  ts.tv_sec  = seconds > INT_MAX ? INT_MAX : (time_t)seconds;
  ts.tv_nsec = (long)(timeout_ns % NS_PER_SEC);

  ret = epoll_pwait2(poll, events, max, &ts, NULL);
  if (ret < 0 && errno == ENOSYS)
    {
      ret = wait_ms(poll, timeout_ns, events, max);
    }

  return ret;
}

int host_poll_wait(int poll, uint64_t timeout_ns, struct host_ready_s *ready,
                   int max)
{
  struct epoll_event events[MAX_BATCH];
  int n;
  int i;

  n = wait_ns(poll, timeout_ns, events, max < MAX_BATCH ? max : MAX_BATCH);
  for (i = 0; i < n; i++)
    {
      ready[i].arg    = events[i].data.ptr;
      ready[i].events = events[i].events;
    }

  return n;
}

/* Faults */

static void find_fault(const ucontext_t *context, struct host_fault_s *fault)
{
#if defined(__x86_64__)
  fault->pc = (void *)context->uc_mcontext.gregs[REG_RIP];
  fault->sp = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__i386__)
  fault->pc = (void *)context->uc_mcontext.gregs[REG_EIP];
  fault->sp = (uintptr_t)context->uc_mcontext.gregs[REG_ESP];
#elif defined(__aarch64__)
  fault->pc = (void *)context->uc_mcontext.pc;
  fault->sp = (uintptr_t)context->uc_mcontext.sp;
#else
  (void)context;
#endif
}

/* Returning repeats the fault, which then takes its former course. */

static void on_fault(int sig, siginfo_t *info, void *context)
{
  struct host_fault_s fault =
  {
    .address = info->si_addr
  };

  (void)sig;
  find_fault(context, &fault);
  sigaction(SIGSEGV, &g_faults.old_segv, NULL);
  sigaction(SIGBUS, &g_faults.old_bus, NULL);
  g_faults.handler(&fault);
}

int host_faults_catch(void (*handler)(const struct host_fault_s *))
{
  struct sigaction action;
  stack_t stack;

  g_faults.stack = malloc(FAULT_STACK);
  if (g_faults.stack == NULL)
    {
      return -ENOMEM;
    }

  memset(&stack, 0, sizeof(stack));
  stack.ss_sp   = g_faults.stack;
  stack.ss_size = FAULT_STACK;
  sigaltstack(&stack, &g_faults.old_stack);

  memset(&action, 0, sizeof(action));
  action.sa_sigaction = on_fault;
  action.sa_flags     = SA_SIGINFO | SA_ONSTACK;
  g_faults.handler    = handler;
  sigaction(SIGSEGV, &action, &g_faults.old_segv);
  sigaction(SIGBUS, &action, &g_faults.old_bus);
  return 0;
}

void host_faults_release(void)
{
  if (g_faults.stack != NULL)
    {
      sigaction(SIGSEGV, &g_faults.old_segv, NULL);
      sigaction(SIGBUS, &g_faults.old_bus, NULL);
      sigaltstack(&g_faults.old_stack, NULL);
      free(g_faults.stack);
      g_faults.stack = NULL;
    }
}

/* Output, and ways out */

void host_write_stderr(const char *text, size_t len)
{
  while (len > 0)
    {
      ssize_t done = write(STDERR_FILENO, text, len);

      if (done < 0 && errno != EINTR)
        {
          return;
        }

      if (done > 0)
        {
          text += done;
          len  -= (size_t)done;
        }
    }
}

void host_print_site(const void *pc)
{
  void *frame = (void *)pc;

  backtrace_symbols_fd(&frame, 1, STDERR_FILENO);
}

void host_abort(void)
{
  abort();
}

void host_exit(int status)
{
  _exit(status);
}

/* The heap */

void *host_malloc(size_t size)
{
  return malloc(size != 0 ? size : 1);
}

void *host_memalign(size_t alignment, size_t size)
{
  void *mem;

  if (alignment < sizeof(void *))
    {
      alignment = sizeof(void *);
    }

  return posix_memalign(&mem, alignment, size != 0 ? size : 1) == 0 ? mem :
                                                                      NULL;
}

void *host_realloc(void *mem, size_t size)
{
  return realloc(mem, size != 0 ? size : 1);
}

void host_free(void *mem)
{
  free(mem);
}

size_t host_malloc_size(void *mem)
{
  return malloc_usable_size(mem);
}
