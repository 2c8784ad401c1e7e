/* arch/sim/sim_run.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The life of a kernel: boot, run, shut down.
 *
 * Shutdown is in order: the users' tasks are killed and get a second to
 * leave by themselves, which is how they close what they have open; then the
 * kernel's threads; what is left then is destroyed where it stands.  At the
 * end nothing is held of the host but what callers hold.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <debug.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include <nuttx/init.h>
#include <nuttx/kmalloc.h>
#include <nuttx/mm/iob.h>

#include "core.h"
#include "up.h"

#define GRACE SEC2TICK(1)

struct atexit_s
{
  FAR struct atexit_s *next;
  CODE void (*fn)(FAR void *arg);
  FAR void *arg;
};

struct run_s
{
  FAR struct atexit_s *atexit;   /* The last one registered first */
  bool graceover;
};

static struct run_s g_run;

enum nx_initstate_e g_nx_initstate;

static const struct sim_config_s g_defaults;

/* Boot */

static int setup_modules(FAR const struct sim_config_s *cfg)
{
  int ret;

  memset(&g_run, 0, sizeof(g_run));
  memset(&g_sim, 0, sizeof(g_sim));
  g_sim.isvirtual = cfg->virtual_time;

  kmm_initialize();
  syslog_initialize(cfg->loglevel);
  sim_random_initialize(cfg->seed);
  wd_initialize();
  work_notifier_initialize();

  ret = nxsched_initialize();
  if (ret < 0)
    {
      return ret;
    }

  clock_initialize(cfg->virtual_time, cfg->start_wall_ns);
  iob_initialize();

  ret = sim_event_initialize();
  return ret < 0 ? ret : sim_crash_initialize();
}

static int boot(FAR const struct sim_config_s *cfg, main_t init,
                FAR char *const argv[])
{
  int priority = cfg->priority != 0 ? cfg->priority : SCHED_PRIORITY_DEFAULT;
  int ret;

  g_nx_initstate = OSINIT_BOOT;
  ret = setup_modules(cfg);
  if (ret < 0)
    {
      return ret;
    }

  g_nx_initstate = OSINIT_OSREADY;
  ret = work_initialize();
  if (ret >= 0 && cfg->bringup != NULL)
    {
      ret = cfg->bringup();
    }

  if (ret >= 0)
    {
      g_nx_initstate = OSINIT_IDLELOOP;
      ret = nxtask_create_init(argv[0], priority, cfg->stack_size, init,
                               &argv[1]);
    }

  return ret;
}

/* Shutdown */

int sim_atexit(CODE void (*fn)(FAR void *arg), FAR void *arg)
{
  FAR struct atexit_s *entry = kmm_malloc(sizeof(*entry));

  if (entry == NULL)
    {
      return -ENOMEM;
    }

  entry->fn    = fn;
  entry->arg   = arg;
  entry->next  = g_run.atexit;
  g_run.atexit = entry;
  return 0;
}

void sim_call_atexit(void)
{
  g_irq.depth++;
  while (g_run.atexit != NULL)
    {
      FAR struct atexit_s *entry = g_run.atexit;

      g_run.atexit = entry->next;
      entry->fn(entry->arg);
      kmm_free(entry);
    }

  g_irq.depth--;
}

void sim_poweroff(int status)
{
  if (!g_sim.down)
    {
      g_sim.down     = true;
      g_sim.status   = status;
      g_sched.budget = 1;
    }
}

static bool is_down(void)
{
  return g_sim.down || g_sched.initgone;
}

static void grace_over(wdparm_t arg)
{
  (void)arg;
  g_run.graceover = true;
}

static bool users_gone(void)
{
  return g_run.graceover || !nxsched_anyleft(false);
}

static bool kthreads_gone(void)
{
  return g_run.graceover || !nxsched_anyleft(true);
}

/* Kill tasks and wait until they have gone, but not for ever. */

static void end_tasks(bool kthreads)
{
  struct wdog_s grace =
  {
    .func = NULL
  };

  nxsched_killall(kthreads);
  g_run.graceover = false;
  wd_start(&grace, GRACE, grace_over, 0);
  sim_idle_until(kthreads ? kthreads_gone : users_gone);
  wd_cancel(&grace);
}

static void complain(FAR struct tcb_s *tcb, FAR void *arg)
{
  (void)arg;

  if (tcb->state == TSTATE_BLOCKED)
    {
      _warn("task %d (%s) did not end: it waits for %s\n", tcb->pid,
            tcb->name, nxsched_waitname(tcb));
    }
}

static void shutdown_kernel(void)
{
  g_nx_initstate = OSINIT_SHUTDOWN;
  g_sim.lockstep = NULL;

  end_tasks(false);
  end_tasks(true);
  nxsched_foreach(complain, NULL);
  nxsched_destroyall();
  sim_call_atexit();

  work_notifier_deinitialize();
  wd_deinitialize();
  sim_event_deinitialize();
  sim_crash_deinitialize();
  up_stack_drain();
  up_forget_idle();
  nxsched_deinitialize();
}

static int exit_status(void)
{
  if (g_sim.down)
    {
      return g_sim.status;
    }

  return WIFSIGNALED(g_sched.initstatus) ?
         128 + WTERMSIG(g_sched.initstatus) :
         WEXITSTATUS(g_sched.initstatus);
}

int sim_run(FAR const struct sim_config_s *cfg, main_t init, int argc,
            FAR char *const argv[])
{
  FAR char *const noargs[2] =
  {
    (FAR char *)"init", NULL
  };

  int status = 1;
  int ret;

  ASSERT(g_nx_initstate == OSINIT_POWERUP);

  ret = boot(cfg != NULL ? cfg : &g_defaults, init,
             argc > 0 ? argv : noargs);
  if (ret < 0)
    {
      if (ret != -ECANCELED)
        {
          _err("boot: error %d\n", ret);
        }
    }
  else
    {
      if (!sim_idle_until(is_down))
        {
          sim_deadlock();
        }

      status = exit_status();
      if (cfg != NULL && cfg->leaving != NULL)
        {
          cfg->leaving(!nxsched_anyleft(false));
        }
    }

  if (g_sched.hash != NULL)
    {
      shutdown_kernel();
    }

  g_nx_initstate = OSINIT_POWERUP;
  return status;
}
