/* libs/posix/signal.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Signals.  What a signal does by default is the kernel's business: to end a
 * group, at its next kernel call, or nothing.  Here is what applications add:
 * to ignore one, to block it, or to have a handler called.  A handler runs on
 * the stack of a thread that does not block the signal, when its kernel call
 * is over; a call that waits ends with EINTR for it.  SIGKILL never gets
 * here.
 */

#include "binding.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(sig) (1ull << ((sig) - 1))

/* sigset_t is glibc's; its first 64 bits are what counts */

static uint64_t mask_of(const sigset_t *set)
{
  uint64_t mask;

  memcpy(&mask, set, sizeof(mask));
  return mask & ~(BIT(SIGKILL) | BIT(SIGSTOP));
}

static void set_of(sigset_t *set, uint64_t mask)
{
  memset(set, 0, sizeof(*set));
  memcpy(set, &mask, sizeof(mask));
}

static bool bad(int sig)
{
  return sig < 1 || sig > POSIX_NSIG;
}

/* What a group ignores stays ignored in its children, as with exec() */

void posix_signal_init(struct posix_group_s *group,
                       const struct posix_group_s *parent)
{
  int sig;

  for (sig = 1; parent != NULL && sig <= POSIX_NSIG; sig++)
    {
      if (parent->actions[sig].sa_handler == SIG_IGN)
        {
          group->actions[sig].sa_handler = SIG_IGN;
        }
    }
}

static bool ignored_by_default(int sig)
{
  return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG ||
         sig == SIGWINCH;
}

bool posix_signal_due(struct posix_thread_s *thread)
{
  return ((thread->pending | thread->group->pending) &
          ~thread->blocked) != 0;
}

/* The main thread has no task here before its first call */

static void interrupt(struct posix_thread_s *thread)
{
  struct tcb_s *tcb = thread->tcb;

  if (tcb == NULL && !thread->ended)
    {
      tcb = thread->group->group->leader;
    }

  if (tcb != NULL)
    {
      nxsched_interrupt(tcb);
    }
}

/* A signal for a group, from anywhere.  It goes to the caller if that is in
 * the group and does not block it, else to the first thread that does not.
 */

bool posix_signal_post(struct task_group_s *task, int sig)
{
  struct posix_group_s *group = task->streams;
  struct posix_thread_s *thread;
  bool blocked = true;

  if (group == NULL || (task->flags & (GROUP_EXITING | GROUP_ZOMBIE)) != 0)
    {
      return false;
    }

  for (thread = group->threads; thread != NULL; thread = thread->flink)
    {
      blocked &= thread->ended || (thread->blocked & BIT(sig)) != 0;
    }

  if (group->actions[sig].sa_handler == SIG_IGN)
    {
      return true;
    }

  if (group->actions[sig].sa_handler == SIG_DFL &&
      (!blocked || ignored_by_default(sig)))
    {
      return false;
    }

  group->pending |= BIT(sig);
  thread = nxsched_self()->group == task ? posix_self() : NULL;
  if (thread == NULL || (thread->blocked & BIT(sig)) != 0)
    {
      thread = group->threads;
    }

  while (thread != NULL &&
         (thread->ended || (thread->blocked & BIT(sig)) != 0))
    {
      thread = thread->flink;
    }

  if (thread != NULL)
    {
      interrupt(thread);
    }

  return true;
}

/* A signal for one thread of the caller's group */

int posix_signal_task(struct posix_thread_s *thread, int sig)
{
  struct posix_group_s *group = thread->group;

  if (sig == 0)
    {
      return 0;
    }

  if (bad(sig))
    {
      return -EINVAL;
    }

  if (sig == SIGKILL || (group->actions[sig].sa_handler == SIG_DFL &&
                         (thread->blocked & BIT(sig)) == 0))
    {
      return nxsched_kill(group->group->pid, sig);
    }

  if (group->actions[sig].sa_handler != SIG_IGN)
    {
      thread->pending |= BIT(sig);
      if (thread != posix_self() && (thread->blocked & BIT(sig)) == 0)
        {
          interrupt(thread);
        }
    }

  return 0;
}

/* Run one handler.  True: it had SA_RESTART, or there is none. */

static bool run(struct posix_thread_s *thread, int sig)
{
  struct posix_group_s *group = thread->group;
  struct sigaction *now = &group->actions[sig];
  struct sigaction action = *now;
  uint64_t blocked = thread->blocked;
  int err = errno;

  if (action.sa_handler == SIG_IGN)
    {
      return true;
    }

  if (action.sa_handler == SIG_DFL)
    {
      if (!ignored_by_default(sig))
        {
          nxsched_kill(group->group->pid, sig);
          task_testcancel();
        }

      return true;
    }

  if ((action.sa_flags & SA_RESETHAND) != 0)
    {
      now->sa_handler = SIG_DFL;
    }

  thread->blocked |= mask_of(&action.sa_mask);
  if ((action.sa_flags & SA_NODEFER) == 0)
    {
      thread->blocked |= BIT(sig);
    }

  if ((action.sa_flags & SA_SIGINFO) != 0)
    {
      siginfo_t info;

      memset(&info, 0, sizeof(info));
      info.si_signo = sig;
      info.si_code  = SI_USER;
      action.sa_sigaction(sig, &info, NULL);
    }
  else
    {
      action.sa_handler(sig);
    }

  posix_resume();
  thread->blocked = blocked;
  errno = err;
  return (action.sa_flags & SA_RESTART) != 0;
}

