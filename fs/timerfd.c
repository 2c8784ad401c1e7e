/* fs/timerfd.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Timers as files, with Linux' semantics: reading gives the number of times
 * that the timer has expired since it was last read or set, and waits while
 * that is zero.
 *
 * The number is computed from the time when somebody asks.  A watchdog runs
 * only up to the first expiry that nobody has read yet, in order to wake who
 * waits; so a periodic timer that nobody reads wakes the kernel once.
 *
 * Times are kept since boot.  A timer of CLOCK_REALTIME keeps its moment as
 * it was when the timer was set; setting the clock later does not move it.
 */

#include "vfs.h"

#include <sys/timerfd.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/wdog.h>

struct timerfd_s
{
  uint64_t expiry;               /* Of the next to count, ns since boot */
  uint64_t interval;             /* ns; 0: once */
  clockid_t clockid;
  bool armed;
  struct wdog_s wdog;
  struct fs_waitq_s wait;
  struct polllist_s poll;
};

/* How often it has expired by now */

static uint64_t timerfd_count(FAR const struct timerfd_s *timer)
{
  uint64_t now = clock_systime_ns();

  if (!timer->armed || now < timer->expiry)
    {
      return 0;
    }

  return timer->interval == 0 ? 1 :
         (now - timer->expiry) / timer->interval + 1;
}

static void timerfd_expired(wdparm_t arg)
{
  FAR struct timerfd_s *timer = (FAR struct timerfd_s *)arg;

  fs_wake(&timer->wait);
  poll_notify(&timer->poll, POLLIN | POLLRDNORM);
}

/* Have the next expiry told */

static void timerfd_start(FAR struct timerfd_s *timer)
{
  wd_cancel(&timer->wdog);

  if (timer->armed)
    {
      wd_start_absns(&timer->wdog, timer->expiry, timerfd_expired,
                     (wdparm_t)timer);
    }
}

/* Take what has expired */

static uint64_t timerfd_take(FAR struct timerfd_s *timer)
{
  uint64_t count = timerfd_count(timer);

  if (count > 0)
    {
      timer->armed   = timer->interval > 0;
      timer->expiry += count * timer->interval;
      timerfd_start(timer);
    }

  return count;
}

static int timerfd_close(FAR struct file *filep)
{
  FAR struct timerfd_s *timer = filep->f_priv;

  wd_cancel(&timer->wdog);
  kmm_free(timer);
  return 0;
}

static ssize_t timerfd_read(FAR struct file *filep, FAR char *buffer,
                            size_t buflen)
{
  FAR struct timerfd_s *timer = filep->f_priv;
  uint64_t count;

  if (buflen < sizeof(count))
    {
      return -EINVAL;
    }

  while ((count = timerfd_take(timer)) == 0)
    {
      int ret;

      if ((filep->f_oflags & O_NONBLOCK) != 0)
        {
          return -EAGAIN;
        }

      ret = fs_wait(&timer->wait);
      if (ret < 0)
        {
          return ret;
        }
    }

  memcpy(buffer, &count, sizeof(count));
  return sizeof(count);
}

static int timerfd_poll(FAR struct file *filep, FAR struct pollwait_s *pw,
                        bool setup)
{
  FAR struct timerfd_s *timer = filep->f_priv;

  if (!setup)
    {
      pollwait_del(pw);
      return 0;
    }

  pollwait_add(&timer->poll, pw);
  if (timerfd_count(timer) > 0)
    {
      poll_notify_one(pw, POLLIN | POLLRDNORM);
    }

  return 0;
}

static const struct file_operations g_timerfd_ops =
{
  .close = timerfd_close,
  .read  = timerfd_read,
  .poll  = timerfd_poll
};

