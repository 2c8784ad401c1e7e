/* tests/host/kernel/sched_model.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A model of the scheduler that is too simple to be wrong.  Tasks are in no
 * queue; each has a number that says when it came to where it is.  The one
 * to run, the one to wake and the timer to expire are found by looking at
 * all of them.  Priorities are computed from the definition, whenever
 * anything has happened, until nothing changes; who changes goes behind the
 * others of the new priority.
 */

#include "sched_model.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

enum place_e
{
  READY,
  RUNNING,
  AT_SEM,                        /* Waits for m->which */
  AT_MUTEX,
  ASLEEP,
  GONE
};

struct mtask_s
{
  enum place_e place;
  int which;
  int base;
  int priority;
  unsigned long arrival;         /* When it came there */
  int64_t deadline;
  unsigned long started;         /* When its timer was started; 0: none */
  int pc;
  int result;
};

struct model_s
{
  const struct program_s *program;
  struct journal_s *journal;
  struct mtask_s task[MAXTASKS];
  int sem[NSEMS];
  int holder[NMUTEXES];          /* -1: unlocked */
  unsigned long events;
  int64_t now;
};

void journal_add(struct journal_s *journal, int task, int step, int result,
                 int64_t time, int priority)
{
  struct line_s *line = &journal->line[journal->len++];

  line->task     = task;
  line->step     = step;
  line->result   = result;
  line->time     = (int)time;
  line->priority = priority;
}

/* Programs.  Few values, so that times and priorities often coincide. */

