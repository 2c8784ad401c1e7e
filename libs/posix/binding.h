/* libs/posix/binding.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What an application calls.  It is compiled with the host's headers, and
 * scripts/bind then makes "posix_read" of its "read".  So what is here has
 * glibc's types and POSIX's manners: -1 and errno outside, where the kernel
 * has negative error numbers inside.
 *
 * BIND(name) before a definition declares posix_name with the type that
 * glibc's header gives to name.  If the two differ it does not compile.
 *
 * Every function here that could switch tasks goes through posix_call(),
 * which keeps, across the switch, what belongs to a task although it lies in
 * one place:
 *
 * - errno.  It is the host's, so that strtol() and malloc() can set it.  The
 *   call keeps it on its task's stack.
 * - The variables that applications use directly: stdout, environ, optind
 *   and so on.  They are swapped when another group was here last, as a
 *   lazy kernel does with floating point registers.
 *
 * posix_call() is also where handlers of signals run and where a cancelled
 * thread ends: when the kernel call is over, on the stack of its task.
 */

#ifndef __LIBS_POSIX_BINDING_H
#define __LIBS_POSIX_BINDING_H

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE 1
#endif

#include <nuttx/config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <nuttx/clock.h>
#include <nuttx/compiler.h>
#include <nuttx/posix.h>
#include <nuttx/sched.h>
#include <nuttx/semaphore.h>
#include <nuttx/wdog.h>

#define BIND(name)        extern __typeof__(name) posix_##name
#define BIND_AS(new, old) extern __typeof__(old) posix_##new

/* Tasks that wait in the order of their priorities.  An empty queue is all
 * zero, so it can be in what PTHREAD_COND_INITIALIZER makes.
 */

struct posix_waiter_s;

struct posix_waitq_s
{
  FAR struct posix_waiter_s *head;
};

/* A mutex for our own use, recursive, all zero when it is free */

struct posix_thread_s;

struct posix_lock_s
{
  struct posix_waitq_s waiters;
  FAR struct posix_thread_s *owner;
  unsigned int count;
};

/* A thread, in tcb->tls; what pthread_t points to.  It lives until it has
 * ended and has been joined or detached, or until its group ends.
 */

struct posix_thread_s
{
  FAR struct posix_thread_s *flink;    /* In its group, and what points */
  FAR struct posix_thread_s **back;    /* here */
  FAR struct posix_group_s *group;
  FAR struct tcb_s *tcb;               /* NULL: it has ended */
  CODE void *(*entry)(void *);
  FAR void *arg;
  FAR void *retval;
  struct posix_waitq_s joiners;
  FAR __pthread_unwind_buf_t *cleanup; /* pthread_cleanup_push(), the last */
  FAR void **values;                   /* pthread_setspecific() */
  unsigned int nvalues;
  uint64_t pending;                    /* Signals: bit n - 1 for signal n */
  uint64_t blocked;
  bool detached;
  bool ended;
  bool cancelled;                      /* pthread_cancel() was called */
  bool nocancel;                       /* PTHREAD_CANCEL_DISABLE */
  bool leaving;                        /* In pthread_exit() */
  int calling;                         /* Flags of its call, CALL_* */
};

/* The variables that applications use directly */

struct posix_vars_s
{
  FAR FILE *std[3];
  FAR char **environ;
  FAR char *optarg;
  int optind;
  int opterr;
  int optopt;
  FAR char *progname;                  /* Without folders */
  FAR char *progpath;
};

struct posix_key_s
{
  bool used;
  CODE void (*destructor)(void *);
};

struct posix_atexit_s
{
  FAR struct posix_atexit_s *flink;
  CODE void (*func)(void);
};

#define POSIX_NSIG 64

/* What all threads of a group share, in group->streams */

struct posix_group_s
{
  FAR struct task_group_s *group;
  FAR struct posix_thread_s *threads;  /* The first is the main thread */
  struct posix_vars_s vars;            /* Unless g_posix.owner is this */

  /* Streams */

  FAR struct posix_stream_s *streams;

  /* The environment: "vars.environ" while the application leaves it alone */

  FAR char **env;
  FAR char **envowned;                 /* The same, but putenv()'s are NULL */
  size_t nenv;

  /* The rest */

  FAR struct posix_key_s *keys;
  unsigned int nkeys;
  FAR struct posix_atexit_s *atexits;
  main_t entry;
  struct sigaction actions[POSIX_NSIG + 1];
  uint64_t pending;
  struct wdog_s alarm;
  uint64_t random;                     /* rand(), random() */
  uint64_t rand48;
  FAR char *optnext;                   /* getopt(): in the midst of "-abc" */
  FAR char **optargv;                  /* What it was called with last */
  int optlimit;                        /* Where its operands begin there */
  FAR char *strtok;
  struct tm tm;
  char timetext[32];
  char addrtext[16];
  FAR struct posix_hostent_s *hostent; /* gethostbyname(), once called */
  mode_t umask;
  bool quick;                          /* _exit(): nothing is flushed */
  unsigned int nsystem;                /* Threads in system(), see shell.c */
  struct sigaction sysint;             /* ... and what they will restore */
  struct sigaction sysquit;
};

