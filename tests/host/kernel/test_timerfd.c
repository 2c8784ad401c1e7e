/* tests/host/kernel/test_timerfd.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Timers and counters as files.  Goal: Linux' semantics, to the nanosecond
 * for times and to the last number for counters, and no wakeup that nobody
 * has asked for.  Method: virtual time; each scenario says what the clock
 * shows when a call returns.
 */

#include "fs_fixture.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <nuttx/wdog.h>

static struct itimerspec *spec(long ms, long interval_ms)
{
  static struct itimerspec value;

  value.it_value.tv_sec     = ms / 1000;
  value.it_value.tv_nsec    = ms % 1000 * 1000000;
  value.it_interval.tv_sec  = interval_ms / 1000;
  value.it_interval.tv_nsec = interval_ms % 1000 * 1000000;
  return &value;
}

static int64_t take(int fd)
{
  uint64_t count;
  ssize_t n = nx_read(fd, &count, sizeof(count));

  return n < 0 ? n : n != sizeof(count) ? -1000 : (int64_t)count;
}

static int put(int fd, uint64_t value)
{
  return nx_write(fd, &value, sizeof(value));
}

static int ready(int fd)
{
  struct pollfd pfd =
  {
    fd, POLLIN | POLLOUT, 0
  };

  nx_poll(&pfd, 1, 0);
  return pfd.revents;
}

SCENARIO(timer_arguments)
{
  struct itimerspec value = *spec(1, 0);
  int fd = nx_timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  int null = nx_open("/dev/null", O_RDWR);
  char c[7];

  EQ(nx_timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), -EINVAL);
  EQ(nx_timerfd_create(CLOCK_MONOTONIC, 1), -EINVAL);
  EQ(nx_timerfd_settime(99, 0, &value, NULL), -EBADF);
  EQ(nx_timerfd_settime(null, 0, &value, NULL), -EINVAL);
  EQ(nx_timerfd_gettime(null, &value), -EINVAL);
  EQ(nx_timerfd_settime(fd, 0, NULL, NULL), -EFAULT);
  EQ(nx_timerfd_gettime(fd, NULL), -EFAULT);
  EQ(nx_timerfd_settime(fd, TFD_TIMER_CANCEL_ON_SET, &value, NULL), -EINVAL);
  value.it_value.tv_nsec = 1000000000;
  EQ(nx_timerfd_settime(fd, 0, &value, NULL), -EINVAL);
  value.it_value.tv_nsec = -1;
  EQ(nx_timerfd_settime(fd, 0, &value, NULL), -EINVAL);
  value = *spec(1, 0);
  value.it_interval.tv_sec = -1;
  EQ(nx_timerfd_settime(fd, 0, &value, NULL), -EINVAL);
  EQ(nx_read(fd, c, sizeof(c)), -EINVAL);
  EQ(nx_write(fd, c, 7), -EINVAL);
  EQ(nx_lseek(fd, 0, SEEK_SET), -ESPIPE);
  EQ(nx_fcntl(fd, F_GETFD), FD_CLOEXEC);
  nx_close(fd);
  nx_close(null);
}

SCENARIO(timer_once)
{
  int fd = nx_timerfd_create(CLOCK_MONOTONIC, 0);

  EQ(nx_timerfd_settime(fd, 0, spec(10, 0), NULL), 0);
  EQ(ready(fd), 0);
  EQ(take(fd), 1);
  EQ(now_ms(), 10);
  EQ(ready(fd), 0);
  EQ(nx_fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  EQ(take(fd), -EAGAIN);
  sleep_ms(100);
  EQ(take(fd), -EAGAIN);
  nx_close(fd);
}

SCENARIO(timer_periodic)
{
  unsigned int before = wd_count();
  int fd = nx_timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

  EQ(nx_timerfd_settime(fd, 0, spec(10, 3), NULL), 0);
  sleep_ms(9);
  EQ(take(fd), -EAGAIN);
  sleep_ms(1);
  EQ(ready(fd), POLLIN);
  EQ(take(fd), 1);
  sleep_ms(8);
  EQ(take(fd), 2);
  sleep_ms(1);
  EQ(take(fd), 1);

  /* Unread, it wakes nobody more than once */

  sleep_ms(3000);
  EQ(wd_count(), before);
  EQ(take(fd), 1000);
  EQ(wd_count(), before + 1);
  nx_close(fd);
  EQ(wd_count(), before);
}

/* An interval that is no number of microseconds does not drift */

SCENARIO(timer_of_odd_nanoseconds)
{
  struct itimerspec value = *spec(0, 0);
  int fd = nx_timerfd_create(CLOCK_MONOTONIC, 0);

  value.it_value.tv_nsec    = 333;
  value.it_interval.tv_nsec = 333;
  EQ(nx_timerfd_settime(fd, 0, &value, NULL), 0);
  nxsched_ticksleep(SEC2TICK(1));
  EQ(take(fd), 1000000000 / 333);
  nx_close(fd);
}

SCENARIO(timer_left_and_disarmed)
{
  struct itimerspec old;
  int fd = nx_timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK);

  EQ(nx_timerfd_settime(fd, 0, spec(100, 40), NULL), 0);
  sleep_ms(30);
  EQ(nx_timerfd_gettime(fd, &old), 0);
  EQ(old.it_value.tv_nsec, 70000000);
  EQ(old.it_interval.tv_nsec, 40000000);
  sleep_ms(85);
  EQ(nx_timerfd_gettime(fd, &old), 0);
  EQ(old.it_value.tv_nsec, 25000000);
  EQ(nx_timerfd_settime(fd, 0, spec(0, 40), &old), 0);
  EQ(old.it_value.tv_nsec, 25000000);
  EQ(take(fd), -EAGAIN);
  sleep_ms(500);
  EQ(take(fd), -EAGAIN);
  EQ(nx_timerfd_gettime(fd, &old), 0);
  EQ(old.it_value.tv_nsec, 0);
  nx_close(fd);
}