static uint64_t next(uint64_t *state)
{
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static int below(uint64_t *state, int limit)
{
  return (int)((next(state) >> 33) % (unsigned int)limit);
}

static void make_op(struct op_s *op, int ntasks, uint64_t *state)
{
  static const int limits[OP_COUNT] =
  {
    NSEMS, NSEMS, NSEMS, 1, 1, 0, NMUTEXES, NMUTEXES
  };

  op->what  = (enum what_e)below(state, OP_COUNT);
  op->which = below(state, op->what == OP_PRIORITY ? ntasks :
                                                     limits[op->what]);
  op->arg   = op->what == OP_PRIORITY ? 1 + below(state, 6) :
                                        1000 * below(state, 5);
}

void program_make(struct program_s *program, uint64_t seed)
{
  uint64_t state = seed * 1000;
  int i;
  int j;

  program->ntasks = 2 + below(&state, MAXTASKS - 1);
  for (i = 0; i < program->ntasks; i++)
    {
      program->task[i].priority = 1 + below(&state, 6);
      program->task[i].nops     = 1 + below(&state, MAXOPS);
      for (j = 0; j < program->task[i].nops; j++)
        {
          make_op(&program->task[i].op[j], program->ntasks, &state);
        }
    }
}

/* The best task in a place (and at a thing): the highest priority, then the
 * earliest arrival; -1 if there is none.
 */

static int best(const struct model_s *m, enum place_e place, int which)
{
  int found = -1;
  int i;

  for (i = 0; i < m->program->ntasks; i++)
    {
      const struct mtask_s *t = &m->task[i];

      if (t->place == place && (place == READY || t->which == which) &&
          (found < 0 || t->priority > m->task[found].priority ||
           (t->priority == m->task[found].priority &&
            t->arrival < m->task[found].arrival)))
        {
          found = i;
        }
    }

  return found;
}

/* What the priority of a task should be, as the others are now */

static int proper_priority(const struct model_s *m, int i)
{
  int priority = m->task[i].base;
  int j;

  for (j = 0; j < m->program->ntasks; j++)
    {
      const struct mtask_s *t = &m->task[j];

      if (t->place == AT_MUTEX && m->holder[t->which] == i &&
          t->priority > priority)
        {
          priority = t->priority;
        }
    }

  return priority;
}

static void settle(struct model_s *m)
{
  bool changed = true;
  int i;

  while (changed)
    {
      changed = false;
      for (i = 0; i < m->program->ntasks; i++)
        {
          struct mtask_s *t = &m->task[i];
          int priority = proper_priority(m, i);

          if (t->place != GONE && t->priority != priority)
            {
              t->priority = priority;
              t->arrival  = ++m->events;
              changed     = true;
            }
        }
    }
}

static void put(struct model_s *m, int i, enum place_e place, int which)
{
  m->task[i].place   = place;
  m->task[i].which   = which;
  m->task[i].arrival = ++m->events;
}

static void wake(struct model_s *m, int i, int result)
{
  put(m, i, READY, 0);
  m->task[i].started = 0;
  m->task[i].result  = result;
}

static void wait(struct model_s *m, int i, enum place_e place, int which,
                 int delay)
{
  put(m, i, place, which);
  m->task[i].deadline = m->now + delay;
  m->task[i].started  = ++m->events;
}

static void unlock(struct model_s *m, int mutex)
{
  int heir = best(m, AT_MUTEX, mutex);

  m->holder[mutex] = heir;
  if (heir >= 0)
    {
      wake(m, heir, 0);
    }
}

/* The operations: the result, or INT_MAX if the task now waits */

static int do_wait(struct model_s *m, int i, const struct op_s *op)
{
  if (m->sem[op->which] > 0)
    {
      m->sem[op->which]--;
      return 0;
    }

  if (op->what == OP_TRY || op->arg == 0)
    {
      return op->what == OP_TRY ? -EAGAIN : -ETIMEDOUT;
    }

  wait(m, i, AT_SEM, op->which, op->arg);
  return INT_MAX;
}

static int do_post(struct model_s *m, const struct op_s *op)
{
  int waiter = best(m, AT_SEM, op->which);

  if (waiter >= 0)
    {
      wake(m, waiter, 0);
    }
  else
    {
      m->sem[op->which]++;
    }

  return 0;
}

static int do_lock(struct model_s *m, int i, const struct op_s *op)
{
  if (m->holder[op->which] == i)
    {
      return -EDEADLK;
    }

  if (m->holder[op->which] < 0)
    {
      m->holder[op->which] = i;
      return 0;
    }

  if (op->arg == 0)
    {
      return -ETIMEDOUT;
    }

  wait(m, i, AT_MUTEX, op->which, op->arg);
  return INT_MAX;
}

static int do_unlock(struct model_s *m, int i, const struct op_s *op)
{
  if (m->holder[op->which] != i)
    {
      return -EPERM;
    }

  unlock(m, op->which);
  return 0;
}

static int do_op(struct model_s *m, int i, const struct op_s *op)
{
  switch (op->what)
    {
      case OP_POST:
        return do_post(m, op);

      case OP_TRY:
      case OP_WAIT:
        return do_wait(m, i, op);

      case OP_PRIORITY:
        if (m->task[op->which].place != GONE)
          {
            m->task[op->which].base = op->arg;
          }

        return 0;

      case OP_LOCK:
        return do_lock(m, i, op);

      case OP_UNLOCK:
        return do_unlock(m, i, op);

      default:
        if (op->what == OP_YIELD || op->arg == 0)
          {
            wake(m, i, 0);
          }
        else
          {
            wait(m, i, ASLEEP, 0, op->arg);
          }

        return INT_MAX;
    }
}

/* A task has its turn, until it waits or ends. */

static void run(struct model_s *m, int i)
{
  struct mtask_s *t = &m->task[i];
  int nops = m->program->task[i].nops;
  int ret = t->result;
  int j;

  t->place = RUNNING;
  if (t->pc > 0)
    {
      journal_add(m->journal, i, t->pc - 1, ret, m->now, t->priority);
    }

  while (t->pc < nops)
    {
      ret = do_op(m, i, &m->program->task[i].op[t->pc++]);
      settle(m);
      if (ret == INT_MAX)
        {
          return;
        }

      journal_add(m->journal, i, t->pc - 1, ret, m->now, t->priority);
    }

  for (j = 0; j < NMUTEXES; j++)
    {
      if (m->holder[j] == i)
        {
          unlock(m, j);
          settle(m);
        }
    }

  t->place = GONE;
}

/* The next timer, or -1 */

static int next_timer(const struct model_s *m)
{
  int found = -1;
  int i;

  for (i = 0; i < m->program->ntasks; i++)
    {
      const struct mtask_s *t = &m->task[i];

      if (t->started != 0 &&
          (found < 0 || t->deadline < m->task[found].deadline ||
           (t->deadline == m->task[found].deadline &&
            t->started < m->task[found].started)))
        {
          found = i;
        }
    }

  return found;
}

/* Nobody can run: go to the next timer, and expire all of that time. */

static bool pass_time(struct model_s *m)
{
  int i = next_timer(m);

  if (i < 0)
    {
      return false;
    }

  m->now = m->task[i].deadline;
  while (i >= 0 && m->task[i].deadline == m->now)
    {
      wake(m, i, m->task[i].place == ASLEEP ? 0 : -ETIMEDOUT);
      settle(m);
      i = next_timer(m);
    }

  return true;
}

void model_run(const struct program_s *program, struct journal_s *journal)
{
  struct model_s m;
  int i;

  memset(&m, 0, sizeof(m));
  m.program    = program;
  m.journal    = journal;
  journal->len = 0;

  for (i = 0; i < NMUTEXES; i++)
    {
      m.holder[i] = -1;
    }

  for (i = 0; i < program->ntasks; i++)
    {
      m.task[i].base     = program->task[i].priority;
      m.task[i].priority = program->task[i].priority;
      put(&m, i, READY, 0);
    }

  do
    {
      while ((i = best(&m, READY, 0)) >= 0)
        {
          run(&m, i);
        }
    }
  while (pass_time(&m));
}
