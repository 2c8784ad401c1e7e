/* libs/posix/thread.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads: members of the caller's group.  pthread_t points to a structure
 * that stays when its task has ended, until somebody joins, or forever until
 * the group ends.  Attributes are ours, in the room of glibc's.
 *
 * pthread_cleanup_push() of glibc's header leaves a jump buffer in the stack
 * frame and registers it here; a thread that ends jumps to the last one,
 * whose code calls the handler and comes back by __pthread_unwind_next().
 */

#include "binding.h"

#include <assert.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>

struct attr_s
{
  size_t stack_size;             /* 0: the default */
  int priority;
  uint8_t detached;
  uint8_t explicit;              /* PTHREAD_EXPLICIT_SCHED */
};

static_assert(sizeof(struct attr_s) <= sizeof(pthread_attr_t),
              "attributes have to fit into glibc's");
static_assert(sizeof(struct posix_thread_s *) <= sizeof(pthread_t),
              "a pointer has to fit into pthread_t");

/* The buffers of glibc's pthread_cleanup_push() are jump buffers without room
 * for the mask of signals, which is not saved.
 */

void jump(void *buf, int value) __asm__("siglongjmp") noreturn_function;

static struct posix_thread_s *thread_of(pthread_t id)
{
  return (struct posix_thread_s *)id;
}

/* A thread has ended: destructors, at most so often as others look for more;
 * then those who join.
 */

static void run_destructors(struct posix_thread_s *thread)
{
  struct posix_group_s *group = thread->group;
  bool again = true;
  void *value;
  unsigned int round;
  unsigned int i;

  for (round = 0; again && round < PTHREAD_DESTRUCTOR_ITERATIONS; round++)
    {
      again = false;
      for (i = 0; i < thread->nvalues; i++)
        {
          value = thread->values[i];
          thread->values[i] = NULL;
          if (value != NULL && group->keys[i].used &&
              group->keys[i].destructor != NULL)
            {
              group->keys[i].destructor(value);
              again = true;
            }
        }
    }
}

void posix_thread_end(struct posix_thread_s *thread)
{
  run_destructors(thread);
  thread->ended = true;
  thread->tcb   = NULL;
  posix_wake_all(&thread->joiners);

  /* The main thread's structure is that of the group: see group.c */

  nxsched_self()->tls = thread->group->threads;
  if (thread->detached && thread != thread->group->threads)
    {
      posix_thread_free(thread);
    }
}

void posix_unwind(void *retval)
{
  struct posix_thread_s *thread = posix_self();
  __pthread_unwind_buf_t *buf = thread->cleanup;

  thread->retval  = retval;
  thread->leaving = true;
  if (buf != NULL)
    {
      thread->cleanup = buf->__pad[0];
      jump(buf->__cancel_jmp_buf, 1);
    }

  posix_thread_end(thread);
  nxthread_exit(NULL);
}

void __cleanup_fct_attribute
posix___pthread_register_cancel(__pthread_unwind_buf_t *buf)
{
  struct posix_thread_s *thread = posix_self();

  buf->__pad[0]   = thread->cleanup;
  thread->cleanup = buf;
}

void __cleanup_fct_attribute
posix___pthread_unregister_cancel(__pthread_unwind_buf_t *buf)
{
  posix_self()->cleanup = buf->__pad[0];
}

void __cleanup_fct_attribute
posix___pthread_unwind_next(__pthread_unwind_buf_t *buf)
{
  UNUSED(buf);
  posix_unwind(posix_self()->retval);
}

/* Starting */

static void *thread_main(void *arg)
{
  struct posix_thread_s *thread = arg;

  posix_resume();
  errno = 0;
  posix_unwind(thread->entry(thread->arg));
}

static int create(pthread_t *id, const struct attr_s *attr,
                  void *(*entry)(void *), void *arg)
{
  struct posix_thread_s *self = posix_self();
  struct posix_thread_s *thread = posix_thread_new(self->group);
  int priority = self->tcb->base_priority;
  struct tcb_s *tcb;
  int ret;

  if (thread == NULL)
    {
      return -EAGAIN;
    }

  if (attr != NULL && attr->explicit)
    {
      priority = attr->priority;
    }

  thread->entry    = entry;
  thread->arg      = arg;
  thread->blocked  = self->blocked;
  thread->detached = attr != NULL && attr->detached;
  ret = nxthread_create(NULL, priority, attr != NULL ? attr->stack_size : 0,
                        thread_main, thread, &tcb);
  if (ret < 0)
    {
      posix_thread_free(thread);
      return ret == -ENOMEM ? -EAGAIN : ret;
    }

  /* Joining is done here, not by the kernel */

  nxthread_detach(tcb->pid);
  tcb->tls    = thread;
  thread->tcb = tcb;
  *id         = (pthread_t)thread;
  nxtask_activate(tcb);
  return 0;
}