SCENARIO(timer_absolute)
{
  struct itimerspec value = *spec(50, 0);
  int fd = nx_timerfd_create(CLOCK_MONOTONIC, 0);

  sleep_ms(20);
  EQ(nx_timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL), 0);
  EQ(take(fd), 1);
  EQ(now_ms(), 50);

  /* In the past, with an interval: all that were missed */

  sleep_ms(50);
  EQ(nx_timerfd_settime(fd, TFD_TIMER_ABSTIME, spec(50, 10), NULL), 0);
  EQ(take(fd), 6);
  EQ(now_ms(), 100);
  nx_close(fd);

  fd = nx_timerfd_create(CLOCK_REALTIME, 0);
  EQ(nxclock_gettime(CLOCK_REALTIME, &value.it_value), 0);
  value.it_value.tv_sec += 2;
  EQ(nx_timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL), 0);
  EQ(take(fd), 1);
  EQ(now_ms(), 2100);
  nx_close(fd);
}

static int g_timer;

static int set_later(void *arg)
{
  (void)arg;
  sleep_ms(10);
  return -nx_timerfd_settime(g_timer, 0, spec(5, 0), NULL);
}

/* Set anew while somebody waits for it */

SCENARIO(timer_set_while_waiting)
{
  g_timer = nx_timerfd_create(CLOCK_MONOTONIC, 0);
  EQ(nx_timerfd_settime(g_timer, 0, spec(1000, 0), NULL), 0);

  pid_t pid = start(set_later, NULL);

  EQ(take(g_timer), 1);
  EQ(now_ms(), 15);
  EQ(reap(pid), 0);
  nx_close(g_timer);
}

SCENARIO(timer_far_away)
{
  struct itimerspec value = *spec(0, 0);
  int fd = nx_timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

  value.it_value.tv_sec = INT32_MAX;
  EQ(nx_timerfd_settime(fd, 0, &value, NULL), 0);
  EQ(take(fd), -EAGAIN);
  EQ(nx_timerfd_gettime(fd, &value), 0);
  EQ(value.it_value.tv_sec, INT32_MAX);
  nx_close(fd);
}

/* eventfd */

SCENARIO(event_arguments)
{
  char c[8];
  int fd = nx_eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

  EQ(nx_eventfd(0, 2), -EINVAL);
  EQ(nx_read(fd, c, 7), -EINVAL);
  EQ(nx_write(fd, c, 7), -EINVAL);
  EQ(put(fd, UINT64_MAX), -EINVAL);
  EQ(take(fd), -EAGAIN);
  EQ(nx_fcntl(fd, F_GETFD), FD_CLOEXEC);
  EQ(nx_pread(fd, c, 8, 0), -ESPIPE);
  nx_close(fd);
}

SCENARIO(event_counts)
{
  int fd = nx_eventfd(7, EFD_NONBLOCK);

  EQ(ready(fd), POLLIN | POLLOUT);
  EQ(take(fd), 7);
  EQ(ready(fd), POLLOUT);
  EQ(put(fd, 0), 8);
  EQ(take(fd), -EAGAIN);
  EQ(put(fd, UINT64_MAX - 2), 8);
  EQ(ready(fd), POLLIN | POLLOUT);
  EQ(put(fd, 2), -EAGAIN);
  EQ(put(fd, 1), 8);
  EQ(ready(fd), POLLIN);
  EQ(put(fd, 1), -EAGAIN);
  EQ(take(fd), (int64_t)(UINT64_MAX - 1));
  EQ(take(fd), -EAGAIN);
  nx_close(fd);
}

static int g_event;

static int wait_event(void *arg)
{
  (void)arg;
  return take(g_event);
}

SCENARIO(event_semaphore)
{
  pid_t pid[3];

  g_event = nx_eventfd(0, EFD_SEMAPHORE);
  for (int i = 0; i < 3; i++)
    {
      pid[i] = start(wait_event, NULL);
    }

  sleep_ms(1);
  EQ(put(g_event, 3), 8);
  for (int i = 0; i < 3; i++)
    {
      EQ(reap(pid[i]), 1);
    }

  EQ(ready(g_event), POLLOUT);
  nx_close(g_event);
}

static int fill_event(void *arg)
{
  (void)arg;
  return put(g_event, 5) == 8 ? 0 : 1;
}

SCENARIO(event_writer_waits)
{
  g_event = nx_eventfd(0, 0);
  EQ(put(g_event, UINT64_MAX - 1), 8);

  pid_t pid = start(fill_event, NULL);

  sleep_ms(3);
  EQ(take(g_event), (int64_t)(UINT64_MAX - 1));
  EQ(reap(pid), 0);
  EQ(take(g_event), 5);
  nx_close(g_event);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    scenario(timer_arguments),
    scenario(timer_once),
    scenario(timer_periodic),
    scenario(timer_of_odd_nanoseconds),
    scenario(timer_left_and_disarmed),
    scenario(timer_absolute),
    scenario(timer_set_while_waiting),
    scenario(timer_far_away),
    scenario(event_arguments),
    scenario(event_counts),
    scenario(event_semaphore),
    scenario(event_writer_waits)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