struct posix_s
{
  FAR struct posix_group_s *owner;     /* Whose variables are out */
  struct posix_waitq_s spinning;       /* See sync.c */
  struct posix_waitq_s oncing;
  main_t shell;                        /* For system(); NULL: there is none */
};

extern struct posix_s g_posix;

/* A call: see the top of this file */

#define CALL_PLAIN    0
#define CALL_CANCEL   1                /* It is a cancellation point */
#define CALL_RESTART  2                /* With SA_RESTART it is resumed */

struct posix_call_s
{
  int err;
  int flags;
};

void posix_enter(FAR struct posix_call_s *call, int flags);
bool posix_again(FAR struct posix_call_s *call, intmax_t ret);
intmax_t posix_leave(FAR struct posix_call_s *call, intmax_t ret);

#define posix_call(flags, expr) \
  ({ \
    struct posix_call_s call_; \
    __typeof__(expr) ret_; \
    posix_enter(&call_, flags); \
    do \
      { \
        ret_ = (expr); \
      } \
    while (posix_again(&call_, ret_)); \
    (__typeof__(expr))posix_leave(&call_, ret_); \
  })

/* The pthread_ functions return their error and leave errno alone */

#define posix_pcall(flags, expr) \
  ({ \
    struct posix_call_s call_; \
    int pret_; \
    posix_enter(&call_, flags); \
    pret_ = (expr); \
    posix_again(&call_, pret_); \
    posix_leave(&call_, 0); \
    errno = call_.err; \
    pret_ < 0 ? -pret_ : pret_; \
  })

/* Set errno and return -1, for what did not reach the kernel */

int posix_fail(int err);

void posix_vars_load(FAR const struct posix_vars_s *vars);

FAR struct posix_thread_s *posix_self(void);
FAR struct posix_group_s *posix_group(void);
FAR struct posix_thread_s *
posix_thread_new(FAR struct posix_group_s *group);
void posix_thread_free(FAR struct posix_thread_s *thread);

/* wait.c: wait, until somebody calls wake or a clock shows a time (NULL: no
 * end).  Zero, -ETIMEDOUT, -EINVAL, or -EINTR if "interruptible" and a
 * signal, a cancellation or a kill came; otherwise only a kill ends it.
 * posix_wake() returns whether there was one to wake, and whom.
 */

int posix_wait(FAR struct posix_waitq_s *queue, clockid_t clock,
               FAR const struct timespec *abstime, bool interruptible);
FAR struct posix_thread_s *posix_wake(FAR struct posix_waitq_s *queue);
void posix_wake_all(FAR struct posix_waitq_s *queue);

/* For our own structures.  posix_lock() is -EINTR only for a task that is
 * being killed.
 */

int posix_lock(FAR struct posix_lock_s *lock);
bool posix_trylock(FAR struct posix_lock_s *lock);
void posix_unlock(FAR struct posix_lock_s *lock);

/* signal.c: run the handlers that are due.  True: at least one ran, and all
 * that did had SA_RESTART.
 */

bool posix_signals(void);
bool posix_signal_due(FAR struct posix_thread_s *thread);
int posix_signal_task(FAR struct posix_thread_s *thread, int sig);
void posix_signal_deliver(FAR struct tcb_s *tcb);
bool posix_signal_post(FAR struct task_group_s *group, int sig);
int posix_sigmask(FAR const sigset_t *mask, FAR sigset_t *old);
void posix_signal_init(FAR struct posix_group_s *group,
                       FAR const struct posix_group_s *parent);

/* thread.c: end the calling thread, running what it has pushed */

void posix_unwind(FAR void *retval) noreturn_function;
void posix_thread_end(FAR struct posix_thread_s *thread);
void posix_pthread_testcancel(void);

/* On i386 these take their argument in a register, which the type says */

BIND(__pthread_register_cancel);
BIND(__pthread_unregister_cancel);
BIND(__pthread_unwind_next);

/* stream.c */

int posix_streams_init(FAR struct posix_group_s *group);
void posix_streams_unlock(FAR struct posix_group_s *group);
void posix_streams_end(FAR struct posix_group_s *group, bool discard);

/* To standard error, past the stream, behind what is in it */

void posix_report(FAR const char *text, size_t len);

FAR char *posix_getenv(FAR const char *name);
void posix_abort(void) noreturn_function;

/* env.c */

int posix_env_init(FAR struct posix_group_s *group,
                   FAR const struct posix_group_s *parent);
int posix_env_set(FAR struct posix_group_s *group, FAR char *const envp[]);
void posix_env_free(FAR struct posix_group_s *group);

#endif /* __LIBS_POSIX_BINDING_H */
