/* tests/host/kernel/sched_model.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Random programs for a few tasks, and a model of the scheduler that runs
 * them: see test_sched.c.
 */

#ifndef SCHED_MODEL_H
#define SCHED_MODEL_H

#include <stddef.h>
#include <stdint.h>

#define MAXTASKS 8
#define MAXOPS   24
#define NSEMS    3
#define NMUTEXES 3

enum what_e
{
  OP_POST,                       /* which: a semaphore */
  OP_TRY,
  OP_WAIT,                       /* arg: ticks at most */
  OP_YIELD,
  OP_SLEEP,                      /* arg: ticks */
  OP_PRIORITY,                   /* which: a task, arg: its new base */
  OP_LOCK,                       /* which: a mutex, arg: ticks at most */
  OP_UNLOCK,
  OP_COUNT
};

struct op_s
{
  enum what_e what;
  int which;
  int arg;
};

struct program_s
{
  int ntasks;
  struct
  {
    int priority;
    int nops;
    struct op_s op[MAXOPS];
  } task[MAXTASKS];
};

/* A step, when it was done */

struct line_s
{
  int task;
  int step;
  int result;
  int time;
  int priority;
};

struct journal_s
{
  size_t len;
  struct line_s line[MAXTASKS * MAXOPS];
};

void journal_add(struct journal_s *journal, int task, int step, int result,
                 int64_t time, int priority);
void program_make(struct program_s *program, uint64_t seed);
void model_run(const struct program_s *program, struct journal_s *journal);

#endif /* SCHED_MODEL_H */
