/* fs/fs_poll.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Waiting for several files.  The caller links a waiter into each file and
 * sleeps on one semaphore; a file that becomes ready posts it.  What woke
 * the caller may be gone by then (another reader was faster), so those files
 * that have told something are asked again, and if nothing is left the
 * caller goes back to sleep for the rest of the time.
 */

#include "vfs.h"

#include <sys/select.h>

#include <debug.h>
#include <errno.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

#define ALWAYS  (POLLERR | POLLHUP | POLLNVAL)
#define INLINE  8                /* Waiters that need no allocation */

#define READING (POLLIN | POLLRDNORM | POLLHUP | POLLERR)
#define WRITING (POLLOUT | POLLWRNORM | POLLERR)
#define EXCEPT  (POLLPRI)

/* One file of a call */

struct polled_s
{
  struct pollwait_s pw;
  FAR struct file *filep;        /* NULL: not to be asked */
};

struct pollcall_s
{
  sem_t sem;
  FAR struct polled_s *item;
  size_t count;
  struct polled_s few[INLINE];
};

/* What a file does */

void pollwait_add(FAR struct polllist_s *list, FAR struct pollwait_s *pw)
{
  pw->flink = list->head;
  pw->pprev = &list->head;

  if (list->head != NULL)
    {
      list->head->pprev = &pw->flink;
    }

  list->head = pw;
}

void pollwait_del(FAR struct pollwait_s *pw)
{
  if (pw->pprev != NULL)
    {
      *pw->pprev = pw->flink;
      if (pw->flink != NULL)
        {
          pw->flink->pprev = pw->pprev;
        }

      pw->pprev = NULL;
    }
}

void poll_notify_one(FAR struct pollwait_s *pw, unsigned int events)
{
  events &= (unsigned short)pw->events | ALWAYS;

  if (events != 0)
    {
      pw->revents |= events;
      pw->cb(pw);
    }
}

void poll_notify(FAR struct polllist_s *list, unsigned int events)
{
  FAR struct pollwait_s *pw;

  for (pw = list->head; pw != NULL; pw = pw->flink)
    {
      poll_notify_one(pw, events);
    }
}

/* What the caller does */

static void poll_wakeup(FAR struct pollwait_s *pw)
{
  FAR struct pollcall_s *call = pw->arg;
  int value;

  /* Once is enough */

  nxsem_get_value(&call->sem, &value);
  if (value <= 0)
    {
      nxsem_post(&call->sem);
    }
}

static int pollcall_init(FAR struct pollcall_s *call, size_t count)
{
  call->item  = call->few;
  call->count = 0;

  if (count > INLINE)
    {
      call->item = kmm_calloc(count, sizeof(*call->item));
      if (call->item == NULL)
        {
          return -ENOMEM;
        }
    }

  nxsem_init(&call->sem, 0, 0);
  return 0;
}

/* Add a descriptor; -EBADF.  Nothing is asked yet. */

static int pollcall_add(FAR struct pollcall_s *call, int fd, short events)
{
  FAR struct polled_s *item = &call->item[call->count++];

  memset(item, 0, sizeof(*item));
  item->pw.events = events;
  item->pw.cb     = poll_wakeup;
  item->pw.arg    = call;
  return fd < 0 ? 0 : file_get(fd, &item->filep);
}

/* Link into all files; returns the number of those that are ready */

static int pollcall_setup(FAR struct pollcall_s *call)
{
  int ready = 0;
  size_t i;

  for (i = 0; i < call->count; i++)
    {
      FAR struct polled_s *item = &call->item[i];
      int ret;

      if (item->filep != NULL)
        {
          ret = file_poll(item->filep, &item->pw, true);
          if (ret < 0)
            {
              /* It cannot be asked: what it does will tell why */

              item->pw.revents |= POLLERR;
            }

          ready += item->pw.revents != 0;
        }
    }

  return ready;
}

/* Ask those again that have told something */

static int pollcall_again(FAR struct pollcall_s *call)
{
  int ready = 0;
  size_t i;

  for (i = 0; i < call->count; i++)
    {
      FAR struct polled_s *item = &call->item[i];

      if (item->pw.revents != 0)
        {
          file_poll(item->filep, &item->pw, false);
          item->pw.revents = 0;
          if (file_poll(item->filep, &item->pw, true) < 0)
            {
              item->pw.revents |= POLLERR;
            }

          ready += item->pw.revents != 0;
        }
    }

  return ready;
}

/* Wait until one is ready: their number, 0 when the time is over, or
 * -EINTR.
 */

static int pollcall_wait(FAR struct pollcall_s *call, uint64_t deadline)
{
  int ready = pollcall_setup(call);

  while (ready == 0)
    {
      int ret;

      if (deadline <= clock_systime_ns())
        {
          break;
        }

      ret = nxsem_wait_until(&call->sem, deadline);
      ready = pollcall_again(call);
      if (ret < 0)
        {
          return ready > 0 || ret == -ETIMEDOUT ? ready : ret;
        }
    }

  return ready;
}