BIND(pthread_create);
int posix_pthread_create(pthread_t *id, const pthread_attr_t *attr,
                         void *(*entry)(void *), void *arg)
{
  return posix_pcall(CALL_PLAIN, create(id, (const struct attr_s *)attr,
                                        entry, arg));
}

BIND(pthread_self);
pthread_t posix_pthread_self(void)
{
  return (pthread_t)posix_self();
}

/* Ending */

BIND(pthread_exit);
void posix_pthread_exit(void *retval)
{
  posix_unwind(retval);
}

static int join(struct posix_thread_s *thread, void **retval)
{
  int ret = 0;

  if (thread == posix_self())
    {
      return -EDEADLK;
    }

  if (thread->detached)
    {
      return -EINVAL;
    }

  while (!thread->ended && (ret == 0 || ret == -EINTR))
    {
      ret = posix_wait(&thread->joiners, CLOCK_MONOTONIC, NULL, true);
      if (ret == -EINTR)
        {
          task_testcancel();
          if (posix_self()->cancelled && !posix_self()->nocancel)
            {
              return 0;          /* posix_pthread_join() sees to that */
            }

          posix_resume();
          posix_signals();
        }
    }

  if (retval != NULL)
    {
      *retval = thread->retval;
    }

  if (thread != thread->group->threads)
    {
      posix_thread_free(thread);
    }

  return 0;
}

BIND(pthread_join);
int posix_pthread_join(pthread_t id, void **retval)
{
  int ret = posix_pcall(CALL_CANCEL, join(thread_of(id), retval));

  posix_pthread_testcancel();
  return ret;
}

BIND(pthread_detach);
int posix_pthread_detach(pthread_t id)
{
  struct posix_thread_s *thread = thread_of(id);

  if (thread->detached)
    {
      return EINVAL;
    }

  thread->detached = true;
  if (thread->ended && thread != thread->group->threads)
    {
      posix_thread_free(thread);
    }

  return 0;
}

BIND(pthread_cancel);
int posix_pthread_cancel(pthread_t id)
{
  struct posix_thread_s *thread = thread_of(id);

  if (thread->ended)
    {
      return 0;
    }

  thread->cancelled = true;
  if (thread != posix_self() && thread->tcb != NULL && !thread->nocancel)
    {
      nxsched_interrupt(thread->tcb);
    }

  return 0;
}

BIND(pthread_testcancel);
void posix_pthread_testcancel(void)
{
  posix_call(CALL_CANCEL, 0);
}

BIND(pthread_setcancelstate);
int posix_pthread_setcancelstate(int state, int *old)
{
  struct posix_thread_s *thread = posix_self();

  if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
    {
      return EINVAL;
    }

  if (old != NULL)
    {
      *old = thread->nocancel ? PTHREAD_CANCEL_DISABLE :
                                PTHREAD_CANCEL_ENABLE;
    }

  thread->nocancel = state == PTHREAD_CANCEL_DISABLE;
  return 0;
}

/* Cancellation is always deferred: nothing interrupts a computation */

BIND(pthread_setcanceltype);
int posix_pthread_setcanceltype(int type, int *old)
{
  if (old != NULL)
    {
      *old = PTHREAD_CANCEL_DEFERRED;
    }

  return type == PTHREAD_CANCEL_DEFERRED ? 0 :
         type == PTHREAD_CANCEL_ASYNCHRONOUS ? ENOTSUP : EINVAL;
}

/* Names and priorities */

BIND(pthread_setname_np);
int posix_pthread_setname_np(pthread_t id, const char *name)
{
  struct posix_thread_s *thread = thread_of(id);

  if (strlen(name) > 15)
    {
      return ERANGE;
    }

  if (thread->tcb != NULL)
    {
      strcpy(thread->tcb->name, name);
    }

  return 0;
}

