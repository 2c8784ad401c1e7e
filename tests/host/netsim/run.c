/* tests/host/netsim/run.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Seeds in processes of their own.
 *
 * The stack can fail by a signal, or not end at all.  So the process of the
 * command only waits: another one runs seed after seed, writes what came out
 * of each into memory that both have, and ends at the first that fails.  If
 * it dies, the memory tells at which seed.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netsim.h"

struct shared_s
{
  struct totals_s totals;
  struct result_s result;            /* Of the last seed */
  bool under_way;                    /* A seed was begun, and has no result */
};

volatile sig_atomic_t g_stop;

static struct shared_s *g_shared;

static struct shared_s *shared(void)
{
  if (g_shared == NULL)
    {
      g_shared = mmap(NULL, sizeof(*g_shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      if (g_shared == MAP_FAILED)
        {
          fprintf(stderr, "netsim: no memory: %s\n", strerror(errno));
          exit(1);
        }
    }

  return g_shared;
}

/* The time of the processor that may be used from now on; 0: any */

static void limit(unsigned int seconds)
{
  struct itimerval timer;

  memset(&timer, 0, sizeof(timer));
  timer.it_value.tv_sec = (time_t)seconds;
  setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static void add(struct totals_s *totals, const struct result_s *result)
{
  unsigned int i;

  totals->seeds++;
  totals->failures += result->failed;
  totals->virtual  += result->virtual / USEC;
  totals->events   += result->events;
  totals->frames   += result->frames;
  totals->bytes    += result->bytes;
  totals->digest    = (totals->digest ^ result->digest) *
                      UINT64_C(0x9e3779b97f4a7c15);
  for (i = 0; i < NTALLIES; i++)
    {
      totals->tally[i] += result->tally[i];
    }
}

static void one(uint64_t seed, const struct cut_s *cut,
                const struct options_s *options)
{
  static struct plan_s plan;

  plan_make(&plan, seed);
  plan_cut(&plan, cut);
  g_shared->under_way = true;
  limit(options->limit);
  world_run(&plan, options, &g_shared->result);
  limit(0);
  g_shared->under_way = false;
}

/* In the other process **************************************************/

static void as_usual(void)
{
  static const int signals[] =
  {
    SIGINT, SIGTERM, SIGHUP
  };

  unsigned int i;

  for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
    {
      signal(signals[i], SIG_DFL);
    }
}

static void work(uint64_t seed, uint64_t n, const struct cut_s *cut,
                 const struct options_s *options)
{
  do
    {
      one(seed++, cut, options);
      add(&g_shared->totals, &g_shared->result);
    }
  while (--n > 0 && !g_shared->result.failed);

  world_end();
}

/* In this one ***********************************************************/

static pid_t begin(void)
{
  pid_t pid;

  fflush(NULL);
  pid = fork();
  if (pid < 0)
    {
      fprintf(stderr, "netsim: fork: %s\n", strerror(errno));
      exit(1);
    }

  if (pid == 0)
    {
      as_usual();
    }

  return pid;
}

/* The other process has ended without a word */

static void died(struct result_s *result, int status,
                 const struct options_s *options)
{
  char kind[64];

  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM)
    {
      snprintf(kind, sizeof(kind), "no end within %u s of the processor",
               options->limit);
    }
  else if (WIFSIGNALED(status))
    {
      snprintf(kind, sizeof(kind), "the program was ended by signal %d, %s",
               WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
  else
    {
      snprintf(kind, sizeof(kind), "the program ended with status %d",
               WEXITSTATUS(status));
    }

  result->failed = true;
  result->kind   = world_kind(kind);
  snprintf(result->text, sizeof(result->text), "%s", kind);
}

/* Look at it from time to time until it has ended: its status */

static int wait_for(pid_t pid, void (*progress)(const struct totals_s *))
{
  struct timespec second =
  {
    1, 0
  };

  sigset_t child;
  sigset_t old;
  int status = 0;
  bool told = false;

  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &old);
  while (waitpid(pid, &status, WNOHANG) == 0)
    {
      if (g_stop != 0 && !told)      /* Whoever was told may not be a group */
        {
          told = true;
          kill(pid, SIGTERM);
        }

      if (sigtimedwait(&child, NULL, &second) < 0 && errno == EAGAIN &&
          progress != NULL)
        {
          progress(&g_shared->totals);
        }
    }

  sigprocmask(SIG_SETMASK, &old, NULL);
  return status;
}

bool run_seeds(uint64_t seed, uint64_t n, const struct cut_s *cut,
               const struct options_s *options, struct totals_s *totals,
               void (*progress)(const struct totals_s *totals),
               struct result_s *result)
{
  struct shared_s *both = shared();
  int status;
  pid_t pid;

  both->totals    = *totals;
  both->under_way = false;
  memset(&both->result, 0, sizeof(both->result));
  pid = begin();
  if (pid == 0)
    {
      work(seed, n, cut, options);
      exit(0);                       /* A sanitizer looks for leaks then */
    }

  status = wait_for(pid, progress);
  if (status != 0 && g_stop == 0)
    {
      died(&both->result, status, options);
      if (both->under_way || both->totals.seeds == totals->seeds)
        {
          add(&both->totals, &both->result);
        }
      else                           /* After the last seed: a leak */
        {
          both->totals.failures++;
        }
    }

  *totals = both->totals;
  *result = both->result;
  return result->failed && g_stop == 0;
}

void run_once(uint64_t seed, const struct cut_s *cut,
              const struct options_s *options, struct result_s *result)
{
  struct shared_s *both = shared();
  int status;
  pid_t pid;

  both->under_way = false;
  memset(&both->result, 0, sizeof(both->result));
  pid = begin();
  if (pid == 0)
    {
      if (freopen("/dev/null", "w", stderr) == NULL ||
          freopen("/dev/null", "w", stdout) == NULL)
        {
          _exit(0);
        }

      one(seed, cut, options);
      _exit(0);
    }

  status = wait_for(pid, NULL);
  if (status != 0)
    {
      died(&both->result, status, options);
    }

  *result = both->result;
}