bool posix_signals(void)
{
  struct posix_thread_s *thread = posix_self();
  struct posix_group_s *group = thread->group;
  bool restart = posix_signal_due(thread);
  uint64_t due;
  int sig;

  nxsched_self()->attention &= ~ATTN_SIGNAL;
  while ((due = (thread->pending | group->pending) & ~thread->blocked) != 0)
    {
      sig = __builtin_ctzll(due) + 1;
      if ((thread->pending & BIT(sig)) != 0)
        {
          thread->pending &= ~BIT(sig);
        }
      else
        {
          group->pending &= ~BIT(sig);
        }

      restart &= run(thread, sig);
    }

  return restart;
}

/* Sending */

BIND(kill);
int posix_kill(pid_t pid, int sig)
{
  /* 0 and negative: groups of processes, of which each has one member */

  pid = pid == 0 || pid == -nxsched_getpid() ? nxsched_getpid() : pid;
  return pid < 0 ? posix_fail(ESRCH) :
         posix_call(CALL_PLAIN, nxsched_kill(pid, sig));
}

BIND(pthread_kill);
int posix_pthread_kill(pthread_t id, int sig)
{
  struct posix_thread_s *thread = (struct posix_thread_s *)id;

  return thread->ended ? ESRCH :
         posix_pcall(CALL_PLAIN, posix_signal_task(thread, sig));
}

BIND(raise);
int posix_raise(int sig)
{
  int ret = posix_pthread_kill((pthread_t)posix_self(), sig);

  task_testcancel();
  return ret != 0 ? posix_fail(ret) : 0;
}

/* Handling */

BIND(sigaction);
int posix_sigaction(int sig, const struct sigaction *new,
                    struct sigaction *old)
{
  struct posix_group_s *group = posix_group();
  struct posix_thread_s *thread;

  if (bad(sig) || (new != NULL && (sig == SIGKILL || sig == SIGSTOP)))
    {
      return posix_fail(EINVAL);
    }

  if (old != NULL)
    {
      *old = group->actions[sig];
    }

  if (new != NULL)
    {
      group->actions[sig] = *new;
      if (new->sa_handler == SIG_IGN ||
          (new->sa_handler == SIG_DFL && ignored_by_default(sig)))
        {
          group->pending &= ~BIT(sig);
          for (thread = group->threads; thread; thread = thread->flink)
            {
              thread->pending &= ~BIT(sig);
            }
        }
    }

  return 0;
}

static __sighandler_t set_handler(int sig, __sighandler_t handler, int flags)
{
  struct sigaction new =
  {
    .sa_handler = handler,
    .sa_flags   = flags
  };

  struct sigaction old;

  return posix_sigaction(sig, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

/* glibc's signal() is BSD's: the handler stays, calls are resumed */

BIND(signal);
__sighandler_t posix_signal(int sig, __sighandler_t handler)
{
  return set_handler(sig, handler, SA_RESTART);
}

/* The mask of a thread */

static int change_mask(int how, const sigset_t *set, sigset_t *old)
{
  struct posix_thread_s *thread = posix_self();

  if (old != NULL)
    {
      set_of(old, thread->blocked);
    }

  if (set == NULL)
    {
      return 0;
    }

  switch (how)
    {
      case SIG_BLOCK:
        thread->blocked |= mask_of(set);
        return 0;

      case SIG_UNBLOCK:
        thread->blocked &= ~mask_of(set);
        return 0;

      case SIG_SETMASK:
        thread->blocked = mask_of(set);
        return 0;

      default:
        return -EINVAL;
    }
}

BIND(pthread_sigmask);
int posix_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
  return posix_pcall(CALL_PLAIN, change_mask(how, set, old));
}

BIND(sigprocmask);
int posix_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
  return posix_call(CALL_PLAIN, change_mask(how, set, old));
}

/* For calls that change the mask while they wait: -EINTR if a handler ran at
 * once.
 */

int posix_sigmask(const sigset_t *mask, sigset_t *old)
{
  struct posix_thread_s *thread = posix_self();

  change_mask(SIG_SETMASK, mask, old);
  if (old != NULL && posix_signal_due(thread))
    {
      posix_signals();
      return -EINTR;
    }

  return 0;
}

BIND(sigpending);
int posix_sigpending(sigset_t *set)
{
  struct posix_thread_s *thread = posix_self();

  set_of(set, (thread->pending | thread->group->pending) & thread->blocked);
  return 0;
}

static int wait_for_signal(void)
{
  struct posix_waitq_s nobody =
  {
    NULL
  };

  return posix_wait(&nobody, CLOCK_MONOTONIC, NULL, true);
}

BIND(pause);
int posix_pause(void)
{
  return posix_call(CALL_CANCEL, wait_for_signal());
}

BIND(sigsuspend);
int posix_sigsuspend(const sigset_t *mask)
{
  sigset_t old;

  if (posix_sigmask(mask, &old) == 0)
    {
      posix_call(CALL_CANCEL, wait_for_signal());
    }

  posix_sigmask(&old, NULL);
  return posix_fail(EINTR);
}

/* One alarm for each group */

static void alarm_rings(wdparm_t arg)
{
  nxsched_kill((pid_t)arg, SIGALRM);
}

BIND(alarm);
unsigned int posix_alarm(unsigned int seconds)
{
  struct posix_group_s *group = posix_group();
  sclock_t left = wd_gettime(&group->alarm);
  bool active = WDOG_ISACTIVE(&group->alarm);

  wd_cancel(&group->alarm);
  if (seconds != 0)
    {
      clock_refresh();
      wd_start(&group->alarm, SEC2TICK(seconds), alarm_rings,
               group->group->pid);
    }

  left = (left + TICK_PER_SEC / 2) / TICK_PER_SEC;
  return active && left == 0 ? 1 : left;
}