BIND(pthread_getname_np);
int posix_pthread_getname_np(pthread_t id, char *name, size_t size)
{
  struct posix_thread_s *thread = thread_of(id);

  if (thread->tcb == NULL || strlen(thread->tcb->name) >= size)
    {
      return thread->tcb == NULL ? ESRCH : ERANGE;
    }

  strcpy(name, thread->tcb->name);
  return 0;
}

static int set_priority(struct tcb_s *tcb, int priority)
{
  return tcb == NULL ? -ESRCH : nxsched_set_priority(tcb, priority);
}

BIND(pthread_getschedparam);
int posix_pthread_getschedparam(pthread_t id, int *policy,
                                struct sched_param *param)
{
  struct posix_thread_s *thread = thread_of(id);

  if (thread->ended || thread->tcb == NULL)
    {
      return ESRCH;
    }

  *policy = SCHED_RR;
  param->sched_priority = thread->tcb->base_priority;
  return 0;
}

BIND(pthread_setschedprio);
int posix_pthread_setschedprio(pthread_t id, int priority)
{
  return posix_pcall(CALL_PLAIN, set_priority(thread_of(id)->tcb, priority));
}

BIND(pthread_setschedparam);
int posix_pthread_setschedparam(pthread_t id, int policy,
                                const struct sched_param *param)
{
  return policy != SCHED_RR ? ENOTSUP :
         posix_pthread_setschedprio(id, param->sched_priority);
}

BIND(sched_yield);
int posix_sched_yield(void)
{
  return posix_call(CALL_PLAIN, nxsched_yield());
}

BIND_AS(pthread_yield, sched_yield);
int posix_pthread_yield(void)
{
  return posix_sched_yield();
}

static struct tcb_s *tcb_of(pid_t pid)
{
  return pid == 0 ? nxsched_self() : nxsched_get_tcb(pid);
}

BIND(sched_getparam);
int posix_sched_getparam(pid_t pid, struct sched_param *param)
{
  struct tcb_s *tcb = tcb_of(pid);

  if (tcb == NULL)
    {
      return posix_fail(ESRCH);
    }

  param->sched_priority = tcb->base_priority;
  return 0;
}

BIND(sched_setparam);
int posix_sched_setparam(pid_t pid, const struct sched_param *param)
{
  return posix_call(CALL_PLAIN,
                    set_priority(tcb_of(pid), param->sched_priority));
}

/* One policy for all: equals take turns */

BIND(sched_getscheduler);
int posix_sched_getscheduler(pid_t pid)
{
  return tcb_of(pid) != NULL ? SCHED_RR : posix_fail(ESRCH);
}

BIND(sched_get_priority_min);
int posix_sched_get_priority_min(int policy)
{
  UNUSED(policy);
  return SCHED_PRIORITY_MIN;
}

BIND(sched_get_priority_max);
int posix_sched_get_priority_max(int policy)
{
  UNUSED(policy);
  return SCHED_PRIORITY_MAX;
}

BIND(sched_rr_get_interval);
int posix_sched_rr_get_interval(pid_t pid, struct timespec *ts)
{
  if (tcb_of(pid) == NULL)
    {
      return posix_fail(ESRCH);
    }

  ts->tv_sec  = 0;
  ts->tv_nsec = SCHED_TURN_NS;
  return 0;
}

/* Attributes */

#define ATTR(attr) ((struct attr_s *)(attr))

BIND(pthread_attr_init);
int posix_pthread_attr_init(pthread_attr_t *attr)
{
  memset(attr, 0, sizeof(*attr));
  ATTR(attr)->priority = SCHED_PRIORITY_DEFAULT;
  return 0;
}

BIND(pthread_attr_destroy);
int posix_pthread_attr_destroy(pthread_attr_t *attr)
{
  UNUSED(attr);
  return 0;
}

BIND(pthread_attr_setstacksize);
int posix_pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
  if (size == 0)
    {
      return EINVAL;
    }

  ATTR(attr)->stack_size = size;
  return 0;
}

BIND(pthread_attr_getstacksize);
int posix_pthread_attr_getstacksize(const pthread_attr_t *attr, size_t *size)
{
  *size = ATTR(attr)->stack_size != 0 ? ATTR(attr)->stack_size :
                                        SCHED_STACK_DEFAULT;
  return 0;
}

BIND(pthread_attr_setdetachstate);
int posix_pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
  ATTR(attr)->detached = state == PTHREAD_CREATE_DETACHED;
  return state == PTHREAD_CREATE_DETACHED ||
         state == PTHREAD_CREATE_JOINABLE ? 0 : EINVAL;
}

