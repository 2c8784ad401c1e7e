/* tests/host/kernel/test_switch.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The switch and the stacks.  Goal: what the ABI says that a call preserves
 * is preserved across a switch: registers, rounding mode, errno of each
 * task; memory known only to a task's stack is no leak; a stack comes back
 * clean.  Method: many tasks compute something in registers while they
 * switch at every step.
 */

#include "ktest.h"

#include <fenv.h>

#if defined(__SANITIZE_ADDRESS__)
#  include <sanitizer/lsan_interface.h>
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    include <sanitizer/lsan_interface.h>
#  endif
#endif

static volatile double g_three = 3.0;

/* Ten values that are alive across each switch, and a sum in floating point;
 * the compiler keeps as many as it can in registers.
 */

static uint64_t mix(uint64_t seed, int nsteps, bool yield)
{
  uint64_t a = seed;
  uint64_t b = seed * 3;
  uint64_t c = seed * 5;
  uint64_t d = seed * 7;
  uint64_t e = seed * 11;
  uint64_t f = seed * 13;
  double sum = (double)seed;
  int i;

  for (i = 0; i < nsteps; i++)
    {
      a += b ^ (c << 3);
      b += c ^ (d >> 5);
      c += d ^ (e << 7);
      d += e ^ (f >> 9);
      e += f ^ (a << 11);
      f += a ^ (b >> 13);
      sum = sum * 0.5 + (double)(a & 0xff);
      if (yield)
        {
          nxsched_yield();
        }
    }

  return a ^ b ^ c ^ d ^ e ^ f ^ (uint64_t)sum;
}

static int mixer(int argc, char *argv[])
{
  uint64_t seed = (uint64_t)nxsched_gettid();

  UNUSED_ARGS(argc, argv);
  CHECK(mix(seed, 500, true) == mix(seed, 500, false));
  return 0;
}

static void wait_all(void)
{
  int status;

  while (nxsched_waitpid(-1, &status, 0) > 0)
    {
      EQUAL(status, 0);
    }
}

static int registers(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  for (i = 0; i < 50; i++)
    {
      ktest_task("mixer", PRIO, mixer);
    }

  wait_all();
  return 0;
}

/* Each task has its rounding mode, and begins with that of its creator. */

static int rounder(int argc, char *argv[])
{
  static const int modes[] =
  {
    FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO
  };

  int mode = modes[nxsched_gettid() % 4];
  volatile double before;
  volatile double after;
  int i;

  UNUSED_ARGS(argc, argv);
  EQUAL(fegetround(), FE_TONEAREST);
  fesetround(mode);
  before = 1.0 / g_three;
  for (i = 0; i < 20; i++)
    {
      nxsched_yield();
      EQUAL(fegetround(), mode);
      after = 1.0 / g_three;
      CHECK(after == before);
    }

  return 0;
}

static int rounding(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  for (i = 0; i < 8; i++)
    {
      ktest_task("rounder", PRIO, rounder);
    }

  wait_all();
  EQUAL(fegetround(), FE_TONEAREST);
  return 0;
}

/* The errno of a task is its own. */

static int erring(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  for (i = 0; i < 10; i++)
    {
      nxsched_self()->errcode = nxsched_gettid() * 100 + i;
      nxsched_yield();
      EQUAL(nxsched_self()->errcode, nxsched_gettid() * 100 + i);
    }

  return 0;
}

static int errors(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  for (i = 0; i < 5; i++)
    {
      ktest_task("erring", PRIO, erring);
    }

  wait_all();
  return 0;
}

/* Stacks are aligned, as large as asked for, and known by their use. */

static int deep(int argc, char *argv[])
{
  struct tcb_s *self = nxsched_self();
  volatile char room[100000];
  size_t used;
  size_t i;

  UNUSED_ARGS(argc, argv);
  CHECK(self->stack_size >= 200000);
  CHECK((char *)room > (char *)self->stack_base);
  for (i = 0; i < sizeof(room); i++)
    {
      room[i] = (char)(i + 1);
    }

  used = up_check_tcbstack(self);
  CHECK(used >= sizeof(room) && used <= self->stack_size);
  return room[99] == 100 ? 0 : 1;
}