int nx_timerfd_create(clockid_t clockid, int flags)
{
  FAR struct timerfd_s *timer;
  FAR struct file *filep;
  int ret;

  if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0 ||
      (clockid != CLOCK_MONOTONIC && clockid != CLOCK_REALTIME &&
       clockid != CLOCK_BOOTTIME))
    {
      return -EINVAL;
    }

  timer = kmm_zalloc(sizeof(*timer));
  if (timer == NULL)
    {
      return -ENOMEM;
    }

  timer->clockid = clockid;

  ret = file_alloc(&g_timerfd_ops, 0, O_RDWR | (flags & TFD_NONBLOCK),
                   "timerfd", timer, &filep);
  if (ret < 0)
    {
      kmm_free(timer);
      return ret;
    }

  ret = file_install(filep, 0, (flags & TFD_CLOEXEC) != 0);
  if (ret < 0)
    {
      file_put(filep);
    }

  return ret;
}

/* The timer of a descriptor, with a reference to its file; -EINVAL if it is
 * another kind of file.
 */

static int timerfd_get(int fd, FAR struct file **filep,
                       FAR struct timerfd_s **timer)
{
  int ret = file_get(fd, filep);

  if (ret < 0)
    {
      return ret;
    }

  if ((*filep)->f_ops != &g_timerfd_ops)
    {
      file_put(*filep);
      return -EINVAL;
    }

  *timer = (*filep)->f_priv;
  return 0;
}

static bool timespec_valid(FAR const struct timespec *ts)
{
  return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < NSEC_PER_SEC;
}

static bool timespec_zero(FAR const struct timespec *ts)
{
  return ts->tv_sec == 0 && ts->tv_nsec == 0;
}

/* Nanoseconds; CLOCK_NEVER / 2, 292 years, if there are more */

static uint64_t timespec_ns(FAR const struct timespec *ts)
{
  uint64_t sec = ts->tv_sec;

  return sec >= CLOCK_NEVER / 2 / NSEC_PER_SEC ? CLOCK_NEVER / 2 :
         sec * NSEC_PER_SEC + ts->tv_nsec;
}

static void timerfd_left(FAR const struct timerfd_s *timer,
                         FAR struct itimerspec *value)
{
  uint64_t now = clock_systime_ns();
  uint64_t next = timer->expiry + timerfd_count(timer) * timer->interval;

  memset(value, 0, sizeof(*value));
  clock_ns2timespec(timer->interval, &value->it_interval);
  if (timer->armed && next > now)
    {
      clock_ns2timespec(next - now, &value->it_value);
    }
}

static int timerfd_set(FAR struct timerfd_s *timer, int flags,
                       FAR const struct itimerspec *value)
{
  uint64_t expiry = 0;
  int ret;

  if (!timespec_zero(&value->it_value))
    {
      if ((flags & TFD_TIMER_ABSTIME) != 0)
        {
          ret = clock_deadline(timer->clockid, &value->it_value, &expiry);
          if (ret < 0)
            {
              return ret;
            }
        }
      else
        {
          expiry = clock_refresh() + timespec_ns(&value->it_value);
        }
    }

  timer->armed    = !timespec_zero(&value->it_value);
  timer->expiry   = expiry;
  timer->interval = timespec_ns(&value->it_interval);
  timerfd_start(timer);
  return 0;
}

int nx_timerfd_settime(int fd, int flags, FAR const struct itimerspec *value,
                       FAR struct itimerspec *old)
{
  FAR struct timerfd_s *timer;
  FAR struct file *filep;
  struct itimerspec left;
  int ret;

  if (value == NULL)
    {
      return -EFAULT;
    }

  if ((flags & ~TFD_TIMER_ABSTIME) != 0 ||
      !timespec_valid(&value->it_value) ||
      !timespec_valid(&value->it_interval))
    {
      return -EINVAL;
    }

  ret = timerfd_get(fd, &filep, &timer);
  if (ret < 0)
    {
      return ret;
    }

  timerfd_left(timer, &left);
  ret = timerfd_set(timer, flags, value);
  if (ret >= 0 && old != NULL)
    {
      *old = left;
    }

  file_put(filep);
  return ret;
}

int nx_timerfd_gettime(int fd, FAR struct itimerspec *value)
{
  FAR struct timerfd_s *timer;
  FAR struct file *filep;
  int ret;

  if (value == NULL)
    {
      return -EFAULT;
    }

  ret = timerfd_get(fd, &filep, &timer);
  if (ret >= 0)
    {
      timerfd_left(timer, value);
      file_put(filep);
    }

  return ret;
}