BIND(pthread_attr_getdetachstate);
int posix_pthread_attr_getdetachstate(const pthread_attr_t *attr, int *state)
{
  *state = ATTR(attr)->detached ? PTHREAD_CREATE_DETACHED :
                                  PTHREAD_CREATE_JOINABLE;
  return 0;
}

BIND(pthread_attr_setschedparam);
int posix_pthread_attr_setschedparam(pthread_attr_t *attr,
                                     const struct sched_param *param)
{
  if (param->sched_priority < SCHED_PRIORITY_MIN ||
      param->sched_priority > SCHED_PRIORITY_MAX)
    {
      return EINVAL;
    }

  ATTR(attr)->priority = param->sched_priority;
  return 0;
}

BIND(pthread_attr_getschedparam);
int posix_pthread_attr_getschedparam(const pthread_attr_t *attr,
                                     struct sched_param *param)
{
  param->sched_priority = ATTR(attr)->priority;
  return 0;
}

BIND(pthread_attr_setschedpolicy);
int posix_pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy)
{
  UNUSED(attr);
  return policy == SCHED_RR ? 0 : ENOTSUP;
}

BIND(pthread_attr_getschedpolicy);
int posix_pthread_attr_getschedpolicy(const pthread_attr_t *attr,
                                      int *policy)
{
  UNUSED(attr);
  *policy = SCHED_RR;
  return 0;
}

BIND(pthread_attr_setinheritsched);
int posix_pthread_attr_setinheritsched(pthread_attr_t *attr, int inherit)
{
  ATTR(attr)->explicit = inherit == PTHREAD_EXPLICIT_SCHED;
  return 0;
}

BIND(pthread_attr_getinheritsched);
int posix_pthread_attr_getinheritsched(const pthread_attr_t *attr,
                                       int *inherit)
{
  *inherit = ATTR(attr)->explicit ? PTHREAD_EXPLICIT_SCHED :
                                    PTHREAD_INHERIT_SCHED;
  return 0;
}

/* Values of one's own */

static int key_create(pthread_key_t *key, void (*destructor)(void *))
{
  struct posix_group_s *group = posix_group();
  struct posix_key_s *keys;
  unsigned int i;

  for (i = 0; i < group->nkeys && group->keys[i].used; i++)
    {
    }

  if (i == group->nkeys)
    {
      keys = kmm_realloc(group->keys, (i + 1) * sizeof(*keys));
      if (keys == NULL)
        {
          return -ENOMEM;
        }

      group->keys  = keys;
      group->nkeys = i + 1;
    }

  group->keys[i].used       = true;
  group->keys[i].destructor = destructor;
  *key = i;
  return 0;
}

static bool is_key(pthread_key_t key)
{
  struct posix_group_s *group = posix_group();

  return key < group->nkeys && group->keys[key].used;
}

BIND(pthread_key_create);
int posix_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
  return -key_create(key, destructor);
}

/* A later key of the same number has no values yet */

BIND(pthread_key_delete);
int posix_pthread_key_delete(pthread_key_t key)
{
  struct posix_thread_s *thread = posix_group()->threads;

  if (!is_key(key))
    {
      return EINVAL;
    }

  posix_group()->keys[key].used = false;
  for (; thread != NULL; thread = thread->flink)
    {
      if (key < thread->nvalues)
        {
          thread->values[key] = NULL;
        }
    }

  return 0;
}

BIND(pthread_getspecific);
void *posix_pthread_getspecific(pthread_key_t key)
{
  struct posix_thread_s *thread = posix_self();

  return key < thread->nvalues ? thread->values[key] : NULL;
}

BIND(pthread_setspecific);
int posix_pthread_setspecific(pthread_key_t key, const void *value)
{
  struct posix_thread_s *thread = posix_self();
  void **values;

  if (!is_key(key))
    {
      return EINVAL;
    }

  if (key >= thread->nvalues)
    {
      values = kmm_realloc(thread->values, (key + 1) * sizeof(*values));
      if (values == NULL)
        {
          return ENOMEM;
        }

      memset(values + thread->nvalues, 0,
             (key + 1 - thread->nvalues) * sizeof(*values));
      thread->values  = values;
      thread->nvalues = key + 1;
    }

  thread->values[key] = (void *)value;
  return 0;
}
