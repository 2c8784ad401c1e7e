/* tests/host/kernel/test_sched.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler beside a model.  Goal: who runs when, with what result, is
 * exactly what the rules say, for any program.  Method: random programs of
 * posts, waits, sleeps, locks, yields and changes of priority are run by the
 * kernel and by sched_model.c, which keeps no queues at all: it searches all
 * tasks, and computes every priority anew, each time.  Both write a line of
 * a journal for each step; the journals must be equal.
 */

#include "ktest.h"
#include "sched_model.h"

static const struct program_s *g_program;
static struct journal_s *g_journal;
static struct journal_s g_real;
static struct journal_s g_expected;
static struct program_s g_random;
static int g_pid[MAXTASKS];
static sem_t g_sem[NSEMS];
static mutex_t g_mutex[NMUTEXES];

static void set_priority(int i, int priority)
{
  struct tcb_s *tcb = nxsched_get_tcb(g_pid[i]);

  if (tcb != NULL)
    {
      EQUAL(nxsched_set_priority(tcb, priority), 0);
    }
}

static int run_op(const struct op_s *op)
{
  switch (op->what)
    {
      case OP_POST:
        return nxsem_post(&g_sem[op->which]);

      case OP_TRY:
        return nxsem_trywait(&g_sem[op->which]);

      case OP_WAIT:
        return nxsem_tickwait(&g_sem[op->which], op->arg);

      case OP_YIELD:
        return nxsched_yield();

      case OP_SLEEP:
        return nxsched_ticksleep(op->arg);

      case OP_PRIORITY:
        set_priority(op->which, op->arg);
        return 0;

      case OP_LOCK:
        return nxmutex_timedlock(&g_mutex[op->which], op->arg / 1000);

      default:
        return nxmutex_unlock(&g_mutex[op->which]);
    }
}

static int run_task(int argc, char *argv[])
{
  int me = atoi(argv[1]);
  int i;

  (void)argc;
  for (i = 0; i < g_program->task[me].nops; i++)
    {
      int ret = run_op(&g_program->task[me].op[i]);

      journal_add(g_journal, me, i, ret, clock_systime_ticks(),
                  nxsched_self()->sched_priority);
    }

  for (i = 0; i < NMUTEXES; i++)
    {
      if (nxmutex_is_hold(&g_mutex[i]))
        {
          EQUAL(nxmutex_unlock(&g_mutex[i]), 0);
        }
    }

  return 0;
}

static int run_program(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  nxsched_set_priority(nxsched_self(), 255);
  for (i = 0; i < NSEMS; i++)
    {
      nxsem_init(&g_sem[i], 0, 0);
    }

  for (i = 0; i < NMUTEXES; i++)
    {
      nxmutex_init(&g_mutex[i]);
    }

  for (i = 0; i < g_program->ntasks; i++)
    {
      char text[12];
      char *args[] =
      {
        text, NULL
      };

      snprintf(text, sizeof(text), "%d", i);
      g_pid[i] = nxtask_create("t", g_program->task[i].priority, 0, run_task,
                               args);
      CHECK(g_pid[i] > 0);
    }

  while (nxsched_waitpid(-1, NULL, 0) > 0)
    {
    }

  return 0;
}

static void run_real(const struct program_s *program,
                     struct journal_s *journal)
{
  g_program    = program;
  g_journal    = journal;
  journal->len = 0;
  ktest(run_program);
}

static void compare(uint64_t seed)
{
  size_t i;

  for (i = 0; i < g_real.len && i < g_expected.len; i++)
    {
      if (memcmp(&g_real.line[i], &g_expected.line[i],
                 sizeof(g_real.line[i])) != 0)
        {
          const struct line_s *real = &g_real.line[i];
          const struct line_s *line = &g_expected.line[i];

          print_message("seed %llu, line %zu: task %d step %d result %d "
                        "time %d priority %d, expected task %d step %d "
                        "result %d time %d priority %d\n",
                        (unsigned long long)seed, i, real->task, real->step,
                        real->result, real->time, real->priority,
                        line->task, line->step, line->result, line->time,
                        line->priority);
          fail();
        }
    }

  assert_int_equal(g_real.len, g_expected.len);
}

static void test_model(void **state)
{
  bool gate = getenv("GATE") != NULL && atoi(getenv("GATE")) != 0;
  uint64_t nseeds = gate ? 20000 : 1000;
  size_t nlines = 0;
  uint64_t seed;

  (void)state;
  for (seed = 1; seed <= nseeds; seed++)
    {
      program_make(&g_random, seed);
      model_run(&g_random, &g_expected);
      run_real(&g_random, &g_real);
      compare(seed);
      nlines += g_real.len;
    }

  print_message("%llu programs, %zu steps\n", (unsigned long long)nseeds,
                nlines);
}

/* The comparison must be able to fail: a program that differs in one place
 * makes another journal.
 */

static void test_model_can_fail(void **state)
{
  bool differs;
  int i;

  (void)state;
  program_make(&g_random, 1);
  model_run(&g_random, &g_expected);
  for (i = 0; i < g_random.ntasks; i++)
    {
      g_random.task[i].op[0].what = OP_SLEEP;
      g_random.task[i].op[0].arg  = 123456;
    }

  run_real(&g_random, &g_real);
  differs = g_real.len != g_expected.len ||
            memcmp(g_real.line, g_expected.line,
                   g_real.len * sizeof(g_real.line[0])) != 0;
  assert_true(differs);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_model),
    cmocka_unit_test(test_model_can_fail),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