static int shallow(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  CHECK(up_check_tcbstack(nxsched_self()) < 50000);
  return 0;
}

static int stacks(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  for (i = 0; i < 100; i++)
    {
      EQUAL(ktest_wait(nxtask_create("deep", PRIO, 200000, deep, NULL)), 0);
      EQUAL(ktest_wait(nxtask_create("shallow", PRIO, 200000, shallow,
                                     NULL)), 0);
      EQUAL(ktest_wait(nxtask_create("shallow", PRIO, 1, shallow, NULL)),
            0);
    }

  return 0;
}

/* What only a task's stack points at is not leaked. */

static sem_t g_sem;

static int keeper(int argc, char *argv[])
{
  void *volatile block = malloc(1234);

  UNUSED_ARGS(argc, argv);
  nxsem_wait_uninterruptible(&g_sem);
  free(block);
  return 0;
}

static int leaks(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  for (i = 0; i < 10; i++)
    {
      ktest_task("keeper", PRIO, keeper);
    }

  nxsig_usleep(10);
#if defined(SANITIZER_LSAN_INTERFACE_H)
  EQUAL(__lsan_do_recoverable_leak_check(), 0);
#endif
  for (i = 0; i < 10; i++)
    {
      nxsem_post(&g_sem);
    }

  wait_all();
  return 0;
}

/* A task whose system calls never wait shares the processor with its equals,
 * by turns, but not with those below; and not while it has locked the
 * scheduler.
 */

#define WORKERS 3
#define CALLS   40000

static unsigned int g_calls[WORKERS];
static unsigned int g_turns;
static int g_last;
static bool g_below;

static void call_often(int me, unsigned int n)
{
  for (; n > 0; n--)
    {
      task_testcancel();
      g_calls[me]++;
      g_turns += g_last != me;
      g_last = me;
    }
}

static int worker(int argc, char *argv[])
{
  static int next;
  int me = next++ % WORKERS;
  unsigned int i;

  UNUSED_ARGS(argc, argv);
  call_often(me, CALLS);
  for (i = 0; i < WORKERS; i++)
    {
      CHECK(g_calls[i] > CALLS / 2);
    }

  CHECK(!g_below);
  return 0;
}

static int below(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  g_below = true;
  return 0;
}

static int turns(int argc, char *argv[])
{
  unsigned int before;
  int i;

  UNUSED_ARGS(argc, argv);
  memset(g_calls, 0, sizeof(g_calls));
  g_turns = 0;
  g_below = false;
  ktest_task("below", PRIO - 1, below);
  for (i = 0; i < WORKERS; i++)
    {
      ktest_task("worker", PRIO, worker);
    }

  wait_all();
  CHECK(g_below);
  CHECK(g_turns >= 10 * WORKERS);

  /* Not a turn more often than needed: those would only cost */

  CHECK(g_turns < WORKERS * CALLS / 100);

  g_below = false;
  ktest_task("worker", PRIO, worker);
  before = g_calls[0] + g_calls[1] + g_calls[2];
  sched_lock();
  for (i = 0; i < CALLS; i++)
    {
      task_testcancel();
    }

  EQUAL(g_calls[0] + g_calls[1] + g_calls[2], before);
  sched_unlock();
  wait_all();
  return 0;
}

KTEST(registers);
KTEST(rounding);
KTEST(errors);
KTEST(stacks);
KTEST(leaks);
KTEST(turns);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_registers),
    cmocka_unit_test(test_rounding),
    cmocka_unit_test(test_errors),
    cmocka_unit_test(test_stacks),
    cmocka_unit_test(test_leaks),
    cmocka_unit_test(test_turns),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