static void pollcall_finish(FAR struct pollcall_s *call)
{
  size_t i;

  for (i = 0; i < call->count; i++)
    {
      FAR struct polled_s *item = &call->item[i];

      if (item->filep != NULL)
        {
          file_poll(item->filep, &item->pw, false);
          file_put(item->filep);
        }
    }

  nxsem_destroy(&call->sem);
  if (call->item != call->few)
    {
      kmm_free(call->item);
    }
}

static uint64_t deadline_of(int64_t ticks)
{
  return ticks < 0 ? CLOCK_NEVER : ticks == 0 ? 0 :
         clock_after(clock_refresh(), ticks);
}

int nx_ppoll(FAR struct pollfd *fds, nfds_t nfds, int64_t timeout_ticks)
{
  struct pollcall_s call;
  int invalid = 0;
  int ret;
  nfds_t i;

  task_testcancel();

  if (nfds > OPEN_FILES_MAX)
    {
      return -EINVAL;
    }

  if (fds == NULL && nfds > 0)
    {
      return -EFAULT;
    }

  ret = pollcall_init(&call, nfds);
  if (ret < 0)
    {
      return ret;
    }

  for (i = 0; i < nfds; i++)
    {
      fds[i].revents = 0;
      if (pollcall_add(&call, fds[i].fd, fds[i].events) < 0)
        {
          fds[i].revents = POLLNVAL;
          invalid++;
        }
    }

  ret = pollcall_wait(&call, invalid > 0 ? 0 : deadline_of(timeout_ticks));

  for (i = 0; i < nfds && ret >= 0; i++)
    {
      fds[i].revents |= call.item[i].pw.revents;
    }

  pollcall_finish(&call);
  return ret < 0 ? ret : ret + invalid;
}

int nx_poll(FAR struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
  return nx_ppoll(fds, nfds, timeout_ms < 0 ? -1 :
                             (int64_t)timeout_ms * TICK_PER_MSEC);
}

/* select */

static bool fd_wanted(int fd, FAR fd_set *set)
{
  return set != NULL && FD_ISSET(fd, set);
}

static short select_events(int fd, FAR fd_set *readfds,
                           FAR fd_set *writefds, FAR fd_set *exceptfds)
{
  return (fd_wanted(fd, readfds) ? POLLIN | POLLRDNORM : 0) |
         (fd_wanted(fd, writefds) ? POLLOUT | POLLWRNORM : 0) |
         (fd_wanted(fd, exceptfds) ? POLLPRI : 0);
}

/* Clear a descriptor's bit unless it was wanted and has come about: 1 if it
 * stays.
 */

static int select_result(int fd, FAR fd_set *set, bool ready)
{
  if (!fd_wanted(fd, set))
    {
      return 0;
    }

  if (!ready)
    {
      FD_CLR(fd, set);
    }

  return ready;
}

static int select_ticks(FAR const struct timeval *timeout,
                        FAR int64_t *ticks)
{
  *ticks = -1;

  if (timeout != NULL)
    {
      int64_t sec = timeout->tv_sec;

      if (sec < 0 || timeout->tv_usec < 0 ||
          timeout->tv_usec >= 1000000)
        {
          return -EINVAL;
        }

      *ticks = sec > INT64_MAX / 2 / TICK_PER_SEC ? INT64_MAX / 2 :
               sec * TICK_PER_SEC + USEC2TICK(timeout->tv_usec);
    }

  return 0;
}

int nx_select(int nfds, FAR fd_set *readfds, FAR fd_set *writefds,
              FAR fd_set *exceptfds, FAR const struct timeval *timeout)
{
  struct pollcall_s call;
  int64_t ticks;
  int ret;
  int fd;

  task_testcancel();

  if (nfds > FD_SETSIZE)
    {
      _err("select: nfds %d, but an fd_set holds %d: use poll\n", nfds,
           FD_SETSIZE);
      return -EINVAL;
    }

  ret = nfds < 0 ? -EINVAL : select_ticks(timeout, &ticks);
  ret = ret < 0 ? ret : pollcall_init(&call, nfds);

  if (ret < 0)
    {
      return ret;
    }

  for (fd = 0; fd < nfds && ret >= 0; fd++)
    {
      short events = select_events(fd, readfds, writefds, exceptfds);

      ret = pollcall_add(&call, events != 0 ? fd : -1, events);
    }

  ret = ret < 0 ? ret : pollcall_wait(&call, deadline_of(ticks));

  if (ret >= 0)
    {
      ret = 0;
      for (fd = 0; fd < nfds; fd++)
        {
          short revents = call.item[fd].pw.revents;

          ret += select_result(fd, readfds, (revents & READING) != 0);
          ret += select_result(fd, writefds, (revents & WRITING) != 0);
          ret += select_result(fd, exceptfds, (revents & EXCEPT) != 0);
        }
    }

  pollcall_finish(&call);
  return ret;
}
