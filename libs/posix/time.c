/* libs/posix/time.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Clocks, and sleeping until they show a time.
 */

#include "binding.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

BIND(clock_gettime);
int posix_clock_gettime(clockid_t clock, struct timespec *ts)
{
  return posix_call(CALL_PLAIN, nxclock_gettime(clock, ts));
}

BIND(clock_getres);
int posix_clock_getres(clockid_t clock, struct timespec *ts)
{
  struct timespec unused;

  return posix_call(CALL_PLAIN,
                    nxclock_getres(clock, ts != NULL ? ts : &unused));
}

BIND(clock_settime);
int posix_clock_settime(clockid_t clock, const struct timespec *ts)
{
  return posix_call(CALL_PLAIN, nxclock_settime(clock, ts));
}

BIND(clock_getcpuclockid);
int posix_clock_getcpuclockid(pid_t pid, clockid_t *clock)
{
  *clock = CLOCK_PROCESS_CPUTIME_ID;
  return pid == 0 || pid == nxsched_getpid() ? 0 : EPERM;
}

BIND(pthread_getcpuclockid);
int posix_pthread_getcpuclockid(pthread_t id, clockid_t *clock)
{
  *clock = CLOCK_THREAD_CPUTIME_ID;
  return (struct posix_thread_s *)id == posix_self() ? 0 : ENOENT;
}

BIND(gettimeofday);
int posix_gettimeofday(struct timeval *tv, void *zone)
{
  struct timespec ts;

  UNUSED(zone);
  if (posix_clock_gettime(CLOCK_REALTIME, &ts) < 0)
    {
      return -1;
    }

  tv->tv_sec  = ts.tv_sec;
  tv->tv_usec = ts.tv_nsec / NSEC_PER_USEC;
  return 0;
}

BIND(time);
time_t posix_time(time_t *t)
{
  struct timespec ts;

  posix_clock_gettime(CLOCK_REALTIME, &ts);
  if (t != NULL)
    {
      *t = ts.tv_sec;
    }

  return ts.tv_sec;
}

/* CLOCKS_PER_SEC is a million */

__typeof__(clock()) posix_clock(void);
__typeof__(clock()) posix_clock(void)
{
  struct timespec ts;

  posix_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / NSEC_PER_USEC;
}

/* Sleeping.  A clock that is set is not followed while somebody sleeps. */

static bool well_formed(const struct timespec *ts)
{
  return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < NSEC_PER_SEC;
}

static int sleep_ns(uint64_t ns, struct timespec *left)
{
  uint64_t now = clock_refresh();
  uint64_t deadline = ns > CLOCK_NEVER - 1 - now ? CLOCK_NEVER - 1 :
                                                   now + ns;
  int ret = nxsched_sleep_until(deadline);

  if (ret == -EINTR && left != NULL)
    {
      now = clock_refresh();
      clock_ns2timespec(deadline > now ? deadline - now : 0, left);
    }

  return ret;
}

static int sleep_for(const struct timespec *ts, struct timespec *left)
{
  return !well_formed(ts) ? -EINVAL :
         (uint64_t)ts->tv_sec > UINT64_MAX / NSEC_PER_SEC - 1 ?
         sleep_ns(UINT64_MAX, left) :
         sleep_ns(ts->tv_sec * (uint64_t)NSEC_PER_SEC + ts->tv_nsec, left);
}

static int sleep_until(clockid_t clock, const struct timespec *ts)
{
  uint64_t deadline;
  int ret = clock_deadline(clock, ts, &deadline);

  return ret < 0 ? ret : nxsched_sleep_until(deadline);
}

BIND(nanosleep);
int posix_nanosleep(const struct timespec *ts, struct timespec *left)
{
  return posix_call(CALL_CANCEL, sleep_for(ts, left));
}

BIND(clock_nanosleep);
int posix_clock_nanosleep(clockid_t clock, int flags,
                          const struct timespec *ts, struct timespec *left)
{
  if (clock == CLOCK_THREAD_CPUTIME_ID || clock == CLOCK_PROCESS_CPUTIME_ID)
    {
      return EINVAL;
    }

  return (flags & TIMER_ABSTIME) != 0 ?
         posix_pcall(CALL_CANCEL, sleep_until(clock, ts)) :
         posix_pcall(CALL_CANCEL, sleep_for(ts, left));
}

BIND(usleep);
int posix_usleep(useconds_t usec)
{
  return posix_call(CALL_CANCEL,
                    sleep_ns((uint64_t)usec * NSEC_PER_USEC, NULL));
}

BIND(sleep);
unsigned int posix_sleep(unsigned int seconds)
{
  struct timespec left =
  {
    0, 0
  };

  if (posix_call(CALL_CANCEL, sleep_ns((uint64_t)seconds * NSEC_PER_SEC,
                                       &left)) == 0)
    {
      return 0;
    }

  return left.tv_sec + (left.tv_nsec >= NSEC_PER_SEC / 2);
}

/* Texts and broken-down times that belong to the group */

BIND(localtime);
struct tm *posix_localtime(const time_t *t)
{
  return localtime_r(t, &posix_group()->tm);
}

BIND(gmtime);
struct tm *posix_gmtime(const time_t *t)
{
  return gmtime_r(t, &posix_group()->tm);
}

BIND(asctime);
char *posix_asctime(const struct tm *tm)
{
  return asctime_r(tm, posix_group()->timetext);
}

BIND(ctime);
char *posix_ctime(const time_t *t)
{
  return ctime_r(t, posix_group()->timetext);
}

BIND(inet_ntoa);
char *posix_inet_ntoa(struct in_addr addr)
{
  return (char *)inet_ntop(AF_INET, &addr, posix_group()->addrtext,
                           sizeof(posix_group()->addrtext));
}
